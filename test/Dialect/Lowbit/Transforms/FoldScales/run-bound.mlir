// RUN: %python %S/Inputs/bound.py make %t
// RUN: quant-opt %s --lowbit-fold-scales -o %t/folded.mlir
// RUN: FileCheck %s < %t/folded.mlir
// RUN: quant-opt %t/folded.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/m.safetensors" -o %t/materialized.mlir
// RUN: quant-run %s --weights=%t/w.safetensors --input=%t/in.npz --output=%t/before.npz
// RUN: quant-run %t/folded.mlir --weights=%t/w.safetensors --input=%t/in.npz --output=%t/folded.npz
// RUN: quant-run %t/materialized.mlir --weights=%t/m.safetensors --input=%t/in.npz --output=%t/materialized.npz
// RUN: %python %S/Inputs/bound.py check %t before.npz folded.npz
// RUN: %python %S/Inputs/bound.py check %t before.npz materialized.npz

// (C134) Results move by no more than rounding explains, whether the products
// with weights are computed when the model runs or before.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!x = tensor<?x64xf32>
!y = tensor<?x48xf32>
ml_program.global public @gamma(#ml_program.extern<tensor<64xf32>>) : tensor<64xf32>
ml_program.global public @beta(#ml_program.extern<tensor<64xf32>>) : tensor<64xf32>
ml_program.global public @w(#ml_program.extern<tensor<64x48xf32>>) : tensor<64x48xf32>
ml_program.global public @b(#ml_program.extern<tensor<48xf32>>) : tensor<48xf32>

// CHECK-LABEL: func.func @main(
// CHECK: linalg.matmul
// CHECK: arith.maximumf
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @main(%x: !x {lowbit.name = "x"}) -> (!y {lowbit.name = "y"}) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %m = tensor.dim %x, %c0 : !x
  %gamma = ml_program.global_load_const @gamma : tensor<64xf32>
  %beta = ml_program.global_load_const @beta : tensor<64xf32>
  %w = ml_program.global_load_const @w : tensor<64x48xf32>
  %b = ml_program.global_load_const @b : tensor<48xf32>
  %c = arith.constant dense<0.3> : tensor<64xf32>
  %f = arith.constant dense<7.7> : tensor<48xf32>
  %e = tensor.empty(%m) : !x
  %norm = linalg.generic {indexing_maps = [#id, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gamma, %beta : !x, tensor<64xf32>, tensor<64xf32>) outs(%e : !x) {
  ^bb0(%in: f32, %g: f32, %h: f32, %o: f32):
    %p = arith.mulf %in, %g : f32
    %s = arith.addf %p, %h : f32
    linalg.yield %s : f32
  } -> !x
  %scaled = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%norm, %c : !x, tensor<64xf32>) outs(%e : !x) {
  ^bb0(%in: f32, %g: f32, %o: f32):
    %p = arith.mulf %in, %g : f32
    linalg.yield %p : f32
  } -> !x
  %e2 = tensor.empty(%m) : !y
  %fill = linalg.fill ins(%zero : f32) outs(%e2 : !y) -> !y
  %y = linalg.matmul ins(%scaled, %w : !x, tensor<64x48xf32>) outs(%fill : !y) -> !y
  %relu = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %b : !y, tensor<48xf32>) outs(%e2 : !y) {
  ^bb0(%in: f32, %g: f32, %o: f32):
    %s = arith.addf %in, %g : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> !y
  %result = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%relu, %f : !y, tensor<48xf32>) outs(%e2 : !y) {
  ^bb0(%in: f32, %g: f32, %o: f32):
    %p = arith.mulf %in, %g : f32
    linalg.yield %p : f32
  } -> !y
  return %result : !y
}
