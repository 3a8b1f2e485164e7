// The kernels of a GPU, run by the emulator, give what the CPU computes.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(2, 2, n, 40)).astype('f4') for i, n in enumerate((20, 37, 37))})"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --attention-element=f16 --compare %t.cpu.npz --tolerance=0.01 2>&1 | FileCheck %s
// CHECK: output0 {{.*}}cosine 1.000000
// RUN: quant-run %s --input %t.npz --device=emulator --device-fallback --compare %t.cpu.npz --tolerance=1e-6 2>&1 | FileCheck %s --check-prefix=FALLBACK
// FALLBACK: no NVVM kernel: kernels compute on f16 or bf16, not on f32
// RUN: not quant-run %s --input %t.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=ERROR
// ERROR: error: no NVVM kernel: kernels compute on f16 or bf16, not on f32
// RUN: not quant-run %s --input %t.npz --device=emulator --chip=sm_7 --attention-element=f16 2>&1 | FileCheck %s --check-prefix=CHIP
// CHIP: error: {{.*}}sm_7

func.func @main(%q: tensor<2x2x20x40xf32>, %k: tensor<2x2x37x40xf32>, %v: tensor<2x2x37x40xf32>) -> tensor<2x2x20x40xf32> {
  %y = lowbit.attention %q, %k, %v scale = 0.158 causal
    : tensor<2x2x20x40xf32>, tensor<2x2x37x40xf32>, tensor<2x2x37x40xf32> -> tensor<2x2x20x40xf32>
  return %y : tensor<2x2x20x40xf32>
}
