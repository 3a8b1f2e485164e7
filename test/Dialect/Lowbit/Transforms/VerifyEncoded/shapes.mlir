// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C33)
func.func @to_plain_c33(%e: !enc) {
  // expected-error @below {{'tensor.cast' op casts an encoded tensor, which folds to nothing and takes the rounding with it; use lowbit.decode, or lowbit.encode to the type wanted}}
  %0 = tensor.cast %e : !enc to tensor<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// A cast to an encoding has no encoded operand to complain about.
func.func @from_plain_c32(%x: tensor<8x8xf32>) {
  // expected-error @below {{'tensor.cast' op makes an encoded tensor; only lowbit.encode and lowbit.assemble do}}
  %0 = tensor.cast %x : tensor<8x8xf32> to !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// Not even between two shapes of one encoding.
func.func @shape_cast_c33(%e: !enc) {
  // expected-error @below {{'tensor.cast' op casts an encoded tensor}}
  %0 = tensor.cast %e : !enc to tensor<?x8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @collapse_c33(%e: !enc) {
  // expected-error @below {{'tensor.collapse_shape' op reshapes an encoded tensor, whose scales are tied to its axes; reshape before lowbit.encode or after lowbit.decode}}
  %0 = tensor.collapse_shape %e [[0, 1]] : !enc into tensor<64xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @expand_c33(%e: !enc) {
  // expected-error @below {{'tensor.expand_shape' op reshapes an encoded tensor}}
  %0 = tensor.expand_shape %e [[0, 1], [2]] output_shape [2, 4, 8] : !enc into tensor<2x4x8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @reshape_c33(%e: !enc, %s: tensor<1xindex>) {
  // expected-error @below {{'tensor.reshape' op reshapes an encoded tensor}}
  %0 = tensor.reshape %e(%s) : (!enc, tensor<1xindex>) -> tensor<64xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @expand_from_plain_c32(%x: tensor<64xf32>) {
  // expected-error @below {{'tensor.expand_shape' op makes an encoded tensor}}
  %0 = tensor.expand_shape %x [[0, 1]] output_shape [8, 8] : tensor<64xf32> into !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @pack_c33(%e: !enc, %o: tensor<2x8x4x1xf32>) {
  // expected-error @below {{'linalg.pack' op reshapes an encoded tensor}}
  %0 = linalg.pack %e inner_dims_pos = [0, 1] inner_tiles = [4, 1] into %o : !enc -> tensor<2x8x4x1xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @unpack_c33(%e: !enc, %x: tensor<2x8x4x1xf32>) {
  // expected-error @below {{'linalg.unpack' op reshapes an encoded tensor}}
  %0 = linalg.unpack %x inner_dims_pos = [0, 1] inner_tiles = [4, 1] into %e : tensor<2x8x4x1xf32> -> !enc
  return
}
