// A grid has 65535 blocks along an axis; more sequences are several launches.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(70000, 1, 1, 8)).astype('f2') for i in range(3)}, input3=np.arange(70000, dtype='i4') % 2, input4=r.normal(size=(70000, 1, 1, 1)).astype('f4'))"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --compare %t.cpu.npz --tolerance=0.002 2>&1 | FileCheck %s
// CHECK: output0 {{.*}}cosine 1.000000
// CHECK: output1 {{.*}}cosine 1.000000

!q = tensor<70000x1x1x8xf16>
!lse = tensor<70000x1x1xf32>

func.func @main(%q: !q, %k: !q, %v: !q, %n: tensor<70000xi32>, %m: tensor<70000x1x1x1xf32>) -> (!q, !lse) {
  %y, %lse = lowbit.attention %q, %k, %v scale = 0.5 mask(%m : tensor<70000x1x1x1xf32>) kv_lengths(%n : tensor<70000xi32>) : !q, !q, !q -> !q lse(!lse)
  return %y, %lse : !q, !lse
}
