// RUN: quant-opt %s --split-input-file --verify-diagnostics

// (C3)
// expected-error @below {{scales are f32, f16, bf16, f8E4M3FN, f8E8M0FNU or u8, got 'f64'}}
func.func private @scale_type_c3() attributes {a = #lowbit.scale<f64 per tensor>}

// -----

// expected-error @below {{expected 'tensor', 'axis', 'group' or 'block', got 'row'}}
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

// expected-error @below {{a block has at least one element, got 0}}
func.func private @block_c6() attributes {a = #lowbit.scale<f32 per block<[2, 0]>>}

// -----

// (C103)
// expected-error @below {{u8 scales need nested scales: they are integers up to 255, not the size of values}}
func.func private @u8_alone_c103() attributes {a = #lowbit.scale<u8 per tensor>}

// -----

// expected-error @below {{nested scales multiply u8, f8E4M3FN or f16 scales, not 'f8E8M0FNU'}}
func.func private @nested_under_c103() attributes {a = #lowbit.scale<f8E8M0FNU per tensor, nested_scale = f32 per tensor>}

// -----

// expected-error @below {{nested scales are f32, f16 or bf16, got 'f64'}}
func.func private @nested_type_c103() attributes {a = #lowbit.scale<u8 per tensor, nested_scale = f64 per tensor>}

// -----

// expected-error @below {{a nested scale multiplies at least one scale, got 0}}
func.func private @nested_block_c103() attributes {a = #lowbit.scale<u8 per tensor, nested_scale = f32 per 0>}

// -----

// (C104)
// expected-error @below {{offsets are f32, f16 or bf16, got 'f8E4M3FN'}}
func.func private @offset_type_c104() attributes {a = #lowbit.scale<f32 per tensor, offset = f8E4M3FN>}

// -----

// expected-error @below {{an encoding has zero points or offsets, not both}}
func.func private @two_shifts_c104() attributes {a = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per tensor, offset = f16, zero_point = u4>}

// -----

// (C105)
// expected-error @below {{offsets need scales beside them}}
func.func private @offset_alone_c105() attributes {a = #lowbit.encoding<#lowbit.affine<u4>, offset = f16>}

// -----

// expected-error @below {{zero points need scales beside them}}
func.func private @zero_point_alone_c105() attributes {a = #lowbit.encoding<#lowbit.affine<u4>, zero_point = u4>}

// -----

// expected-error @below {{nested scales need scales beside them}}
func.func private @nested_alone_c105() attributes {a = #lowbit.encoding<#lowbit.affine<u4>, nested_scale = f32 per tensor>}

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
