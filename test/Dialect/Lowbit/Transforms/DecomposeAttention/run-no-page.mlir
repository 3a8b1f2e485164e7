// REQUIRES: python-numpy
// RUN: %python -c "import numpy as n; o = n.ones; n.savez(r'%t.npz', q=o((1, 1, 1, 4), 'f'), k=o((3, 1, 2, 4), 'f'), t=n.array([[2, 7]], 'i4'), n=n.array([3], 'i4'))"
// RUN: not quant-run %s --input %t.npz --output %t.out.npz 2>&1 | FileCheck %s

// A page that there is not, of keys within the length, is an error (C178).

// CHECK: run-time assertion failed: lowbit.attention (run-no-page.mlir:9): reads a page that is not there
func.func @main(%q: tensor<1x1x1x4xf32> {lowbit.name = "q"}, %k: tensor<3x1x2x4xf32> {lowbit.name = "k"}, %t: tensor<1x2xi32> {lowbit.name = "t"}, %n: tensor<1xi32> {lowbit.name = "n"}) -> tensor<1x1x1x4xf32> {
  %y = lowbit.attention %q, %k, %k scale = 0.5 kv_lengths(%n : tensor<1xi32>) pages(%t : tensor<1x2xi32>)
    : tensor<1x1x1x4xf32>, tensor<3x1x2x4xf32>, tensor<3x1x2x4xf32> -> tensor<1x1x1x4xf32>
  return %y : tensor<1x1x1x4xf32>
}
