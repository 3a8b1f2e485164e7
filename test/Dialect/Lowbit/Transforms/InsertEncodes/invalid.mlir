// RUN: quant-opt --lowbit-insert-encodes %s --split-input-file \
// RUN:   --verify-diagnostics

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @no_weight(%x: !m, %c: !m) -> !m {
  // expected-error @+1 {{has lowbit.weight_encoding but no operand that is a constant weight}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8}
      ins(%x, %x : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!m = tensor<4x4xf32>
func.func @no_activation(%x: !m, %c: !m) -> !m {
  // expected-error @+1 {{has lowbit.activation_encoding but no activation beside a weight}}
  %0 = linalg.matmul {lowbit.activation_encoding = #a8}
      ins(%x, %x : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

!m = tensor<4x4xf32>
func.func @range_alone(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has lowbit.weight_range without lowbit.weight_encoding}}
  %0 = linalg.matmul {lowbit.weight_range = #lowbit.range<full>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>
!m = tensor<4x4xf32>
func.func @axis(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{scale axis 2 is out of range for a tensor of rank 2}}
  %0 = linalg.matmul {lowbit.weight_encoding = #a8}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @twice(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %we = lowbit.encode %w : !m to tensor<4x4xf32, #w8>
  // expected-error @+1 {{is assigned an encoding for an operand that is encoded already}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8}
      ins(%x, %we : !m, tensor<4x4xf32, #w8>) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

// The layer that carries the attribute says it, before layers in front change.
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @range(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{range 'minmax' needs a zero point}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8, lowbit.weight_range = #lowbit.range<minmax>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @unscaled(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{still has lowbit.scale_inputs: run lowbit-scale-inputs first}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8, lowbit.scale_inputs = #lowbit.awq<steps = 20>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @whole(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{still has lowbit.outliers: run lowbit-split-outliers first}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8, lowbit.outliers = 6.0 : f64}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#sparse = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<2:4 along 1>>
!m = tensor<4x4xf32>
func.func @sparse_c113(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has lowbit.activation_encoding that is sparse, but only weights are: which values are kept is chosen at compile time}}
  %0 = linalg.matmul {lowbit.weight_encoding = #w8, lowbit.activation_encoding = #sparse}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<2>>
func.func @depthwise(%x: tensor<1x5x5x4xf32>, %init: tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x4xf32>
  // expected-error @+1 {{has method 'gptq', which the weight cannot have: no axis of channels is summed over}}
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "a", lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<gptq>}
      ins(%x, %w : tensor<1x5x5x4xf32>, tensor<3x3x4xf32>) outs(%init : tensor<1x3x3x4xf32>) -> tensor<1x3x3x4xf32>
  return %0 : tensor<1x3x3x4xf32>
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0, 3>>
func.func @window_c148(%x: tensor<1x4x3x3xf32>, %init: tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x4x1x2xf32>
  // expected-error @+1 {{has method 'gptq', which the weight cannot have: scales differ within the window}}
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "a", lowbit.weight_encoding = #w4, lowbit.weight_method = #lowbit.method<gptq>}
      ins(%x, %w : tensor<1x4x3x3xf32>, tensor<2x4x1x2xf32>) outs(%init : tensor<1x2x3x2xf32>) -> tensor<1x2x3x2xf32>
  return %0 : tensor<1x2x3x2xf32>
}
