// RUN: quant-opt %s --convert-lowbit-to-x86=isa=avx2 2>&1 | FileCheck %s

// What no kernel reads is decoded once, for the kernel of floats.

#u3 = #lowbit.encoding<#lowbit.affine<u3>, scale = f16 per group<8> along 0, offset = f16>
#sparse = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, sparsity = #lowbit.nm<2:4 along 0>>
#a4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
#a8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>

// CHECK: remark: no x86 kernel: the weight cannot be packed: panels hold no offsets
// CHECK: remark: no x86 kernel: activations other than i8, u8 and bf16 have no kernel
// CHECK: remark: no x86 kernel: activations other than i8, u8 and bf16 have no kernel
// CHECK: remark: no x86 kernel: it is a convolution (run lowbit-convolutions-to-matmuls)
// CHECK: remark: no x86 kernel: its filter is no matrix: a row of its matrix does not fill whole bytes

// CHECK-LABEL: func.func @weight(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x16xf32>, %[[W:[a-z0-9]+]]: tensor<16x8xf32, #
// CHECK: %[[REAL:.*]] = lowbit.decode %[[W]]
// CHECK: lowbit.call_kernel @lowbit_matmul_f32{{.*}}(%[[X]], %[[REAL]] :
func.func @weight(%x: tensor<4x16xf32>, %w: tensor<16x8xf32, #u3>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<4x16xf32>, tensor<16x8xf32, #u3>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Both operands, though the codec of the weight alone would do.
// CHECK-LABEL: func.func @both(
// CHECK-COUNT-2: lowbit.decode
// CHECK: lowbit.call_kernel @lowbit_matmul_f32
func.func @both(%x: tensor<4x16xf32, #a4>, %w: tensor<16x8xf32, #sparse>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<4x16xf32, #a4>, tensor<16x8xf32, #sparse>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// Integers stay for lowbit-to-integer.
// CHECK-LABEL: func.func @integers(
// CHECK-NOT: lowbit.decode
// CHECK: linalg.matmul
func.func @integers(%x: tensor<4x16xf32, #a4>, %w: tensor<16x8xf32, #w8>, %init: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = linalg.matmul ins(%x, %w : tensor<4x16xf32, #a4>, tensor<16x8xf32, #w8>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %0 : tensor<4x8xf32>
}

// A convolution is a product once its filter is decoded.
// CHECK-LABEL: func.func @conv(
// CHECK: %[[REAL:.*]] = lowbit.decode
// CHECK: %[[MATRIX:.*]] = tensor.collapse_shape %[[REAL]] {{\[}}[0, 1], [2]] : tensor<2x4x8xf32> into tensor<8x8xf32>
// CHECK: lowbit.call_kernel @lowbit_matmul_f32{{.*}}(%{{.*}}, %[[MATRIX]] :
#f = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>
func.func @conv(%x: tensor<1x9x4xf32>, %w: tensor<2x4x8xf32, #f>, %init: tensor<1x8x8xf32>) -> tensor<1x8x8xf32> {
  %0 = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x9x4xf32>, tensor<2x4x8xf32, #f>) outs(%init : tensor<1x8x8xf32>) -> tensor<1x8x8xf32>
  return %0 : tensor<1x8x8xf32>
}

#n = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<2>>
// CHECK-LABEL: func.func @no_matrix(
// CHECK: lowbit.decode
// CHECK: lowbit.call_kernel @lowbit_matmul_f32
func.func @no_matrix(%x: tensor<1x9x4xf32>, %w: tensor<2x4x5xf32, #n>, %init: tensor<1x8x5xf32>) -> tensor<1x8x5xf32> {
  %0 = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<1x9x4xf32>, tensor<2x4x5xf32, #n>) outs(%init : tensor<1x8x5xf32>) -> tensor<1x8x5xf32>
  return %0 : tensor<1x8x5xf32>
}
