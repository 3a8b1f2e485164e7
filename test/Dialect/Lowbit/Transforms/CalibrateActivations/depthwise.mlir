// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st square=-1.1,2,3 more=-1.1,2,3,-7.3
// RUN: quant-opt %s --lowbit-calibrate-activations=statistics=%t.st --lowbit-insert-encodes | FileCheck %s

// Ranges per channel of a depthwise convolution are those of its depth, whether or
// not the window has as many rows. (C140)

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>
#x8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<3>>

// CHECK-LABEL: func @square(
// CHECK: arith.constant dense<[-1.100000e+00, 2.000000e+00, 3.000000e+00]> : tensor<3xf32>
// CHECK: lowbit.encode %{{.*}} ranges({{.*}}) : tensor<1x3x9x3xf32> to
func.func @square(%x: tensor<1x3x9x3xf32>, %init: tensor<1x1x7x3xf32>) -> tensor<1x1x7x3xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3xf32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc
      {lowbit.layer = "square", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : tensor<1x3x9x3xf32>, tensor<3x3x3xf32>) outs(%init : tensor<1x1x7x3xf32>) -> tensor<1x1x7x3xf32>
  return %0 : tensor<1x1x7x3xf32>
}

// CHECK-LABEL: func @more(
// CHECK: arith.constant dense<[-1.100000e+00, 2.000000e+00, 3.000000e+00, -7.300000e+00]> : tensor<4xf32>
// CHECK: lowbit.encode %{{.*}} ranges({{.*}}) : tensor<1x3x9x4xf32> to
func.func @more(%x: tensor<1x3x9x4xf32>, %init: tensor<1x1x7x4xf32>) -> tensor<1x1x7x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x4xf32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc
      {lowbit.layer = "more", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : tensor<1x3x9x4xf32>, tensor<3x3x4xf32>) outs(%init : tensor<1x1x7x4xf32>) -> tensor<1x1x7x4xf32>
  return %0 : tensor<1x1x7x4xf32>
}
