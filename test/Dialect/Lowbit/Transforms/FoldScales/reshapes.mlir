// RUN: quant-opt %s --lowbit-fold-scales | FileCheck %s

// Through transposes and reshapes that keep the channels on an axis of their
// own, and through a product of two activations, which is linear in either.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
#row = affine_map<(m, n) -> (m)>
!v = tensor<4xf32>

// CHECK-LABEL: func @collapse(
// CHECK: %[[C:.*]] = arith.constant dense<[5.000000e-01, 4.000000e+00, 9.000000e+00, -4.000000e+00]>
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[C]] : tensor<2x3x1x4xf32>
// CHECK: %[[R:.*]] = tensor.collapse_shape %[[G]] {{\[\[}}0, 1], [2, 3]] : tensor<2x3x1x4xf32> into tensor<6x4xf32>
// CHECK: return %[[R]]
func.func @collapse(%x: tensor<2x3x1x4xf32>) -> tensor<6x4xf32> {
  %g = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : !v
  %f = arith.constant dense<[0.5, 2.0, 3.0, -1.0]> : !v
  %e = tensor.empty() : tensor<2x3x1x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>,
                                        affine_map<(a, b, c, d) -> (d)>,
                                        affine_map<(a, b, c, d) -> (a, b, c, d)>],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%x, %g : tensor<2x3x1x4xf32>, !v) outs(%e : tensor<2x3x1x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    // Not a product of a tensor and a vector alone, which is a fold of its own.
    %n = arith.negf %a : f32
    %p = arith.mulf %n, %b : f32
    linalg.yield %p : f32
  } -> tensor<2x3x1x4xf32>
  %1 = tensor.collapse_shape %0 [[0, 1], [2, 3]] : tensor<2x3x1x4xf32> into tensor<6x4xf32>
  %e2 = tensor.empty() : tensor<6x4xf32>
  %2 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %f : tensor<6x4xf32>, !v) outs(%e2 : tensor<6x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<6x4xf32>
  return %2 : tensor<6x4xf32>
}

// CHECK-LABEL: func @expand_transpose_cast(
// CHECK: %[[C:.*]] = arith.constant dense<[5.000000e-01, 4.000000e+00, 9.000000e+00, -4.000000e+00]>
// CHECK: %[[G:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[C]] : tensor<?x4xf32>
// CHECK: %[[T:.*]] = linalg.transpose ins(%[[G]] :
// CHECK: %[[R:.*]] = tensor.cast %[[T]]
// CHECK: %[[X:.*]] = tensor.expand_shape %[[R]]
// CHECK-NOT: linalg.generic
// CHECK: return %[[X]]
func.func @expand_transpose_cast(%x: tensor<?x4xf32>, %n: index) -> tensor<1x4x6xf32> {
  %g = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : !v
  %f = arith.constant dense<[0.5, 2.0, 3.0, -1.0]> : !v
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %0 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %g : tensor<?x4xf32>, !v) outs(%e : tensor<?x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %n2 = arith.negf %a : f32
    %p = arith.mulf %n2, %b : f32
    linalg.yield %p : f32
  } -> tensor<?x4xf32>
  %te = tensor.empty(%n) : tensor<4x?xf32>
  %1 = linalg.transpose ins(%0 : tensor<?x4xf32>) outs(%te : tensor<4x?xf32>) permutation = [1, 0]
  %2 = tensor.cast %1 : tensor<4x?xf32> to tensor<4x6xf32>
  %3 = tensor.expand_shape %2 [[0, 1], [2]] output_shape [1, 4, 6] : tensor<4x6xf32> into tensor<1x4x6xf32>
  %e2 = tensor.empty() : tensor<1x4x6xf32>
  %4 = linalg.generic {indexing_maps = [affine_map<(a, b, c) -> (a, b, c)>, affine_map<(a, b, c) -> (b)>,
                                        affine_map<(a, b, c) -> (a, b, c)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%3, %f : tensor<1x4x6xf32>, !v) outs(%e2 : tensor<1x4x6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<1x4x6xf32>
  return %4 : tensor<1x4x6xf32>
}

// The values of an attention with one head, from a linear layer.
// CHECK-LABEL: func @attention(
// CHECK: %[[W:.*]] = ml_program.global_load_const @w
// CHECK: %[[WF:.*]] = linalg.generic {{.*}} ins(%[[W]],
// CHECK: %[[V:.*]] = linalg.matmul ins(%{{.*}}, %[[WF]] :
// CHECK: %[[Y:.*]] = linalg.matmul ins(%{{.*}}, %[[V]] :
// CHECK: return %[[Y]]
ml_program.global public @w(#ml_program.extern<tensor<8x4xf32>>) : tensor<8x4xf32>
func.func @attention(%p: tensor<5x5xf32>, %x: tensor<5x8xf32>) -> tensor<5x4xf32> {
  %zero = arith.constant dense<0.0> : tensor<5x4xf32>
  %w = ml_program.global_load_const @w : tensor<8x4xf32>
  %f = arith.constant dense<[0.5, 2.0, 3.0, -1.0]> : !v
  %v = linalg.matmul ins(%x, %w : tensor<5x8xf32>, tensor<8x4xf32>) outs(%zero : tensor<5x4xf32>) -> tensor<5x4xf32>
  %y = linalg.matmul ins(%p, %v : tensor<5x5xf32>, tensor<5x4xf32>) outs(%zero : tensor<5x4xf32>) -> tensor<5x4xf32>
  %e = tensor.empty() : tensor<5x4xf32>
  %0 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : tensor<5x4xf32>, !v) outs(%e : tensor<5x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %q = arith.mulf %a, %b : f32
    linalg.yield %q : f32
  } -> tensor<5x4xf32>
  return %0 : tensor<5x4xf32>
}
