// (C204) One program for any number of queries: few of them run on kernels of
// their own, the last is 16; against the reference lowering.
// REQUIRES: python-numpy

// RUN: %python -c "import numpy as np; r = np.random.default_rng(3); x = lambda *s: r.standard_normal(s).astype('f2'); [np.savez(rf'%t.{n}.npz', input0=x(1, n, 64), input1=x(1, 500, 32), input2=x(1, 500, 32)) for n in (0, 1, 16, 17, 40)]"
// RUN: quant-run %s --input %t.0.npz --device=emulator
// RUN: quant-run %s --input %t.1.npz --output %t.1.cpu.npz
// RUN: quant-run %s --input %t.1.npz --device=emulator --compare %t.1.cpu.npz --tolerance 2e-3
// RUN: quant-run %s --input %t.16.npz --output %t.16.cpu.npz
// RUN: quant-run %s --input %t.16.npz --device=emulator --compare %t.16.cpu.npz --tolerance 2e-3
// RUN: quant-run %s --input %t.17.npz --output %t.17.cpu.npz
// RUN: quant-run %s --input %t.17.npz --device=emulator --compare %t.17.cpu.npz --tolerance 2e-3
// RUN: quant-run %s --input %t.40.npz --output %t.40.cpu.npz
// RUN: quant-run %s --input %t.40.npz --device=emulator --compare %t.40.cpu.npz --tolerance 2e-3

func.func @main(%q: tensor<1x?x64xf16>, %k: tensor<1x?x32xf16>, %v: tensor<1x?x32xf16>) -> (tensor<1x?x64xf16>, tensor<1x4x?xf32>) {
  %y, %lse = lowbit.attention %q, %k, %v heads [4, 2] scale = 0.25 causal : tensor<1x?x64xf16>, tensor<1x?x32xf16>, tensor<1x?x32xf16> -> tensor<1x?x64xf16> lse(tensor<1x4x?xf32>)
  return %y, %lse : tensor<1x?x64xf16>, tensor<1x4x?xf32>
}
