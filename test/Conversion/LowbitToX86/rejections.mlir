// RUN: quant-opt %s --split-input-file --convert-lowbit-to-x86="isa=avx512vnni" -verify-diagnostics
// RUN: not quant-opt %s --split-input-file --convert-lowbit-to-x86="isa=avx512vnni fail-on-fallback" 2>&1 | FileCheck %s
// RUN: not quant-opt %s --split-input-file --convert-lowbit-to-x86="isa=sse" 2>&1 | FileCheck %s --check-prefix=ISA

// ISA: error: unknown instruction set 'sse': use host, amx, avx512bf16, avx512vnni, avx512, avxvnni, avx2 or sse2

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
func.func @rows(%x: tensor<4x8xf32>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the weight is not packed in panels (run lowbit-pack)
  // expected-remark @below {{no x86 kernel: the weight is not packed in panels (run lowbit-pack)}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 1, reduction = 0>>
func.func @dynamic(%x: tensor<4x?xf32>, %w: tensor<?x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the weight has a dynamic shape
  // expected-remark @below {{no x86 kernel: the weight has a dynamic shape}}
  %y = linalg.matmul ins(%x, %w : tensor<4x?xf32>, tensor<?x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 16, step = 2, reduction = 0>>
func.func @columns(%x: tensor<4x8xf32>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the weight's panels have 16 columns and step 2, but avx512vnni needs 32 and 1
  // expected-remark @below {{the weight's panels have 16 columns and step 2, but avx512vnni needs 32 and 1}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 32, step = 1, reduction = 1>>
func.func @axis(%x: tensor<4x8xf32>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the weight's panels run along the other axis
  // expected-remark @below {{no x86 kernel: the weight's panels run along the other axis}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>
func.func @narrow(%x: tensor<4x8xf32, #i4>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: activations other than i8, u8 and bf16 have no kernel
  // expected-remark @below {{no x86 kernel: activations other than i8, u8 and bf16 have no kernel}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #i4>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#f16 = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
func.func @scale_type(%x: tensor<4x8xf32, #f16>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: activations with scales other than f32 have no kernel
  // expected-remark @below {{no x86 kernel: activations with scales other than f32 have no kernel}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #f16>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}
