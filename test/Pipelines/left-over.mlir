// What no conversion takes is named, at its place, by every way of lowering.

// RUN: not quant-opt %s --lowbit-lower-to-x86 2>&1 | FileCheck %s
// RUN: not quant-opt %s --lowbit-lower-to-reference 2>&1 | FileCheck %s
// RUN: not quant-run %s 2>&1 | FileCheck %s --implicit-check-not="LLVM Translation failed"
// CHECK: left-over.mlir:[[#@LINE+6]]:{{[0-9]+}}: error: 'complex.create' has no lowering to LLVM
func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tensor.empty() : tensor<4xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %c = complex.create %a, %a : complex<f32>
    %r = complex.abs %c : complex<f32>
    linalg.yield %r : f32
  } -> tensor<4xf32>
  return %y : tensor<4xf32>
}
