// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s

// Other forms in which a product with a weight comes.

#extern = #ml_program.extern : tensor<6x5xf32>
ml_program.global public @w(#extern) : tensor<6x5xf32>

// CHECK-DAG: #[[$MK:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$NK:.+]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$MN:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @vecmat(
// CHECK-SAME: %[[X:.+]]: tensor<6xf32>
func.func @vecmat(%x: tensor<6xf32>, %init: tensor<5xf32>) -> tensor<5xf32> {
  // CHECK: %[[W:.+]] = ml_program.global_load_const @w
  // CHECK: %[[ROW:.+]] = tensor.expand_shape %[[X]] {{\[\[}}0, 1]] output_shape [1, 6]
  // CHECK: %[[Y:.+]] = linalg.matmul ins(%[[ROW]], %[[W]] : tensor<1x6xf32>, tensor<6x5xf32>)
  // CHECK: tensor.collapse_shape %[[Y]] {{\[\[}}0, 1]] : tensor<1x5xf32> into tensor<5xf32>
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %y = linalg.vecmat ins(%x, %w : tensor<6xf32>, tensor<6x5xf32>)
      outs(%init : tensor<5xf32>) -> tensor<5xf32>
  return %y : tensor<5xf32>
}

// CHECK-LABEL: func @matvec(
func.func @matvec(%x: tensor<5xf32>, %init: tensor<6xf32>) -> tensor<6xf32> {
  // CHECK: linalg.matmul indexing_maps = [#[[$MK]], #[[$NK]], #[[$MN]]]
  // CHECK-SAME: tensor<1x5xf32>, tensor<6x5xf32>
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %y = linalg.matvec ins(%w, %x : tensor<6x5xf32>, tensor<5xf32>)
      outs(%init : tensor<6xf32>) -> tensor<6xf32>
  return %y : tensor<6xf32>
}

// A weight on the left: the activation and the result are transposed.
// CHECK-LABEL: func @weight_left(
// CHECK-SAME: %[[X:.+]]: tensor<5x7xf32>
func.func @weight_left(%x: tensor<5x7xf32>) -> tensor<6x7xf32> {
  // CHECK: %[[XT:.+]] = linalg.transpose ins(%[[X]] : tensor<5x7xf32>) outs(%{{.+}} : tensor<7x5xf32>) permutation = [1, 0]
  // CHECK: %[[Y:.+]] = linalg.matmul indexing_maps = [#[[$MK]], #[[$NK]], #[[$MN]]]
  // CHECK-SAME: ins(%[[XT]], %{{.+}} : tensor<7x5xf32>, tensor<6x5xf32>)
  // CHECK: %[[YT:.+]] = linalg.transpose ins(%[[Y]] : tensor<7x6xf32>) outs(%{{.+}} : tensor<6x7xf32>) permutation = [1, 0]
  // CHECK: return %[[YT]]
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %e = tensor.empty() : tensor<6x7xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<6x7xf32>)
      -> tensor<6x7xf32>
  %y = linalg.matmul ins(%w, %x : tensor<6x5xf32>, tensor<5x7xf32>)
      outs(%init : tensor<6x7xf32>) -> tensor<6x7xf32>
  return %y : tensor<6x7xf32>
}

// The importer joins the batch axes of a four-dimensional product.
// CHECK-LABEL: func @collapsed_broadcast(
func.func @collapsed_broadcast(%x: tensor<8x3x6xf32>, %init: tensor<8x3x5xf32>)
    -> tensor<8x3x5xf32> {
  // CHECK: linalg.matmul ins(%{{.+}}, %{{.+}} : tensor<24x6xf32>, tensor<6x5xf32>)
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %e = tensor.empty() : tensor<2x4x6x5xf32>
  %w4 = linalg.broadcast ins(%w : tensor<6x5xf32>)
      outs(%e : tensor<2x4x6x5xf32>) dimensions = [0, 1]
  %w3 = tensor.collapse_shape %w4 [[0, 1], [2], [3]]
      : tensor<2x4x6x5xf32> into tensor<8x6x5xf32>
  %y = linalg.batch_matmul ins(%x, %w3 : tensor<8x3x6xf32>, tensor<8x6x5xf32>)
      outs(%init : tensor<8x3x5xf32>) -> tensor<8x3x5xf32>
  return %y : tensor<8x3x5xf32>
}

