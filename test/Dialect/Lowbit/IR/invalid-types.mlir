// RUN: quant-opt %s --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// (C1)
// expected-error @below {{an encoded tensor denotes reals, so its element type is f32, f16 or bf16, got 'i8'}}
func.func private @integer_c1(tensor<4xi8, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// expected-error @below {{element type is f32, f16 or bf16, got 'f64'}}
func.func private @double_c1(tensor<4xf64, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>

// (C5)
// expected-error @below {{scale axis 2 is out of range for a tensor of rank 2}}
func.func private @axis_c5(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<8> along 0>

// expected-error @below {{scale axis 0 is out of range for a tensor of rank 0}}
func.func private @group_axis_c5(tensor<f32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[8, 8]>>

// (C106)
// expected-error @below {{a block of 2 sizes does not fit a tensor of rank 3}}
func.func private @block_rank_c106(tensor<2x4x8xf32, #e>)

// -----

// (C27)
// expected-error @below {{expects 'lowbit.layer' to be a string, got 3 : i64}}
func.func private @layer_c27() attributes {lowbit.layer = 3}

// -----

// expected-error @below {{expects 'lowbit.weight_encoding' to be a #lowbit.encoding, got "int8"}}
func.func private @weight_encoding_c27() attributes {lowbit.weight_encoding = "int8"}

// -----

// expected-error @below {{expects 'lowbit.weight_range' to be a #lowbit.range, got "full"}}
func.func private @weight_range_c27() attributes {lowbit.weight_range = "full"}

// -----

// expected-error @below {{expects 'lowbit.weight' to be a string, got unit}}
func.func private @argument_c27(%w: tensor<4xf32> {lowbit.weight})

// -----

// expected-error @below {{expects 'lowbit.name' to be a string, got unit}}
func.func private @result_c27() -> (tensor<4xf32> {lowbit.name})

// -----

// expected-error @below {{expects 'lowbit.kernel' to be a string, got unit}}
func.func private @kernel_c27() attributes {lowbit.kernel}

// -----

// expected-error @below {{the sizes of an encoded tensor multiply to at most 2^48}}
func.func private @huge_c139(tensor<9223372036854775806xf32, #lowbit.encoding<#lowbit.float<f16>>>)

// -----

// expected-error @below {{the sizes of an encoded tensor multiply to at most 2^48}}
func.func private @product_c139(tensor<0x4294967296x?x4294967296xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>)

// -----

func.func private @largest_c139(tensor<65536x?x4294967296xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>)
