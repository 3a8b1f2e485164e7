// RUN: quant-opt %s --convert-lowbit-to-nvvm | FileCheck %s
// RUN: quant-opt %s --convert-lowbit-to-nvvm --lowbit-verify-encoded --lowbit-to-parts | FileCheck %s --check-prefix=PARTS

// Keys and values are handed over as codes and scales, and nothing decodes them.
// PARTS-NOT: lowbit.decode
// PARTS-COUNT-3: lowbit.call_kernel

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1, 2>>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<64> along 3>
#heads = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<64> along 2>
#all = #lowbit.encoding<#lowbit.float<f8E4M3FN>, scale = f32 per tensor>
#none = #lowbit.encoding<#lowbit.float<f8E5M2>>

// (C191) A scale for each row, in one way or the other.
// CHECK-LABEL: @rows
// CHECK: %[[K:.*]], %[[KS:.*]] = lowbit.disassemble %arg1 : {{.*}} to tensor<2x4x37x64xi8>, tensor<2x4x37xf32>
// CHECK: %[[V:.*]], %[[VS:.*]] = lowbit.disassemble %arg2 : {{.*}} to tensor<2x4x37x32xi8>, tensor<2x4x37x1xf16>
// CHECK: %[[S:.*]] = tensor.collapse_shape %[[VS]] {{\[\[}}0], [1], [2, 3]] : tensor<2x4x37x1xf16> into tensor<2x4x37xf16>
// CHECK: lowbit.call_kernel @lowbit_attention_f16_d64_key_i8_f32_value_i4_f16_sm_80_launch ins(%arg0, %[[K]], %[[V]], %[[KS]], %[[S]], %{{.*}}
func.func @rows(%q: tensor<2x4x20x64xf16>, %k: tensor<2x4x37x64xf16, #i8>, %v: tensor<2x4x37x64xf16, #i4>)
    -> tensor<2x4x20x64xf16> {
  %y = lowbit.attention %q, %k, %v scale = 0.125
    : tensor<2x4x20x64xf16>, tensor<2x4x37x64xf16, #i8>, tensor<2x4x37x64xf16, #i4> -> tensor<2x4x20x64xf16>
  return %y : tensor<2x4x20x64xf16>
}

// Heads side by side; values of another encoding than keys; sizes at run time.
// CHECK-LABEL: @joined
// CHECK: %[[K:.*]], %{{.*}} = lowbit.disassemble %arg1 : {{.*}} to tensor<2x?x64xi8>, tensor<2x?x2xf16>
// CHECK: tensor.expand_shape %[[K]] {{\[\[}}0], [1], [2, 3]] {{.*}} : tensor<2x?x64xi8> into tensor<2x?x2x32xi8>
// CHECK: lowbit.call_kernel @lowbit_attention_bf16_d64_grouped_key_i4_f16_sm_80_sequence_major_launch
func.func @joined(%q: tensor<2x20x256xbf16>, %k: tensor<2x?x128xbf16, #heads>, %v: tensor<2x?x128xbf16>)
    -> tensor<2x20x256xbf16> {
  %y = lowbit.attention %q, %k, %v heads [4, 2] scale = 0.125
    : tensor<2x20x256xbf16>, tensor<2x?x128xbf16, #heads>, tensor<2x?x128xbf16> -> tensor<2x20x256xbf16>
  return %y : tensor<2x20x256xbf16>
}

// One scale for all rows, or none.
// CHECK-LABEL: @few
// CHECK: tensor.expand_shape %{{.*}} [] output_shape [1, 1, 1] : tensor<f32> into tensor<1x1x1xf32>
// CHECK: lowbit.call_kernel @lowbit_attention_f16_d64_key_f8E4M3FN_f32_value_f8E5M2_sm_80_launch
func.func @few(%q: tensor<2x4x20x64xf16>, %k: tensor<2x4x37x64xf16, #all>, %v: tensor<2x4x37x64xf16, #none>)
    -> tensor<2x4x20x64xf16> {
  %y = lowbit.attention %q, %k, %v scale = 0.125
    : tensor<2x4x20x64xf16>, tensor<2x4x37x64xf16, #all>, tensor<2x4x37x64xf16, #none> -> tensor<2x4x20x64xf16>
  return %y : tensor<2x4x20x64xf16>
}
