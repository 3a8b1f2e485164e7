// RUN: split-file %s %t
// RUN: %python %S/Inputs/make_statistics.py %t/a.st a=4,1,16,3
// RUN: %python %S/Inputs/make_statistics.py %t/b.st encoder.a=4,1,16,3
// RUN: %python %S/Inputs/make_statistics.py %t/short.st a=4,1,16
// DEFINE: %{file} = layer
// DEFINE: %{options} =
// DEFINE: %{scale} = not quant-opt %t/%{file}.mlir --lowbit-scale-inputs="%{options}" 2>&1 | FileCheck %t/%{file}.mlir --implicit-check-not=error: --check-prefix

// What is wrong with the module or its statistics: one error, and no output.

// RUN: %{scale}=NONE
// REDEFINE: %{options} = statistics=%t/none.st
// RUN: %{scale}=MISSING
// REDEFINE: %{options} = statistics=%t/b.st
// RUN: %{scale}=NAME
// REDEFINE: %{options} = statistics=%t/short.st
// RUN: %{scale}=SHORT
// RUN: %python %S/Inputs/make_statistics.py %t/apart.st a=4,1,16,3 b=4,1,16,3
// REDEFINE: %{options} = statistics=%t/apart.st
// REDEFINE: %{file} = together
// RUN: %{scale}=CHECK
// REDEFINE: %{options} = statistics=%t/a.st
// REDEFINE: %{file} = nan
// RUN: %{scale}=CHECK
// REDEFINE: %{file} = external
// RUN: %{scale}=CHECK
// REDEFINE: %{file} = operand
// RUN: %{scale}=CHECK
// REDEFINE: %{file} = encoding
// RUN: %{scale}=CHECK
// REDEFINE: %{file} = nested
// RUN: %{scale}=CHECK
// REDEFINE: %{file} = resource
// RUN: %{scale}=CHECK

//--- layer.mlir
// NONE: error: layer 'a' is to have its inputs scaled: name the file of their statistics with the option 'statistics'; quant-run --collect collects them (docs/calibration.md)
// MISSING: error: {{.*}}none.st: no such file
// NAME: error: {{.*}}b.st: has no layer 'a'
// SHORT: error: {{.*}}short.st: layer 'a' has 3 input channels there, and 4 here
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- nan.mlir
// CHECK: error: inputs cannot be scaled: the weight of layer 'a' holds NaN at [0, 0]
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<0x7FC00000> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- external.mlir
// CHECK: error: weight 'w' is external: name its file with the option 'weights'
ml_program.global public @w(#ml_program.extern<tensor<4x2xf32>>) : tensor<4x2xf32>
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = ml_program.global_load_const @w : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- operand.mlir
// CHECK: error: 'linalg.fill' op has lowbit.scale_inputs but no activation beside a weight
func.func @layer(%c: f32, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %0 = linalg.fill {lowbit.scale_inputs = #lowbit.awq<steps = 3>} ins(%c : f32) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- encoding.mlir
// CHECK: error: 'linalg.matmul' op has lowbit.scale_inputs without lowbit.weight_encoding
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.scale_inputs = #lowbit.awq<steps = 3>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- nested.mlir
// CHECK: error: 'linalg.matmul' op is a layer in a module within the module: run on that by itself
module {
module @inner {
  func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
    %w = arith.constant dense<1.0> : tensor<4x2xf32>
    %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                        lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
        ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
    return %0 : tensor<2x2xf32>
  }
}
}

//--- resource.mlir
// CHECK: error: the weight of layer 'a' has no value that is known here
func.func @layer(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense_resource<absent> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

//--- together.mlir
// CHECK: error: {{.*}}apart.st: layers 'a' and 'b' have an input each there, and one together here: these are statistics of another model
func.func @layers(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = arith.constant dense<1.0> : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.scale_inputs = #lowbit.awq<steps = 3>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}
