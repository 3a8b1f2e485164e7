// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C32)
func.func @constant_c32() {
  // expected-error @below {{'arith.constant' op is a constant of encoded type, whose data would be taken for floats; lowbit.encode a constant without encoding, or lowbit.assemble constant parts}}
  %0 = arith.constant dense<1.0> : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @empty_c32() {
  // expected-error @below {{'tensor.empty' op allocates an encoded tensor; nothing may write into one: make it with lowbit.encode or lowbit.assemble}}
  %0 = tensor.empty() : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @alloc_tensor_c32() {
  // expected-error @below {{'bufferization.alloc_tensor' op allocates an encoded tensor}}
  %0 = bufferization.alloc_tensor() : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @splat_c32(%v: f32) {
  // expected-error @below {{'tensor.splat' op makes an encoded tensor; only lowbit.encode and lowbit.assemble do, and control flow and func.call pass it on}}
  %0 = tensor.splat %v : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @poison_c32() {
  // expected-error @below {{'ub.poison' op is a constant of encoded type}}
  %0 = ub.poison : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C36)
// expected-error @below {{'ml_program.global' op is a global of encoded type; make one global each of codes, scales and zero points}}
ml_program.global public @w(#ml_program.extern<!enc>) : !enc

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'ml_program.global' op is a global of encoded type}}
ml_program.global public @w(#ml_program.extern<!enc>) : !enc
func.func @load_c32() {
  // expected-error @below {{'ml_program.global_load_const' op loads an encoded tensor; store codes, scales and zero points as globals of their own, load those and lowbit.assemble them}}
  %0 = ml_program.global_load_const @w : !enc
  return
}
