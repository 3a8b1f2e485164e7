// RUN: quant-opt %s --lowbit-normalize-contractions --canonicalize --lowbit-verify-encoded | FileCheck %s

// Contractions with an encoded weight are brought to its matmul, too: for the
// kernels of products.

#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
ml_program.global public @w.codes(#ml_program.extern : tensor<4x8xi8>) : tensor<4x8xi8>
ml_program.global public @w.scales(#ml_program.extern : tensor<8xf32>) : tensor<8xf32>

// CHECK-LABEL: func.func @vecmat
// CHECK: %[[W:.*]] = lowbit.assemble
// CHECK: %[[X:.*]] = tensor.expand_shape %{{.*}} : tensor<4xf32> into tensor<1x4xf32>
// CHECK: linalg.matmul ins(%[[X]], %[[W]] : tensor<1x4xf32>, tensor<4x8xf32,
func.func @vecmat(%x: tensor<4xf32>, %o: tensor<8xf32>) -> tensor<8xf32> {
  %c = ml_program.global_load_const @w.codes : tensor<4x8xi8>
  %s = ml_program.global_load_const @w.scales : tensor<8xf32>
  %w = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<8xf32> to tensor<4x8xf32, #i8>
  %y = linalg.vecmat ins(%x, %w : tensor<4xf32>, tensor<4x8xf32, #i8>) outs(%o : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}

// The weight is the first operand: its rows are the columns of the product.
// CHECK-LABEL: func.func @matvec
// CHECK: linalg.matmul indexing_maps = {{.*}} ins(%{{.*}}, %{{.*}} : tensor<1x8xf32>, tensor<4x8xf32,
func.func @matvec(%x: tensor<8xf32>, %o: tensor<4xf32>) -> tensor<4xf32> {
  %c = ml_program.global_load_const @w.codes : tensor<4x8xi8>
  %s = ml_program.global_load_const @w.scales : tensor<8xf32>
  %w = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<8xf32> to tensor<4x8xf32, #i8>
  %y = linalg.matvec ins(%w, %x : tensor<4x8xf32, #i8>, tensor<8xf32>) outs(%o : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

#a = affine_map<(m, n, k) -> (k, m)>
#b = affine_map<(m, n, k) -> (k, n)>
#d = affine_map<(m, n, k) -> (m, n)>
// CHECK-LABEL: func.func @transposed
// CHECK: %[[X:.*]] = linalg.transpose
// CHECK: linalg.matmul ins(%[[X]], %{{.*}} : tensor<2x4xf32>, tensor<4x8xf32,
func.func @transposed(%x: tensor<4x2xf32>, %o: tensor<2x8xf32>) -> tensor<2x8xf32> {
  %c = ml_program.global_load_const @w.codes : tensor<4x8xi8>
  %s = ml_program.global_load_const @w.scales : tensor<8xf32>
  %w = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<8xf32> to tensor<4x8xf32, #i8>
  %y = linalg.matmul indexing_maps = [#a, #b, #d] ins(%x, %w : tensor<4x2xf32>, tensor<4x8xf32, #i8>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %y : tensor<2x8xf32>
}

// A batch on one weight is a product of more rows.
// CHECK-LABEL: func.func @batch
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0, 1], [2]] : tensor<3x2x4xf32> into tensor<6x4xf32>
// CHECK: linalg.matmul ins(%{{.*}} : tensor<6x4xf32>, tensor<4x8xf32,
func.func @batch(%x: tensor<3x2x4xf32>, %o: tensor<3x2x8xf32>) -> tensor<3x2x8xf32> {
  %c = ml_program.global_load_const @w.codes : tensor<4x8xi8>
  %s = ml_program.global_load_const @w.scales : tensor<8xf32>
  %w = lowbit.assemble %c, %s : tensor<4x8xi8>, tensor<8xf32> to tensor<4x8xf32, #i8>
  %y = linalg.contract indexing_maps = [affine_map<(b, m, n, k) -> (b, m, k)>, affine_map<(b, m, n, k) -> (k, n)>, affine_map<(b, m, n, k) -> (b, m, n)>]
      ins(%x, %w : tensor<3x2x4xf32>, tensor<4x8xf32, #i8>) outs(%o : tensor<3x2x8xf32>) -> tensor<3x2x8xf32>
  return %y : tensor<3x2x8xf32>
}
