// RUN: rm -rf %t && mkdir %t
// RUN: %tensors %t/1.npz x=f32:2x4:0,1,-2,3,0,0,0,-8
// RUN: %tensors %t/2.npz x=f32:1x4:100,1,1,1
// RUN: quant-run %s --samples=%t/1.npz --collect=%t/1.safetensors
// RUN: quant-run %s --samples=%t/2.npz --collect=%t/2.safetensors
// RUN: quant-run %s --samples=%t/1.npz --samples=%t/2.npz --batch=1 --collect=%t/12.safetensors

// RUN: quant-stats %t/1.safetensors | FileCheck %s --strict-whitespace
//      CHECK:input of                rows  channels         min         max     max|x|         99%       99.9%      99.99%  X^T X
// CHECK-NEXT:query and 1 more           2         4          -8           3          8           8           8           8     no
// CHECK-NEXT:1 inputs of 2 layers
//  CHECK-NOT:{{.}}

// RUN: quant-stats %t/1.safetensors --percentile=50,87.5 --json | FileCheck %s --check-prefix=JSON
// JSON: "inputs": [
// JSON: "channels": 4,
// JSON: "layers": [
// JSON-NEXT: "query",
// JSON-NEXT: "key"
// JSON: "max": 3,
// JSON: "max_magnitude": 8,
// JSON: "min": -8,
// JSON: "percentiles": {
// JSON-NEXT: "50": 0.00
// JSON-NEXT: "87.5": 3.0
// JSON: "rows": 2,
// JSON: "second_moments": false

// Merging is collecting on. These sums are exact, so that the files are equal.
// RUN: quant-stats %t/1.safetensors %t/2.safetensors -o %t/merged.safetensors --percentile=100 \
// RUN:   | FileCheck %s --check-prefix=MERGED
// MERGED: query and 1 more {{ *}}3 {{ *}}4 {{ *}}-8 {{ *}}100 {{ *}}100 {{ *}}100 {{ *}}no
// RUN: cmp %t/merged.safetensors %t/12.safetensors

// The file that is written may be one of those that are read.
// RUN: quant-stats %t/1.safetensors %t/2.safetensors -o %t/1.safetensors
// RUN: cmp %t/merged.safetensors %t/1.safetensors

func.func @main(%x: tensor<?x4xf32> {lowbit.name = "x"}) -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x4xf32>
  %0 = linalg.matmul {lowbit.layer = "query"} ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%x : tensor<?x4xf32>) -> tensor<?x4xf32>
  %1 = linalg.matmul {lowbit.layer = "key"} ins(%x, %w : tensor<?x4xf32>, tensor<4x4xf32>) outs(%0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0, %1 : tensor<?x4xf32>, tensor<?x4xf32>
}
