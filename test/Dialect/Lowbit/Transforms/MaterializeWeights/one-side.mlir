// (C194) Codes of one sign, for values of both: a warning counts those that become
// 0, and says what has codes for them; the same in slices.

// RUN: rm -rf %t && mkdir %t
// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=16" -o %t/m.mlir
// DEFINE: %{materialize} = quant-opt --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors"
// RUN: %{materialize} %t/m.mlir 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: quant-opt %t/m.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/s.safetensors slice-elements=16" 2>&1 | FileCheck %s --implicit-check-not=warning
// RUN: sed 's/per axis<1>>/per axis<1>, zero_point = u4>/' %t/m.mlir > %t/shifted.mlir
// RUN: %{materialize} %t/shifted.mlir 2>&1 | FileCheck %s --check-prefix=SHIFTED --implicit-check-not=warning
// SHIFTED: lowbit.assemble

#u4 = #lowbit.encoding<#lowbit.affine<u4>, scale = f32 per axis<1>>

// CHECK: warning: {{.*}}w.safetensors: tensor 'w' of layer 'fc' loses 8 of 32 values (25 %), which become 0: codes of 'u4' have one sign; give its encoding a zero point, or use 'i4'
func.func @main(%x: tensor<2x16xf32>, %o: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<[[1.0, -1.0], [3.0, 0.0], [1.0, 2.0], [3.0, -1.0], [1.0, 2.0], [3.0, 4.0], [1.0, 2.0], [3.0, -4.0],
                             [-1.0, 1.0], [3.0, 0.0], [-1.0, 2.0], [3.0, 1.0], [1.0, -2.0], [3.0, 4.0], [1.0, -2.0], [-3.0, 4.0]]> : tensor<16x2xf32> loc("w")
  %e = lowbit.encode %w : tensor<16x2xf32> to tensor<16x2xf32, #u4>
  %y = linalg.matmul {lowbit.layer = "fc"} ins(%x, %e : tensor<2x16xf32>, tensor<16x2xf32, #u4>) outs(%o : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
