// One remark for each reason, with the layers that it holds for, in order.

// RUN: quant-opt --lowbit-assign-encodings=recipe=int8 %s -o %t.mlir 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not='remark:'
// CHECK: remarks.mlir:[[#@LINE+15]]:{{[0-9]+}}: remark: 2 layers stay float: both operands are activations: scores, context
// CHECK: remarks.mlir:[[#@LINE+20]]:{{[0-9]+}}: remark: layer 'sum' stays float: not a matmul, batch_matmul, conv or gather (linalg.reduce)

// RUN: quant-opt --lowbit-assign-encodings="recipe=int8 remark-each" %s -o %t.each.mlir 2>&1 \
// RUN:   | FileCheck %s --check-prefix=EACH --implicit-check-not='remark:'
// EACH: remarks.mlir:[[#@LINE+10]]:{{[0-9]+}}: remark: layer 'scores' stays float: both operands are activations
// EACH: remarks.mlir:[[#@LINE+13]]:{{[0-9]+}}: remark: layer 'context' stays float: both operands are activations
// EACH: remarks.mlir:[[#@LINE+14]]:{{[0-9]+}}: remark: layer 'sum' stays float:

// The remarks are all that differs.
// RUN: diff %t.mlir %t.each.mlir

!m = tensor<4x4xf32>
func.func @attention(%x: !m, %c: !m, %v: tensor<4xf32>) -> (!m, tensor<4xf32>) {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul {lowbit.layer = "scores"}
      ins(%x, %x : !m, !m) outs(%c : !m) -> !m
  %1 = linalg.matmul {lowbit.layer = "dense"}
      ins(%0, %w : !m, !m) outs(%c : !m) -> !m
  %2 = linalg.matmul {lowbit.layer = "context"}
      ins(%1, %x : !m, !m) outs(%c : !m) -> !m
  %3 = linalg.reduce { arith.addf } ins(%w : !m) outs(%v : tensor<4xf32>)
      dimensions = [0] {lowbit.layer = "sum"}
  return %2, %3 : !m, tensor<4xf32>
}

// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g32 %s -o %t.mlir 2>&1 | FileCheck %s --check-prefix=GROUPS
// GROUPS: remark: layer 'dense' has one group for the whole axis: groups of 32 are longer than axis 0, which has 4
// RUN: quant-opt --lowbit-assign-encodings=recipe=kmeans2-g8 %s -o %t.mlir 2>&1 | FileCheck %s --check-prefix=BOOKS
// BOOKS: remark: layer 'dense' has one group for the whole axis: groups of 8 are longer than axis 0, which has 4
// RUN: quant-opt --lowbit-assign-encodings=recipe=int4-g4 %s -o %t.mlir 2>&1 | FileCheck %s --check-prefix=FITS
// FITS-NOT: one group
// RUN: echo '{version: 1, default: "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[2, 16]>>"}' > %t.yaml
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t.yaml %s -o %t.mlir 2>&1 | FileCheck %s --check-prefix=BLOCKS
// BLOCKS: remark: layer 'dense' has one group for the whole axis: blocks of 16 are longer than axis 1, which has 4
