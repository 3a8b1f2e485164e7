// What stays apart from a kernel because the kernel could not compute it.
// RUN: quant-opt %s --split-input-file --lowbit-fuse-epilogues=remarks -verify-diagnostics | FileCheck %s
// CHECK-NOT: _then_

#id = affine_map<(m, n) -> (m, n)>
!m = tensor<8x8xf32>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}

// Parts of the reduction are summed in c, which therefore has f32.
func.func @no_room(%x: !m, %i: tensor<8x8xi8>, %b: tensor<8x8xi1>) -> (tensor<8x8xi8>, !m) {
  // expected-remark @below {{c has no sums to add to}}
  %0 = lowbit.call_kernel @product ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%0 : !m) outs(%i : tensor<8x8xi8>) {
  ^bb0(%sum: f32, %out: i8):
    %n = arith.fptosi %sum : f32 to i8
    linalg.yield %n : i8
  } -> tensor<8x8xi8>
  // expected-remark @below {{the epilogue has elements of type i1, which are not whole bytes}}
  %2 = lowbit.call_kernel @product ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %3 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%2, %b : !m, tensor<8x8xi1>) outs(%x : !m) {
  ^bb0(%sum: f32, %one: i1, %out: f32):
    %n = arith.negf %sum : f32
    %k = arith.select %one, %sum, %n : f32
    linalg.yield %k : f32
  } -> !m
  return %1, %3 : tensor<8x8xi8>, !m
}

// -----

#id = affine_map<(m, n) -> (m, n)>
!m = tensor<8x8xi32>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}

// Lanes of a vector without a column would divide by zero; and the bodies of
// epilogues compute on vectors.
func.func @not_on_vectors(%x: tensor<8x8xf32>, %i: !m) -> (!m, tensor<8x8xf32>) {
  // expected-remark @below {{'arith.divsi' may divide by zero}}
  %0 = lowbit.call_kernel @product ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %i : tensor<8x8xf32>, !m) outs(%i : !m) {
  ^bb0(%sum: f32, %one: i32, %out: i32):
    %n = arith.fptosi %sum : f32 to i32
    %d = arith.divsi %n, %one : i32
    linalg.yield %d : i32
  } -> !m
  // expected-remark @below {{'scf.if' does not compute on vectors}}
  %2 = lowbit.call_kernel @product ins(%x, %x : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) {
  ^bb0(%sum: f32, %out: f32):
    %zero = arith.constant 0.0 : f32
    %c = arith.cmpf olt, %sum, %zero : f32
    %n = scf.if %c -> f32 {
      scf.yield %zero : f32
    } else {
      scf.yield %sum : f32
    }
    linalg.yield %n : f32
  } -> tensor<8x8xf32>
  return %1, %3 : !m, tensor<8x8xf32>
}

// -----

#id = affine_map<(m, n) -> (m, n)>
#i8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!m = tensor<8x8xf32>
!e = tensor<8x8xf32, #i8>
!rows = memref<?x?xf32, strided<[?, 1], offset: ?>>
func.func private @product(!rows, !rows, !rows)
  attributes {lowbit.kernel_spec = {kind = "x86.matmul", isa = "avx512", overwrite}}

// Kernels take parts.
func.func @encoded(%x: !m, %w: !e) -> (!m, !e) {
  // expected-remark @below {{an operand is encoded}}
  %0 = lowbit.call_kernel @product ins(%x, %x : !m, !m) outs(%x : !m) -> !m
  %1 = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %w : !m, !e) outs(%x : !m) {
  ^bb0(%sum: f32, %one: f32, %out: f32):
    %n = arith.addf %sum, %one : f32
    linalg.yield %n : f32
  } -> !m
  // expected-remark @below {{its result is encoded}}
  %2 = lowbit.call_kernel @product ins(%x, %1 : !m, !m) outs(%x : !m) -> !m
  %3 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%2 : !m) outs(%w : !e) {
  ^bb0(%sum: f32, %out: f32):
    %n = arith.negf %sum : f32
    linalg.yield %n : f32
  } -> !e
  return %1, %3 : !m, !e
}
