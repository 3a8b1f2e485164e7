// REQUIRES: python-numpy
// RUN: %python %S/Inputs/arguments.py %s %t

// A product that adds to an input or to a stored weight adds to a copy: files
// are mapped to be read only, and an input is the caller's. A result that is an
// argument is a copy of it too.

ml_program.global public @bias(#ml_program.extern<tensor<1x4xf32>>) : tensor<1x4xf32>
func.func @main(%x: tensor<1x2xf32> {lowbit.name = "x"}, %c: tensor<1x4xf32> {lowbit.name = "c"}, %v: tensor<2x4xf32> {lowbit.name = "v"})
    -> (tensor<1x4xf32> {lowbit.name = "bias"}, tensor<1x4xf32> {lowbit.name = "sum"}, tensor<1x4xf32> {lowbit.name = "c_again"}, tensor<1x4xf32> {lowbit.name = "bias_again"}) {
  %b = ml_program.global_load_const @bias : tensor<1x4xf32>
  %y = linalg.matmul ins(%x, %v : tensor<1x2xf32>, tensor<2x4xf32>) outs(%b : tensor<1x4xf32>) -> tensor<1x4xf32>
  %z = linalg.matmul ins(%x, %v : tensor<1x2xf32>, tensor<2x4xf32>) outs(%c : tensor<1x4xf32>) -> tensor<1x4xf32>
  return %y, %z, %c, %b : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}
