// RUN: not quant-opt %s --lowbit-insert-observers="layers=encoder.quary" 2>&1 | FileCheck %s --check-prefix=NONE
// RUN: not quant-opt %s --lowbit-insert-observers="layers='(query'" 2>&1 | FileCheck %s --check-prefix=BAD
// RUN: not quant-opt %s --lowbit-insert-observers="layers='(a)\1'" 2>&1 | FileCheck %s --check-prefix=BACK

// NONE: error: layers: 'encoder.quary' matches no layer; did you mean 'encoder.query'?
// BAD: error: layers: bad regular expression '(query': parentheses not balanced
// BACK: error: layers: bad regular expression: back references are not supported

func.func @main(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul {lowbit.layer = "encoder.query"} ins(%x, %w : tensor<4x4xf32>, tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
