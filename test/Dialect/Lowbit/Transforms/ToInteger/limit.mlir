// RUN: quant-opt %s --lowbit-to-integer --verify-diagnostics | FileCheck %s

// (C51) The longest sums that cannot leave i32, and those longer by one: without
// zero points a code is at most 128 or 255 from zero, with them 255 from the
// zero point. What counts is the longest group.

#i = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#iz = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, zero_point = i8>
#wi = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#wu = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>>
#wu4z = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>, zero_point = u4>
#fits = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<131071> along 0>
#large = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<131072> along 0>

// 128 * 128 * 131071 = 2^31 - 2^14.

// CHECK-LABEL: @signed_c51
func.func @signed_c51(%x: tensor<1x131071xf32, #i>, %w: tensor<131071x1xf32, #wi>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-NOT: lowbit.decode
  // CHECK: return
  %0 = linalg.matmul ins(%x, %w : tensor<1x131071xf32, #i>, tensor<131071x1xf32, #wi>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: @signed_too_long_c51
func.func @signed_too_long_c51(%x: tensor<1x131072xf32, #i>, %w: tensor<131072x1xf32, #wi>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{contracts decoded operands (2 ops): i32 could overflow in sums of 131072 products of up to 16384}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x131072xf32, #i>, tensor<131072x1xf32, #wi>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// A zero point at one end: 255 * 255 * 33025 = 2^31 - 33023.

// CHECK-LABEL: @zero_point_c51
func.func @zero_point_c51(%x: tensor<1x33025xf32, #iz>, %w: tensor<33025x1xf32, #wu>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-NOT: lowbit.decode
  // CHECK: return
  %0 = linalg.matmul ins(%x, %w : tensor<1x33025xf32, #iz>, tensor<33025x1xf32, #wu>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: @zero_point_too_long_c51
func.func @zero_point_too_long_c51(%x: tensor<1x33026xf32, #iz>, %w: tensor<33026x1xf32, #wu>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{i32 could overflow in sums of 33026 products of up to 65025}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x33026xf32, #iz>, tensor<33026x1xf32, #wu>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// 128 * 15 * 1118481 = 2^31 - 128.

// CHECK-LABEL: @mixed_c51
func.func @mixed_c51(%x: tensor<1x1118481xf32, #i>, %w: tensor<1118481x1xf32, #wu4z>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-NOT: lowbit.decode
  // CHECK: return
  %0 = linalg.matmul ins(%x, %w : tensor<1x1118481xf32, #i>, tensor<1118481x1xf32, #wu4z>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: @mixed_too_long_c51
func.func @mixed_too_long_c51(%x: tensor<1x1118482xf32, #i>, %w: tensor<1118482x1xf32, #wu4z>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // expected-remark @+1 {{i32 could overflow in sums of 1118482 products of up to 1920}}
  %0 = linalg.matmul ins(%x, %w : tensor<1x1118482xf32, #i>, tensor<1118482x1xf32, #wu4z>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: @groups_c51
func.func @groups_c51(%x: tensor<1x500000xf32, #i>, %w: tensor<500000x1xf32, #fits>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-NOT: lowbit.decode
  // CHECK: return
  %0 = linalg.matmul ins(%x, %w : tensor<1x500000xf32, #i>, tensor<500000x1xf32, #fits>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// CHECK-LABEL: @groups_too_long_c51
func.func @groups_too_long_c51(%x: tensor<1x500000xf32, #i>, %w: tensor<500000x1xf32, #large>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK-COUNT-2: lowbit.decode
  // (The remark on sums of 131072 products above counts this one, too.)
  %0 = linalg.matmul ins(%x, %w : tensor<1x500000xf32, #i>, tensor<500000x1xf32, #large>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
