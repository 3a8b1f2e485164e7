// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C33)
func.func @arith_c33(%e: !enc) {
  // expected-error @below {{'arith.addf' op computes on an encoded tensor as if it were stored as floats; use linalg.generic, or lowbit.decode first}}
  %0 = arith.addf %e, %e : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @math_c33(%e: !enc) {
  // expected-error @below {{'math.exp' op computes on an encoded tensor as if it were stored as floats}}
  %0 = math.exp %e : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @to_buffer_c33(%e: !enc) {
  // expected-error @below {{'bufferization.to_buffer' op would make a memref of floats of an encoded tensor and read codes as floats; run lowbit-to-parts before bufferization}}
  %0 = bufferization.to_buffer %e : !enc to memref<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @to_tensor_c32(%m: memref<8x8xf32>) {
  // expected-error @below {{'bufferization.to_tensor' op allocates an encoded tensor}}
  %0 = bufferization.to_tensor %m : memref<8x8xf32> to !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @vector_c33(%e: !enc, %c: f32, %i: index) {
  // expected-error @below {{'vector.transfer_read' op would read codes as floats; run lowbit-to-parts before vectorization}}
  %0 = vector.transfer_read %e[%i, %i], %c : !enc, vector<8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @softmax_c33(%e: !enc, %o: tensor<8x8xf32>) {
  // expected-error @below {{'linalg.softmax' op does not know encodings; lowbit.decode the operand first, or work on its parts (lowbit.disassemble)}}
  %0 = linalg.softmax dimension(1) ins(%e : !enc) outs(%o : tensor<8x8xf32>) -> tensor<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @rank_c33(%e: !enc) {
  // expected-error @below {{'tensor.rank' op does not know encodings}}
  %0 = tensor.rank %e : !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// One error for each operation, and all of them in one run.
func.func @chain_c33(%e: !enc) {
  // expected-error @below {{'arith.negf' op computes on}}
  %0 = arith.negf %e : !enc
  // expected-error @below {{'arith.mulf' op computes on}}
  %1 = arith.mulf %0, %0 : !enc
  return
}
