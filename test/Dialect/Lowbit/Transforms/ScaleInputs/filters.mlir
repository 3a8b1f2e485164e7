// RUN: %python %S/Inputs/make_statistics.py %t.st conv=4,1,16,0 batch=4,1,16,0
// RUN: quant-opt %s --lowbit-scale-inputs=statistics=%t.st | FileCheck %s

// Input channels of convolutions and of batches are scaled as those of matrices
// are: s = sqrt(max|x| / max|w|), over all of the window and of the batch.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// CHECK-LABEL: func @conv(
// CHECK-SAME: %[[X:[^:]*]]: tensor<1x4x3x3xf32>
// CHECK-DAG: %[[INVERSE:.*]] = arith.constant dense<[5.000000e-01, 1.000000e+00, 2.500000e-01, 1.000000e+00]> : tensor<4xf32>
// CHECK-DAG: %[[XS:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[INVERSE]] : tensor<1x4x3x3xf32>, tensor<4xf32>)
// CHECK-DAG: %[[WS:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x4x1x2xf32>, tensor<4xf32>) {{.*}} attrs = {lowbit.input_scales}
// CHECK: linalg.conv_2d_nchw_fchw {{.*}} ins(%[[XS]], %[[WS]] :
func.func @conv(%x: tensor<1x4x3x3xf32>, %init: tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32> {
  %w = arith.constant dense<[[[[0.5, -1.0]], [[1.0, 0.25]], [[0.0, 1.0]], [[1.0, 1.0]]]]> : tensor<1x4x1x2xf32>
  %0 = linalg.conv_2d_nchw_fchw {lowbit.layer = "conv", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>, lowbit.weight_encoding = #w8}
      ins(%x, %w : tensor<1x4x3x3xf32>, tensor<1x4x1x2xf32>) outs(%init : tensor<1x1x3x2xf32>) -> tensor<1x1x3x2xf32>
  return %0 : tensor<1x1x3x2xf32>
}

#b8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 2>>

// CHECK-LABEL: func @batch(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x3x4xf32>
// CHECK-DAG: %[[INVERSE:.*]] = arith.constant dense<[5.000000e-01, 1.000000e+00, 2.500000e-01, 1.000000e+00]> : tensor<4xf32>
// CHECK-DAG: %[[XS:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[INVERSE]] : tensor<2x3x4xf32>, tensor<4xf32>)
// CHECK: linalg.batch_matmul {{.*}} ins(%[[XS]], %{{.*}} :
func.func @batch(%x: tensor<2x3x4xf32>, %init: tensor<2x3x1xf32>) -> tensor<2x3x1xf32> {
  %w = arith.constant dense<[[[0.5], [1.0], [0.0], [1.0]], [[1.0], [0.25], [-1.0], [0.5]]]> : tensor<2x4x1xf32>
  %0 = linalg.batch_matmul {lowbit.layer = "batch", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>, lowbit.weight_encoding = #b8}
      ins(%x, %w : tensor<2x3x4xf32>, tensor<2x4x1xf32>) outs(%init : tensor<2x3x1xf32>) -> tensor<2x3x1xf32>
  return %0 : tensor<2x3x1xf32>
}
