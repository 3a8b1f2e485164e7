// RUN: quant-opt %s --lowbit-to-parts --split-input-file --verify-diagnostics --allow-unregistered-dialect

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func @contraction(%x: tensor<4x4xf32, #e>, %y: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // expected-error @+2 {{uses an encoded tensor and cannot work on its parts}}
  // expected-note @+1 {{run lowbit-decode, lowbit-to-integer or a target's lowering first}}
  %0 = linalg.matmul ins(%x, %y : tensor<4x4xf32, #e>, tensor<4x4xf32>) outs(%y : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func @slice(%x: tensor<4x4xf32, #e>) -> tensor<2x4xf32> {
  // expected-error @+1 {{'tensor.extract_slice' op uses an encoded tensor and cannot work on its parts}}
  %0 = tensor.extract_slice %x[0, 0] [2, 4] [1, 1] : tensor<4x4xf32, #e> to tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func @unknown() {
  // expected-error @+1 {{'test.make' op uses an encoded tensor}}
  %0 = "test.make"() : () -> tensor<4x4xf32, #e>
  return
}
