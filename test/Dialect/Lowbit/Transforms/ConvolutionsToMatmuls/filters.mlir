// RUN: quant-opt %s --lowbit-convolutions-to-matmuls --canonicalize | FileCheck %s

// Which matrix an encoded filter is (C223): its bytes are the same.

#group = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per block<[1, 2, *, *]>, zero_point = u4>
#pixel = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 2>
#learned = #lowbit.encoding<#lowbit.kmeans<16, f16 per axis<0>>>
#one = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<0>>

// Blocks of channels with the whole window are neighbours in a row.
// CHECK-LABEL: func.func @groups
// CHECK: lowbit.assemble {{.*}} to tensor<6x36xf32, #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<18> along 1, zero_point = u4>>
// CHECK: linalg.matmul
func.func @groups(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32, #group>, %o: tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32> {
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32, #group>) outs(%o : tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32>
  return %y : tensor<1x6x3x3xf32>
}

// CHECK-LABEL: func.func @window_of_one
// CHECK: %[[SCALES:.*]] = tensor.collapse_shape %{{.*}} : tensor<1x1x2x6xf32> into tensor<2x6xf32>
// CHECK: lowbit.assemble {{.*}} to tensor<8x6xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>>
func.func @window_of_one(%x: tensor<1x5x5x8xf32>, %w: tensor<1x1x8x6xf32, #pixel>, %o: tensor<1x5x5x6xf32>) -> tensor<1x5x5x6xf32> {
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x5x5x8xf32>, tensor<1x1x8x6xf32, #pixel>) outs(%o : tensor<1x5x5x6xf32>) -> tensor<1x5x5x6xf32>
  return %y : tensor<1x5x5x6xf32>
}

// Learned levels of each output.
// CHECK-LABEL: func.func @learned
// CHECK: lowbit.assemble {{.*}} to tensor<6x36xf32, #lowbit.encoding<#lowbit.kmeans<16, f16 per axis<0>>>>
func.func @learned(%x: tensor<1x5x5x4xf32>, %w: tensor<6x3x3x4xf32, #learned>, %o: tensor<1x3x3x6xf32>) -> tensor<1x3x3x6xf32> {
  %y = linalg.conv_2d_nhwc_fhwc ins(%x, %w : tensor<1x5x5x4xf32>, tensor<6x3x3x4xf32, #learned>) outs(%o : tensor<1x3x3x6xf32>) -> tensor<1x3x3x6xf32>
  return %y : tensor<1x3x3x6xf32>
}

// One output, one channel: scales keep their axes.
// CHECK-LABEL: func.func @one
// CHECK: lowbit.assemble {{.*}} to tensor<1x9xf32, #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<0>>>
func.func @one(%x: tensor<1x1x5x5xf32>, %w: tensor<1x1x3x3xf32, #one>, %o: tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32> {
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x1x5x5xf32>, tensor<1x1x3x3xf32, #one>) outs(%o : tensor<1x1x3x3xf32>) -> tensor<1x1x3x3xf32>
  return %y : tensor<1x1x3x3xf32>
}
