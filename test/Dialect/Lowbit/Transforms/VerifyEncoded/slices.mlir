// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// What tiling leaves behind: 3 rows of 8, still said to be groups of 4 from the
// first. The type is valid; its meaning is another.
func.func @tiled_c33(%x: tensor<8x8xf32>, %e: !enc, %o: tensor<8x8xf32>) {
  %c3 = arith.constant 3 : index
  %0 = tensor.extract_slice %x[0, 3] [8, 3] [1, 1] : tensor<8x8xf32> to tensor<8x3xf32>
  // expected-error @below {{'tensor.extract_slice' op slices or joins an encoded tensor, whose groups count from its own first element; tile before lowbit.encode, or slice and join the parts (lowbit.disassemble, lowbit.assemble)}}
  %1 = tensor.extract_slice %e[3, 0] [3, 8] [1, 1] : !enc to tensor<3x8xf32, #e>
  %2 = linalg.matmul ins(%0, %1 : tensor<8x3xf32>, tensor<3x8xf32, #e>) outs(%o : tensor<8x8xf32>) -> tensor<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// On a group's boundary too: nothing downstream could tell the two apart.
func.func @aligned_c33(%e: !enc) {
  // expected-error @below {{'tensor.extract_slice' op slices or joins an encoded tensor}}
  %0 = tensor.extract_slice %e[4, 0] [4, 8] [1, 1] : !enc to tensor<4x8xf32, #e>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @insert_into_c33(%x: tensor<4x8xf32>, %e: !enc) {
  // expected-error @below {{'tensor.insert_slice' op slices or joins an encoded tensor}}
  %0 = tensor.insert_slice %x into %e[0, 0] [4, 8] [1, 1] : tensor<4x8xf32> into !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @insert_c33(%v: f32, %e: !enc, %i: index) {
  // expected-error @below {{'tensor.insert' op slices or joins an encoded tensor}}
  %0 = tensor.insert %v into %e[%i, %i] : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @pad_c33(%e: !enc, %c: f32) {
  // expected-error @below {{'tensor.pad' op slices or joins an encoded tensor}}
  %0 = tensor.pad %e low[0, 0] high[8, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %c : f32
  } : !enc to tensor<16x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @concat_c33(%e: !enc) {
  // expected-error @below {{'tensor.concat' op slices or joins an encoded tensor}}
  %0 = tensor.concat dim(0) %e, %e : (!enc, !enc) -> tensor<16x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @gather_op_c33(%e: !enc, %i: tensor<3x1xindex>) {
  // expected-error @below {{'tensor.gather' op slices or joins an encoded tensor}}
  %0 = tensor.gather %e[%i] gather_dims([0]) : (!enc, tensor<3x1xindex>) -> tensor<3x1x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>>
  return
}
