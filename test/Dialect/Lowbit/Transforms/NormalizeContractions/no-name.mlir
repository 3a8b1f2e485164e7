// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s

// Generics that sum products and have no named op.

!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// CHECK-LABEL: func @no_match_two_rows(
func.func @no_match_two_rows(%x: !b, %w: !m, %c: !b) -> !b {
  // CHECK: linalg.contract
  %0 = linalg.contract indexing_maps = [affine_map<(b, i, j, k) -> (b, i, k)>,
      affine_map<(b, i, j, k) -> (k, j)>, affine_map<(b, i, j, k) -> (b, i, j)>]
      ins(%x, %w : !b, !m) outs(%c : !b) -> !b
  return %0 : !b
}

// CHECK-LABEL: func @no_match_batch_of_dots(
func.func @no_match_batch_of_dots(%x: !m, %y: !m, %c: tensor<4xf32>)
    -> tensor<4xf32> {
  // CHECK: linalg.contract
  %0 = linalg.contract indexing_maps = [affine_map<(b, k) -> (b, k)>,
      affine_map<(b, k) -> (b, k)>, affine_map<(b, k) -> (b)>]
      ins(%x, %y : !m, !m) outs(%c : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func @no_match_batch_inside(
func.func @no_match_batch_inside(%x: tensor<4x2x4xf32>, %y: !b, %c: !b) -> !b {
  // CHECK: linalg.contract
  %0 = linalg.contract indexing_maps = [affine_map<(b, i, j, k) -> (i, b, k)>,
      affine_map<(b, i, j, k) -> (b, k, j)>,
      affine_map<(b, i, j, k) -> (b, i, j)>]
      ins(%x, %y : tensor<4x2x4xf32>, !b) outs(%c : !b) -> !b
  return %0 : !b
}

// A product scaled on its way is no plain sum of products.
// CHECK-LABEL: func @no_match_scaled(
func.func @no_match_scaled(%x: !m, %y: !m, %c: !m, %s: f32) -> !m {
  // CHECK: linalg.generic
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j, k) -> (i, k)>,
      affine_map<(i, j, k) -> (k, j)>, affine_map<(i, j, k) -> (i, j)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %y : !m, !m) outs(%c : !m) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %q = arith.mulf %p, %s : f32
    %r = arith.addf %out, %q : f32
    linalg.yield %r : f32
  } -> !m
  return %0 : !m
}
