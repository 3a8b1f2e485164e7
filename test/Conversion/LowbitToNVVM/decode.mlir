// RUN: quant-opt %s --convert-lowbit-to-nvvm | FileCheck %s

// (C204) Where queries are few, heads that share keys share a block, and blocks
// share keys if there are enough of them.

// CHECK-LABEL: @short
// CHECK: @lowbit_attention_f16_d64_sm_80_launch ins
func.func @short(%q: tensor<1x4x1x64xf16>, %k: tensor<1x4x200x64xf16>) -> tensor<1x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x1x64xf16>, tensor<1x4x200x64xf16>, tensor<1x4x200x64xf16> -> tensor<1x4x1x64xf16>
  return %y : tensor<1x4x1x64xf16>
}

// CHECK-LABEL: @long
// CHECK: @lowbit_attention_f16_d64_split_keys_sm_80_launch ins
func.func @long(%q: tensor<1x4x1x64xf16>, %k: tensor<1x4x2000x64xf16>) -> tensor<1x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x1x64xf16>, tensor<1x4x2000x64xf16>, tensor<1x4x2000x64xf16> -> tensor<1x4x1x64xf16>
  return %y : tensor<1x4x1x64xf16>
}

// Enough sequences and heads for all of the GPU.
// CHECK-LABEL: @many
// CHECK: @lowbit_attention_f16_d64_sm_80_launch ins
func.func @many(%q: tensor<64x4x1x64xf16>, %k: tensor<64x4x2000x64xf16>) -> tensor<64x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<64x4x1x64xf16>, tensor<64x4x2000x64xf16>, tensor<64x4x2000x64xf16> -> tensor<64x4x1x64xf16>
  return %y : tensor<64x4x1x64xf16>
}

// How many keys there are is found at run time; so is how many sequences.
// CHECK-LABEL: @open
// CHECK: @lowbit_attention_f16_d64_grouped_packed_heads_split_keys_sm_80_launch ins
func.func @open(%q: tensor<?x4x16x64xf16>, %k: tensor<?x2x?x64xf16>) -> tensor<?x4x16x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<?x4x16x64xf16>, tensor<?x2x?x64xf16>, tensor<?x2x?x64xf16> -> tensor<?x4x16x64xf16>
  return %y : tensor<?x4x16x64xf16>
}

// CHECK-LABEL: @rows
// CHECK: @lowbit_attention_f16_d64_grouped_sm_80_launch ins
func.func @rows(%q: tensor<1x4x17x64xf16>, %k: tensor<1x2x?x64xf16>) -> tensor<1x4x17x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x17x64xf16>, tensor<1x2x?x64xf16>, tensor<1x2x?x64xf16> -> tensor<1x4x17x64xf16>
  return %y : tensor<1x4x17x64xf16>
}

// (C206) A table of pages, as i32, behind the lengths.
// CHECK-LABEL: @pages
// CHECK: @lowbit_attention_f16_d64_grouped_key_lengths_packed_heads_split_keys_paged_sm_80_launch
// CHECK-SAME: ins(%{{.*}} : tensor<2x4x1x64xf16>, tensor<?x2x16x64xf16>, tensor<?x2x16x64xf16>, tensor<2xi32>, tensor<2x?xi32>, f32)
func.func @pages(%q: tensor<2x4x1x64xf16>, %k: tensor<?x2x16x64xf16>, %n: tensor<2xi32>, %t: tensor<2x?xi64>) -> tensor<2x4x1x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 kv_lengths(%n : tensor<2xi32>) pages(%t : tensor<2x?xi64>)
    : tensor<2x4x1x64xf16>, tensor<?x2x16x64xf16>, tensor<?x2x16x64xf16> -> tensor<2x4x1x64xf16>
  return %y : tensor<2x4x1x64xf16>
}

// Whether queries are few is found at run time, where that makes a difference.
// CHECK-LABEL: @open_queries
// CHECK: tensor.empty
// CHECK: tensor.empty
// CHECK: %[[QUERIES:.*]] = tensor.dim %arg0, %{{.*}} : tensor<1x?x256xf16>
// CHECK-NEXT: %[[C16:.*]] = arith.constant 16 : index
// CHECK-NEXT: %[[FEW:.*]] = arith.cmpi ule, %[[QUERIES]], %[[C16]] : index
// CHECK: %[[Y:.*]]:2 = scf.if %[[FEW]]
// CHECK: %[[A:.*]]:2 = lowbit.call_kernel @lowbit_attention_f16_d64_log_sum_exp_grouped_packed_heads_split_keys_sm_80_sequence_major_launch ins(%[[INS:.*]]) outs(%[[OUTS:.*]]) ->
// CHECK: scf.yield %[[A]]#0, %[[A]]#1
// CHECK: else
// CHECK: %[[B:.*]]:2 = lowbit.call_kernel @lowbit_attention_f16_d64_log_sum_exp_grouped_sm_80_sequence_major_launch ins(%[[INS]]) outs(%[[OUTS]]) ->
// CHECK: scf.yield %[[B]]#0, %[[B]]#1
// CHECK: return %{{.*}}, %[[Y]]#1
func.func @open_queries(%q: tensor<1x?x256xf16>, %k: tensor<1x?x128xf16>) -> (tensor<1x?x256xf16>, tensor<1x4x?xf32>) {
  %y, %l = lowbit.attention %q, %k, %k heads [4, 2] scale = 0.125 : tensor<1x?x256xf16>, tensor<1x?x128xf16>, tensor<1x?x128xf16> -> tensor<1x?x256xf16> lse(tensor<1x4x?xf32>)
  return %y, %l : tensor<1x?x256xf16>, tensor<1x4x?xf32>
}

// CHECK-LABEL: @open_queries_short
// CHECK-NOT: scf.if
// CHECK: @lowbit_attention_f16_d64_sm_80_launch ins
func.func @open_queries_short(%q: tensor<1x4x?x64xf16>, %k: tensor<1x4x200x64xf16>) -> tensor<1x4x?x64xf16> {
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<1x4x?x64xf16>, tensor<1x4x200x64xf16>, tensor<1x4x200x64xf16> -> tensor<1x4x?x64xf16>
  return %y : tensor<1x4x?x64xf16>
}

// Long heads have a kernel for few queries too.
// CHECK-LABEL: @large
// CHECK: @lowbit_attention_f16_d256x208_grouped_packed_heads_mask_f32_sm_80_launch ins
func.func @large(%q: tensor<1x4x2x256xf16>, %k: tensor<1x2x9x256xf16>, %v: tensor<1x2x9x208xf16>, %m: tensor<2x9xf32>) -> tensor<1x4x2x208xf16> {
  %y = lowbit.attention %q, %k, %v scale = 0.125 mask(%m : tensor<2x9xf32>) : tensor<1x4x2x256xf16>, tensor<1x2x9x256xf16>, tensor<1x2x9x208xf16> -> tensor<1x4x2x208xf16>
  return %y : tensor<1x4x2x208xf16>
}
