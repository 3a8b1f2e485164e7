// RUN: quant-opt %s --lowbit-decompose-aggregates | FileCheck %s

// RUN: rm -rf %t && mkdir %t
// RUN: %python -c "import numpy as np; x = np.arange(24, dtype='f4').reshape(3, 8) % 5; e = np.exp(x - x.max(1, keepdims=True)); \
// RUN:   np.save(r'%t/x.npy', x); np.save(r'%t/y.npy', (e / e.sum(1, keepdims=True)).astype('f4'))"
// RUN: quant-run %s --input %t/x.npy --compare %t/y.npy --tolerance=1e-6
// RUN: quant-run %s --input %t/x.npy --compare %t/y.npy --tolerance=1e-6 --lowering=decode

// CHECK-LABEL: func.func @main
// CHECK: arith.maxnumf
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: arith.divf
// CHECK-NOT: linalg.softmax
func.func @main(%x: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x8xf32>
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %y = linalg.softmax dimension(1) ins(%x : tensor<?x8xf32>) outs(%e : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

// On memrefs there are no values to put in place.
// CHECK-LABEL: func.func @memref
// CHECK: linalg.softmax
func.func @memref(%x: memref<4x8xf32>, %y: memref<4x8xf32>) {
  linalg.softmax dimension(1) ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32>)
  return
}
