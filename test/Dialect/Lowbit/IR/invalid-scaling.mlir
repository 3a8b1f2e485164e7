// RUN: quant-opt %s --split-input-file --verify-diagnostics

// How inputs are to be scaled.

// (C130)
// expected-error @below {{AWQ tries 1 to 1000 exponents, not 0}}
func.func private @awq_c130() attributes {lowbit.scale_inputs = #lowbit.awq<steps = 0>}

// -----

// expected-error @below {{AWQ tries 1 to 1000 exponents, not 1001}}
func.func private @awq_many_c130() attributes {lowbit.scale_inputs = #lowbit.awq<steps = 1001>}

// -----

// expected-error @below {{the alpha of SmoothQuant is from 0 to 1, not 1.5}}
func.func private @alpha_c130() attributes {lowbit.scale_inputs = #lowbit.smoothquant<alpha = 1.5 : f64>}

// -----

// (C131)
// expected-error @below {{expects 'lowbit.scale_inputs' to be #lowbit.awq or #lowbit.smoothquant, got "awq"}}
func.func private @kind_c131() attributes {lowbit.scale_inputs = "awq"}

// -----

// expected-error @below {{expects 'lowbit.input_scales' to be unit, got true}}
func.func private @unit_c131() attributes {lowbit.input_scales = true}
