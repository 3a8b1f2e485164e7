// What stays apart from a kernel, and why.
// RUN: quant-opt %s --lowbit-fuse-epilogues=remarks -verify-diagnostics | FileCheck %s
// CHECK-NOT: _then_

#id = affine_map<(m, n) -> (m, n)>
!m = tensor<8x8xf32>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}

func.func @reasons(%x: !m, %f: f32, %o: tensor<8x8x1xf32>, %d: tensor<?x8xf32>) -> (!m, !m, tensor<8x8x1xf32>) {
  // expected-remark @below {{what follows a product is no part of its kernel: it does not read the result element by element}}
  %0 = lowbit.call_kernel @product ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %1 = linalg.generic {indexing_maps = [affine_map<(m, n) -> (m, 0)>, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it reads the result in two orders}}
  %16 = lowbit.call_kernel @product ins(%x, %1 : !m, !m) outs(%x : !m) -> !m
  %17 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n, m)>, #id], iterator_types = ["parallel", "parallel"]} ins(%16, %16 : !m, !m) outs(%x : !m) {
  ^bb0(%sum: f32, %other: f32, %out: f32):
    %n = arith.addf %sum, %other : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it reads the result as its output}}
  %20 = lowbit.call_kernel @product ins(%x, %17 : !m, !m) outs(%x : !m) -> !m
  %21 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : !m) outs(%20 : !m) {
  ^bb0(%other: f32, %out: f32):
    %n = arith.addf %other, %out : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it does not write an element for each of the result}}
  %18 = lowbit.call_kernel @product ins(%x, %21 : !m, !m) outs(%x : !m) -> !m
  %19 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (m, n, 0)>], iterator_types = ["parallel", "parallel"]} ins(%18 : !m) outs(%o : tensor<8x8x1xf32>) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> tensor<8x8x1xf32>
  // expected-remark @below {{it computes on indices}}
  %2 = lowbit.call_kernel @product ins(%x, %1 : !m, !m) outs(%x : !m) -> !m
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %k = linalg.index 1 : index
    %l = arith.index_cast %k : index to i32
    %m = arith.sitofp %l : i32 to f32
    %n = arith.addf %sum, %m : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it reads a value that is neither an operand nor a constant}}
  %4 = lowbit.call_kernel @product ins(%x, %3 : !m, !m) outs(%x : !m) -> !m
  %5 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%4 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.addf %sum, %f : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it reads what its output holds}}
  %6 = lowbit.call_kernel @product ins(%x, %5 : !m, !m) outs(%x : !m) -> !m
  %7 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%6 : !m) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.addf %sum, %out : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it has several results}}
  %8 = lowbit.call_kernel @product ins(%x, %7 : !m, !m) outs(%x : !m) -> !m
  %9:2 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%8 : !m) outs(%x, %x : !m, !m) {
  ^bb0(%sum: f32, %out: f32, %other: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n, %sum : f32, f32
  } -> (!m, !m)
  // expected-remark @below {{an operand is no tensor}}
  %10 = lowbit.call_kernel @product ins(%x, %9#0 : !m, !m) outs(%x : !m) -> !m
  %11 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> ()>, #id], iterator_types = ["parallel", "parallel"]} ins(%10, %f : !m, f32) outs(%x : !m) {
  ^bb0(%sum: f32, %one: f32, %out: f32):
    %n = arith.addf %sum, %one : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{an operand has the dimensions of the result in another order}}
  %12 = lowbit.call_kernel @product ins(%x, %11 : !m, !m) outs(%x : !m) -> !m
  %13 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n, m)>, #id], iterator_types = ["parallel", "parallel"]} ins(%12, %x : !m, !m) outs(%x : !m) {
  ^bb0(%sum: f32, %one: f32, %out: f32):
    %n = arith.addf %sum, %one : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it writes over the result in another order}}
  %22 = lowbit.call_kernel @product ins(%x, %13 : !m, !m) outs(%x : !m) -> !m
  %23 = linalg.generic {indexing_maps = [#id, affine_map<(m, n) -> (n, m)>], iterator_types = ["parallel", "parallel"]} ins(%22 : !m) outs(%22 : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{it knows other sizes than the result has}}
  %24 = lowbit.call_kernel @product ins(%x, %23 : !m, !m) outs(%d : tensor<?x8xf32>) -> tensor<?x8xf32>
  %25 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%24 : tensor<?x8xf32>) outs(%x : !m) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !m
  return %9#1, %25, %19 : !m, !m, tensor<8x8x1xf32>
}

