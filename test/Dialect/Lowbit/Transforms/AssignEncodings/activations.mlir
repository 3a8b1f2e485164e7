// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic %s | FileCheck %s
// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic %s | quant-opt -o /dev/null

// One scale "per token" of activations that have not two axes.

#k = affine_map<(m, n, k) -> (k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// A vector is one token.
// CHECK-LABEL: func @vector(
func.func @vector(%x: tensor<4xf32>, %c: tensor<2x4xf32>) -> tensor<2x4xf32> {
  // CHECK: linalg.matmul
  // CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul indexing_maps = [#k, #kn, #mn] ins(%x, %w : tensor<4xf32>, tensor<4x4xf32>)
      outs(%c : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}
