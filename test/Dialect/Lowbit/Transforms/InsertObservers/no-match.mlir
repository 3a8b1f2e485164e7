// RUN: quant-opt %s --lowbit-insert-observers --split-input-file --verify-diagnostics \
// RUN:   | FileCheck %s --implicit-check-not=lowbit.observe

// CHECK-LABEL: @no_match_weight
func.func @no_match_weight(%x: tensor<4x4xf32>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-remark @below {{not observed: both operands are activations}}
  %0 = linalg.matmul ins(%x, %y : tensor<4x4xf32>, tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: @no_match_constant
func.func @no_match_constant(%o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %v = arith.constant dense<2.0> : tensor<4x4xf32>
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  // expected-remark @below {{not observed: its input is a constant}}
  %0 = linalg.matmul ins(%v, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: @no_match_type
func.func @no_match_type(%x: tensor<4x4xi8>, %o: tensor<4x4xi32>) -> tensor<4x4xi32> {
  %w = arith.constant dense<1> : tensor<4x4xi8>
  // expected-remark @below {{not observed: its input is tensor<4x4xi8>, not of f32, f16 or bf16}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xi8>, tensor<4x4xi8>) outs(%o : tensor<4x4xi32>) -> tensor<4x4xi32>
  return %0 : tensor<4x4xi32>
}

// -----

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// CHECK-LABEL: @no_match_encoded
func.func @no_match_encoded(%x: tensor<4x4xf32, #a8>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  // expected-remark @below {{not observed: its input comes encoded: its real values are not known}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32, #a8>, tensor<4x4xf32>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

// CHECK-LABEL: @no_match_several_axes
func.func @no_match_several_axes(%x: tensor<4x2x3xf32>, %o: tensor<4x5xf32>) -> tensor<4x5xf32> {
  %w = arith.constant dense<1.0> : tensor<2x3x5xf32>
  // expected-remark @below {{not observed: its input and its weight share several axes}}
  %0 = linalg.generic {indexing_maps = [affine_map<(m, n, h, d) -> (m, h, d)>, affine_map<(m, n, h, d) -> (h, d, n)>, affine_map<(m, n, h, d) -> (m, n)>],
      iterator_types = ["parallel", "parallel", "reduction", "reduction"]}
      ins(%x, %w : tensor<4x2x3xf32>, tensor<2x3x5xf32>) outs(%o : tensor<4x5xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<4x5xf32>
  return %0 : tensor<4x5xf32>
}

// -----

// CHECK-LABEL: @no_match_no_axis
func.func @no_match_no_axis(%x: tensor<8xf32>, %o: tensor<6xf32>) -> tensor<6xf32> {
  %w = arith.constant dense<1.0> : tensor<3x1xf32>
  // expected-remark @below {{not observed: its input and its weight share no axis}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i + j)>, affine_map<(i, j) -> (j, 0)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]}
      ins(%x, %w : tensor<8xf32>, tensor<3x1xf32>) outs(%o : tensor<6xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %c, %p : f32
    linalg.yield %s : f32
  } -> tensor<6xf32>
  return %0 : tensor<6xf32>
}

// -----

// CHECK-LABEL: @no_match_reads_no_activation
func.func @no_match_reads_no_activation(%o: tensor<4xf32>) -> tensor<4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3xf32>
  // expected-remark @below {{not observed: it reads no activation}}
  %0 = linalg.reduce ins(%w : tensor<4x3xf32>) outs(%o : tensor<4xf32>) dimensions = [1]
    (%a: f32, %b: f32) {
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
    }
  return %0 : tensor<4xf32>
}
