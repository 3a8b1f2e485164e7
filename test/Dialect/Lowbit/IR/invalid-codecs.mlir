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

// (C100)
// expected-error @below {{expected nf4, nf4_i8, fp4, fp4_bnb, binary or a list of levels, got 'nf5'}}
func.func private @codebook_c100() attributes {a = #lowbit.codebook<nf5>}

// -----

// (C57)
// expected-error @below {{codebook 'codebook<1>' has 1 levels; 2 to 256 are possible}}
func.func private @one_level_c57() attributes {a = #lowbit.codebook<[1.0]>}

// -----

// expected-error @below {{codebook 'codebook<3>' does not ascend at index 2}}
func.func private @order_c57() attributes {a = #lowbit.codebook<[-1.0, 1.0, 0.5]>}

// -----

// expected-error @below {{codebook 'codebook<2>' has a level that is not finite at index 1}}
func.func private @infinity_c57() attributes {a = #lowbit.codebook<[-1.0, 1.0e300]>}

// -----

// (C101)
// expected-error @below {{codec 'mulaw<9, 255>' has 9 bits; 2 to 8 are possible}}
func.func private @mulaw_bits_c101() attributes {a = #lowbit.mulaw<9, 255>}

// -----

// expected-error @below {{codec 'mulaw<8, 0>' needs a finite mu above 0}}
func.func private @mulaw_mu_c101() attributes {a = #lowbit.mulaw<8, 0>}

// -----

// expected-error @below {{codec 'alaw<8, 0.5>' needs a finite A of 1 or more}}
func.func private @alaw_a_c101() attributes {a = #lowbit.alaw<8, 0.5>}

// -----

// (C151)
// expected-error @below {{codec 'log<9, 1>' is not one of 2 to 8 bits with 1 to 8 steps}}
func.func private @log_bits_c151() attributes {a = #lowbit.log<9, 1>}

// -----

// expected-error @below {{codec 'log<4, 0>' is not one of 2 to 8 bits with 1 to 8 steps}}
func.func private @log_steps_c151() attributes {a = #lowbit.log<4, 0>}

// -----

// (C102)
// expected-error @below {{expected ::lowbit::FloatKind to be one of: f8E4M3FN, f8E5M2, f6E2M3FN, f6E3M2FN, f4E2M1FN, f16, bf16, f32}}
// expected-error @below {{failed to parse Lowbit_FloatCodecAttr parameter 'kind'}}
func.func private @float_c102() attributes {a = #lowbit.float<f64>}
