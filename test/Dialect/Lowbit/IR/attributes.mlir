// RUN: quant-opt %s | FileCheck %s
// RUN: quant-opt %s | quant-opt | FileCheck %s
// RUN: quant-opt %s --mlir-print-op-generic | quant-opt | FileCheck %s

// Every form of an attribute prints as it reads.

// CHECK-LABEL: @layouts
// CHECK-SAME: a = #lowbit.rows
// CHECK-SAME: b = #lowbit.panels<columns = 32, step = 4, reduction = 0>
// CHECK-SAME: c = #lowbit.dense
func.func private @layouts() attributes {
  a = #lowbit.rows,
  b = #lowbit.panels<columns = 32, step = 4, reduction = 0>,
  c = #lowbit.dense}

// CHECK-LABEL: @sparsities
// CHECK-SAME: a = #lowbit.nm<2:4 along 0>
// CHECK-SAME: b = #lowbit.bitmap<kept = 4096>
// CHECK-SAME: c = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, sparsity = #lowbit.nm<1:16 along 1>>
func.func private @sparsities() attributes {
  a = #lowbit.nm<2:4 along 0>, b = #lowbit.bitmap<kept = 4096>,
  c = #lowbit.encoding<#lowbit.affine<i8>, sparsity = #lowbit.nm<1:16 along 1>, scale = f32 per axis<1>>}

// CHECK-LABEL: @ranges
// CHECK-SAME: a = #lowbit.range<absmax>
// CHECK-SAME: b = #lowbit.range<full>
// CHECK-SAME: c = #lowbit.range<minmax>
// CHECK-SAME: d = #lowbit.range<mean>
// CHECK-SAME: e = #lowbit.range<exponent>
func.func private @ranges() attributes {
  a = #lowbit.range<absmax>, b = #lowbit.range<full>,
  c = #lowbit.range<minmax>, d = #lowbit.range<mean>,
  e = #lowbit.range<exponent>}

// What follows the scale may stand in any order; dense and rows go unsaid.
// CHECK-LABEL: @encodings
// CHECK-SAME: a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
// CHECK-SAME: b = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>
// CHECK-SAME: c = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<64> along 0, layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>
// CHECK-SAME: d = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>, zero_point = u8, layout = #lowbit.panels<columns = 8, step = 2, reduction = 1>>
func.func private @encodings() attributes {
  a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>,
  b = #lowbit.encoding<#lowbit.affine<u4>,
                       scale = f16 per group<128> along 0, sparsity = #lowbit.dense,
                       layout = #lowbit.rows, zero_point = u4>,
  c = #lowbit.encoding<#lowbit.codebook<nf4>,
                       scale = f16 per group<64> along 0,
                       layout = #lowbit.panels<columns = 16, step = 1, reduction = 0>>,
  d = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<0>,
                       layout = #lowbit.panels<columns = 8, step = 2, reduction = 1>,
                       zero_point = u8>}

// Without a scale none is stored.
// CHECK-LABEL: @scaleless
// CHECK-SAME: a = #lowbit.encoding<#lowbit.float<f16>>
// CHECK-SAME: b = #lowbit.encoding<#lowbit.float<f8E5M2>>
// CHECK-SAME: c = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<32> along 0, offset = f16>
func.func private @scaleless() attributes {
  a = #lowbit.encoding<#lowbit.float<f16>>,
  b = #lowbit.encoding<#lowbit.float<f8E5M2>, scale = none, layout = #lowbit.rows>,
  c = #lowbit.encoding<#lowbit.affine<u4>, offset = f16, scale = f16 per group<32> along 0>}

// The same encoding is one attribute, however it was written: the types are
// equal and the call verifies.
#short = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#long = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.rows, sparsity = #lowbit.dense>
func.func private @takes(tensor<4xf32, #short>)
// CHECK-LABEL: @equal
func.func @equal(%e: tensor<4xf32, #long>) {
  func.call @takes(%e) : (tensor<4xf32, #long>) -> ()
  return
}

// (C1) The reals may be f32, f16 or bf16.
// CHECK-LABEL: @reals
// CHECK-SAME: tensor<4x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>
// CHECK-SAME: tensor<?xf16, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>
// CHECK-SAME: tensor<bf16, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>
func.func private @reals(tensor<4x8xf32, #short>, tensor<?xf16, #short>, tensor<bf16, #short>)

// (C27) Attributes that passes hand each other.
// CHECK-LABEL: @discardable
// CHECK-SAME: lowbit.name = "ids"
// CHECK-SAME: lowbit.weight = "w.codes"
// CHECK-SAME: lowbit.name = "logits"
// CHECK: linalg.fill {lowbit.activation_encoding = #lowbit.encoding<{{.*}}>, lowbit.layer = "head", lowbit.weight_encoding = #lowbit.encoding<{{.*}}>, lowbit.weight_range = #lowbit.range<full>}
// CHECK: linalg.fill {lowbit.float = "too small"}
func.func @discardable(%x: tensor<4xf32> {lowbit.name = "ids"}, %c: f32 {lowbit.weight = "w.codes"})
    -> (tensor<4xf32> {lowbit.name = "logits"}) {
  %0 = linalg.fill {lowbit.layer = "head", lowbit.weight_encoding = #short,
                    lowbit.activation_encoding = #short,
                    lowbit.weight_range = #lowbit.range<full>}
    ins(%c : f32) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  %1 = linalg.fill {lowbit.float = "too small"}
    ins(%c : f32) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
