// RUN: %python %S/Inputs/make_statistics.py %t.st a,b=4,1,16,3
// RUN: %python -c "import numpy as np; from safetensors.numpy import save_file; w = np.ones((4, 2), np.float32); w[2, 1] = np.inf; w[3, 0] = np.nan; save_file({'w': w}, r'%t.w.st')"
// DEFINE: %{options} =
// DEFINE: %{scale} = quant-opt %s --lowbit-scale-inputs="weights=%t.w.st statistics=%t.st %{options}"
// RUN: not %{scale} 2>&1 | FileCheck %s --check-prefix=ERROR
// REDEFINE: %{options} = nonfinite=zero
// RUN: %{scale} 2>&1 | FileCheck %s
// REDEFINE: %{options} = nonfinite=never
// RUN: not %{scale} 2>&1 | FileCheck %s --check-prefix=NEVER

// What is not finite in a weight is an error, which names it, or counts as 0.

// ERROR: error: inputs cannot be scaled: {{.*}}w.st: tensor 'w' holds an infinity at [2, 1]
// NEVER: error: option 'nonfinite' is 'error' or 'zero', got 'never'
// CHECK: remark: inputs are scaled: {{.*}}w.st: tensor 'w' holds 2 values that are not finite and count as 0; the first is an infinity at [2, 1]
// CHECK: remark: inputs are scaled: the weight of layer 'b' holds 1 value that is not finite and counts as 0; the first is NaN at [0, 1]

// With the two as 0 the weights of channels 2 and 3 are as those of the others.
// CHECK-LABEL: func @layers(
// CHECK: arith.constant dense<[5.000000e-01, 1.000000e+00, 2.500000e-01, 0.57735{{.*}}]> : tensor<4xf32>
ml_program.global public @w(#ml_program.extern<tensor<4x2xf32>>) : tensor<4x2xf32>
func.func @layers(%x: tensor<2x4xf32>, %init: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = ml_program.global_load_const @w : tensor<4x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  %v = arith.constant dense<[[1.0, 0x7FC00000], [1.0, 1.0], [1.0, 0.5], [1.0, 0.5]]> : tensor<4x2xf32>
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %v : tensor<2x4xf32>, tensor<4x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0, %1 : tensor<2x2xf32>, tensor<2x2xf32>
}
