// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s
// RUN: quant-opt --lowbit-normalize-contractions %s -o %t.once
// RUN: quant-opt --lowbit-normalize-contractions %t.once | diff %t.once -

// Contractions on a weight become matmuls on the weight itself. A second run
// changes nothing.

#extern = #ml_program.extern : tensor<6x5xf32>
#copied = affine_map<(d0, d1, d2) -> (d1, d2)>
#swapped = affine_map<(d0, d1, d2) -> (d2, d1)>
#all = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
ml_program.global public @w(#extern) : tensor<6x5xf32>

// CHECK-DAG: #[[$MK:.+]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[$NK:.+]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[$MN:.+]] = affine_map<(d0, d1, d2) -> (d0, d1)>

// CHECK-LABEL: func @broadcast_generic(
// CHECK-SAME: %[[X:.+]]: tensor<2x3x6xf32>
func.func @broadcast_generic(%x: tensor<2x3x6xf32>) -> tensor<2x3x5xf32> {
  // CHECK: %[[W:.+]] = ml_program.global_load_const @w
  // CHECK: %[[X2:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]]
  // CHECK: %[[E:.+]] = tensor.empty() : tensor<6x5xf32>
  // CHECK: %[[FILL:.+]] = linalg.fill ins({{.+}}) outs(%[[E]]
  // CHECK: %[[Y:.+]] = linalg.matmul {lowbit.layer = "fc"}
  // CHECK-SAME: ins(%[[X2]], %[[W]] : tensor<6x6xf32>, tensor<6x5xf32>) outs(%[[FILL]] : tensor<6x5xf32>)
  // CHECK: %[[Y3:.+]] = tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [2, 3, 5]
  // CHECK-NOT: linalg.generic
  // CHECK: return %[[Y3]]
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %we = tensor.empty() : tensor<2x6x5xf32>
  %w3 = linalg.generic {indexing_maps = [#copied, #all],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<6x5xf32>) outs(%we : tensor<2x6x5xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2x6x5xf32>
  %e = tensor.empty() : tensor<2x3x5xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<2x3x5xf32>)
      -> tensor<2x3x5xf32>
  %y = linalg.batch_matmul {lowbit.layer = "fc"}
      ins(%x, %w3 : tensor<2x3x6xf32>, tensor<2x6x5xf32>)
      outs(%init : tensor<2x3x5xf32>) -> tensor<2x3x5xf32>
  return %y : tensor<2x3x5xf32>
}

// CHECK-LABEL: func @dynamic(
// CHECK-SAME: %[[X:.+]]: tensor<?x?x6xf32>, %[[B:.+]]: index, %[[S:.+]]: index
func.func @dynamic(%x: tensor<?x?x6xf32>, %b: index, %s: index)
    -> tensor<?x?x5xf32> {
  // CHECK: %[[X2:.+]] = tensor.collapse_shape %[[X]] {{\[\[}}0, 1], [2]] : tensor<?x?x6xf32> into tensor<?x6xf32>
  // CHECK: %[[ROWS:.+]] = tensor.dim %[[X2]]
  // CHECK: tensor.empty(%[[ROWS]]) : tensor<?x5xf32>
  // CHECK: %[[Y:.+]] = linalg.matmul ins(%[[X2]], %{{.+}} : tensor<?x6xf32>, tensor<6x5xf32>)
  // CHECK: tensor.expand_shape %[[Y]] {{\[\[}}0, 1], [2]] output_shape [%[[B]], %[[S]], 5]
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %we = tensor.empty(%b) : tensor<?x6x5xf32>
  %w3 = linalg.broadcast ins(%w : tensor<6x5xf32>)
      outs(%we : tensor<?x6x5xf32>) dimensions = [0]
  %e = tensor.empty(%b, %s) : tensor<?x?x5xf32>
  %init = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?x5xf32>)
      -> tensor<?x?x5xf32>
  %y = linalg.batch_matmul ins(%x, %w3 : tensor<?x?x6xf32>, tensor<?x6x5xf32>)
      outs(%init : tensor<?x?x5xf32>) -> tensor<?x?x5xf32>
  return %y : tensor<?x?x5xf32>
}

// The transposed weight is read where it lies.
// CHECK-LABEL: func @transposed(
// CHECK-SAME: %[[X:.+]]: tensor<4x5xf32>, %[[INIT:.+]]: tensor<4x6xf32>
func.func @transposed(%x: tensor<4x5xf32>, %init: tensor<4x6xf32>)
    -> tensor<4x6xf32> {
  // CHECK: %[[W:.+]] = ml_program.global_load_const @w
  // CHECK: linalg.matmul indexing_maps = [#[[$MK]], #[[$NK]], #[[$MN]]]
  // CHECK-SAME: ins(%[[X]], %[[W]] : tensor<4x5xf32>, tensor<6x5xf32>) outs(%[[INIT]]
  // CHECK-NOT: linalg.transpose
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %e = tensor.empty() : tensor<5x6xf32>
  %wt = linalg.transpose ins(%w : tensor<6x5xf32>) outs(%e : tensor<5x6xf32>)
      permutation = [1, 0]
  %y = linalg.matmul ins(%x, %wt : tensor<4x5xf32>, tensor<5x6xf32>)
      outs(%init : tensor<4x6xf32>) -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// CHECK-LABEL: func @transposed_by_generic(
func.func @transposed_by_generic(%x: tensor<2x4x5xf32>,
    %init: tensor<2x4x6xf32>) -> tensor<2x4x6xf32> {
  // CHECK: %[[I:.+]] = tensor.collapse_shape %{{.+}} : tensor<2x4x6xf32> into tensor<8x6xf32>
  // CHECK: linalg.matmul indexing_maps = [#[[$MK]], #[[$NK]], #[[$MN]]]
  // CHECK-SAME: outs(%[[I]] : tensor<8x6xf32>)
  %w = ml_program.global_load_const @w : tensor<6x5xf32>
  %e = tensor.empty() : tensor<2x5x6xf32>
  %wt = linalg.generic {indexing_maps = [#swapped, #all],
      iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%w : tensor<6x5xf32>) outs(%e : tensor<2x5x6xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2x5x6xf32>
  %y = linalg.batch_matmul ins(%x, %wt : tensor<2x4x5xf32>, tensor<2x5x6xf32>)
      outs(%init : tensor<2x4x6xf32>) -> tensor<2x4x6xf32>
  return %y : tensor<2x4x6xf32>
}
