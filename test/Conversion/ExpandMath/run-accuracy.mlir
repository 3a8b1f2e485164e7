// REQUIRES: python-numpy
// RUN: %python %S/Inputs/accuracy.py %s %t

// Each function on a grid against f64: Inputs/accuracy.py has the bounds.

#id = affine_map<(d0) -> (d0)>

func.func @main(%x: tensor<?xf32> {lowbit.name = "x"}, %p: tensor<?xf32> {lowbit.name = "positive"})
    -> (tensor<?xf32> {lowbit.name = "exp"}, tensor<?xf32> {lowbit.name = "erf"}, tensor<?xf32> {lowbit.name = "tanh"},
        tensor<?xf32> {lowbit.name = "log"}, tensor<?xf32> {lowbit.name = "rsqrt"}, tensor<?xf32> {lowbit.name = "sqrt"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %exp = linalg.exp ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %erf = linalg.erf ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %tanh = linalg.tanh ins(%x : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %log = linalg.log ins(%p : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %rsqrt = linalg.rsqrt ins(%p : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  %sqrt = linalg.sqrt ins(%p : tensor<?xf32>) outs(%e : tensor<?xf32>) -> tensor<?xf32>
  return %exp, %erf, %tanh, %log, %rsqrt, %sqrt : tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>, tensor<?xf32>
}
