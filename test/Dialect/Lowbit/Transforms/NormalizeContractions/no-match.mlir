// RUN: quant-opt --lowbit-normalize-contractions %s | FileCheck %s

// One function for each reason why a contraction is left as it is.

#e2 = #ml_program.extern : tensor<4x4xf32>
#e3 = #ml_program.extern : tensor<2x4x4xf32>
#ef = #ml_program.extern : tensor<8x4xf32>
ml_program.global public @w(#e2) : tensor<4x4xf32>
ml_program.global public @w3(#e3) : tensor<2x4x4xf32>
ml_program.global public @flat(#ef) : tensor<8x4xf32>
#int8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// CHECK-LABEL: func @no_match_already_matmul(
func.func @no_match_already_matmul(%x: !m, %c: !m) -> !m {
  // CHECK: %[[W:.+]] = ml_program.global_load_const
  // CHECK-NEXT: linalg.matmul ins(%{{.+}}, %[[W]] :
  // CHECK-NEXT: return
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// Attention: neither operand is a weight, and the op has a name already.
// CHECK-LABEL: func @no_match_activations(
func.func @no_match_activations(%q: !b, %k: !b, %c: !b) -> !b {
  // CHECK-NEXT: linalg.batch_matmul ins
  // CHECK-NEXT: return
  %0 = linalg.batch_matmul ins(%q, %k : !b, !b) outs(%c : !b) -> !b
  return %0 : !b
}

// CHECK-LABEL: func @no_match_not_contraction(
func.func @no_match_not_contraction(%x: !m, %c: !m) -> !m {
  // CHECK: linalg.generic
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>,
      affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
      iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : !m, !m) outs(%c : !m) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !m
  return %0 : !m
}

// Integers: a contraction, but not of floats.
// CHECK-LABEL: func @no_match_integers(
func.func @no_match_integers(%x: tensor<4xi32>, %c: tensor<4xi32>)
    -> tensor<4xi32> {
  // CHECK: linalg.vecmat
  // CHECK: linalg.contract
  %w = arith.constant dense<3> : tensor<4x4xi32>
  %0 = linalg.vecmat ins(%x, %w : tensor<4xi32>, tensor<4x4xi32>)
      outs(%c : tensor<4xi32>) -> tensor<4xi32>
  %1 = linalg.contract indexing_maps = [affine_map<(i, k) -> (k)>,
      affine_map<(i, k) -> (k, i)>, affine_map<(i, k) -> (i)>]
      ins(%0, %w : tensor<4xi32>, tensor<4x4xi32>) outs(%c : tensor<4xi32>)
      -> tensor<4xi32>
  return %1 : tensor<4xi32>
}

// CHECK-LABEL: func @no_match_encoded_activation(
func.func @no_match_encoded_activation(%x: tensor<2x4x4xf32, #int8>, %c: !b)
    -> !b {
  // CHECK: linalg.batch_matmul
  %w = ml_program.global_load_const @w : !m
  %e = tensor.empty() : !b
  %w3 = linalg.broadcast ins(%w : !m) outs(%e : !b) dimensions = [0]
  %0 = linalg.batch_matmul ins(%x, %w3 : tensor<2x4x4xf32, #int8>, !b)
      outs(%c : !b) -> !b
  return %0 : !b
}

// A weight of three axes, and one whose axes of several elements are split.
// CHECK-LABEL: func @no_match_not_matrix(
func.func @no_match_not_matrix(%x: !b, %c: !b) -> (!b, !b) {
  // CHECK: linalg.batch_matmul
  // CHECK: tensor.expand_shape
  // CHECK: linalg.batch_matmul
  %w = ml_program.global_load_const @w3 : !b
  %0 = linalg.batch_matmul ins(%x, %w : !b, !b) outs(%c : !b) -> !b
  %flat = ml_program.global_load_const @flat : tensor<8x4xf32>
  %split = tensor.expand_shape %flat [[0, 1], [2]] output_shape [2, 4, 4]
      : tensor<8x4xf32> into !b
  %1 = linalg.batch_matmul ins(%x, %split : !b, !b) outs(%c : !b) -> !b
  return %0, %1 : !b, !b
}

// Both axes of the weight are summed over.
// CHECK-LABEL: func @no_match_two_reductions(
func.func @no_match_two_reductions(%x: !b, %c: tensor<2xf32>) -> tensor<2xf32> {
  // CHECK: linalg.contract
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.contract indexing_maps = [affine_map<(b, i, k) -> (b, i, k)>,
      affine_map<(b, i, k) -> (i, k)>, affine_map<(b, i, k) -> (b)>]
      ins(%x, %w : !b, !m) outs(%c : tensor<2xf32>) -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// The weight's other axis is a batch of the activation's.
// CHECK-LABEL: func @no_match_batched_columns(
func.func @no_match_batched_columns(%x: !m, %c: tensor<4xf32>)
    -> tensor<4xf32> {
  // CHECK: linalg.contract
  %w = ml_program.global_load_const @w : !m
  %0 = linalg.contract indexing_maps = [affine_map<(b, k) -> (b, k)>,
      affine_map<(b, k) -> (b, k)>, affine_map<(b, k) -> (b)>]
      ins(%x, %w : !m, !m) outs(%c : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// Both operands are copies: the batch is the result's alone.
// CHECK-LABEL: func @no_match_rows_of_result(
func.func @no_match_rows_of_result(%x: !m, %c: !b) -> !b {
  // CHECK: linalg.batch_matmul
  %w = ml_program.global_load_const @w : !m
  %e = tensor.empty() : !b
  %w3 = linalg.broadcast ins(%w : !m) outs(%e : !b) dimensions = [0]
  %0 = linalg.batch_matmul indexing_maps = [
      affine_map<(b, i, j, k) -> (i, k)>, affine_map<(b, i, j, k) -> (b, k, j)>,
      affine_map<(b, i, j, k) -> (b, i, j)>]
      ins(%x, %w3 : !m, !b) outs(%c : !b) -> !b
  return %0 : !b
}
