// RUN: quant-opt %s --split-input-file --verify-diagnostics

// (C9)
// expected-error @below {{panels have 8 to 1024 columns, a power of two, got 12}}
func.func private @columns_c9() attributes {a = #lowbit.panels<columns = 12, step = 4, reduction = 0>}

// -----

// expected-error @below {{panels have 8 to 1024 columns, a power of two, got 2048}}
func.func private @many_columns_c9() attributes {a = #lowbit.panels<columns = 2048, step = 4, reduction = 0>}

// -----

// expected-error @below {{panels step by 1, 2 or 4, got 8}}
func.func private @step_c9() attributes {a = #lowbit.panels<columns = 32, step = 8, reduction = 0>}

// -----

// expected-error @below {{the reduction axis of a matrix is 0 or 1, got 2}}
func.func private @reduction_c9() attributes {a = #lowbit.panels<columns = 32, step = 4, reduction = 2>}

// -----

// expected-error @below {{'layout' is given twice}}
func.func private @twice() attributes {a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.rows, layout = #lowbit.rows>}

// -----

// expected-error @below {{expected 'scale', 'nested_scale', 'zero_point', 'offset', 'sparsity' or 'layout', got 'shift'}}
func.func private @unknown() attributes {a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, shift = f32>}

// -----

// expected-error @below {{expected 'zero_point', 'nested_scale' or 'offset', got 'layout'}}
func.func private @unknown_of_scale() attributes {a = #lowbit.scale<f32 per tensor, layout = #lowbit.rows>}
