// RUN: quant-opt %s --lowbit-verify-parts --allow-unregistered-dialect --split-input-file --verify-diagnostics

!enc = tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>

// (C37) A type with an encoding, wherever it stands.
// expected-error @below {{'func.func' op has an encoded type in attribute 'function_type'; run lowbit-to-parts}}
func.func @argument_c37(%e: !enc) {
  return
}

// -----

!enc = tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>

// expected-error @below {{'func.func' op has an encoded type in attribute 'function_type'}}
func.func private @result_c37() -> !enc

// -----

!enc = tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>

func.func @value_c37() {
  // expected-error @below {{'tensor.empty' op has a result of encoded type 'tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>', of which bufferization would make floats; run lowbit-to-parts}}
  %0 = tensor.empty() : !enc
  return
}

// -----

!enc = tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>

func.func @block_c37(%n: i32) {
  %0 = "some.source"() : () -> i32
  // expected-error @below {{'some.region' op has a block argument of encoded type}}
  "some.region"() ({
  ^bb0(%e: !enc):
    "some.end"() : () -> ()
  }) : () -> ()
  return
}

// -----

!enc = tensor<8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>

// expected-error @below {{'builtin.module' op has an encoded type in attribute 'some.type'; run lowbit-to-parts}}
module attributes {some.type = !enc} {
}

// -----

// Held by another type.
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @nested_c37() {
  // expected-error @below {{'builtin.unrealized_conversion_cast' op has a result of encoded type 'memref<8xf32, #lowbit.encoding}}
  %0 = builtin.unrealized_conversion_cast to memref<8xf32, #e>
  return
}

// -----

// Parts, an encoding that is nobody's type, and other encodings may stay.
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#csr = #sparse_tensor.encoding<{map = (i, j) -> (i : dense, j : compressed)}>

func.func private @kernel(memref<8xi8>, memref<f32>, memref<8xf32>)
func.func @clean(%c: tensor<8xi8>, %s: tensor<f32>, %o: tensor<8xf32>, %x: tensor<8x8xf32, #csr>) -> tensor<8xf32> {
  %0 = lowbit.call_kernel @kernel ins(%c, %s : tensor<8xi8>, tensor<f32>) outs(%o : tensor<8xf32>) {lowbit.weight_encoding = #e} -> tensor<8xf32>
  return %0 : tensor<8xf32>
}
