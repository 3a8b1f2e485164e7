// RUN: quant-opt %s --lowbit-decompose-attention | FileCheck %s

// What query, key and value are brought into stands where these are made: the
// buffer of each is free before the next is computed.

// CHECK-LABEL: @projections
// CHECK: %[[Q:.*]] = linalg.matmul
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// CHECK: %[[K:.*]] = linalg.matmul
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// CHECK: %[[V:.*]] = linalg.matmul
// CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
// CHECK: linalg.batch_matmul
func.func @projections(%x: tensor<7x16xf32>, %w: tensor<16x8xf32>, %init: tensor<7x8xf32>) -> tensor<1x7x8xf32> {
  %q = linalg.matmul ins(%x, %w : tensor<7x16xf32>, tensor<16x8xf32>) outs(%init : tensor<7x8xf32>) -> tensor<7x8xf32>
  %q1 = tensor.expand_shape %q [[0, 1], [2]] output_shape [1, 7, 8] : tensor<7x8xf32> into tensor<1x7x8xf32>
  %k = linalg.matmul ins(%x, %w : tensor<7x16xf32>, tensor<16x8xf32>) outs(%init : tensor<7x8xf32>) -> tensor<7x8xf32>
  %k1 = tensor.expand_shape %k [[0, 1], [2]] output_shape [1, 7, 8] : tensor<7x8xf32> into tensor<1x7x8xf32>
  %v = linalg.matmul ins(%x, %w : tensor<7x16xf32>, tensor<16x8xf32>) outs(%init : tensor<7x8xf32>) -> tensor<7x8xf32>
  %v1 = tensor.expand_shape %v [[0, 1], [2]] output_shape [1, 7, 8] : tensor<7x8xf32> into tensor<1x7x8xf32>
  %y = lowbit.attention %q1, %k1, %v1 heads [2, 2] scale = 0.5 : tensor<1x7x8xf32>, tensor<1x7x8xf32>, tensor<1x7x8xf32> -> tensor<1x7x8xf32>
  return %y : tensor<1x7x8xf32>
}
