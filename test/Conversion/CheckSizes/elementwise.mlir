// RUN: quant-opt %s --lowbit-check-sizes | FileCheck %s

// Ops on elements, of linalg and of arith.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>, %[[Z:.*]]: tensor<3x4xf32>
// CHECK-DAG: %[[M:.*]] = tensor.dim %[[X]], %{{.*}}
// CHECK-DAG: %[[N:.*]] = tensor.dim %[[Y]], %{{.*}}
// CHECK: %[[ROWS:.*]] = arith.cmpi eq, %[[M]], %[[N]]
// CHECK: cf.assert %[[ROWS]], "arith.addf (elementwise.mlir:[[#@LINE+6]]): dimension 0 of operand #0 and dimension 0 of operand #1 differ in size"
// CHECK: arith.addf
// CHECK: cf.assert %{{.*}}, "linalg.sub (elementwise.mlir:[[#@LINE+5]]): dimension 0 of operand #0 and dimension 0 of operand #1 differ in size"
// CHECK-NOT: cf.assert
// CHECK: return
func.func @elementwise(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %z: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = arith.addf %x, %y : tensor<?x4xf32>
  %1 = linalg.sub ins(%0, %z : tensor<?x4xf32>, tensor<3x4xf32>) outs(%z : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %1 : tensor<3x4xf32>
}

// Each two sizes are compared once; the results of such ops have their sizes.
// CHECK-LABEL: func.func @once
// CHECK-COUNT-1: cf.assert
// CHECK-NOT: cf.assert
// CHECK: scf.if
// CHECK-NOT: cf.assert
// CHECK: return
func.func @once(%x: tensor<?xf32>, %y: tensor<?xf32>, %c: i1) -> tensor<?xf32> {
  %0 = arith.addf %x, %y : tensor<?xf32>
  %1 = arith.mulf %y, %0 : tensor<?xf32>
  %2 = math.exp %1 : tensor<?xf32>
  %3 = scf.if %c -> tensor<?xf32> {
    %4 = arith.subf %2, %x : tensor<?xf32>
    scf.yield %4 : tensor<?xf32>
  } else {
    scf.yield %2 : tensor<?xf32>
  }
  return %3 : tensor<?xf32>
}

// What one branch has compared, the other has not.
// CHECK-LABEL: func.func @branches
// CHECK-COUNT-2: cf.assert
// CHECK-NOT: cf.assert
// CHECK: return
func.func @branches(%x: tensor<?xf32>, %y: tensor<?xf32>, %c: i1) -> tensor<?xf32> {
  %0 = scf.if %c -> tensor<?xf32> {
    %1 = arith.addf %x, %y : tensor<?xf32>
    scf.yield %1 : tensor<?xf32>
  } else {
    %1 = arith.subf %x, %y : tensor<?xf32>
    scf.yield %1 : tensor<?xf32>
  }
  return %0 : tensor<?xf32>
}

// Reshapes and new tensors with the sizes of others are followed.
// CHECK-LABEL: func.func @made
// CHECK-NOT: cf.assert
// CHECK: return
func.func @made(%x: tensor<?x4xf32>, %flat: tensor<?xf32>) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  %0 = tensor.expand_shape %flat [[0, 1]] output_shape [%n, 4] : tensor<?xf32> into tensor<?x4xf32>
  %1 = arith.addf %x, %0 : tensor<?x4xf32>
  %e = tensor.empty(%n) : tensor<?x4xf32>
  %2 = linalg.add ins(%1, %x : tensor<?x4xf32>, tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %2 : tensor<?x4xf32>
}

// A window is read up to its end: 2 * (size - 1) + 2 here.
// CHECK-LABEL: func.func @windows
// CHECK: affine.apply
// CHECK: %[[LAST:.*]] = affine.apply #{{.*}}()[
// CHECK: %[[INSIDE:.*]] = arith.cmpi slt, %[[LAST]], %{{.*}}
// CHECK: cf.assert %[[INSIDE]], "linalg.pooling_nwc_max (elementwise.mlir:[[#@LINE+3]]): windows reach beyond dimension 1 of operand #0"
func.func @windows(%x: tensor<1x?x8xf32>, %o: tensor<1x?x8xf32>) -> tensor<1x?x8xf32> {
  %window = tensor.empty() : tensor<3xf32>
  %0 = linalg.pooling_nwc_max {strides = dense<2> : tensor<1xi64>} ins(%x, %window : tensor<1x?x8xf32>, tensor<3xf32>) outs(%o : tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  return %0 : tensor<1x?x8xf32>
}
