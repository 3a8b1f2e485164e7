// Values that are too small for scales of their type, or for codes without
// scales: a warning names the tensor, its layers and a remedy; in slices, too.

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=16" -o %t/m.mlir
// RUN: quant-opt %t/m.mlir -o %t/q.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: quant-opt %t/m.mlir -o %t/s.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/s.safetensors slice-elements=32" 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: cmp %t/q.safetensors %t/s.safetensors

#f16 = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
#bf16 = #lowbit.encoding<#lowbit.affine<i8>, scale = bf16 per axis<0>>
#none = #lowbit.encoding<#lowbit.affine<i4>>
#nested = #lowbit.encoding<#lowbit.affine<i8>, scale = u8 per axis<0>, nested_scale = f16 per 4>

// (C185) Of 16 rows 3 are too small; one of zeros is not. An encoding of larger
// range has nothing to tell.
// CHECK: warning: the constant needs smaller scales than its encoding has: 1 of 2 scales are 5.96e-08, the smallest of f16, or were raised to it; use bf16 or f32 scales
// CHECK: warning: {{.*}}w.safetensors: tensor 'rows' of layer 'fc1' needs smaller scales than its encoding has: 3 of 16 scales are 5.96e-08, the smallest of f16, or were raised to it; use bf16 or f32 scales
// CHECK: warning: {{.*}}w.safetensors: tensor 'rows' of layer 'fc3' needs smaller scales than its encoding has: 1 of 4 nested scales are 5.96e-08, the smallest of f16, or were raised to it; use bf16 or f32 nested scales
// CHECK: warning: {{.*}}w.safetensors: tensor 'small' of layers 'fc4', 'fc5' decodes to zeros alone, though it is not zero: its values are too small for codes without a scale; give its encoding a scale
// CHECK: warning: {{.*}}w.safetensors: tensor 'tiny' of layer 'fc6' decodes to zeros alone, though it is not zero: its values are too small for scales in f16; use bf16 or f32 scales
func.func @main(%x: tensor<2x16xf32>, %o: tensor<2x8xf32>, %q: tensor<2x1xf32>)
    -> (tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x2xf32>) {
  %wide = arith.constant dense<[
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    [-1.0e-9, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0e-12],
    [2.0e-6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<16x8xf32> loc("rows")
  %small = arith.constant dense<[[-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03], [-0.4], [0.03]]> : tensor<16x1xf32> loc("small")
  %tiny = arith.constant dense<[[0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15], [0.0], [1.0e-15]]> : tensor<16x1xf32> loc("tiny")
  %zeros = arith.constant dense<0.0> : tensor<16x1xf32> loc("zeros")
  %two = arith.constant dense<[[1.0, 2.0], [1.0e-9, 0.0]]> : tensor<2x2xf32>
  %1 = lowbit.encode %wide : tensor<16x8xf32> to tensor<16x8xf32, #f16>
  %2 = lowbit.encode %wide : tensor<16x8xf32> to tensor<16x8xf32, #bf16>
  %3 = lowbit.encode %wide : tensor<16x8xf32> to tensor<16x8xf32, #nested>
  %4 = lowbit.encode %small : tensor<16x1xf32> to tensor<16x1xf32, #none>
  %6 = lowbit.encode %tiny : tensor<16x1xf32> to tensor<16x1xf32, #f16>
  %7 = lowbit.encode %zeros : tensor<16x1xf32> to tensor<16x1xf32, #none>
  %8 = lowbit.encode %two : tensor<2x2xf32> to tensor<2x2xf32, #f16>
  %y1 = linalg.matmul {lowbit.layer = "fc1"} ins(%x, %1 : tensor<2x16xf32>, tensor<16x8xf32, #f16>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y2 = linalg.matmul {lowbit.layer = "fc2"} ins(%x, %2 : tensor<2x16xf32>, tensor<16x8xf32, #bf16>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y3 = linalg.matmul {lowbit.layer = "fc3"} ins(%x, %3 : tensor<2x16xf32>, tensor<16x8xf32, #nested>) outs(%o : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y4 = linalg.matmul {lowbit.layer = "fc4"} ins(%x, %4 : tensor<2x16xf32>, tensor<16x1xf32, #none>) outs(%q : tensor<2x1xf32>) -> tensor<2x1xf32>
  %y5 = linalg.matmul {lowbit.layer = "fc5"} ins(%x, %4 : tensor<2x16xf32>, tensor<16x1xf32, #none>) outs(%q : tensor<2x1xf32>) -> tensor<2x1xf32>
  %y6 = linalg.matmul {lowbit.layer = "fc6"} ins(%x, %6 : tensor<2x16xf32>, tensor<16x1xf32, #f16>) outs(%q : tensor<2x1xf32>) -> tensor<2x1xf32>
  %y7 = linalg.matmul {lowbit.layer = "fc7"} ins(%x, %7 : tensor<2x16xf32>, tensor<16x1xf32, #none>) outs(%q : tensor<2x1xf32>) -> tensor<2x1xf32>
  %d8 = lowbit.decode %8 : tensor<2x2xf32, #f16> to tensor<2x2xf32>
  return %y1, %y2, %y3, %y4, %y5, %y6, %y7, %d8 : tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x1xf32>, tensor<2x2xf32>
}
