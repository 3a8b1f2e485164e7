// REQUIRES: python-numpy
// RUN: %python -c "import numpy as np; np.savez(r'%t.npz', q=np.random.default_rng(1).normal(size=(1, 1, 8, 300)).astype('f4'))"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --attention-element=bf16 --device-fallback --compare %t.cpu.npz --tolerance=1e-6 2>&1 | FileCheck %s

// What the CPU computes has not been rounded for a kernel that there is not.

// CHECK: no NVVM kernel: a head of queries and keys has 300 elements
// CHECK: output0 {{.*}}cosine 1.000000
func.func @main(%q: tensor<1x1x8x300xf32> {lowbit.name = "q"}) -> tensor<1x1x8x300xf32> {
  %y = lowbit.attention %q, %q, %q scale = 0.05 : tensor<1x1x8x300xf32>, tensor<1x1x8x300xf32>, tensor<1x1x8x300xf32> -> tensor<1x1x8x300xf32>
  return %y : tensor<1x1x8x300xf32>
}
