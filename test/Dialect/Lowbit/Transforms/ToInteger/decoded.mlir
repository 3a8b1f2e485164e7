// RUN: quant-opt %s --lowbit-to-integer --verify-diagnostics | FileCheck %s

// What cannot be contracted on integers is decoded, and contractions say why.

#a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#u = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8>
#ag = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<2> along 1>
#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#wg = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<2> along 0>
#wu = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>, zero_point = u8>
#n = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<1>>

// CHECK-LABEL: @not_encoded
func.func @not_encoded(%x: tensor<4x4xf32>, %w: tensor<4x4xf32, #w>) -> tensor<4x4xf32> {
  // CHECK: lowbit.decode
  // CHECK: linalg.matmul
  // expected-remark @+1 {{contracts decoded operands: the activation is not encoded}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32, #w>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @no_integers
func.func @no_integers(%x: tensor<4x4xf32, #a>, %w: tensor<4x4xf32, #n>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // CHECK: linalg.matmul
  // expected-remark @+1 {{the weight has neither an affine codec nor a table of integers}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32, #a>, tensor<4x4xf32, #n>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @both_grouped
func.func @both_grouped(%x: tensor<4x4xf32, #ag>, %w: tensor<4x4xf32, #wg>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: linalg.matmul
  // expected-remark @+1 {{both operands have several scales along the reduction}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32, #ag>, tensor<4x4xf32, #wg>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// 255 * 255 * 33026 is just beyond i32, 33025 just fits.

// CHECK-LABEL: @overflow
func.func @overflow(%x: tensor<4x33026xf32, #u>, %w: tensor<33026x4xf32, #wu>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: linalg.matmul
  // expected-remark @+1 {{i32 could overflow in sums of 33026 products of up to 65025}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x33026xf32, #u>, tensor<33026x4xf32, #wu>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @no_overflow
func.func @no_overflow(%x: tensor<4x33025xf32, #u>, %w: tensor<33025x4xf32, #wu>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK-NOT: linalg.matmul
  %0 = linalg.matmul ins(%x, %w : tensor<4x33025xf32, #u>, tensor<33025x4xf32, #wu>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @unknown_size
func.func @unknown_size(%x: tensor<4x?xf32, #a>, %w: tensor<?x4xf32, #w>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: linalg.matmul
  // expected-remark @+1 {{the size of the reduction is not known, so that i32 could overflow}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x?xf32, #a>, tensor<?x4xf32, #w>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @not_f32
func.func @not_f32(%x: tensor<4x4xf16, #a>, %w: tensor<4x4xf32, #w>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: linalg.matmul
  // expected-remark @+1 {{the activation is not f32}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf16, #a>, tensor<4x4xf32, #w>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @result_not_f32
func.func @result_not_f32(%x: tensor<4x4xf32, #a>, %w: tensor<4x4xf32, #w>, %o: tensor<4x4xf64>) -> tensor<4x4xf64> {
  // CHECK: linalg.matmul
  // expected-remark @+1 {{its result is not f32}}
  %0 = linalg.matmul ins(%x, %w : tensor<4x4xf32, #a>, tensor<4x4xf32, #w>) outs(%o : tensor<4x4xf64>) -> tensor<4x4xf64>
  return %0 : tensor<4x4xf64>
}

// CHECK-LABEL: @two_reductions
func.func @two_reductions(%x: tensor<4x2x3xf32, #a>, %w: tensor<2x3x4xf32, #w>, %o: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: linalg.contract
  // expected-remark @+1 {{it sums over 2 axes}}
  %0 = linalg.contract indexing_maps = [affine_map<(m, n, j, k) -> (m, j, k)>, affine_map<(m, n, j, k) -> (j, k, n)>, affine_map<(m, n, j, k) -> (m, n)>]
    ins(%x, %w : tensor<4x2x3xf32, #a>, tensor<2x3x4xf32, #w>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// No contraction, no remark.

// CHECK-LABEL: @gather
func.func @gather(%t: tensor<9x4xf32, #a>, %i: index, %j: index) -> f32 {
  // CHECK: lowbit.decode
  // CHECK: tensor.extract
  %0 = tensor.extract %t[%i, %j] : tensor<9x4xf32, #a>
  return %0 : f32
}
