// RUN: quant-opt %s --convert-lowbit-to-nvvm --split-input-file | FileCheck %s
// RUN: quant-opt %s --convert-lowbit-to-nvvm --split-input-file --lowbit-verify-encoded -o /dev/null

// (C205) Past keys and values stand in front of the new ones; present ones are
// these.

// CHECK-LABEL: @past
// CHECK: %[[K:.*]] = tensor.concat dim(2) %arg3, %arg1 : (tensor<1x2x?x32xf16>, tensor<1x2x20x32xf16>) -> tensor<1x2x?x32xf16>
// CHECK: %[[V:.*]] = tensor.concat dim(2) %arg3, %arg2
// CHECK: lowbit.call_kernel @lowbit_attention_f16_d32_causal_grouped_sm_80_launch ins(%arg0, %[[K]], %[[V]], %{{.*}}) outs(%{{.*}} : tensor<1x4x20x32xf16>)
func.func @past(%q: tensor<1x4x20x32xf16>, %k: tensor<1x2x20x32xf16>, %v: tensor<1x2x20x32xf16>, %p: tensor<1x2x?x32xf16>)
    -> (tensor<1x4x20x32xf16>, tensor<1x2x?x32xf16>) {
  %y, %pk, %pv = lowbit.attention %q, %k, %v scale = 1.0 causal top_left past(%p, %p : tensor<1x2x?x32xf16>, tensor<1x2x?x32xf16>)
    : tensor<1x4x20x32xf16>, tensor<1x2x20x32xf16>, tensor<1x2x20x32xf16> -> tensor<1x4x20x32xf16> present(tensor<1x2x?x32xf16>, tensor<1x2x?x32xf16>)
  return %y, %pv : tensor<1x4x20x32xf16>, tensor<1x2x?x32xf16>
}

// -----

// Heads that lie side by side get an axis in front of rows, as past ones have it.
// CHECK-LABEL: @joined
// CHECK: linalg.transpose ins(%{{.*}} : tensor<1x3x2x32xbf16>) {{.*}} permutation = [0, 2, 1, 3]
// CHECK: tensor.concat dim(2) %arg2, %{{.*}} : (tensor<1x2x9x32xbf16>, tensor<1x2x3x32xbf16>) -> tensor<1x2x12x32xbf16>
// CHECK: linalg.transpose ins(%{{.*}} : tensor<1x3x4x32xbf16>) {{.*}} permutation = [0, 2, 1, 3]
// CHECK: %[[CALL:.*]] = lowbit.call_kernel @lowbit_attention_bf16_d32_grouped_packed_heads_sm_80_launch {{.*}} outs(%{{.*}} : tensor<1x4x3x32xbf16>)
// CHECK: %[[BACK:.*]] = linalg.transpose ins(%[[CALL]] : {{.*}} permutation = [0, 2, 1, 3]
// CHECK: tensor.collapse_shape %[[BACK]] {{\[\[}}0], [1], [2, 3]] : tensor<1x3x4x32xbf16> into tensor<1x3x128xbf16>
func.func @joined(%q: tensor<1x3x128xbf16>, %k: tensor<1x3x64xbf16>, %p: tensor<1x2x9x32xbf16>) -> tensor<1x3x128xbf16> {
  %y = lowbit.attention %q, %k, %k heads [4, 2] scale = 1.0 past(%p, %p : tensor<1x2x9x32xbf16>, tensor<1x2x9x32xbf16>)
    : tensor<1x3x128xbf16>, tensor<1x3x64xbf16>, tensor<1x3x64xbf16> -> tensor<1x3x128xbf16>
  return %y : tensor<1x3x128xbf16>
}

// -----

// Codes behind codes, scales behind scales; present values are decoded.
// CHECK-LABEL: @codes
// CHECK: %[[C:.*]], %[[S:.*]] = lowbit.disassemble %arg1
// CHECK: %[[PC:.*]], %[[PS:.*]] = lowbit.disassemble %arg2
// CHECK: tensor.concat dim(2) %[[PC]], %[[C]] : (tensor<1x2x9x16xi8>, tensor<1x2x3x16xi8>) -> tensor<1x2x12x16xi8>
// CHECK: tensor.concat dim(2) %[[PS]], %[[S]] : (tensor<1x2x9xf32>, tensor<1x2x3xf32>) -> tensor<1x2x12xf32>
// CHECK: lowbit.call_kernel
// CHECK-COUNT-2: lowbit.decode
// CHECK: tensor.concat dim(2) {{.*}} -> tensor<1x2x12x32xf16>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0, 1, 2>>
!past = tensor<1x2x9x32xf16, #i4>
!new = tensor<1x2x3x32xf16, #i4>
!all = tensor<1x2x12x32xf16>
func.func @codes(%q: tensor<1x2x3x32xf16>, %k: !new, %p: !past) -> (tensor<1x2x3x32xf16>, !all, !all) {
  %y, %pk, %pv = lowbit.attention %q, %k, %k scale = 1.0 past(%p, %p : !past, !past)
    : tensor<1x2x3x32xf16>, !new, !new -> tensor<1x2x3x32xf16> present(!all, !all)
  return %y, %pk, %pv : tensor<1x2x3x32xf16>, !all, !all
}
