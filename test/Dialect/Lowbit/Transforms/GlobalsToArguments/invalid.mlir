// RUN: quant-opt %s --lowbit-globals-to-arguments --split-input-file --verify-diagnostics

// expected-error @+1 {{'ml_program.global' op is mutable: only constant globals become arguments}}
ml_program.global private mutable @state(dense<0.0> : tensor<2xf32>) : tensor<2xf32>

// -----

ml_program.global private @weight(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32>

func.func @load() -> tensor<2xf32> {
  // expected-error @+1 {{'ml_program.global_load' op treats a global as mutable: only constant loads become arguments}}
  %0 = ml_program.global_load @weight : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

ml_program.global private @weight(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32>

func.func private @reads() -> tensor<2xf32> {
  %0 = ml_program.global_load_const @weight : tensor<2xf32>
  return %0 : tensor<2xf32>
}

func.func @takes_address() -> tensor<2xf32> {
  // expected-error @+1 {{uses the function reads, which reads external globals, other than by a call}}
  %f = func.constant @reads : () -> tensor<2xf32>
  %0 = func.call_indirect %f() : () -> tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

// expected-error @+1 {{'ml_program.global' op has a value without a type}}
ml_program.global private @untyped(unit) : tensor<2xf32>

// -----

module @inner {
  ml_program.global public @weight(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
}

func.func @outside() -> tensor<2xf32> {
  // expected-error @+1 {{'ml_program.global_load_const' op reads a global that is not one of this module}}
  %0 = ml_program.global_load_const @inner::@weight : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

ml_program.global private @weight(dense<0.0> : tensor<3xf32>) : tensor<2xf32>

func.func @type() -> tensor<2xf32> {
  // expected-error @+1 {{'ml_program.global_load_const' op reads a global whose value has another type, 'tensor<3xf32>'}}
  %0 = ml_program.global_load_const @weight : tensor<2xf32>
  return %0 : tensor<2xf32>
}

// -----

ml_program.global private @weight(dense<0.0> : tensor<2xf32>) : tensor<2xf32>

// expected-error @+1 {{'func.func' op uses the global 'weight' other than by a constant load in a function}}
func.func private @note() attributes {note = @weight}
