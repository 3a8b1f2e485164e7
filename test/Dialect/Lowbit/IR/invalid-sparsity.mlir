// RUN: quant-opt %s --split-input-file --verify-diagnostics

// (C110)
// expected-error @below {{sparsity keeps 1 to m - 1 of m values, m at most 256, not 4 of 4}}
func.func private @all_kept_c110() attributes {a = #lowbit.nm<4:4 along 0>}

// -----

// expected-error @below {{sparsity keeps 1 to m - 1 of m values, m at most 256, not 0 of 4}}
func.func private @none_kept_c110() attributes {a = #lowbit.nm<0:4 along 0>}

// -----

// expected-error @below {{sparsity keeps 1 to m - 1 of m values, m at most 256, not 2 of 300}}
func.func private @long_run_c110() attributes {a = #lowbit.nm<2:300 along 0>}

// -----

// expected-error @below {{axes are not negative, got -1}}
func.func private @axis_c110() attributes {a = #lowbit.nm<2:4 along -1>}

// -----

// (C111)
// expected-error @below {{a bitmap keeps no negative number of values, got -1}}
func.func private @kept_c111() attributes {a = #lowbit.bitmap<kept = -1>}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 2>>

// expected-error @below {{sparsity along axis 2 of a tensor of rank 2}}
func.func private @rank_c110(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<6> along 1, sparsity = #lowbit.nm<2:4 along 1>>

// expected-error @below {{scales along axis 1 are shared by a multiple of 4 values where it is sparse, got 6}}
func.func private @group_c110(tensor<4x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.bitmap<kept = 3>>

// expected-error @below {{a bitmap needs a static shape}}
func.func private @dynamic_c111(tensor<?xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.bitmap<kept = 9>>

// expected-error @below {{a bitmap cannot keep 9 of 8 values}}
func.func private @too_many_c111(tensor<2x4xf32, #e>)

// -----

// (C112)
// expected-error @below {{a sparse tensor is laid out in rows, not #lowbit.panels<columns = 8, step = 4, reduction = 0>}}
func.func private @panels_c112() attributes {a = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>}

// -----

#e = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per tensor, sparsity = #lowbit.nm<2:4 along 0>>

// (C114) 10 of 4 runs and 2 more keep 4 + 2.
func.func @positions_c114(%e: tensor<10x5xf32, #e>) {
  // expected-error @below {{expects positions of type 'tensor<6x2xi8>', got 'tensor<6x3xi8>'}}
  %0:3 = lowbit.disassemble %e : tensor<10x5xf32, #e> to tensor<6x3xi8>, tensor<f32>, tensor<6x3xi8>
  return
}
