// Slices are read and written where they lie, by the kernels of a GPU too, for
// which buffers with gaps are copied.

// REQUIRES: python-numpy
// RUN: %python -c "import numpy as np; np.savez(r'%t.npz', x=np.random.default_rng(1).normal(size=(2, 4, 40, 64)).astype('f2'))"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --compare %t.cpu.npz --tolerance=0.002 2>&1 | FileCheck %s
// CHECK-NOT: computes on scalars
// CHECK: output0 {{.*}}cosine {{1.000000|0.99999}}

func.func @main(%x: tensor<2x4x40x64xf16> {lowbit.name = "x"}) -> tensor<2x4x40x64xf16> {
  %q = tensor.extract_slice %x[0, 0, 3, 0] [2, 4, 20, 64] [1, 1, 1, 1] : tensor<2x4x40x64xf16> to tensor<2x4x20x64xf16>
  %k = tensor.extract_slice %x[0, 1, 0, 0] [2, 2, 40, 64] [1, 2, 1, 1] : tensor<2x4x40x64xf16> to tensor<2x2x40x64xf16>
  %y = lowbit.attention %q, %k, %k scale = 0.125 : tensor<2x4x20x64xf16>, tensor<2x2x40x64xf16>, tensor<2x2x40x64xf16> -> tensor<2x4x20x64xf16>
  %zero = arith.constant 0.0 : f16
  %empty = tensor.empty() : tensor<2x4x40x64xf16>
  %init = linalg.fill ins(%zero : f16) outs(%empty : tensor<2x4x40x64xf16>) -> tensor<2x4x40x64xf16>
  %z = tensor.insert_slice %y into %init[0, 0, 20, 0] [2, 4, 20, 64] [1, 1, 1, 1] : tensor<2x4x20x64xf16> into tensor<2x4x40x64xf16>
  return %z : tensor<2x4x40x64xf16>
}
