// REQUIRES: python-numpy
// RUN: %python -c "import numpy as n; x = n.random.default_rng(3).standard_normal((7, 40), n.float32); x[1, 3] = n.inf; x[2, 39] = -n.inf; x[4, 0] = n.nan; x[5, 7], x[5, 8] = n.inf, -n.inf; n.save(r'%t.npy', x)"
// RUN: quant-opt %s --lowbit-quantize=recipe=int8-dynamic -o %t.mlir
// DEFINE: %{run} = quant-run %t.mlir --input %t.npy
// RUN: %{run} --output %t.x86.npy --fail-on-fallback
// RUN: %{run} --output %t.two.npy --fail-on-fallback --threads=2
// RUN: %{run} --output %t.integer.npy --lowering=integer
// RUN: %{run} --output %t.decode.npy --lowering=decode
// RUN: %python -c "import numpy as n; y = [n.load(r'%t.' + k + '.npy') for k in ('x86', 'two', 'integer', 'decode')]; bad = [1, 2, 4, 5]; rest = [0, 3, 6]; assert all(n.isnan(v[bad]).all() and n.isfinite(v[rest]).all() for v in y), y; assert (y[0][rest] == y[2][rest]).all() and (y[1][rest] == y[2][rest]).all() and abs(y[0] - y[3])[rest].max() < 1e-4"

// A row of inputs that holds a NaN or an infinity has results that are NaN, in
// every lowering, whatever the weights; others are as they were. (C192)
func.func @main(%x: tensor<7x40xf32>) -> tensor<7x6xf32> {
  %w = arith.constant dense<0.5> : tensor<40x6xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<7x6xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<7x6xf32>) -> tensor<7x6xf32>
  %y = linalg.matmul ins(%x, %w : tensor<7x40xf32>, tensor<40x6xf32>) outs(%f : tensor<7x6xf32>) -> tensor<7x6xf32>
  return %y : tensor<7x6xf32>
}
