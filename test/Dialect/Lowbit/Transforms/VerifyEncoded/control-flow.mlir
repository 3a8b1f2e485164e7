// RUN: quant-opt %s --allow-unregistered-dialect --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C33)
func.func @forall_c33(%e: !enc) {
  // expected-error @below {{'scf.forall' op carries an encoded tensor through control flow that cannot carry its parts; use scf.if, scf.for, scf.while, scf.index_switch, cf.br or cf.cond_br}}
  %0 = scf.forall (%i) in (2) shared_outs(%o = %e) -> !enc {
    scf.forall.in_parallel {
    }
  }
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @affine_for_c33(%e: !enc) {
  // expected-error @below {{'affine.for' op carries an encoded tensor through control flow that cannot carry its parts}}
  %0 = affine.for %i = 0 to 4 iter_args(%o = %e) -> !enc {
    // expected-error @below {{'affine.yield' op carries an encoded tensor}}
    affine.yield %o : !enc
  }
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @execute_region_c33(%e: !enc) {
  // expected-error @below {{'scf.execute_region' op makes an encoded tensor}}
  %0 = scf.execute_region -> !enc {
    // expected-error @below {{'scf.yield' op carries an encoded tensor}}
    scf.yield %e : !enc
  }
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @unknown_c33(%e: !enc) {
  // expected-error @below {{'some.op' op does not know encodings; lowbit.decode the operand first, or work on its parts (lowbit.disassemble)}}
  "some.op"(%e) : (!enc) -> ()
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// Upstream's type conversion of a cf.switch is 1:1 only.
func.func @switch_c33(%e: !enc, %n: i32) -> !enc {
  // expected-error @below {{'cf.switch' op carries an encoded tensor through control flow that cannot carry its parts}}
  cf.switch %n : i32, [
    default: ^bb1(%e : !enc)
  ]
^bb1(%0: !enc):
  return %0 : !enc
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has a block argument of type}}
func.func @call_indirect_c33(%e: !enc, %f: (!enc) -> ()) {
  // expected-error @below {{'func.call_indirect' op passes an encoded tensor to a call that cannot carry its parts; use func.call}}
  func.call_indirect %f(%e) : (!enc) -> ()
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'ml_program.global' op is a global of encoded type}}
ml_program.global public mutable @g : !enc
func.func @store_c33(%e: !enc) {
  // expected-error @below {{'ml_program.global_store' op stores an encoded tensor in a global; store its parts (lowbit.disassemble)}}
  ml_program.global_store @g = %e : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'test.region' op has an encoded block argument; only func.func, scf.for and scf.while may}}
"test.region"() ({
^bb0(%e: !enc):
  "test.end"() : () -> ()
}) : () -> ()

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// expected-error @below {{'func.func' op has a block with an encoded argument that does not come from cf.br or cf.cond_br}}
func.func @branch_c32() {
  "test.branch"()[^next] : () -> ()
^next(%e: !enc):
  return
}
