// RUN: quant-opt %s --lowbit-raise-attention --verify-diagnostics | FileCheck %s

// A division behind the second product is that of a softmax only if there is no
// other: here it stays, and the attention in front of it is raised.

#id = affine_map<(b, i, j) -> (b, i, j)>

// CHECK-LABEL: @halved
func.func @halved(%q: tensor<4x5x8xf32>, %k: tensor<4x8x7xf32>, %v: tensor<4x7x6xf32>) -> tensor<4x5x6xf32> {
  // CHECK: %[[A:.*]] = lowbit.attention
  // CHECK: %[[E:.*]] = tensor.collapse_shape %[[A]]
  // CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[E]] : tensor<4x5x6xf32>)
  // CHECK: arith.divf
  // CHECK: return %[[R]]
  %zero = arith.constant 0.0 : f32
  %two = arith.constant 2.0 : f32
  %es = tensor.empty() : tensor<4x5x7xf32>
  %fs = linalg.fill ins(%zero : f32) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %s = linalg.batch_matmul ins(%q, %k : tensor<4x5x8xf32>, tensor<4x8x7xf32>) outs(%fs : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<4x5x7xf32>) outs(%es : tensor<4x5x7xf32>) -> tensor<4x5x7xf32>
  %eo = tensor.empty() : tensor<4x5x6xf32>
  %fo = linalg.fill ins(%zero : f32) outs(%eo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %w = linalg.batch_matmul ins(%p, %v : tensor<4x5x7xf32>, tensor<4x7x6xf32>) outs(%fo : tensor<4x5x6xf32>) -> tensor<4x5x6xf32>
  %r = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel", "parallel"]} ins(%w : tensor<4x5x6xf32>) outs(%eo : tensor<4x5x6xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.divf %x, %two : f32
    linalg.yield %y : f32
  } -> tensor<4x5x6xf32>
  return %r : tensor<4x5x6xf32>
}
