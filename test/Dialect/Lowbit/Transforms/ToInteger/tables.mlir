// RUN: quant-opt %s --lowbit-to-integer --canonicalize --verify-diagnostics | FileCheck %s

// (C199) Tables of integers are looked up as integers; what they are multiplied
// by for that, their scale is divided by.

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#n = #lowbit.encoding<#lowbit.codebook<nf4_i8>, scale = f16 per group<32> along 0>
#f = #lowbit.encoding<#lowbit.float<f4E2M1FN>, scale = f32 per axis<1>>
#g = #lowbit.encoding<#lowbit.codebook<[-128, 127]>, scale = f32 per axis<1>>
#ta = #lowbit.encoding<#lowbit.codebook<nf4_i8>, scale = f32 per axis<0>>

// CHECK-LABEL: func.func @nf4_i8(
func.func @nf4_i8(%x: tensor<?x64xf32, #a>, %w: tensor<64x16xf32, #n>, %o: tensor<?x16xf32>) -> tensor<?x16xf32> {
  // CHECK: %[[LEVELS:.*]] = arith.constant dense<[-127, -88, -67, -50, -36, -23, -12, 0, 10, 20, 31, 43, 56, 71, 92, 127]> : tensor<16xi8>
  // CHECK: %[[LEVEL:.*]] = tensor.extract %[[LEVELS]][%{{.*}}] : tensor<16xi8>
  // CHECK: arith.extsi %[[LEVEL]] : i8 to i32
  // CHECK: %[[S:.*]] = arith.extf
  // CHECK-NEXT: math.fma %{{.*}}, %[[S]], %{{.*}} : f32
  %0 = linalg.matmul ins(%x, %w : tensor<?x64xf32, #a>, tensor<64x16xf32, #n>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// CHECK-LABEL: func.func @fp4(
func.func @fp4(%x: tensor<?x64xf32, #a>, %w: tensor<64x16xf32, #f>, %o: tensor<?x16xf32>) -> tensor<?x16xf32> {
  // CHECK-DAG: arith.constant dense<[0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12]> : tensor<16xi8>
  // CHECK-DAG: %[[HALF:.*]] = arith.constant 5.000000e-01 : f32
  // CHECK: %[[S:.*]] = arith.mulf %{{.*}}, %[[HALF]] : f32
  // CHECK-NEXT: math.fma %{{.*}}, %[[S]], %{{.*}} : f32
  %0 = linalg.matmul ins(%x, %w : tensor<?x64xf32, #a>, tensor<64x16xf32, #f>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// The largest |L| counts: 128 * 128 * 131071 = 2^31 - 2^14.

// CHECK-LABEL: func.func @fits_c51(
func.func @fits_c51(%x: tensor<1x131071xf32, #a>, %w: tensor<131071x1xf32, #g>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-NOT: lowbit.decode
  // CHECK: return
  %0 = linalg.matmul ins(%x, %w : tensor<1x131071xf32, #a>, tensor<131071x1xf32, #g>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: func.func @too_long_c51(
func.func @too_long_c51(%x: tensor<1x131072xf32, #a>, %w: tensor<131072x1xf32, #g>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{i32 could overflow in sums of 131072 products of up to 16384}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x131072xf32, #a>, tensor<131072x1xf32, #g>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// Activations have none; the weight is the second operand.

// CHECK-LABEL: func.func @activation_c51(
func.func @activation_c51(%x: tensor<4x64xf32, #ta>, %w: tensor<64x16xf32, #f>, %o: tensor<4x16xf32>) -> tensor<4x16xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{(2 ops): the activation has no affine codec}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x64xf32, #ta>, tensor<64x16xf32, #f>) outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}

#conv_a = #lowbit.encoding<#lowbit.codebook<nf4_i8>, scale = f32 per tensor>
#conv_w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// CHECK-LABEL: func.func @convolution_c51(
func.func @convolution_c51(%x: tensor<1x2x5x5xf32, #conv_a>, %w: tensor<4x2x3x3xf32, #conv_w>, %o: tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // (The remark above counts this one, too.)
  %0 = linalg.conv_2d_nchw_fchw ins(%x, %w : tensor<1x2x5x5xf32, #conv_a>, tensor<4x2x3x3xf32, #conv_w>) outs(%o : tensor<1x4x3x3xf32>) -> tensor<1x4x3x3xf32>
  return %0 : tensor<1x4x3x3xf32>
}
