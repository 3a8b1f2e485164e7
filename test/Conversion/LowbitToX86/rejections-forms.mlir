// RUN: quant-opt %s --split-input-file --convert-lowbit-to-x86="isa=avx512vnni" -verify-diagnostics
// RUN: not quant-opt %s --split-input-file --convert-lowbit-to-x86="isa=avx512vnni fail-on-fallback" 2>&1 | FileCheck %s

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#panels = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 1>>
func.func @layout(%x: tensor<4x8xf32, #panels>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: activations are in rows
  // expected-remark @below {{no x86 kernel: activations are in rows}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #panels>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
#group = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 1>
func.func @groups(%x: tensor<4x8xf32, #group>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: activations have one scale per tensor or per row
  // expected-remark @below {{no x86 kernel: activations have one scale per tensor or per row}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #group>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
func.func @float_weight(%x: tensor<4x8xf32, #row>, %w: tensor<8x8xf32>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the activation is encoded but the weight is not
  // expected-remark @below {{no x86 kernel: the activation is encoded but the weight is not}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #row>, tensor<8x8xf32>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#nf4 = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
func.func @codebook(%x: tensor<4x8xf32, #row>, %w: tensor<8x8xf32, #nf4>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: the weight has neither an affine codec nor a table of integers
  // expected-remark @below {{no x86 kernel: the weight has neither an affine codec nor a table of integers}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf32, #row>, tensor<8x8xf32, #nf4>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// 128 * 255 * 65794 is more than 2^31 - 1; one less is not.
#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#w = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>
func.func @overflow(%x: tensor<1x65794xf32, #row>, %w: tensor<65794x1xf32, #w>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  // CHECK: error: no x86 kernel: i32 could overflow in sums of 65794 products of up to 32640
  // expected-remark @below {{no x86 kernel: i32 could overflow in sums of 65794 products of up to 32640}}
  %y = linalg.matmul ins(%x, %w : tensor<1x65794xf32, #row>, tensor<65794x1xf32, #w>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

func.func @no_overflow(%x: tensor<1x65793xf32, #row>, %w: tensor<65793x1xf32, #w>, %o: tensor<1x1xf32>) -> tensor<1x1xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<1x65793xf32, #row>, tensor<65793x1xf32, #w>) outs(%o : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %y : tensor<1x1xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @batch(%x: tensor<2x4x8xf32>, %w: tensor<2x8x8xf32, #w>, %o: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  // CHECK: error: no x86 kernel: batch_matmul on encoded operands has no kernel
  // expected-remark @below {{no x86 kernel: batch_matmul on encoded operands has no kernel}}
  %y = linalg.batch_matmul ins(%x, %w : tensor<2x4x8xf32>, tensor<2x8x8xf32, #w>) outs(%o : tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return %y : tensor<2x4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @vector(%x: tensor<8xf32>, %w: tensor<8x8xf32, #w>, %o: tensor<8xf32>) -> tensor<8xf32> {
  // CHECK: error: no x86 kernel: only matmul and batch_matmul have kernels
  // expected-remark @below {{no x86 kernel: only matmul and batch_matmul have kernels}}
  %y = linalg.vecmat ins(%x, %w : tensor<8xf32>, tensor<8x8xf32, #w>) outs(%o : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @transposed(%x: tensor<8x4xf32>, %w: tensor<8x8xf32, #w>, %o: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // CHECK: error: no x86 kernel: its first operand is transposed, or an operand is broadcast
  // expected-remark @below {{no x86 kernel: its first operand is transposed, or an operand is broadcast}}
  %y = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>]
    ins(%x, %w : tensor<8x4xf32>, tensor<8x8xf32, #w>) outs(%o : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

#w = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @narrow(%x: tensor<4x8xf16>, %w: tensor<8x8xf16, #w>, %o: tensor<4x8xf16>) -> tensor<4x8xf16> {
  // CHECK: error: no x86 kernel: an operand is not f32
  // expected-remark @below {{no x86 kernel: an operand is not f32}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf16>, tensor<8x8xf16, #w>) outs(%o : tensor<4x8xf16>) -> tensor<4x8xf16>
  return %y : tensor<4x8xf16>
}

// -----

// Without encoded operands it is never an error.
func.func @plain(%x: tensor<4x8xf16>, %w: tensor<8x8xf16>, %o: tensor<4x8xf16>) -> tensor<4x8xf16> {
  // expected-remark @below {{no x86 kernel: an operand is not f32}}
  %y = linalg.matmul ins(%x, %w : tensor<4x8xf16>, tensor<8x8xf16>) outs(%o : tensor<4x8xf16>) -> tensor<4x8xf16>
  return %y : tensor<4x8xf16>
}
