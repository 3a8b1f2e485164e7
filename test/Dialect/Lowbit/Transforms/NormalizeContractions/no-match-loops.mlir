// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s

// Loops and maps that upstream takes for a contraction, but that no matrix
// product has.

#e = #ml_program.extern : tensor<4x4xf32>
ml_program.global public @w(#e) : tensor<4x4xf32>

!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>
!v = tensor<4xf32>

// The weight is summed over alone.
// CHECK-LABEL: func @no_match_activation_not_summed(
func.func @no_match_activation_not_summed(%x: !v, %c: !m) -> !m {
  // CHECK: linalg.generic
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : !v, !m) outs(%c : !m) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> !m
  return %0 : !m
}

// A column of the weight is not one of the result.
// CHECK-LABEL: func @no_match_lost_column(
func.func @no_match_lost_column(%x: !m, %c: !v) -> !v {
  // CHECK: linalg.generic
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>,
      affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m)>],
      iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%x, %w : !m, !m) outs(%c : !v) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> !v
  return %0 : !v
}

// Nor is a row of the activation.
// CHECK-LABEL: func @no_match_lost_row(
func.func @no_match_lost_row(%x: !b, %c: !m) -> !m {
  // CHECK: linalg.generic
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.generic {indexing_maps = [affine_map<(m, b, n, k) -> (b, m, k)>,
      affine_map<(m, b, n, k) -> (k, n)>, affine_map<(m, b, n, k) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "parallel", "reduction"]}
      ins(%x, %w : !b, !m) outs(%c : !m) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %out, %p : f32
    linalg.yield %s : f32
  } -> !m
  return %0 : !m
}
