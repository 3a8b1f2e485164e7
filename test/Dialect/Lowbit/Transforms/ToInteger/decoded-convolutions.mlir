// RUN: quant-opt %s --lowbit-to-integer --verify-diagnostics | FileCheck %s

// Convolutions that cannot be computed on integers are decoded, and say why.

#image = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#pixel = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 2, 3>>
#filter = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#part = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[1, 2, *, *]>>

// CHECK-LABEL: @filter_in_blocks
func.func @filter_in_blocks(%x: tensor<1x4x4x4xf32, #image>, %w: tensor<2x4x3x3xf32, #part>, %o: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: linalg.conv_2d_nchw_fchw
  // expected-remark @+1 {{the weight has several scales along what a convolution sums over}}
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x4x4x4xf32, #image>, tensor<2x4x3x3xf32, #part>) outs(%o : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// CHECK-LABEL: @scale_per_pixel
func.func @scale_per_pixel(%x: tensor<1x4x4x4xf32, #pixel>, %w: tensor<2x4x3x3xf32, #filter>, %o: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: linalg.conv_2d_nchw_fchw
  // expected-remark @+1 {{the activation has several scales along what a convolution sums over}}
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x4x4x4xf32, #pixel>, tensor<2x4x3x3xf32, #filter>) outs(%o : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// CHECK-LABEL: @filter_of_any_size
func.func @filter_of_any_size(%x: tensor<1x?x4x4xf32, #image>, %w: tensor<2x?x3x3xf32, #filter>, %o: tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: linalg.conv_2d_nchw_fchw
  // expected-remark @+1 {{the size of the reduction is not known, so that i32 could overflow}}
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x?x4x4xf32, #image>, tensor<2x?x3x3xf32, #filter>) outs(%o : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}
