// RUN: quant-opt %s --lowbit-to-parts --canonicalize --cse | FileCheck %s

// (C135) Codes whose rows are all behind the first axis are unpacked as a
// matrix, with loops as plain as those of one; sizes that the bytes do not give
// back are passed along.

#i4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f32 per axis<0>>

// CHECK-DAG: #[[$ID:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
// CHECK-DAG: #[[$ROW:.*]] = affine_map<(d0, d1, d2, d3) -> (d0)>
// CHECK-DAG: #[[$BYTES:.*]] = affine_map<(d0, d1) -> (d0, d1 floordiv 2)>

// CHECK-LABEL: func.func @decode_c135(
// CHECK-SAME: %[[C:.*]]: tensor<64x74xi8>, %[[S:.*]]: tensor<64xf32>)
func.func @decode_c135(%x: tensor<64x3x7x7xf32, #i4>) -> tensor<64x3x7x7xf32> {
  // CHECK: %[[M:.*]] = linalg.generic {indexing_maps = [#[[$BYTES]], {{.*}}} ins(%[[C]] : tensor<64x74xi8>)
  // CHECK-NOT: tensor.extract
  // CHECK: %[[U:.*]] = tensor.expand_shape %[[M]] {{\[\[}}0], [1, 2, 3]] output_shape [64, 3, 7, 7] : tensor<64x147xi8> into tensor<64x3x7x7xi8>
  // CHECK: linalg.generic {indexing_maps = [#[[$ID]], #[[$ROW]], #[[$ID]]], {{.*}}} ins(%[[U]], %[[S]] : tensor<64x3x7x7xi8>, tensor<64xf32>)
  // CHECK-NOT: linalg.index
  // CHECK: linalg.yield
  %0 = lowbit.decode %x : tensor<64x3x7x7xf32, #i4> to tensor<64x3x7x7xf32>
  return %0 : tensor<64x3x7x7xf32>
}

// CHECK-LABEL: func.func @encode_c135(
// CHECK-SAME: -> (tensor<64x74xi8>, tensor<64xf32>)
func.func @encode_c135(%x: tensor<64x3x7x7xf32>) -> tensor<64x3x7x7xf32, #i4> {
  // CHECK: tensor.collapse_shape {{.*}} {{\[\[}}0], [1, 2, 3]] : tensor<64x3x7x7xi8> into tensor<64x147xi8>
  %0 = lowbit.encode %x range(absmax) : tensor<64x3x7x7xf32> to tensor<64x3x7x7xf32, #i4>
  return %0 : tensor<64x3x7x7xf32, #i4>
}

// CHECK-LABEL: func.func @lost_sizes_c135(
// CHECK-SAME: %[[C:[^:]*]]: tensor<?x?xi8>, %{{[^:]*}}: tensor<?xf32>, %[[N:[^:]*]]: index, %[[K:[^:]*]]: index)
func.func @lost_sizes_c135(%x: tensor<?x?x?xf32, #i4>) -> (index, index, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  // CHECK: %[[M:.*]] = tensor.dim %[[C]], %{{.*}} : tensor<?x?xi8>
  %0 = tensor.dim %x, %c0 : tensor<?x?x?xf32, #i4>
  %1 = tensor.dim %x, %c1 : tensor<?x?x?xf32, #i4>
  %2 = tensor.dim %x, %c2 : tensor<?x?x?xf32, #i4>
  // CHECK: return %[[M]], %[[N]], %[[K]] : index, index, index
  return %0, %1, %2 : index, index, index
}
