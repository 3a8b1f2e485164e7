// REQUIRES: python-numpy
// RUN: %python -c "import numpy as n; o = n.ones; n.savez(r'%t.npz', q=o((1, 1, 1, 4), 'f'), k=o((3, 1, 2, 4), 'f'), t=n.array([[2, 2**32 + 1]]), n=n.array([3], 'i4'))"
// RUN: not quant-run %s --input %t.npz --output %t.out.npz --device=emulator --attention-element=f16 2>&1 | FileCheck %s

// (C206) A page that there is not is found before the kernel reads it.

// CHECK: run-time assertion failed: 'layer0': reads a page that is not there
func.func @main(%q: tensor<1x1x1x4xf32> {lowbit.name = "q"}, %k: tensor<3x1x2x4xf32> {lowbit.name = "k"}, %t: tensor<1x2xi64> {lowbit.name = "t"}, %n: tensor<1xi32> {lowbit.name = "n"}) -> tensor<1x1x1x4xf32> {
  %y = lowbit.attention %q, %k, %k scale = 0.5 kv_lengths(%n : tensor<1xi32>) pages(%t : tensor<1x2xi64>)
    : tensor<1x1x1x4xf32>, tensor<3x1x2x4xf32>, tensor<3x1x2x4xf32> -> tensor<1x1x1x4xf32>
  return %y : tensor<1x1x1x4xf32>
}
