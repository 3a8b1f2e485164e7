// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st a,b=4,1,16,3
// RUN: quant-opt %s --split-input-file --verify-diagnostics --lowbit-split-outliers=statistics=%t.st | FileCheck %s

// Layers that stay whole, and why.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<2x4xf32>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>

// CHECK-LABEL: func @none_and_all(
// CHECK-NOT: linalg.generic
// CHECK-NOT: lowbit.outliers
func.func @none_and_all(%x: !x, %init: !y) -> (!y, !y, !y) {
  %w = arith.constant dense<1.0> : !w
  %v = arith.constant dense<2.0> : !w
  %u = arith.constant dense<3.0> : !w
  // expected-remark @+1 {{outliers are not split off (2 ops): no channel of the input exceeds 16: a, b}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 16.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.outliers = 16.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %u : !x, !w) outs(%init : !y) -> !y
  // expected-remark @+1 {{outliers are not split off: every channel of the input exceeds 0.5}}
  %2 = linalg.matmul {lowbit.layer = "b", lowbit.outliers = 0.5 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %v : !x, !w) outs(%init : !y) -> !y
  return %0, %1, %2 : !y, !y, !y
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<2x4xf32>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>
ml_program.global public @w(#ml_program.extern<!w>) : !w

func.func @shared_weight(%x: !x, %z: !x, %init: !y) -> (!y, !y) {
  %w = ml_program.global_load_const @w : !w
  // expected-remark @+1 {{outliers are not split off: the weight has other users}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul ins(%z, %w : !x, !w) outs(%init : !y) -> !y
  return %0, %1 : !y, !y
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>
func.func @depthwise(%x: tensor<1x5x5x4xf32>, %init: tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x4xf32>
  // expected-remark @+1 {{outliers are not split off: no axis of channels is summed over}}
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "a", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : tensor<1x5x5x4xf32>, tensor<3x3x4xf32>) outs(%init : tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#x8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!x = tensor<2x4xf32, #x8>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>
func.func @encoded(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  // expected-remark @+1 {{outliers are not split off: an operand is encoded already}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<2x4xf64>
!w = tensor<4x2xf32>
!y = tensor<2x2xf64>
func.func @double(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  // expected-remark @+1 {{outliers are not split off: elements of the activation are not f32, f16 or bf16}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}
