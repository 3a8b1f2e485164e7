// RUN: quant-opt %s --split-input-file --verify-diagnostics

// Which channels are outliers, and what takes them.

// (C143)
// expected-error @below {{expects 'lowbit.outliers' to be a finite f64 above 0, got 0.000000e+00 : f64}}
func.func private @zero_c143() attributes {lowbit.outliers = 0.0 : f64}

// -----

// expected-error @below {{expects 'lowbit.outliers' to be a finite f64 above 0, got 0x7FF0000000000000 : f64}}
func.func private @infinite_c143() attributes {lowbit.outliers = 0x7FF0000000000000 : f64}

// -----

// expected-error @below {{expects 'lowbit.outliers' to be a finite f64 above 0, got 6.000000e+00 : f32}}
func.func private @type_c143() attributes {lowbit.outliers = 6.0 : f32}

// -----

// expected-error @below {{expects 'lowbit.outliers' to be a finite f64 above 0, got 6 : i64}}
func.func private @integer_c143() attributes {lowbit.outliers = 6}

// -----

// (C144)
// expected-error @below {{expects 'lowbit.selection' to be unit, got true}}
func.func private @unit_c144() attributes {lowbit.selection = true}
