// RUN: quant-opt %s --lowbit-insert-timers --split-input-file --verify-diagnostics

func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{works on tensors; bufferize first}}
  %0 = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// expected-error @below {{has the name of the function that timers call}}
func.func private @lowbit_mark_time(f32)

// -----

// expected-error @below {{has timers already}}
module attributes {lowbit.timers = []} {
}
