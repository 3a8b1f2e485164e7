// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s

// Generics on activations that are a product of matrices or vectors get the
// name of it.

// CHECK-DAG: #[[$BMK:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d3)>
// CHECK-DAG: #[[$BNK:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d3)>
// CHECK-DAG: #[[$BMN:.+]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2)>

!v = tensor<4xf32>
!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// The operands are swapped: rows of the result come from the second.
// CHECK-LABEL: func @matmul(
// CHECK-SAME: %[[A:.+]]: tensor<4x4xf32>, %[[B:.+]]: tensor<4x4xf32>,
func.func @matmul(%a: !m, %b: !m, %c: !m) -> !m {
  // CHECK: linalg.matmul ins(%[[B]], %[[A]] :
  %0 = linalg.generic {indexing_maps = [
      affine_map<(k, i, j) -> (k, j)>, affine_map<(k, i, j) -> (i, k)>,
      affine_map<(k, i, j) -> (i, j)>],
      iterator_types = ["reduction", "parallel", "parallel"]}
      ins(%a, %b : !m, !m) outs(%c : !m) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> !m
  return %0 : !m
}

// CHECK-LABEL: func @batch_matmul(
func.func @batch_matmul(%a: !b, %b: !b, %c: !b) -> !b {
  // CHECK: linalg.batch_matmul indexing_maps = [#[[$BMK]], #[[$BNK]], #[[$BMN]]]
  %0 = linalg.generic {indexing_maps = [
      affine_map<(b, i, j, k) -> (b, i, k)>, affine_map<(b, i, j, k) -> (b, j, k)>,
      affine_map<(b, i, j, k) -> (b, i, j)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%a, %b : !b, !b) outs(%c : !b) {
  ^bb0(%x: f32, %y: f32, %out: f32):
    %p = arith.mulf %x, %y : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> !b
  return %0 : !b
}

// CHECK-LABEL: func @widened(
func.func @widened(%a: tensor<4x4xf16>, %b: tensor<4x4xf16>, %c: !m) -> !m {
  // CHECK: linalg.matmul ins(%{{.+}}, %{{.+}} : tensor<4x4xf16>, tensor<4x4xf16>) outs(%{{.+}} : tensor<4x4xf32>)
  %0 = linalg.contract indexing_maps = [
      affine_map<(i, j, k) -> (i, k)>, affine_map<(i, j, k) -> (k, j)>,
      affine_map<(i, j, k) -> (i, j)>]
      ins(%a, %b : tensor<4x4xf16>, tensor<4x4xf16>) outs(%c : !m) -> !m
  return %0 : !m
}

// CHECK-LABEL: func @vectors(
// CHECK-SAME: %[[M:.+]]: tensor<4x4xf32>, %[[B:.+]]: tensor<2x4x4xf32>, %[[V:.+]]: tensor<4xf32>, %[[BV:.+]]: tensor<2x4xf32>, %[[S:.+]]: tensor<f32>)
func.func @vectors(%m: !m, %b: !b, %v: !v, %bv: tensor<2x4xf32>,
    %s: tensor<f32>) -> (!v, !v, tensor<2x4xf32>, tensor<2x4xf32>, tensor<f32>) {
  // CHECK: linalg.matvec ins(%[[M]], %[[V]] :
  %0 = linalg.contract indexing_maps = [affine_map<(i, k) -> (i, k)>,
      affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
      ins(%m, %v : !m, !v) outs(%v : !v) -> !v
  // CHECK: linalg.vecmat ins(%[[V]], %[[M]] :
  %1 = linalg.contract indexing_maps = [affine_map<(i, k) -> (k, i)>,
      affine_map<(i, k) -> (k)>, affine_map<(i, k) -> (i)>]
      ins(%m, %v : !m, !v) outs(%v : !v) -> !v
  // CHECK: linalg.batch_matvec ins(%[[B]], %[[BV]] :
  %2 = linalg.contract indexing_maps = [affine_map<(b, i, k) -> (b, k)>,
      affine_map<(b, i, k) -> (b, i, k)>, affine_map<(b, i, k) -> (b, i)>]
      ins(%bv, %b : tensor<2x4xf32>, !b) outs(%bv : tensor<2x4xf32>)
      -> tensor<2x4xf32>
  // CHECK: linalg.batch_vecmat ins(%[[BV]], %[[B]] :
  %3 = linalg.contract indexing_maps = [affine_map<(b, i, k) -> (b, k)>,
      affine_map<(b, i, k) -> (b, k, i)>, affine_map<(b, i, k) -> (b, i)>]
      ins(%bv, %b : tensor<2x4xf32>, !b) outs(%bv : tensor<2x4xf32>)
      -> tensor<2x4xf32>
  // CHECK: linalg.dot ins(%[[V]], %[[V]] :
  %4 = linalg.contract indexing_maps = [affine_map<(k) -> (k)>,
      affine_map<(k) -> (k)>, affine_map<(k) -> ()>]
      ins(%v, %v : !v, !v) outs(%s : tensor<f32>) -> tensor<f32>
  return %0, %1, %2, %3, %4 : !v, !v, tensor<2x4xf32>, tensor<2x4xf32>,
      tensor<f32>
}
