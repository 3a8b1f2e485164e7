// RUN: quant-opt %s --lowbit-check-sizes | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[X:.*]]: tensor<?x?xf32>, %[[W:.*]]: tensor<20x30xf32>, %[[O:.*]]: tensor<?x30xf32>)
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK-DAG: %[[MO:.*]] = tensor.dim %[[O]], %{{.*}}
// CHECK: %[[ROWS:.*]] = arith.cmpi eq, %[[M]], %[[MO]]
// CHECK: cf.assert %[[ROWS]], "linalg.matmul (check.mlir:[[#@LINE+7]]): dimension 0 of operand #0 and dimension 0 of operand #2 differ in size"
// CHECK: %[[C20:.*]] = arith.constant 20 : index
// CHECK: %[[K:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK: %[[SUMS:.*]] = arith.cmpi eq, %[[C20]], %[[K]]
// CHECK: cf.assert %[[SUMS]], "linalg.matmul (check.mlir:[[#@LINE+3]]): dimension 1 of operand #0 and dimension 0 of operand #1 differ in size"
// CHECK: linalg.matmul
func.func @dynamic(%x: tensor<?x?xf32>, %w: tensor<20x30xf32>, %o: tensor<?x30xf32>) -> tensor<?x30xf32> {
  %y = linalg.matmul ins(%x, %w : tensor<?x?xf32>, tensor<20x30xf32>) outs(%o : tensor<?x30xf32>) -> tensor<?x30xf32>
  return %y : tensor<?x30xf32>
}

// The layer is a better name, and a named place is one too.
// CHECK-LABEL: func.func @names
// CHECK: cf.assert %{{.*}}, "'head': dimension 0 of operand #1 and dimension 1 of operand #2 differ in size"
// CHECK: cf.assert %{{.*}}, "'fc.matvec': dimension 1 of operand #0
func.func @names(%w: tensor<4x?xf32>, %x: tensor<?x4xf32>, %y: tensor<4xf32>, %z: tensor<?xf32>, %o: tensor<4x?xf32>) -> (tensor<4x?xf32>, tensor<4xf32>) {
  %square = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>] {lowbit.layer = "head"}
      ins(%square, %x : tensor<4x4xf32>, tensor<?x4xf32>) outs(%o : tensor<4x?xf32>) -> tensor<4x?xf32>
  %1 = linalg.matvec ins(%w, %z : tensor<4x?xf32>, tensor<?xf32>) outs(%y : tensor<4xf32>) -> tensor<4xf32> loc("fc.matvec")
  return %0, %1 : tensor<4x?xf32>, tensor<4xf32>
}

// What is static, or made from the same size, needs no check: through encodes
// too.
// CHECK-LABEL: func.func @known
// CHECK-NOT: cf.assert
#row = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
func.func @known(%x: tensor<?x8xf32>, %w: tensor<8x8xf32, #row>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%m) : tensor<?x8xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  %xe = lowbit.encode %x : tensor<?x8xf32> to tensor<?x8xf32, #row>
  %y = linalg.matmul ins(%xe, %w : tensor<?x8xf32, #row>, tensor<8x8xf32, #row>) outs(%f : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}
