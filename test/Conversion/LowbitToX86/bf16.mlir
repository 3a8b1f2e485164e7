// RUN: quant-opt %s --convert-lowbit-to-x86="isa=avx512bf16" | FileCheck %s
// RUN: quant-opt %s --convert-lowbit-to-x86="isa=avx512vnni" | FileCheck %s --check-prefix=VNNI

// Both have the same panels: with levels that are bf16 numbers (C217), of pairs.
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
#bf16 = #lowbit.encoding<#lowbit.float<bf16>>

// CHECK-LABEL: func.func @integers
// CHECK: %[[X:.*]] = lowbit.disassemble %{{.*}} : tensor<?x64xf32, {{.*}}> to tensor<?x128xi8>
// CHECK: lowbit.call_kernel @lowbit_matmul_i4_f16_g32_64x40_bf16_accumulate_avx512bf16 ins(%[[X]],
// VNNI: lowbit.call_kernel @lowbit_matmul_i4_f16_g32_64x40_bf16_accumulate_avx512vnni ins(
func.func @integers(%x: tensor<?x64xf32, #bf16>, %w: tensor<64x40xf32, #w4>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x64xf32, #bf16>, tensor<64x40xf32, #w4>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// CHECK-LABEL: func.func @table
// CHECK: lowbit.call_kernel @lowbit_matmul_nf4_f16_g32_64x40_bf16_accumulate_avx512bf16
func.func @table(%x: tensor<?x64xf32, #bf16>, %w: tensor<64x40xf32, #nf4>, %o: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x64xf32, #bf16>, tensor<64x40xf32, #nf4>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// Weights in bf16 are in pairs as well; f32 ones in panels have f32 products.
#pairs = #lowbit.encoding<#lowbit.float<bf16>, layout = #lowbit.panels<columns = 32, step = 2, reduction = 0>>
#f32 = #lowbit.encoding<#lowbit.float<f32>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>

// CHECK-LABEL: func.func @numbers
// CHECK: lowbit.call_kernel @lowbit_matmul_bf16_64x40_bf16_accumulate_avx512bf16
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_64x40_bf16_accumulate_avx512bf16
// CHECK: lowbit.call_kernel @lowbit_matmul_f32_64x40_accumulate_avx512bf16
func.func @numbers(%x: tensor<?x64xf32, #bf16>, %r: tensor<?x64xf32>, %w: tensor<64x40xf32, #pairs>, %v: tensor<64x40xf32, #f32>, %o: tensor<?x40xf32>) -> (tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>) {
  %y = linalg.matmul ins(%x, %w : tensor<?x64xf32, #bf16>, tensor<64x40xf32, #pairs>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  %z = linalg.matmul ins(%x, %v : tensor<?x64xf32, #bf16>, tensor<64x40xf32, #f32>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  %u = linalg.matmul ins(%r, %v : tensor<?x64xf32>, tensor<64x40xf32, #f32>) outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y, %z, %u : tensor<?x40xf32>, tensor<?x40xf32>, tensor<?x40xf32>
}

// CHECK: attributes {lowbit.kernel_spec = {activation = bf16,
