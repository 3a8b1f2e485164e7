// RUN: quant-opt --lowbit-name-layers %s | FileCheck %s --implicit-check-not=lowbit.layer

// Pooling has windows as a convolution has, but no weight: it is no layer.

// CHECK-LABEL: func @pooling(
// CHECK: linalg.conv_2d_nchw_fchw
// CHECK-SAME: lowbit.layer = "conv"
// CHECK: linalg.pooling_nchw_max
// CHECK: linalg.pooling_nchw_sum
ml_program.global public @conv.weight(#ml_program.extern<tensor<4x3x2x2xf32>>)
    : tensor<4x3x2x2xf32>
func.func @pooling(%x: tensor<1x3x8x8xf32>, %c: tensor<1x4x7x7xf32>,
                   %p: tensor<1x4x6x6xf32>, %s: tensor<1x4x5x5xf32>)
    -> tensor<1x4x5x5xf32> {
  %w = ml_program.global_load_const @conv.weight : tensor<4x3x2x2xf32>
  %window = tensor.empty() : tensor<2x2xf32>
  %0 = linalg.conv_2d_nchw_fchw
      ins(%x, %w : tensor<1x3x8x8xf32>, tensor<4x3x2x2xf32>)
      outs(%c : tensor<1x4x7x7xf32>) -> tensor<1x4x7x7xf32>
  %1 = linalg.pooling_nchw_max
      ins(%0, %window : tensor<1x4x7x7xf32>, tensor<2x2xf32>)
      outs(%p : tensor<1x4x6x6xf32>) -> tensor<1x4x6x6xf32>
  %2 = linalg.pooling_nchw_sum
      ins(%1, %window : tensor<1x4x6x6xf32>, tensor<2x2xf32>)
      outs(%s : tensor<1x4x5x5xf32>) -> tensor<1x4x5x5xf32>
  return %2 : tensor<1x4x5x5xf32>
}
