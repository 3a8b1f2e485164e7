// (C181) Rows of no sequence are 0, and their lse -inf: those before the first
// offset, between none, and behind the last. (C197) Offsets ascend, and lead to
// no row that is not there.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); np.savez(r'%t.npz', **{f'input{i}': r.normal(size=(1, 2, n, 64)).astype('f2') for i, n in enumerate((20, 37, 37))}, input3=np.array([2, 7, 15]), input4=np.array([1, 20, 30]))"
// RUN: %python -c "import numpy as np; a = dict(np.load(r'%t.npz')); [np.savez(r'%t.' + n + '.npz', **a | {f'input{i}': np.array(v)}) for n, i, v in (('q', 3, [2, 7, 21]), ('wide', 3, [2, 7, 2**32]), ('k', 4, [1, 20, 19]), ('negative', 4, [-1, 20, 30]), ('none', 3, [2, 2, 2]))]"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --output %t.emu.npz --compare %t.cpu.npz --tolerance=0.002 2>&1 | FileCheck %s
// CHECK: output0 {{.*}}cosine 1.000000
// RUN: quant-run %s --input %t.none.npz --device=emulator --output %t.none.out.npz
// RUN: %python -c "import numpy as np; a, b = np.load(r'%t.emu.npz'), np.load(r'%t.none.out.npz'); [(np.testing.assert_equal(y, 0), np.testing.assert_equal(s, -np.inf)) for y, s in ((a['output0'][:, :, rows], a['output1'][:, :, rows]) for rows in (slice(0, 2), slice(15, 20)))]; np.testing.assert_equal(b['output0'], 0); np.testing.assert_equal(b['output1'], -np.inf)"

// RUN: not quant-run %s --input %t.q.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not quant-run %s --input %t.q.npz 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not quant-run %s --input %t.wide.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not quant-run %s --input %t.wide.npz 2>&1 | FileCheck %s --check-prefix=QUERY
// RUN: not quant-run %s --input %t.k.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not quant-run %s --input %t.k.npz 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not quant-run %s --input %t.negative.npz --device=emulator 2>&1 | FileCheck %s --check-prefix=KEY
// RUN: not quant-run %s --input %t.negative.npz 2>&1 | FileCheck %s --check-prefix=KEY
// QUERY: error: run-time assertion failed: {{.*}}: query_offsets ascend from 0 or more up to the number of rows
// KEY: error: run-time assertion failed: {{.*}}: key_offsets ascend from 0 or more up to the number of rows

!q = tensor<1x2x20x64xf16>
!k = tensor<1x2x37x64xf16>
!lse = tensor<1x2x20xf32>
!n = tensor<3xi64>

func.func @main(%q: !q, %k: !k, %v: !k, %m: !n, %n: !n) -> (!q, !lse) {
  %y, %lse = lowbit.attention %q, %k, %v scale = 0.125 causal query_offsets(%m : !n) key_offsets(%n : !n) : !q, !k, !k -> !q lse(!lse)
  return %y, %lse : !q, !lse
}
