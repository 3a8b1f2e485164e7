// RUN: quant-opt %s --split-input-file --verify-diagnostics

// (C2)
// expected-error @below {{expected i1..i8 or u1..u8, got 'i9'}}
func.func private @width_c2() attributes {a = #lowbit.affine<i9>}

// -----

// expected-error @below {{expected i1..i8 or u1..u8, got 'u0'}}
func.func private @zero_width_c2() attributes {a = #lowbit.affine<u0>}

// -----

// One spelling for each width.
// expected-error @below {{expected i1..i8 or u1..u8, got 'i08'}}
func.func private @leading_zero_c2() attributes {a = #lowbit.affine<i08>}

// -----

// expected-error @below {{expected i1..i8 or u1..u8, got 'f8'}}
func.func private @letter_c2() attributes {a = #lowbit.affine<f8>}

// -----

// expected-error @below {{expected ::lowbit::CodebookKind to be one of: nf4}}
// expected-error @below {{failed to parse Lowbit_CodebookAttr parameter 'kind'}}
func.func private @codebook() attributes {a = #lowbit.codebook<nf5>}

// -----

// (C3)
// expected-error @below {{scales are f32, f16 or bf16, got 'f64'}}
func.func private @scale_type_c3() attributes {a = #lowbit.scale<f64 per tensor>}

// -----

// expected-error @below {{expected 'tensor', 'axis' or 'group', got 'row'}}
func.func private @granularity() attributes {a = #lowbit.scale<f32 per row>}

// -----

// (C4)
// expected-error @below {{axes are ascending and not negative}}
func.func private @axes_order_c4() attributes {a = #lowbit.scale<f32 per axis<1, 0>>}

// -----

// expected-error @below {{axes are ascending and not negative}}
func.func private @axes_twice_c4() attributes {a = #lowbit.scale<f32 per axis<1, 1>>}

// -----

// expected-error @below {{axes are ascending and not negative}}
func.func private @axis_negative_c4() attributes {a = #lowbit.scale<f32 per group<8> along -1>}

// -----

// (C6)
// expected-error @below {{a group has at least one element, got 0}}
func.func private @group_c6() attributes {a = #lowbit.scale<f32 per group<0> along 0>}

// -----

// (C7)
// expected-error @below {{a zero point needs an affine codec, but this is #lowbit.codebook<nf4>}}
func.func private @zero_point_codec_c7() attributes {a = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f32 per tensor, zero_point = u4>}

// -----

// (C8)
// expected-error @below {{zero points have the type of the codes}}
func.func private @zero_point_width_c8() attributes {a = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per tensor, zero_point = u8>}

// -----

// expected-error @below {{zero points have the type of the codes}}
func.func private @zero_point_sign_c8() attributes {a = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, zero_point = u4>}

// -----

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

// expected-error @below {{expected 'zero_point', 'sparsity' or 'layout', got 'offset'}}
func.func private @unknown() attributes {a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, offset = f32>}
