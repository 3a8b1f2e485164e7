// RUN: quant-opt %s --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @part_count(%c: tensor<8xi8>) {
  // expected-error @below {{expects 2 parts for this encoding, got 1}}
  %0 = lowbit.assemble %c : tensor<8xi8> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>

// (C13)
func.func @scales_c13(%c: tensor<300x17xi8>, %s: tensor<2x33xf16>, %z: tensor<3x17xi8>) {
  // expected-error @below {{expects scales of type 'tensor<3x33xf16>', got 'tensor<2x33xf16>'}}
  %0 = lowbit.assemble %c, %s, %z : tensor<300x17xi8>, tensor<2x33xf16>, tensor<3x17xi8> to tensor<300x33xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per tensor>

func.func @scale_type_c13(%c: tensor<8xi8>, %s: tensor<f32>) {
  // expected-error @below {{expects scales of type 'tensor<f16>', got 'tensor<f32>'}}
  %0 = lowbit.assemble %c, %s : tensor<8xi8>, tensor<f32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per tensor>

// (C14) Codes are bytes, even where MLIR has an i4.
func.func @codes_c14(%e: tensor<4x9xf32, #e>) {
  // expected-error @below {{expects codes of type 'tensor<4x5xi8>', got 'tensor<4x9xi4>'}}
  %0:2 = lowbit.disassemble %e : tensor<4x9xf32, #e> to tensor<4x9xi4>, tensor<f32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<128> along 0, zero_point = u4>

// (C15)
func.func @zero_points_c15(%e: tensor<300x33xf32, #e>) {
  // expected-error @below {{expects zero_points of type 'tensor<3x17xi8>', got 'tensor<3x33xi8>'}}
  %0:3 = lowbit.disassemble %e : tensor<300x33xf32, #e> to tensor<300x17xi8>, tensor<3x33xf16>, tensor<3x33xi8>
  return
}

// -----

#p = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<6> along 0, layout = #lowbit.panels<columns = 8, step = 4, reduction = 0>>

// (C16)
func.func @panels_c16(%e: tensor<20x17xf32, #p>) {
  // expected-error @below {{expects codes of type 'tensor<3x7x16xi8>', got 'tensor<3x5x16xi8>'}}
  %0:2 = lowbit.disassemble %e : tensor<20x17xf32, #p> to tensor<3x5x16xi8>, tensor<3x4x8xf16>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// (C22)
func.func @sizes_c22(%c: tensor<?x8xi8>, %s: tensor<?xf32>) {
  // expected-error @below {{expects a size for each of the 1 dynamic dimensions of 'tensor<?x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>>', got 0}}
  %0 = lowbit.assemble %c, %s : tensor<?x8xi8>, tensor<?xf32> to tensor<?x8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @encoded_part(%c: tensor<8xf32, #e>, %s: tensor<f32>) {
  // expected-error @below {{operand #0 must be variadic of ranked tensor without encoding}}
  %0 = lowbit.assemble %c, %s : tensor<8xf32, #e>, tensor<f32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f8E4M3FN per group<4> along 0, nested_scale = f32 per 2>

// (C109)
func.func @byte_scales_c109(%e: tensor<20xf32, #e>) {
  // expected-error @below {{expects scales of type 'tensor<5xi8>', got 'tensor<5xf8E4M3FN>'}}
  %0:3 = lowbit.disassemble %e : tensor<20xf32, #e> to tensor<20xi8>, tensor<5xf8E4M3FN>, tensor<3xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f8E4M3FN per group<4> along 0, nested_scale = f32 per 2>

func.func @nested_c109(%e: tensor<20xf32, #e>) {
  // expected-error @below {{expects nested_scales of type 'tensor<3xf32>', got 'tensor<2xf32>'}}
  %0:3 = lowbit.disassemble %e : tensor<20xf32, #e> to tensor<20xi8>, tensor<5xi8>, tensor<2xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per tensor, offset = bf16>

func.func @offsets_c109(%c: tensor<4xi8>, %s: tensor<f16>) {
  // expected-error @below {{expects offsets of type 'tensor<bf16>', got 'tensor<f16>'}}
  %0 = lowbit.assemble %c, %s, %s : tensor<4xi8>, tensor<f16>, tensor<f16> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.float<f16>>

func.func @wide_codes_c109(%e: tensor<20xf32, #e>) {
  // expected-error @below {{expects codes of type 'tensor<40xi8>', got 'tensor<20xi16>'}}
  %0 = lowbit.disassemble %e : tensor<20xf32, #e> to tensor<20xi16>
  return
}
