// A model with observers of its own: in a loop, of a tensor that is written in
// place afterwards, of halves, of no rows, and of what is never reached.
// REQUIRES: python-safetensors

// RUN: rm -rf %t && mkdir %t && %python %S/Inputs/rows.py %t
// RUN: quant-run %s --samples=%t/steps.npy --batch=4 --collect=%t/s.safetensors 2>&1 | FileCheck %s
// RUN: %python %S/Inputs/statistics.py %t/s.safetensors %t/observed.npz | FileCheck %s --check-prefix=AGREES
// CHECK: warning: no sample has reached layer 'empty', 'never': there are no statistics of it
// CHECK: 2 inputs of 2 layers, from 4 samples in 1 runs
// AGREES: round 15x4 agrees
// AGREES: half 2x5 agrees

// Without --collect they do nothing.
// RUN: quant-run %s --input %t/steps.npy --output=%t/y.npz
// RUN: quant-run %s --input %t/steps.npy --output=%t/decode.npz --lowering=decode
// RUN: cmp %t/y.npz %t/decode.npz

// Options of observers that quant-run would insert.
// RUN: not quant-run %s --samples=%t/steps.npy --gram --collect=%t/no.safetensors 2>&1 | FileCheck %s --check-prefix=OWN
// OWN: error: the model has observers of its own: --gram and --layers are for a model without

func.func @main(%x: tensor<?x5xf32> {lowbit.name = "x"}) -> tensor<?x5xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c3 = arith.constant 3 : index
  %r = scf.for %i = %c0 to %c3 step %c1 iter_args(%h = %x) -> tensor<?x5xf32> {
    lowbit.observe %h layers = ["round"] axis = 0 : tensor<?x5xf32>
    %two = linalg.negf ins(%h : tensor<?x5xf32>) outs(%h : tensor<?x5xf32>) -> tensor<?x5xf32>
    %one = linalg.negf ins(%two : tensor<?x5xf32>) outs(%two : tensor<?x5xf32>) -> tensor<?x5xf32>
    scf.yield %one : tensor<?x5xf32>
  }
  %narrow = arith.truncf %x : tensor<?x5xf32> to tensor<?x5xf16>
  %half = tensor.extract_slice %narrow[0, 0] [2, 5] [1, 1] : tensor<?x5xf16> to tensor<2x5xf16>
  lowbit.observe %half layers = ["half"] axis = 1 : tensor<2x5xf16>
  %empty = tensor.extract_slice %x[0, 0] [0, 5] [1, 1] : tensor<?x5xf32> to tensor<0x5xf32>
  lowbit.observe %empty layers = ["empty"] axis = 1 : tensor<0x5xf32>
  %c100 = arith.constant 100 : index
  %n = tensor.dim %x, %c0 : tensor<?x5xf32>
  %none = arith.divui %n, %c100 : index
  scf.for %i = %c0 to %none step %c1 {
    lowbit.observe %r layers = ["never"] axis = 1 : tensor<?x5xf32>
  }
  return %r : tensor<?x5xf32>
}
