// RUN: quant-opt %s --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// (C10)
// expected-error @below {{panels lay out matrices, not tensors of rank 3}}
func.func private @panels_rank_c10(tensor<2x4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// (C12)
// expected-error @below {{panels need scales constant or grouped along the reduction axis 0}}
func.func private @panels_scale_c12(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 1, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// expected-error @below {{panels need scales constant or grouped along the reduction axis 0}}
func.func private @panels_group_c12(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[4, 1]>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// expected-error @below {{panels need scales constant or grouped along the reduction axis 0}}
func.func private @panels_block_c12(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per tensor, offset = f16, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// (C107)
// expected-error @below {{panels hold no offsets}}
func.func private @panels_offset_c107(tensor<4x8xf32, #e>)
