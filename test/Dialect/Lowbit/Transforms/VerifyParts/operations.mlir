// RUN: quant-opt %s --lowbit-verify-parts --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!enc = tensor<8xf32, #e>

// (C38) Each operation on encoded tensors, all in one run.
func.func @operations_c38(%x: tensor<8xf32>) -> tensor<8xi8> {
  // expected-error @below {{'lowbit.encode' op is left before bufferization; run lowbit-to-parts}}
  %0 = lowbit.encode %x : tensor<8xf32> to !enc
  // expected-error @below {{'lowbit.decode' op is left before bufferization; run lowbit-to-parts}}
  %1 = lowbit.decode %0 : !enc to tensor<8xf32>
  // expected-error @below {{'lowbit.disassemble' op is left before bufferization; run lowbit-to-parts}}
  %2:2 = lowbit.disassemble %0 : !enc to tensor<8xi8>, tensor<f32>
  // expected-error @below {{'lowbit.assemble' op is left before bufferization; run lowbit-to-parts}}
  %3 = lowbit.assemble %2#0, %2#1 : tensor<8xi8>, tensor<f32> to !enc
  return %2#0 : tensor<8xi8>
}

// -----

// Globals and their loads and stores.
// expected-error @below {{'ml_program.global' op is left before bufferization, and ml_program does not bufferize; run lowbit-globals-to-arguments}}
ml_program.global public @w(#ml_program.extern<tensor<8xf32>>) : tensor<8xf32>
// expected-error @below {{'ml_program.global' op is left before bufferization}}
ml_program.global private mutable @v : tensor<8xf32>

func.func @globals_c38() -> tensor<8xf32> {
  // expected-error @below {{'ml_program.global_load_const' op is left before bufferization, and ml_program does not bufferize; run lowbit-globals-to-arguments}}
  %0 = ml_program.global_load_const @w : tensor<8xf32>
  // expected-error @below {{'ml_program.global_load' op is left before bufferization}}
  %1 = ml_program.global_load @v : tensor<8xf32>
  // expected-error @below {{'ml_program.global_store' op is left before bufferization}}
  ml_program.global_store @v = %0 : tensor<8xf32>
  return %1 : tensor<8xf32>
}
