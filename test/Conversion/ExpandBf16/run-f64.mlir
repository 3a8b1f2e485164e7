// REQUIRES: python-numpy
// RUN: %python %S/Inputs/f64.py %s %t

// Between f64 and bf16, rounded once: Inputs/f64.py has the operands.

func.func @main(%x: tensor<?xf64> {lowbit.name = "x"})
    -> (tensor<?xf64> {lowbit.name = "f64"}, tensor<?xf32> {lowbit.name = "f32"}) {
  %b = arith.truncf %x : tensor<?xf64> to tensor<?xbf16>
  %d = arith.extf %b : tensor<?xbf16> to tensor<?xf64>
  %f = arith.extf %b : tensor<?xbf16> to tensor<?xf32>
  return %d, %f : tensor<?xf64>, tensor<?xf32>
}
