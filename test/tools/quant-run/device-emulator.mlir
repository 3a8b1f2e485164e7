// What the emulator counts, and schedules that it is asked for.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(2, 2, n, 64)).astype('f2') for i, n in enumerate((20, 70, 70))})"
// RUN: quant-run %s --input %t.npz --device=emulator --output %t.out.npz
// RUN: quant-run %s --input %t.npz --device=emulator --emulator-counters --emulator-seed=7 --emulator-copies=random --compare %t.out.npz --tolerance=0 | FileCheck %s
// Launches of one kernel are added up.
// CHECK: output0 {{.*}}largest error 0
// CHECK: lowbit_attention_f16_d64_sm_80{{.*}}, 2 launches
// CHECK: op {{ *}}executions {{.*}} conflicts
// CHECK: mma.sync m16n8k16 f32 f16 f16 {{ *[0-9]+ }}
// CHECK: by op
// CHECK: total {{ *[0-9]+ +[0-9]+ +0 }}

// RUN: not quant-run %s --input %t.npz --emulator-seed=7 2>&1 | FileCheck %s --check-prefix=SEED
// SEED: --emulator-seed needs --device=emulator
// RUN: not quant-run %s --input %t.npz --emulator-copies=eager --device=cuda 2>&1 | FileCheck %s --check-prefix=COPIES
// COPIES: --emulator-copies needs --device=emulator
// RUN: not quant-run %s --input %t.npz --device=emulator --emulator-counters --compare %t.out.npz --json 2>&1 | FileCheck %s --check-prefix=JSON
// JSON: --emulator-counters prints tables: it cannot go with --json

!q = tensor<2x2x20x64xf16>
!k = tensor<2x2x70x64xf16>
func.func @main(%q: !q, %k: !k, %v: !k) -> !q {
  %y = lowbit.attention %q, %k, %v scale = 0.125 : !q, !k, !k -> !q
  %z = lowbit.attention %y, %k, %v scale = 0.125 : !q, !k, !k -> !q
  return %z : !q
}
