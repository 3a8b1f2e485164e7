// RUN: split-file %s %t
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t/a.st a=4,1,16,3
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t/b.st encoder.a=4,1,16,3
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t/short.st a=4,1,16
// DEFINE: %{file} = layer
// DEFINE: %{options} =
// DEFINE: %{split} = not quant-opt %t/%{file}.mlir --lowbit-split-outliers="%{options}" 2>&1 | FileCheck %t/%{file}.mlir --implicit-check-not=error: --check-prefix

// What is wrong with the module or its statistics: one error, and no output.

// RUN: %{split}=NONE
// REDEFINE: %{options} = statistics=%t/none.st
// RUN: %{split}=MISSING
// REDEFINE: %{options} = statistics=%t/b.st
// RUN: %{split}=NAME
// REDEFINE: %{options} = statistics=%t/short.st
// RUN: %{split}=SHORT
// REDEFINE: %{options} = statistics=%t/a.st weights=%t/none.safetensors
// RUN: %{split}=WEIGHTS
// REDEFINE: %{options} = statistics=%t/a.st
// REDEFINE: %{file} = operand
// RUN: %{split}=CHECK
// REDEFINE: %{file} = encoding
// RUN: %{split}=CHECK
// REDEFINE: %{file} = nested
// RUN: %{split}=CHECK

//--- layer.mlir
// NONE: error: layer 'a' is to have outliers of its input split off: name the file of their statistics with the option 'statistics'; quant-run --collect collects them
// MISSING: error: {{.*}}none.st: no such file
// NAME: error: {{.*}}b.st: has no layer 'a'
// SHORT: error: {{.*}}short.st: layer 'a' has 3 input channels there, and 4 here
// WEIGHTS: error: {{.*}}none.safetensors: no such file
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- operand.mlir
// CHECK: error: 'linalg.fill' op has lowbit.outliers but no activation beside a weight
func.func @layer(%c: f32, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = linalg.fill {lowbit.outliers = 6.0 : f64} ins(%c : f32) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- encoding.mlir
// CHECK: error: 'linalg.matmul' op has lowbit.outliers without lowbit.weight_encoding
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.outliers = 6.0 : f64}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- nested.mlir
// CHECK: error: 'linalg.matmul' op is a layer in a module within the module: run on that by itself
module {
module @inner {
  func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
    %w = arith.constant dense<1.0> : tensor<4x2xf32>
    %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64,
                        lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
        ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
    return %0 : tensor<2x2xf32>
  }
}
}
