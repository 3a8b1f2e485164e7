// RUN: %python %S/Inputs/make_statistics.py --other-model %t.st a=4,1
// RUN: quant-opt %s --lowbit-scale-inputs=statistics=%t.st -o /dev/null 2>&1 | FileCheck %s

// Statistics that say of which weights they are, and a module that has none in a file.

// CHECK: warning: {{.*}}.st: is of a model with weights in a file, and here there is none to check that it is this one; name it with the option 'weights'
func.func @layer(%x: tensor<2x2xf32>, %init: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%init : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
