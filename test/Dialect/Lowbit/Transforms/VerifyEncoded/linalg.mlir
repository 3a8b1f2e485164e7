// RUN: quant-opt %s --lowbit-verify-encoded --split-input-file --verify-diagnostics

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C34)
func.func @fill_c34(%c: f32, %e: !enc) {
  // expected-error @below {{'linalg.fill' op writes into an encoded tensor: a linalg result is made of reals}}
  %0 = linalg.fill ins(%c : f32) outs(%e : !enc) -> !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @matmul_init_c34(%a: tensor<8x8xf32>, %e: !enc) {
  // expected-error @below {{'linalg.matmul' op writes into an encoded tensor}}
  %0 = linalg.matmul ins(%a, %a : tensor<8x8xf32>, tensor<8x8xf32>) outs(%e : !enc) -> !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// An identity generic from reals to an encoded tensor is no encode: upstream
// turns it into a cast.
func.func @identity_to_encoded_c34(%a: tensor<8x8xf32>, %e: !enc) {
  // expected-error @below {{'linalg.generic' op writes into an encoded tensor}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%a : tensor<8x8xf32>) outs(%e : !enc) {
  ^bb0(%p: f32, %r: f32):
    linalg.yield %p : f32
  } -> !enc
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// (C35)
func.func @transpose_c35(%e: !enc, %o: tensor<8x8xf32>) {
  // expected-error @below {{'linalg.transpose' op only moves the values of an encoded tensor, which upstream folds away together with the decoding; lowbit.decode it first}}
  %0 = linalg.transpose ins(%e : !enc) outs(%o : tensor<8x8xf32>) permutation = [0, 1]
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @copy_c35(%e: !enc, %o: tensor<8x8xf32>) {
  // expected-error @below {{'linalg.copy' op only moves the values}}
  %0 = linalg.copy ins(%e : !enc) outs(%o : tensor<8x8xf32>) -> tensor<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @broadcast_c35(%e: !enc, %o: tensor<8x8x8xf32>) {
  // expected-error @below {{'linalg.broadcast' op only moves the values}}
  %0 = linalg.broadcast ins(%e : !enc) outs(%o : tensor<8x8x8xf32>) dimensions = [2]
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

func.func @identity_c35(%e: !enc, %o: tensor<8x8xf32>) {
  // expected-error @below {{'linalg.generic' op only moves the values}}
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%e : !enc) outs(%o : tensor<8x8xf32>) {
  ^bb0(%p: f32, %r: f32):
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return
}

// -----

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per group<4> along 0>
!enc = tensor<8x8xf32, #e>

// Another order of the indices is a computation that nothing folds.
func.func @transposing_generic(%e: !enc, %o: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
    ins(%e : !enc) outs(%o : tensor<8x8xf32>) {
  ^bb0(%p: f32, %r: f32):
    linalg.yield %p : f32
  } -> tensor<8x8xf32>
  return %0 : tensor<8x8xf32>
}