// A batch of one.
// CHECK-LABEL: func @unit_batch(
func.func @unit_batch(%x: tensor<1x3x6xf32>, %init: tensor<1x3x5xf32>)
    -> tensor<1x3x5xf32> {
  // CHECK: linalg.matmul ins(%{{.+}}, %{{.+}} : tensor<3x6xf32>, tensor<6x5xf32>)
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %w3 = tensor.expand_shape %w [[0, 1], [2]] output_shape [1, 6, 5]
      : tensor<6x5xf32> into tensor<1x6x5xf32>
  %y = linalg.batch_matmul ins(%x, %w3 : tensor<1x3x6xf32>, tensor<1x6x5xf32>)
      outs(%init : tensor<1x3x5xf32>) -> tensor<1x3x5xf32>
  return %y : tensor<1x3x5xf32>
}

// A size that is known but not in the type stays out of the types.
// CHECK-LABEL: func @constant_size(
func.func @constant_size(%x: tensor<?x3x6xf32>) -> tensor<?x3x5xf32> {
  // CHECK: %[[C8:.+]] = arith.constant 8 : index
  // CHECK: linalg.matmul ins(%{{.+}}, %{{.+}} : tensor<?x6xf32>, tensor<6x5xf32>) outs(%{{.+}} : tensor<?x5xf32>)
  // CHECK: tensor.expand_shape %{{.+}} {{\[\[}}0, 1], [2]] output_shape [%[[C8]], 3, 5] : tensor<?x5xf32> into tensor<?x3x5xf32>
  %c8 = arith.constant 8 : index
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %e = tensor.empty(%c8) : tensor<?x6x5xf32>
  %w3 = linalg.broadcast ins(%w : tensor<6x5xf32>) outs(%e : tensor<?x6x5xf32>)
      dimensions = [0]
  %c = tensor.empty(%c8) : tensor<?x3x5xf32>
  %init = linalg.fill ins(%zero : f32) outs(%c : tensor<?x3x5xf32>)
      -> tensor<?x3x5xf32>
  %y = linalg.batch_matmul ins(%x, %w3 : tensor<?x3x6xf32>, tensor<?x6x5xf32>)
      outs(%init : tensor<?x3x5xf32>) -> tensor<?x3x5xf32>
  return %y : tensor<?x3x5xf32>
}

// A generic on a weight whose rows are in another order than the result's.
// CHECK-LABEL: func @generic_permuted(
// CHECK-SAME: %[[X:.+]]: tensor<6x3x2xf32>
func.func @generic_permuted(%x: tensor<6x3x2xf32>, %init: tensor<2x3x5xf32>)
    -> tensor<2x3x5xf32> {
  // CHECK: %[[XT:.+]] = linalg.transpose ins(%[[X]] {{.+}} permutation = [2, 1, 0]
  // CHECK: tensor.collapse_shape %[[XT]] {{\[\[}}0, 1], [2]] : tensor<2x3x6xf32> into tensor<6x6xf32>
  // CHECK: linalg.matmul {lowbit.layer = "g"} ins
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %y = linalg.generic {indexing_maps = [
      affine_map<(b, s, n, k) -> (k, s, b)>, affine_map<(b, s, n, k) -> (k, n)>,
      affine_map<(b, s, n, k) -> (b, s, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : tensor<6x3x2xf32>, tensor<6x5xf32>)
      outs(%init : tensor<2x3x5xf32>) attrs = {lowbit.layer = "g"} {
  ^bb0(%a: f32, %c: f32, %out: f32):
    %p = arith.mulf %c, %a : f32
    %s = arith.addf %p, %out : f32
    linalg.yield %s : f32
  } -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}
