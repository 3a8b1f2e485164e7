// RUN: quant-opt %s --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, zero_point = u8>

// (C19)
func.func @absmax_c19(%x: tensor<8xf32>) {
  // expected-error @below {{range 'absmax' needs an encoding without a zero point or offset}}
  %0 = lowbit.encode %x range(absmax) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor>

func.func @minmax_c19(%x: tensor<8xf32>) {
  // expected-error @below {{range 'minmax' needs an encoding with a zero point or an offset}}
  %0 = lowbit.encode %x range(minmax) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i1>, scale = f32 per tensor>

// (C20) i1 has the codes -1 and 0.
func.func @no_positive_code_c20(%x: tensor<8xf32>) {
  // expected-error @below {{range 'absmax' needs a positive code, which #lowbit.affine<i1> has not}}
  %0 = lowbit.encode %x : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per tensor>

func.func @no_negative_code_c20(%x: tensor<8xf32>) {
  // expected-error @below {{range 'full' needs a negative code, which #lowbit.affine<u4> has not}}
  %0 = lowbit.encode %x range(full) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

// (C21)
func.func @one_range_c21(%x: tensor<8xf32>, %r: tensor<f32>) {
  // expected-error @below {{expects a minimum and a maximum as ranges, got 1 operands}}
  %0 = lowbit.encode %x ranges(%r : tensor<f32>) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>

func.func @range_type_c21(%x: tensor<8x4xf32>, %r: tensor<8xf16>) {
  // expected-error @below {{expects ranges of type 'tensor<8xf32>', one value for each scale, got 'tensor<8xf16>'}}
  %0 = lowbit.encode %x ranges(%r, %r : tensor<8xf16>, tensor<8xf16>) : tensor<8x4xf32> to tensor<8x4xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>

func.func @range_word(%x: tensor<8xf32>) {
  // expected-error @below {{expected absmax, full, minmax, mean or exponent, got 'median'}}
  %0 = lowbit.encode %x range(median) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, offset = f32>

func.func @offset_c19(%x: tensor<8xf32>) {
  // expected-error @below {{range 'mean' needs an encoding without a zero point or offset}}
  %0 = lowbit.encode %x range(mean) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.codebook<[-2.0, -1.0]>, scale = f32 per tensor>

func.func @exponent_c20(%x: tensor<8xf32>) {
  // expected-error @below {{range 'exponent' needs a positive code, which #lowbit.codebook<[-2, -1]> has not}}
  %0 = lowbit.encode %x range(exponent) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i4>, scale = f8E8M0FNU per tensor>

// (C108)
func.func @full_c108(%x: tensor<8xf32>) {
  // expected-error @below {{range 'full' needs negative scales, which f8E8M0FNU has not}}
  %0 = lowbit.encode %x range(full) : tensor<8xf32> to tensor<8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i4>, scale = u8 per tensor, nested_scale = f32 per tensor>

func.func @full_u8_c108(%x: tensor<8xf32>) {
  // expected-error @below {{range 'full' needs negative scales, which u8 has not}}
  %0 = lowbit.encode %x range(full) : tensor<8xf32> to tensor<8xf32, #e>
  return
}
