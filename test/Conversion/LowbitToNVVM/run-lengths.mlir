// (C178), (C196) Lengths beyond the keys take no keys of others, whatever their
// type; what the kernel computes on the emulator is what the CPU computes.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(5, 1, n, 64)).astype('f2') for i, n in enumerate((20, 37, 37))}, input3=np.array([60, 37, 2**32 + 5, -3, 11]))"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --compare %t.cpu.npz --tolerance=0.002 2>&1 | FileCheck %s
// RUN: quant-run %s --function=window --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --function=window --input %t.npz --device=emulator --compare %t.cpu.npz --tolerance=0.002 2>&1 | FileCheck %s
// CHECK: output0 {{.*}}cosine 1.000000
// CHECK: output1

!q = tensor<5x1x20x64xf16>
!k = tensor<5x1x37x64xf16>
!lse = tensor<5x1x20xf32>

func.func @main(%q: !q, %k: !k, %v: !k, %n: tensor<5xi64>) -> (!q, !lse) {
  %y, %lse = lowbit.attention %q, %k, %v scale = 0.125 kv_lengths(%n : tensor<5xi64>) : !q, !k, !k -> !q lse(!lse)
  return %y, %lse : !q, !lse
}

func.func @window(%q: !q, %k: !k, %v: !k, %n: tensor<5xi64>) -> (!q, !lse) {
  %y, %lse = lowbit.attention %q, %k, %v scale = 0.125 window [30, 4] kv_lengths(%n : tensor<5xi64>) : !q, !k, !k -> !q lse(!lse)
  return %y, %lse : !q, !lse
}
