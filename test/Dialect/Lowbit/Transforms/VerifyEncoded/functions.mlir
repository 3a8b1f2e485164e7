// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

// Declarations and attributes of functions. Only their type may hold encoded
// types, and that as arguments and results alone. (C36)

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func private @allowed(!enc {lowbit.weight = "w", lowbit.weight_encoding = #e}) -> !enc

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has an argument of type 'tuple<}}
func.func private @tuple_c36(tuple<!enc>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has a result of type 'tuple<}}
func.func private @tuple_result_c36() -> tuple<!enc>

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has an argument of type 'memref<8x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>>', which holds an encoding; an encoding stands on a tensor that is a value by itself}}
func.func private @memref_c36(memref<8x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has an argument of type '(tensor<}}
func.func private @function_c36((!enc) -> ())

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op holds an encoded type in attribute 'arg_attrs', where no pass that changes types would find it}}
func.func private @argument_attribute_c36(tensor<8x8xf32> {some.note = !enc})

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op holds an encoded type in attribute 'res_attrs'}}
func.func private @result_attribute_c36() -> (tensor<8x8xf32> {some.note = !enc})

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op holds an encoded type in attribute 'some.note'}}
func.func @attribute_c36() attributes {some.note = !enc} {
  return
}
