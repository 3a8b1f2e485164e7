// RUN: quant-opt %s --lowbit-insert-observers=gram 2>&1 | FileCheck %s
// RUN: quant-opt %s --lowbit-insert-observers 2>&1 | FileCheck %s --check-prefix=NONE

// With second moments a convolution is observed a second time, by rows of what an
// output sums over: a channel's window after the other. (C149)

// NONE-NOT: patches
// CHECK-DAG: remark: patches are not observed: how many patches it has is not known
// CHECK-DAG: remark: patches are not observed: its patches have 18432 inputs, and second moments are collected of at most 16384

// CHECK-DAG: #[[$PATCHES:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1 * 2 + d4 * 3, d2 * 2 + d5 * 3)>

// CHECK-LABEL: @strided
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3x11x11xf32>
// CHECK: lowbit.observe %[[X]] layers = ["strided", "twin"] axis = 1 gram
// CHECK: %[[N:.*]] = tensor.dim %[[X]], %c0
// CHECK: %[[E:.*]] = tensor.empty(%[[N]]) : tensor<?x3x3x3x3x2xf32>
// CHECK: %[[P:.*]] = linalg.generic {indexing_maps = [#[[$PATCHES]], {{.*}}} ins(%[[X]] : {{.*}} outs(%[[E]] :
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[P]] {{\[\[}}0], [1], [2], [3, 4, 5]] : tensor<?x3x3x3x3x2xf32> into tensor<?x3x3x18xf32>
// CHECK: lowbit.observe %[[ROWS]] layers = ["strided/patches", "twin/patches"] axis = 3 gram
func.func @strided(%x: tensor<?x3x11x11xf32>, %o: tensor<?x4x3x3xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x3x3x2xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "strided", strides = dense<2> : tensor<2xi64>, dilations = dense<3> : tensor<2xi64>} ins(%x, %w : tensor<?x3x11x11xf32>, tensor<4x3x3x2xf32>) outs(%o : tensor<?x4x3x3xf32>) -> tensor<?x4x3x3xf32>
  %v = arith.constant dense<2.0> : tensor<4x3x3x2xf32>
  %1 = linalg.conv_2d_nchw_fchw {lowbit.layer = "twin", strides = dense<2> : tensor<2xi64>, dilations = dense<3> : tensor<2xi64>} ins(%x, %v : tensor<?x3x11x11xf32>, tensor<4x3x3x2xf32>) outs(%o : tensor<?x4x3x3xf32>) -> tensor<?x4x3x3xf32>
  return
}

// A pixel is all of its patch, unless some are left out; depth is not summed over.
// CHECK-LABEL: @pixels
// CHECK: lowbit.observe {{.*}} layers = ["pixel", "some", "depth"] axis = 3 gram
// CHECK: lowbit.observe {{.*}} layers = ["some/patches"] axis = 3 gram : tensor<1x4x4x4xf16>
// CHECK-NOT: patches
func.func @pixels(%x: tensor<1x8x8x4xf16>, %o: tensor<1x8x8x4xf16>, %s: tensor<1x4x4x4xf16>, %d: tensor<1x6x6x4xf16>) {
  %w = arith.constant dense<1.0> : tensor<1x1x4x4xf16>
  %0 = linalg.conv_2d_nhwc_hwcf {lowbit.layer = "pixel"} ins(%x, %w : tensor<1x8x8x4xf16>, tensor<1x1x4x4xf16>) outs(%o : tensor<1x8x8x4xf16>) -> tensor<1x8x8x4xf16>
  %1 = linalg.conv_2d_nhwc_hwcf {lowbit.layer = "some", strides = dense<2> : tensor<2xi64>} ins(%x, %w : tensor<1x8x8x4xf16>, tensor<1x1x4x4xf16>) outs(%s : tensor<1x4x4x4xf16>) -> tensor<1x4x4x4xf16>
  %v = arith.constant dense<1.0> : tensor<3x3x4xf16>
  %2 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "depth"} ins(%x, %v : tensor<1x8x8x4xf16>, tensor<3x3x4xf16>) outs(%d : tensor<1x6x6x4xf16>) -> tensor<1x6x6x4xf16>
  return
}

func.func @open(%x: tensor<1x4x?xf32>, %o: tensor<1x4x?xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x4x3xf32>
  %0 = linalg.conv_1d_ncw_fcw {lowbit.layer = "open"} ins(%x, %w : tensor<1x4x?xf32>, tensor<4x4x3xf32>) outs(%o : tensor<1x4x?xf32>) -> tensor<1x4x?xf32>
  return
}

func.func @large(%x: tensor<1x2048x4x4xf32>, %o: tensor<1x4x2x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x2048x3x3xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "large"} ins(%x, %w : tensor<1x2048x4x4xf32>, tensor<4x2048x3x3xf32>) outs(%o : tensor<1x4x2x2xf32>) -> tensor<1x4x2x2xf32>
  return
}
