// RUN: quant-opt %s --split-input-file --verify-diagnostics

// expected-error @below {{a book has 2 to 256 levels, got 1}}
func.func private @levels_c120() attributes {a = #lowbit.kmeans<1, f32 per tensor>}

// -----

// expected-error @below {{books are f32, f16 or bf16, got f8E4M3FN}}
func.func private @type_c120() attributes {a = #lowbit.kmeans<16, f8E4M3FN per tensor>}

// -----

#e = #lowbit.encoding<#lowbit.kmeans<16, f32 per axis<2>>>
// expected-error @below {{book axis 2 is out of range for a tensor of rank 2}}
func.func private @axis_c120(tensor<8x8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.kmeans<16, f32 per group<6> along 0>, sparsity = #lowbit.nm<2:4 along 0>>
// expected-error @below {{books along axis 0 are shared by a multiple of 4 values where it is sparse, got 6}}
func.func private @runs_c120(tensor<8x8xf32, #e>)

// -----

// expected-error @below {{a zero point needs an affine codec}}
func.func private @zero_point_c7() attributes {a = #lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>, scale = f32 per tensor, zero_point = u4>}

// -----

// expected-error @below {{a tensor with learned levels is laid out in rows, not #lowbit.panels<columns = 8, step = 4, reduction = 0>}}
func.func private @panels_c121() attributes {a = #lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>}

// -----

#e = #lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>>
func.func @part_c120(%e: tensor<8x8xf32, #e>) {
  // expected-error @below {{expects codebook of type 'tensor<16xf32>', got 'tensor<8xf32>'}}
  %0:2 = lowbit.disassemble %e : tensor<8x8xf32, #e> to tensor<8x4xi8>, tensor<8xf32>
  return
}

// -----

// expected-error @below {{expected low_first, high_first or split<N>, got 'high'}}
func.func private @order_c122() attributes {a = #lowbit.rows<high>}

// -----

// expected-error @below {{a split block has at least one code, got 0}}
func.func private @block_c122() attributes {a = #lowbit.rows<split<0>>}

// -----

#e = #lowbit.encoding<#lowbit.affine<i3>, scale = f32 per tensor, layout = #lowbit.rows<split<8>>>
// expected-error @below {{split codes have 1, 2, 4 or 8 bits, not 3}}
func.func private @bits_c122(tensor<8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor, layout = #lowbit.rows<split<7>>>
// expected-error @below {{split blocks of 7 codes of 4 bits are not whole bytes}}
func.func private @bytes_c122(tensor<8xf32, #e>)

// -----

#e = #lowbit.encoding<#lowbit.float<f16>, layout = #lowbit.rows<high_first>>
// expected-error @below {{bit orders are of codes of 1 to 8 bits, not of 16}}
func.func private @wide_c122(tensor<8xf32, #e>)

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @names_c125(%w: tensor<8x8xf32>) {
  // expected-error @below {{names no layers whose inputs method 'gptq' asks for}}
  %0 = lowbit.encode %w method<gptq> : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @no_method_c125(%w: tensor<8x8xf32>) {
  // expected-error @below {{names layers without a method that asks for them}}
  %0 = lowbit.encode %w layers["a"] along 0 : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  return
}

// -----

#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>
func.func @axis_c125(%w: tensor<8x8xf32>) {
  // expected-error @below {{has layers that sum over an axis of a tensor of rank 2, got 2}}
  %0 = lowbit.encode %w method<hqq> layers["a"] along 2 : tensor<8x8xf32> to tensor<8x8xf32, #w4>
  return
}
