// RUN: quant-opt %s --allow-unregistered-dialect --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @nested_c36(%e: !enc) {
  // expected-error @below {{'builtin.unrealized_conversion_cast' op makes a value of type 'tuple<tensor<8x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>>>', which holds an encoding}}
  %0 = builtin.unrealized_conversion_cast to tuple<!enc>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// A memory space may be any attribute, an encoding by mistake.
// expected-error @below {{'func.func' op has a block argument of type 'memref<8x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>>', which holds an encoding; an encoding stands on a tensor that is a value by itself}}
func.func @memref_c36(%m: memref<8x8xf32, #e>) {
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func private @callee(!enc)
func.func @function_value_c36() {
  // expected-error @below {{'func.constant' op makes a value of type}}
  %0 = func.constant @callee : (!enc) -> ()
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'builtin.module' op holds an encoded type in attribute 'some.note', where no pass that changes types would find it}}
module attributes {some.note = !enc} {
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'ml_program.global' op holds an encoded type in attribute 'some.note'}}
ml_program.global private @global_c36(dense<0.0> : tensor<4xf32>) : tensor<4xf32> {some.note = !enc}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// A plan is no tensor: an encoding alone may stand in an attribute.
func.func @plan(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = linalg.matmul {lowbit.weight_encoding = #e} ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}
