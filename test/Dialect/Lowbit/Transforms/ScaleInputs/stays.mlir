// RUN: %python %S/Inputs/make_statistics.py %t.st a=4,1,16,3
// RUN: quant-opt %s --split-input-file --verify-diagnostics --lowbit-scale-inputs=statistics=%t.st | FileCheck %s

// Layers whose inputs stay as they are, and why.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<2x4xf32>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>
ml_program.global public @w(#ml_program.extern<!w>) : !w

// CHECK-LABEL: func @shared_weight(
// CHECK-NOT: linalg.generic
// CHECK-NOT: scale_inputs
func.func @shared_weight(%x: !x, %z: !x, %init: !y) -> (!y, !y) {
  %w = ml_program.global_load_const @w : !w
  // expected-remark @+1 {{inputs are not scaled: the weight has other users}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul ins(%z, %w : !x, !w) outs(%init : !y) -> !y
  return %0, %1 : !y, !y
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<2x4xf32>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>
ml_program.global public @w(#ml_program.extern<!w>) : !w

// The same in two functions.
func.func @first(%x: !x, %init: !y) -> !y {
  %w = ml_program.global_load_const @w : !w
  // expected-remark @+1 {{inputs are not scaled: the weight has other users}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}
func.func @second() -> !w {
  %w = ml_program.global_load_const @w : !w
  return %w : !w
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>
func.func @depthwise(%x: tensor<1x5x5x4xf32>, %init: tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x4xf32>
  // expected-remark @+1 {{inputs are not scaled: no axis of channels is summed over}}
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w8}
      ins(%x, %w : tensor<1x5x5x4xf32>, tensor<3x3x4xf32>) outs(%init : tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}

// -----

// AWQ looks at the encoding of each matrix of a batch.
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
!x = tensor<2x2x4xf32>
!w = tensor<2x4x2xf32>
!y = tensor<2x2x2xf32>
func.func @batch(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  // expected-remark @+1 {{inputs are not scaled: matrices of a batch share scales along axis 0}}
  %0 = linalg.batch_matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w4}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#x8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!x = tensor<2x4xf32, #x8>
!w = tensor<4x2xf32>
!y = tensor<2x2xf32>
func.func @encoded(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  // expected-remark @+1 {{inputs are not scaled: an operand is encoded already}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w8}
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
  // expected-remark @+1 {{inputs are not scaled: elements of the activation are not f32, f16 or bf16}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}
