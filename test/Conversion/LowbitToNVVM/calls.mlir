// RUN: quant-opt %s --convert-lowbit-to-nvvm=chip=sm_90a | FileCheck %s

// Attention on f16 and bf16 calls a function of the host, one for each form.

// CHECK-LABEL: @plain
// CHECK-SAME: (%[[Q:[^:]*]]: tensor<2x4x20x64xf16>, %[[K:[^:]*]]: tensor<2x4x37x64xf16>
// CHECK: %[[SCALE:.*]] = arith.constant 1.250000e-01 : f32
// CHECK: %[[OUT:.*]] = tensor.empty() : tensor<2x4x20x64xf16>
// CHECK: lowbit.call_kernel @lowbit_attention_f16_d64_causal_sm_90a_launch ins(%[[Q]], %[[K]], %{{.*}}, %[[SCALE]] : {{.*}}) outs(%[[OUT]] : tensor<2x4x20x64xf16>)
// CHECK: lowbit.call_kernel @lowbit_attention_f16_d64_causal_sm_90a_launch
func.func @plain(%q: tensor<2x4x20x64xf16>, %k: tensor<2x4x37x64xf16>, %v: tensor<2x4x37x64xf16>)
    -> (tensor<2x4x20x64xf16>, tensor<2x4x20x64xf16>) {
  %y = lowbit.attention %q, %k, %v scale = 0.125 causal
    : tensor<2x4x20x64xf16>, tensor<2x4x37x64xf16>, tensor<2x4x37x64xf16> -> tensor<2x4x20x64xf16>
  %z = lowbit.attention %y, %k, %v scale = 0.125 causal
    : tensor<2x4x20x64xf16>, tensor<2x4x37x64xf16>, tensor<2x4x37x64xf16> -> tensor<2x4x20x64xf16>
  return %y, %z : tensor<2x4x20x64xf16>, tensor<2x4x20x64xf16>
}

// Heads that are joined are split, masks get four axes, and what is asked for
// besides is an output more.
// CHECK-LABEL: @joined
// CHECK-DAG: tensor.expand_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] output_shape {{.*}} : tensor<2x20x256xbf16> into tensor<2x20x4x64xbf16>
// CHECK-DAG: tensor.expand_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] output_shape {{.*}} : tensor<2x37x128xbf16> into tensor<2x37x2x64xbf16>
// CHECK-DAG: tensor.expand_shape %{{.*}} {{\[\[}}0, 1, 2], [3]] output_shape [1, 1, 20, 37] : tensor<20x37xf32> into tensor<1x1x20x37xf32>
// CHECK: %[[CALL:.*]]:2 = lowbit.call_kernel @lowbit_attention_bf16_d64_log_sum_exp_grouped_mask_f32_sm_90a_sequence_major_launch
// CHECK-SAME: outs(%{{.*}}, %{{.*}} : tensor<2x20x4x64xbf16>, tensor<2x4x20xf32>)
// CHECK: tensor.collapse_shape %[[CALL]]#0 {{\[\[}}0], [1], [2, 3]] : tensor<2x20x4x64xbf16> into tensor<2x20x256xbf16>
func.func @joined(%q: tensor<2x20x256xbf16>, %k: tensor<2x37x128xbf16>, %v: tensor<2x37x128xbf16>, %m: tensor<20x37xf32>)
    -> (tensor<2x20x256xbf16>, tensor<2x4x20xf32>) {
  %y, %lse = lowbit.attention %q, %k, %v heads [4, 2] scale = 0.125 mask(%m : tensor<20x37xf32>)
    : tensor<2x20x256xbf16>, tensor<2x37x128xbf16>, tensor<2x37x128xbf16> -> tensor<2x20x256xbf16> lse(tensor<2x4x20xf32>)
  return %y, %lse : tensor<2x20x256xbf16>, tensor<2x4x20xf32>
}

// CHECK: func.func private @lowbit_attention_f16_d64_causal_sm_90a_launch(memref<?x?x?x?xf16, strided<[?, ?, ?, ?], offset: ?>>, {{.*}}, f32, memref<?x?x?x?xf16, strided<[?, ?, ?, ?], offset: ?>>) attributes {lowbit.attention_launch = {spec = {{{.*}}}}}
// CHECK: func.func private @lowbit_attention_bf16_d64_{{.*}} attributes {lowbit.attention_launch = {sequence_major, spec =
