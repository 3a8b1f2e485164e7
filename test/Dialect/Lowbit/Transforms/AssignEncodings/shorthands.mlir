// RUN: quant-opt --lowbit-assign-encodings=recipe=int8 %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,INT8
// RUN: quant-opt --lowbit-assign-encodings %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,INT8
// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-dynamic %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,DYN
// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g2 %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,INT4
// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g128-sym %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,SYM
// RUN: quant-opt --lowbit-assign-encodings=recipe=nf4-g64 %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,NF4
// RUN: quant-opt --lowbit-assign-encodings=recipe=float %s 2>/dev/null | FileCheck %s --check-prefixes=CHECK,FLOAT

// What each shorthand gives to each kind of layer. A second recipe replaces the
// first one's choice.

#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// CHECK-LABEL: func @matmul(
func.func @matmul(%x: !m, %c: !m) -> !m {
  // CHECK: linalg.matmul
  // INT8-NOT: activation_encoding
  // INT8-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
  // DYN-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
  // DYN-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
  // INT4-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 0, zero_point = u4>}
  // SYM-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<128> along 0>, lowbit.weight_range = #lowbit.range<full>}
  // NF4-SAME: lowbit.weight_encoding = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<64> along 0>}
  // FLOAT-SAME: lowbit.float = "the recipe keeps it float", lowbit.layer = "layer0"}
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul {lowbit.float = "old", lowbit.weight_range = #lowbit.range<full>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// CHECK-LABEL: func @transposed(
func.func @transposed(%x: !m, %c: !m) -> !m {
  // CHECK: linalg.matmul
  // INT8-SAME: scale = f32 per axis<0>>}
  // DYN-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
  // DYN-SAME: scale = f32 per axis<0>>}
  // INT4-SAME: group<2> along 1
  // SYM-SAME: group<128> along 1
  // NF4-SAME: group<64> along 1
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn]
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}

// CHECK-LABEL: func @batch(
func.func @batch(%x: !b, %c: !b) -> !b {
  // CHECK: linalg.batch_matmul
  // INT8-SAME: scale = f32 per axis<0, 2>>}
  // DYN-SAME: lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 1>>
  // DYN-SAME: scale = f32 per axis<0, 2>>}
  // INT4-SAME: group<2> along 1
  // SYM-SAME: group<128> along 1
  // NF4-SAME: group<64> along 1
  %w = arith.constant dense<1.0> : !b
  %0 = linalg.batch_matmul ins(%x, %w : !b, !b) outs(%c : !b) -> !b
  return %0 : !b
}

// CHECK-LABEL: func @gather(
func.func @gather(%ids: tensor<3xi64>, %out: tensor<3x4xf16>)
    -> tensor<3x4xf16> {
  // CHECK: linalg.generic
  // INT8-SAME: scale = f32 per axis<0>>}
  // DYN-SAME: attrs = {lowbit.layer = "layer3", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>}
  // INT4-SAME: group<2> along 1
  // SYM-SAME: group<128> along 1
  // NF4-SAME: group<64> along 1
  %table = arith.constant dense<1.0> : tensor<4x4xf16>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xi64>) outs(%out : tensor<3x4xf16>) {
  ^bb0(%id: i64, %o: f16):
    %row = arith.index_cast %id : i64 to index
    %column = linalg.index 1 : index
    %value = tensor.extract %table[%row, %column] : tensor<4x4xf16>
    linalg.yield %value : f16
  } -> tensor<3x4xf16>
  return %0 : tensor<3x4xf16>
}
