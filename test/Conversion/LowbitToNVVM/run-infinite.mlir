// (C181) Scores that are all -inf, without a mask: 0, and lse -inf, as on the
// CPU.

// RUN: %python -c "import numpy as np; q = np.ones((1, 1, 4, 16), 'f2'); q[0, 0, 2] = -np.inf; np.savez(r'%t.npz', input0=q, input1=np.ones((1, 1, 8, 16), 'f2'), input2=np.ones((1, 1, 8, 16), 'f2'))"
// RUN: quant-run %s --input %t.npz --output %t.cpu.npz
// RUN: quant-run %s --input %t.npz --device=emulator --output %t.emu.npz
// RUN: %python -c "import numpy as np; [(np.testing.assert_equal(a['output0'][0, 0], np.array([[1.], [1], [0], [1]]) * np.ones(16)), np.testing.assert_equal(a['output1'][0, 0, 2], -np.inf)) for a in (np.load(r'%t.cpu.npz'), np.load(r'%t.emu.npz'))]"

!q = tensor<1x1x4x16xf16>
!k = tensor<1x1x8x16xf16>

func.func @main(%q: !q, %k: !k, %v: !k) -> (!q, tensor<1x1x4xf32>) {
  %y, %lse = lowbit.attention %q, %k, %v scale = 1.0 : !q, !k, !k -> !q lse(tensor<1x1x4xf32>)
  return %y, %lse : !q, tensor<1x1x4xf32>
}
