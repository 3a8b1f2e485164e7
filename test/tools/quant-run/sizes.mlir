// Sizes that do not fit are an error of the run that names the op, with every
// lowering; those that do cost a comparison.

// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/a.npy a=f32:3x4:1
// RUN: %tensors %t/b.npy b=f32:5x5:1
// RUN: %tensors %t/good.npy b=f32:4x5:2
// RUN: not quant-run %s --input %t/a.npy --input %t/b.npy --output %t/o.npz 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not quant-run %s --input %t/a.npy --input %t/b.npy --output %t/o.npz --lowering=decode 2>&1 | FileCheck %s --check-prefix=BAD
// BAD: error: run-time assertion failed: linalg.matmul (sizes.mlir:[[#@LINE+16]]): dimension 1 of operand #0 and dimension 0 of operand #1 differ in size
// RUN: not ls %t/o.npz
// RUN: quant-run %s --input %t/a.npy --input %t/good.npy --output %t/o.npz
// RUN: %tensors --print %t/o.npz | FileCheck %s
// CHECK: output0 float32 (3, 5) 8.0 8.0
// RUN: not quant-run %s --function=add --input %t/a.npy --input %t/b.npy 2>&1 | FileCheck %s --check-prefix=ADD
// RUN: not quant-run %s --function=add --input %t/a.npy --input %t/b.npy --lowering=decode 2>&1 | FileCheck %s --check-prefix=ADD
// ADD: error: run-time assertion failed: arith.addf (sizes.mlir:[[#@LINE+14]]): dimension 0 of operand #0 and dimension 0 of operand #1 differ in size
func.func @main(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty(%m, %n) : tensor<?x?xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<?x?xf32>) -> tensor<?x?xf32>
  %y = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>) outs(%f : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

func.func @add(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = arith.addf %a, %b : tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}
