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

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

func.func @argument_of_unknown() {
  // expected-error @+1 {{'test.region' op has an encoded block argument and cannot work on its parts}}
  "test.region"() ({
  ^bb0(%x: tensor<4x4xf32, #e>):
    %0 = lowbit.decode %x : tensor<4x4xf32, #e> to tensor<4x4xf32>
    "test.end"() : () -> ()
  }) : () -> ()
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// expected-error @+1 {{'ml_program.subgraph' op has an encoded block argument}}
ml_program.subgraph @subgraph(%x: tensor<4x4xf32, #e>) -> tensor<4x4xf32> {
  %0 = lowbit.decode %x : tensor<4x4xf32, #e> to tensor<4x4xf32>
  ml_program.output %0 : tensor<4x4xf32>
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// Nothing hands the parts to a block that an unknown branch leads to.
// expected-error @+1 {{'func.func' op has an encoded block argument}}
func.func @unknown_branch() {
  "test.branch"()[^next] : () -> ()
^next(%x: tensor<4x4xf32, #e>):
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>>

// (C113)
func.func @sparse_c113(%x: tensor<8xf32>) -> tensor<8xf32, #e> {
  // expected-error @below {{into a sparse encoding works on weights alone, at compile time: give an activation another encoding}}
  %0 = lowbit.encode %x : tensor<8xf32> to tensor<8xf32, #e>
  return %0 : tensor<8xf32, #e>
}

// -----

#book = #lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>>
func.func @learned_c121(%x: tensor<4xf32>) -> tensor<4xf32, #book> {
  // expected-error @below {{learns levels from a weight, at compile time: give an activation another encoding}}
  %0 = lowbit.encode %x : tensor<4xf32> to tensor<4xf32, #book>
  return %0 : tensor<4xf32, #book>
}

// -----

#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @method_c126(%x: tensor<4xf32>) -> tensor<4xf32, #i4> {
  // expected-error @below {{by method 'hqq' works on weights alone, at compile time: give an activation another encoding}}
  %0 = lowbit.encode %x method<hqq> : tensor<4xf32> to tensor<4xf32, #i4>
  return %0 : tensor<4xf32, #i4>
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>>

func.func @sparse_weight_c113() -> tensor<8xf32, #e> {
  %w = arith.constant dense<1.0> : tensor<8xf32>
  // expected-error @below {{into a sparse encoding works on weights alone, at compile time: run lowbit-materialize-weights}}
  %0 = lowbit.encode %w : tensor<8xf32> to tensor<8xf32, #e>
  return %0 : tensor<8xf32, #e>
}
