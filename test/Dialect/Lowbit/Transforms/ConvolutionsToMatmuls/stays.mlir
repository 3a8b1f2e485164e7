// RUN: quant-opt %s --lowbit-convolutions-to-matmuls --convert-lowbit-to-x86="isa=avx2" -split-input-file -verify-diagnostics -o /dev/null
// RUN: not quant-opt %s --lowbit-convolutions-to-matmuls --convert-lowbit-to-x86="isa=avx2 fail-on-fallback" -split-input-file -o /dev/null 2>&1 | FileCheck %s

// Convolutions that are no product of patches with a matrix: the reason is
// that of the missing kernel.

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @depthwise(%x: tensor<1x5x5x8xf32>, %w: tensor<3x3x8xf32, #w>, %o: tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32> {
  // CHECK: error: no x86 kernel: each of its channels is by itself (depthwise)
  // expected-remark @below {{no x86 kernel: each of its channels is by itself (depthwise)}}
  %y = linalg.depthwise_conv_2d_nhwc_hwc ins(%x, %w : tensor<1x5x5x8xf32>, tensor<3x3x8xf32, #w>) outs(%o : tensor<1x3x3x8xf32>) -> tensor<1x3x3x8xf32>
  return %y : tensor<1x3x3x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @groups(%x: tensor<1x2x4x5x5xf32>, %w: tensor<2x6x4x3x3xf32, #w>, %o: tensor<1x2x6x3x3xf32>) -> tensor<1x2x6x3x3xf32> {
  // CHECK: error: no x86 kernel: its channels are in groups
  // expected-remark @below {{no x86 kernel: its channels are in groups}}
  %y = linalg.conv_2d_ngchw_gfchw ins(%x, %w : tensor<1x2x4x5x5xf32>, tensor<2x6x4x3x3xf32, #w>) outs(%o : tensor<1x2x6x3x3xf32>) -> tensor<1x2x6x3x3xf32>
  return %y : tensor<1x2x6x3x3xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @no_outputs(%x: tensor<5x5xf32>, %w: tensor<3x3xf32, #w>, %o: tensor<3x3xf32>) -> tensor<3x3xf32> {
  // CHECK: error: no x86 kernel: it has no axis of output channels
  // expected-remark @below {{no x86 kernel: it has no axis of output channels}}
  %y = linalg.conv_2d ins(%x, %w : tensor<5x5xf32>, tensor<3x3xf32, #w>) outs(%o : tensor<3x3xf32>) -> tensor<3x3xf32>
  return %y : tensor<3x3xf32>
}

// -----

// (C223) Scales of blocks of channels, which the window parts.
#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[*, *, 4, 1]>>
func.func @blocks(%x: tensor<1x5x5x8xf32>, %w: tensor<3x3x8x6xf32, #w>, %o: tensor<1x3x3x6xf32>) -> tensor<1x3x3x6xf32> {
  // CHECK: error: no x86 kernel: its filter is no matrix: elements that share a scale are not neighbours in a row of its matrix
  // expected-remark @below {{no x86 kernel: its filter is no matrix: elements that share a scale are not neighbours in a row of its matrix}}
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x5x5x8xf32>, tensor<3x3x8x6xf32, #w>) outs(%o : tensor<1x3x3x6xf32>) -> tensor<1x3x3x6xf32>
  return %y : tensor<1x3x3x6xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<3>>
func.func @bytes(%x: tensor<1x5x5x8xf32>, %w: tensor<3x3x8x5xf32, #w>, %o: tensor<1x3x3x5xf32>) -> tensor<1x3x3x5xf32> {
  // CHECK: error: no x86 kernel: its filter is no matrix: a row of its matrix does not fill whole bytes
  // expected-remark @below {{no x86 kernel: its filter is no matrix: a row of its matrix does not fill whole bytes}}
  %y = linalg.conv_2d_nhwc_hwcf ins(%x, %w : tensor<1x5x5x8xf32>, tensor<3x3x8x5xf32, #w>) outs(%o : tensor<1x3x3x5xf32>) -> tensor<1x3x3x5xf32>
  return %y : tensor<1x3x3x5xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<2:4 along 1>>
func.func @sparse(%x: tensor<1x4x5x5xf32>, %w: tensor<6x4x3x3xf32, #w>, %o: tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32> {
  // CHECK: error: no x86 kernel: its filter is no matrix: it is sparse
  // expected-remark @below {{no x86 kernel: its filter is no matrix: it is sparse}}
  %y = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x4x5x5xf32>, tensor<6x4x3x3xf32, #w>) outs(%o : tensor<1x6x3x3xf32>) -> tensor<1x6x3x3xf32>
  return %y : tensor<1x6x3x3xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @dynamic(%x: tensor<1x4x9xf32>, %w: tensor<?x4x3xf32, #w>, %o: tensor<1x?x7xf32>) -> tensor<1x?x7xf32> {
  // CHECK: error: no x86 kernel: its filter has a dynamic shape
  // expected-remark @below {{no x86 kernel: its filter has a dynamic shape}}
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x9xf32>, tensor<?x4x3xf32, #w>) outs(%o : tensor<1x?x7xf32>) -> tensor<1x?x7xf32>
  return %y : tensor<1x?x7xf32>
}
