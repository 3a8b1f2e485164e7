// RUN: quant-opt %s --lowbit-raise-attention --canonicalize --cse | FileCheck %s

// Keys that are both not later and not masked.

#id = affine_map<(b, i, j) -> (b, i, j)>
#key = affine_map<(b, i, j) -> (b, 0, j)>

// CHECK-LABEL: @both
// CHECK-SAME: %[[M:[a-z0-9]*]]: tensor<4x1x7xi1>)
func.func @both(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>, %pad: tensor<4x1x7xi1>) -> tensor<4x5x6xf32> {
  // CHECK: %[[E:.*]] = tensor.expand_shape %[[M]]
  // CHECK: lowbit.attention {{.*}} causal top_left mask(%[[E]] : tensor<1x4x1x7xi1>)
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %t = linalg.generic {indexing_maps = [#id, #key, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%s, %pad : tensor<4x5x7xf32>, tensor<4x1x7xi1>) outs(%es : tensor<4x5x7xf32>) {
  ^bb0(%x0: f32, %x1: i1, %o: f32):
    %i = linalg.index 1 : index
    %j = linalg.index 2 : index
    %a = arith.cmpi sle, %j, %i : index
    %b = arith.andi %a, %x1 : i1
    %c = arith.select %b, %x0, %low : f32
    linalg.yield %c : f32
  } -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%t : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  return %w : tensor<4x5x6xf32>
}
