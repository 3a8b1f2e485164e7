// RUN: quant-opt %s | FileCheck %s
// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

// (C120)
// CHECK-LABEL: @learned
// CHECK-SAME: a = #lowbit.kmeans<16, f32 per tensor>
// CHECK-SAME: b = #lowbit.kmeans<2, f16 per axis<1>>
// CHECK-SAME: c = #lowbit.kmeans<256, bf16 per group<128> along 0>
// CHECK-SAME: d = #lowbit.kmeans<5, f16 per block<[*, 32]>>
func.func private @learned() attributes {
  a = #lowbit.kmeans<16, f32 per tensor>, b = #lowbit.kmeans<2, f16 per axis<1>>,
  c = #lowbit.kmeans<256, bf16 per group<128> along 0>,
  d = #lowbit.kmeans<5, f16 per block<[*, 32]>>}

// (C122) Plain rows have one spelling.
// CHECK-LABEL: @orders
// CHECK-SAME: a = #lowbit.rows, b = #lowbit.rows, c = #lowbit.rows<high_first>
// CHECK-SAME: d = #lowbit.rows<split<32>>
// CHECK-SAME: e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
// CHECK-SAME: f = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, layout = #lowbit.rows<split<8>>>
func.func private @orders() attributes {
  a = #lowbit.rows, b = #lowbit.rows<low_first>, c = #lowbit.rows<high_first>,
  d = #lowbit.rows<split<32>>,
  e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, layout = #lowbit.rows<low_first>>,
  f = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, layout = #lowbit.rows<split<8>>>}

// (C123)
// CHECK-LABEL: @methods
// CHECK-SAME: a = #lowbit.method<rtn>
// CHECK-SAME: b = #lowbit.method<gptq, activation_order = true, damping = 0.02, search = mse, static_groups = false>
// CHECK-SAME: c = #lowbit.method<hqq, beta = 5, growth = 1.02, iterations = 7, norm = 0.5>
// CHECK-SAME: d = #lowbit.method<percentile, percentile = 99.99>
func.func private @methods() attributes {
  a = #lowbit.method<rtn>,
  b = #lowbit.method<gptq, static_groups = false, damping = 2.0e-2, search = mse, activation_order = true>,
  c = #lowbit.method<hqq, iterations = 7, norm = 0.5, beta = 5, growth = 1.02>,
  d = #lowbit.method<percentile, percentile = 99.99>}

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<128> along 0>
#book = #lowbit.encoding<#lowbit.kmeans<16, f16 per axis<1>>>

// (C124), (C125)
// CHECK-LABEL: @encodes
// CHECK: lowbit.encode %{{.*}} method<hqq> : tensor
// CHECK: lowbit.encode %{{.*}} range(full) method<gptq, damping = 0.1> layers["query", "key"] along 0 : tensor
// CHECK: lowbit.encode %{{.*}} : tensor<8x8xf32> to tensor<8x8xf32, #{{.*}}kmeans
// CHECK: lowbit.encode %{{.*}} method<kmeans, iterations = 10> layers["value"] along 1 : tensor
func.func @encodes(%w: tensor<8x8xf32>) {
  %0 = lowbit.encode %w method<hqq> : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  %1 = lowbit.encode %w range(full) method<gptq, damping = 0.1> layers["query", "key"] along 0
      : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  %2 = lowbit.encode %w : tensor<8x8xf32> to tensor<8x8xf32, #book>
  %3 = lowbit.encode %w method<kmeans, iterations = 10> layers["value"] along 1
      : tensor<8x8xf32> to tensor<8x8xf32, #book>
  return
}

// (C121) The books of a column, behind the codes.
// CHECK-LABEL: @parts
// CHECK: lowbit.disassemble %{{.*}} : tensor<8x6xf32, #{{.*}}> to tensor<8x3xi8>, tensor<6x16xf16>
func.func @parts(%e: tensor<8x6xf32, #book>) {
  %0:2 = lowbit.disassemble %e : tensor<8x6xf32, #book> to tensor<8x3xi8>, tensor<6x16xf16>
  return
}
