// RUN: rm -rf %t && split-file %s %t
// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t/s.st q=1,2,3,4
// DEFINE: %{name} = none
// DEFINE: %{options} = statistics=%t/s.st
// DEFINE: %{bad} = not quant-opt %t/%{name}.mlir --lowbit-calibrate-activations="%{options}" -o /dev/null 2>&1 | FileCheck %t/%{name}.mlir --implicit-check-not=error:

// RUN: %{bad}
// REDEFINE: %{name} = encoding
// RUN: %{bad}
// REDEFINE: %{name} = token
// RUN: %{bad}
// REDEFINE: %{name} = unknown
// RUN: %{bad}
// REDEFINE: %{name} = percent
// RUN: %{bad}
// REDEFINE: %{name} = word
// RUN: %{bad}
// REDEFINE: %{name} = file
// REDEFINE: %{options} =
// RUN: %{bad}

// An assigned rule that nothing has resolved does not get lost.
// RUN: not quant-opt %t/file.mlir --lowbit-insert-encodes -o /dev/null 2>&1 | FileCheck %s --check-prefix=LEFT
// LEFT: error: still has lowbit.activation_clip: run lowbit-calibrate-activations first

//--- none.mlir
// CHECK: error: 'arith.addf' op has lowbit.activation_clip but no activation that is assigned an encoding
func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = arith.addf %x, %x {lowbit.activation_clip = #lowbit.clip<entropy>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

//--- encoding.mlir
// CHECK: error: 'linalg.matmul' op has lowbit.activation_clip but no activation that is assigned an encoding
func.func @f(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "q", lowbit.activation_clip = #lowbit.clip<minmax>} ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

//--- token.mlir
// CHECK: error: 'linalg.matmul' op has an activation with scales along axis 0, which are known when the model runs, not before; use one per tensor or per channel
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
func.func @f(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "q", lowbit.activation_encoding = #e, lowbit.activation_clip = #lowbit.clip<minmax>} ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

//--- unknown.mlir
// CHECK: error: {{.*}}s.st: has no layer 'Q'; did you mean 'q'?
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @f(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "Q", lowbit.activation_encoding = #e, lowbit.activation_clip = #lowbit.clip<minmax>} ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

//--- percent.mlir
// (C142)
// CHECK: error: a percentile is an f64 above 50 and at most 100, not 5.000000e+01 : f64
func.func private @f() attributes {lowbit.activation_clip = #lowbit.clip<percentile = 50.0 : f64>}

//--- word.mlir
// CHECK: error: expected minmax, percentile or entropy, got 'median'
func.func private @f() attributes {lowbit.activation_clip = #lowbit.clip<median>}

//--- file.mlir
// CHECK: error: layer 'q' is to have its activation encoded with ranges known before: name the file of their statistics with the option 'statistics'; quant-run --collect collects them (docs/calibration.md)
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @f(%x: tensor<1x4xf32>, %o: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "q", lowbit.activation_encoding = #e, lowbit.activation_clip = #lowbit.clip<minmax>} ins(%x, %w : tensor<1x4xf32>, tensor<4x2xf32>) outs(%o : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
