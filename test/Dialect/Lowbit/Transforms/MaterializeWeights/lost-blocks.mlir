// (C185) Whole blocks that decode to zeros, where others of the tensor do not: a
// warning counts them, of nested scales, and without scales along an axis; the
// same in slices.

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=16" -o %t/m.mlir
// RUN: quant-opt %t/m.mlir -o %t/q.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: quant-opt %t/m.mlir -o %t/s.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/s.safetensors slice-elements=16" 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: cmp %t/q.safetensors %t/s.safetensors

#nested = #lowbit.encoding<#lowbit.affine<i8>, scale = u8 per axis<1>, nested_scale = f32 per tensor>
#half = #lowbit.encoding<#lowbit.float<f16>>

// CHECK: warning: {{.*}}w.safetensors: tensor 'w' of layer 'fc1' loses small values: 1 of 2 blocks decode to zeros alone, though they are not zero: their scales are too small for u8 beside the largest of their nested scale; use scales that are not nested
// CHECK: warning: {{.*}}w.safetensors: tensor 'w' of layer 'fc2' loses small values: 1 of 2 slices along axis 1 decode to zeros alone, though they are not zero: their values are too small for codes without a scale; give its encoding a scale
func.func @main(%x: tensor<2x16xf32>, %o: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>) {
  %w = arith.constant dense<[[1.0, 1.0e-9], [3.0, 0.0], [1.0, 2.0e-9], [3.0, 1.0e-9], [1.0, 2.0e-9], [3.0, 4.0e-9], [1.0, 2.0e-9], [3.0, 4.0e-9],
                             [1.0, 1.0e-9], [3.0, 0.0], [1.0, 2.0e-9], [3.0, 1.0e-9], [1.0, 2.0e-9], [3.0, 4.0e-9], [1.0, 2.0e-9], [3.0, 4.0e-9]]> : tensor<16x2xf32> loc("w")
  %1 = lowbit.encode %w : tensor<16x2xf32> to tensor<16x2xf32, #nested>
  %2 = lowbit.encode %w : tensor<16x2xf32> to tensor<16x2xf32, #half>
  %y1 = linalg.matmul {lowbit.layer = "fc1"} ins(%x, %1 : tensor<2x16xf32>, tensor<16x2xf32, #nested>) outs(%o : tensor<2x2xf32>) -> tensor<2x2xf32>
  %y2 = linalg.matmul {lowbit.layer = "fc2"} ins(%x, %2 : tensor<2x16xf32>, tensor<16x2xf32, #half>) outs(%o : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y1, %y2 : tensor<2x2xf32>, tensor<2x2xf32>
}
