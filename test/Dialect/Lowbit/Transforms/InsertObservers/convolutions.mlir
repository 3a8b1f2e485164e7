// RUN: quant-opt %s --lowbit-insert-observers | FileCheck %s

// The axis is that of the input channels.
// CHECK-LABEL: @nchw
// CHECK: lowbit.observe %{{.*}} layers = ["conv"] axis = 1 : tensor<1x3x8x8xf32>
func.func @nchw(%x: tensor<1x3x8x8xf32>, %o: tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32> {
  %w = arith.constant dense<1.0> : tensor<4x3x3x3xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "conv"} ins(%x, %w : tensor<1x3x8x8xf32>, tensor<4x3x3x3xf32>) outs(%o : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  return %0 : tensor<1x4x6x6xf32>
}

// CHECK-LABEL: @nhwc
// CHECK: lowbit.observe %{{.*}} layers = ["conv_1"] axis = 3 : tensor<?x8x8x3xf32>
func.func @nhwc(%x: tensor<?x8x8x3xf32>, %o: tensor<?x6x6x4xf32>) -> tensor<?x6x6x4xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3x4xf32>
  %0 = linalg.conv_2d_nhwc_hwcf {lowbit.layer = "conv"} ins(%x, %w : tensor<?x8x8x3xf32>, tensor<3x3x3x4xf32>) outs(%o : tensor<?x6x6x4xf32>) -> tensor<?x6x6x4xf32>
  return %0 : tensor<?x6x6x4xf32>
}

// A depthwise convolution sums over no channels: each is by itself.
// CHECK-LABEL: @depthwise
// CHECK: lowbit.observe %{{.*}} layers = ["depthwise"] axis = 3 : tensor<1x8x8x3xf32>
func.func @depthwise(%x: tensor<1x8x8x3xf32>, %o: tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32> {
  %w = arith.constant dense<1.0> : tensor<3x3x3xf32>
  %0 = linalg.depthwise_conv_2d_nhwc_hwc {lowbit.layer = "depthwise"} ins(%x, %w : tensor<1x8x8x3xf32>, tensor<3x3x3xf32>) outs(%o : tensor<1x6x6x3xf32>) -> tensor<1x6x6x3xf32>
  return %0 : tensor<1x6x6x3xf32>
}

// An activation from outside a loop is observed once, one from within each time.
// CHECK-LABEL: @loops
// CHECK-SAME: (%[[X:[^:]*]]: tensor<4x4xf32>
// CHECK-NEXT: lowbit.observe %[[X]] layers = ["outer"] axis = 1
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %[[X]])
// CHECK-NEXT: lowbit.observe %[[H]] layers = ["inner"] axis = 1
func.func @loops(%x: tensor<4x4xf32>, %n: index) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %x) -> tensor<4x4xf32> {
    %0 = linalg.matmul {lowbit.layer = "outer"} ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%h : tensor<4x4xf32>) -> tensor<4x4xf32>
    %1 = linalg.matmul {lowbit.layer = "inner"} ins(%h, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%0 : tensor<4x4xf32>) -> tensor<4x4xf32>
    scf.yield %1 : tensor<4x4xf32>
  }
  return %r : tensor<4x4xf32>
}
