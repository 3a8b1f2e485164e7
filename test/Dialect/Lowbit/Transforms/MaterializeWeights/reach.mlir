// Values beyond the floats of an encoding without scale are an error that names
// the tensor, the first such value and a remedy; in slices, too.
// Floats of larger range, and scales, hold them.

// RUN: rm -rf %t && mkdir %t && split-file %s %t
// RUN: quant-opt %t/large.mlir --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=16" -o %t/m.mlir
// RUN: not quant-opt %t/m.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors" 2>&1 | FileCheck %s
// RUN: not quant-opt %t/m.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors slice-elements=16" 2>&1 | FileCheck %s
// RUN: not ls %t/q.safetensors
// RUN: sed 's/#lowbit.float<f16>/#lowbit.float<bf16>/' %t/large.mlir | quant-opt --lowbit-materialize-weights 2>&1 | FileCheck %s --check-prefix=HELD --implicit-check-not=warning
// RUN: sed 's/#lowbit.float<f16>/#lowbit.float<f16>, scale = f32 per tensor/' %t/large.mlir | quant-opt --lowbit-materialize-weights 2>&1 | FileCheck %s --check-prefix=HELD --implicit-check-not=warning
// RUN: not quant-opt %t/constant.mlir --lowbit-materialize-weights 2>&1 | FileCheck %s --check-prefix=CONSTANT

// CHECK: error: {{.*}}w.safetensors: tensor 'w' holds -98000 at [12, 1], too large for codes in f16 without a scale, which end at 65504; use bf16, or give its encoding a scale
// HELD: lowbit.assemble
// CONSTANT: error: the constant holds 500 at [1], too large for codes in f8E4M3FN without a scale, which end at 448; give its encoding a scale

//--- large.mlir
#f16 = #lowbit.encoding<#lowbit.float<f16>>
func.func @main(%x: tensor<2x16xf32>, %o: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0],
                             [1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, 4.0], [1.0, -9.8e4], [3.0, 7.0e4], [1.0, 2.0], [3.0, 65504.0]]> : tensor<16x2xf32> loc("w")
  %e = lowbit.encode %w : tensor<16x2xf32> to tensor<16x2xf32, #f16>
  %y = linalg.matmul {lowbit.layer = "fc"} ins(%x, %e : tensor<2x16xf32>, tensor<16x2xf32, #f16>) outs(%o : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

//--- constant.mlir
#f8 = #lowbit.encoding<#lowbit.float<f8E4M3FN>>
func.func @constant() -> tensor<2xf32> {
  %w = arith.constant dense<[448.0, 500.0]> : tensor<2xf32>
  %e = lowbit.encode %w : tensor<2xf32> to tensor<2xf32, #f8>
  %d = lowbit.decode %e : tensor<2xf32, #f8> to tensor<2xf32>
  return %d : tensor<2xf32>
}
