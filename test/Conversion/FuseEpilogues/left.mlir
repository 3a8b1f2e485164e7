// What is no epilogue of a product, and nothing is said of.
// RUN: quant-opt %s --lowbit-fuse-epilogues=remarks -verify-diagnostics | FileCheck %s
// CHECK-NOT: _then_

#id = affine_map<(m, n) -> (m, n)>
!m = tensor<8x8xf32>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}
func.func private @other(!rows, !rows, !rows)

// Nothing is said of what is no elementwise op, is read twice, or comes of
// another kernel.
func.func @no_epilogues(%x: !m, %r: tensor<8xf32>) -> (!m, !m, !m, tensor<8xf32>, !m, !m) {
  %0 = lowbit.call_kernel @product ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !m
  %2 = lowbit.call_kernel @product ins(%x, %1 : !m, !m) outs(%x : !m) -> !m
  %3 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (m)>], iterator_types = ["parallel", "reduction"]} ins(%2 : !m) outs(%r : tensor<8xf32>) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.addf %sum, %out : f32
    linalg.yield %n : f32
  } -> tensor<8xf32>
  %4 = lowbit.call_kernel @product ins(%1, %1 : !m, !m) outs(%x : !m) -> !m
  %5 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n, m)>], iterator_types = ["parallel", "parallel"]} ins(%4 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    linalg.yield %sum : f32
  } -> !m
  %6 = lowbit.call_kernel @other ins(%1, %1 : !m, !m) outs(%x : !m) -> !m
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%6 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !m
  // In a loop the product would be computed anew each time.
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %8 = lowbit.call_kernel @product ins(%1, %1 : !m, !m) outs(%x : !m) -> !m
  %9 = scf.for %i = %c0 to %c8 step %c1 iter_args(%before = %x) -> !m {
    %10 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%8, %before : !m, !m) outs(%x : !m) {
    ^bb0(%sum: f32, %b: f32, %out: f32):
      %n = arith.addf %sum, %b : f32
      linalg.yield %n : f32
    } -> !m
    scf.yield %10 : !m
  }
  return %0, %1, %9, %3, %5, %7 : !m, !m, !m, tensor<8xf32>, !m, !m
}
