// (C196) A table may have room for more keys than there ever are: for 2^31, which 32 bits do
// not count.

// RUN: %python -c "import numpy as np; r = np.random.default_rng(1); a = [r.normal(size=s).astype('f2') for s in ((1, 2, 3, 16), (1, 1, 32768, 16), (1, 1, 32768, 16))]; [np.savez(r'%t.' + n + '.npz', **{f'input{i}': x for i, x in enumerate((*a, np.array([100], 'i4'), np.zeros((1, c), 'i4')))}) for n, c in (('one', 1), ('many', 65536))]"
// RUN: quant-run %s --input %t.one.npz --device=emulator --output %t.out.npz
// RUN: quant-run %s --input %t.many.npz --device=emulator --compare %t.out.npz --tolerance=0.0005 | FileCheck %s
// RUN: %python -c "import numpy as np; a, q, k, v = (np.load(r'%t.out.npz')['output0'], *(np.load(r'%t.one.npz')[f'input{i}'].astype('f8') for i in range(3))); s = q @ k[:, :, :100].swapaxes(2, 3) / 4; p = np.exp(s - s.max(-1, keepdims=True)); np.testing.assert_allclose(a, p / p.sum(-1, keepdims=True) @ v[:, :, :100], atol=2e-3)"
// CHECK: output0 {{.*}}cosine 1.000000

func.func @main(%q: tensor<1x2x3x16xf16>, %k: tensor<?x1x32768x16xf16>, %v: tensor<?x1x32768x16xf16>, %n: tensor<1xi32>, %pages: tensor<1x?xi32>) -> tensor<1x2x3x16xf16> {
  %y = lowbit.attention %q, %k, %v scale = 0.25 kv_lengths(%n : tensor<1xi32>) pages(%pages : tensor<1x?xi32>)
    : tensor<1x2x3x16xf16>, tensor<?x1x32768x16xf16>, tensor<?x1x32768x16xf16> -> tensor<1x2x3x16xf16>
  return %y : tensor<1x2x3x16xf16>
}
