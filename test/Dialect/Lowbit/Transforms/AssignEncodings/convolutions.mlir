// Filters get one scale per output channel, or blocks of whole windows.

// RUN: quant-opt %s --lowbit-assign-encodings=recipe=int8-dynamic | FileCheck %s
// RUN: quant-opt %s --lowbit-assign-encodings=recipe=int4-g128 | FileCheck %s --check-prefix=GROUP
// RUN: quant-opt %s --lowbit-assign-encodings=recipe=int4-g40-sym-2:4 | FileCheck %s --check-prefix=SPARSE

// CHECK-LABEL: func @nchw(
// CHECK: conv_2d_nchw_fchw
// CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// CHECK-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// 14 channels of 9 are 126 elements; of 4 channels each run 4 stay together.
// GROUP: conv_2d_nchw_fchw {{.*}}#lowbit.affine<u4>, scale = f16 per block<[1, 14, *, *]>, zero_point = u4>
// SPARSE: conv_2d_nchw_fchw {{.*}}per block<[1, 4, *, *]>, sparsity = #lowbit.nm<2:4 along 1>>
func.func @nchw(%x: tensor<?x64x8x8xf32>, %o: tensor<?x32x6x6xf32>) -> tensor<?x32x6x6xf32> {
  %w = arith.constant dense<1.0> : tensor<32x64x3x3xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "nchw"} ins(%x, %w : tensor<?x64x8x8xf32>, tensor<32x64x3x3xf32>) outs(%o : tensor<?x32x6x6xf32>) -> tensor<?x32x6x6xf32>
  return %0 : tensor<?x32x6x6xf32>
}

// CHECK-LABEL: func @nhwc(
// CHECK: conv_2d_nhwc_hwcf
// CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// CHECK-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<3>>
// GROUP: conv_2d_nhwc_hwcf {{.*}}per block<[*, *, 14, 1]>
func.func @nhwc(%x: tensor<1x8x8x64xf32>, %o: tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x64x32xf32>
  %0 = linalg.conv_2d_nhwc_hwcf {lowbit.layer = "nhwc"} ins(%x, %w : tensor<1x8x8x64xf32>, tensor<3x3x64x32xf32>) outs(%o : tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %0 : tensor<1x6x6x32xf32>
}

// Groups of channels are kept apart.
// CHECK-LABEL: func @grouped(
// CHECK: conv_2d_ngchw_gfchw
// CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
// CHECK-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
// GROUP: conv_2d_ngchw_gfchw {{.*}}per block<[1, 1, 5, *, *]>
func.func @grouped(%x: tensor<1x2x16x8x8xf32>, %o: tensor<1x2x4x4x4xf32>) -> tensor<1x2x4x4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<2x4x16x5x5xf32>
  %0 = linalg.conv_2d_ngchw_gfchw {lowbit.layer = "grouped"} ins(%x, %w : tensor<1x2x16x8x8xf32>, tensor<2x4x16x5x5xf32>) outs(%o : tensor<1x2x4x4x4xf32>) -> tensor<1x2x4x4x4xf32>
  return %0 : tensor<1x2x4x4x4xf32>
}

// A depthwise convolution sums over its window alone, which is one block.
// CHECK-LABEL: func @depthwise(
// CHECK: depthwise_conv_2d_nchw_chw
// CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
// CHECK-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// GROUP: depthwise_conv_2d_nchw_chw {{.*}}per block<[1, 42, *]>
func.func @depthwise(%x: tensor<1x4x8x8xf32>, %o: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3x3xf32>
  %0 = linalg.depthwise_conv_2d_nchw_chw {lowbit.layer = "depthwise"} ins(%x, %w : tensor<1x4x8x8xf32>, tensor<4x3x3xf32>) outs(%o : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: func @one_dimension(
// CHECK: conv_1d_ncw_fcw
// CHECK-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// CHECK-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
// GROUP: conv_1d_ncw_fcw {{.*}}per block<[1, 25, *]>
func.func @one_dimension(%x: tensor<1x64x9xf32>, %o: tensor<1x4x5xf32>) -> tensor<1x4x5xf32> {
  %w = arith.constant dense<1.0> : tensor<4x64x5xf32>
  %0 = linalg.conv_1d_ncw_fcw {lowbit.layer = "one"} ins(%x, %w : tensor<1x64x9xf32>, tensor<4x64x5xf32>) outs(%o : tensor<1x4x5xf32>) -> tensor<1x4x5xf32>
  return %0 : tensor<1x4x5xf32>
}
