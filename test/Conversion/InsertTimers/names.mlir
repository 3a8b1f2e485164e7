// RUN: quant-opt %s --lowbit-insert-timers | FileCheck %s

#id = affine_map<(i) -> (i)>

// What ops are called: by the ops of a body, each once, and not all of many; by what
// a body without ops does.
// CHECK: module attributes {lowbit.timers = [
// CHECK-SAME: {computes = "exp", op = "linalg.exp"
// CHECK-SAME: {computes = "exp", op = "scf.parallel"
// CHECK-SAME: {computes = "fill", op = "linalg.fill"
// CHECK-SAME: {computes = "copy", op = "linalg.copy"
// CHECK-SAME: {computes = "move", op = "linalg.transpose"
// CHECK-SAME: {computes = "gather", op = "linalg.generic"
// CHECK-SAME: {op = "memref.copy"
// CHECK-SAME: {computes = "absf, ceil, floor, exp, negf, sqrt, rsqrt, tanh, ...", op = "linalg.generic"

// A loop's op has a number as any other; what a parallel loop holds has none.
// CHECK-LABEL: @loops
func.func @loops(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  // CHECK: scf.for
  // CHECK: call @lowbit_mark_time(
  // CHECK-NEXT: linalg.exp
  // CHECK: call @lowbit_mark_time(
  // CHECK: }
  scf.for %i = %c0 to %n step %c1 {
    linalg.exp ins(%x : memref<8xf32>) outs(%x : memref<8xf32>)
  }
  // Its name and bytes are those of the linalg ops in it.
  // CHECK: call @lowbit_mark_time(
  // CHECK-NEXT: scf.parallel
  // CHECK-NEXT: linalg.exp
  // CHECK-NEXT: scf.reduce
  // CHECK-NEXT: }
  // CHECK: call @lowbit_mark_time(
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    linalg.exp ins(%x : memref<8xf32>) outs(%x : memref<8xf32>)
    scf.reduce
  }
  return
}

// CHECK-LABEL: @moves
func.func @moves(%x: memref<2x3xf32>, %y: memref<3x2xf32>, %z: memref<2x3xf32>, %value: f32) {
  linalg.fill ins(%value : f32) outs(%x : memref<2x3xf32>)
  linalg.copy ins(%x : memref<2x3xf32>) outs(%z : memref<2x3xf32>)
  linalg.transpose ins(%x : memref<2x3xf32>) outs(%y : memref<3x2xf32>) permutation = [1, 0]
  return
}

// What is gathered counts as bytes, not the table: 16 + 16 of operands, 16 of it.
// CHECK-LABEL: @gathers
func.func @gathers(%table: memref<1000xf32>, %indices: memref<4xi32>, %y: memref<4xf32>, %z: memref<4xf32>) {
  // CHECK: linalg.generic
  // CHECK: %[[BYTES:.*]] = arith.addi
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%indices : memref<4xi32>) outs(%y : memref<4xf32>) {
  ^bb0(%in: i32, %out: f32):
    %i = arith.index_cast %in : i32 to index
    %0 = memref.load %table[%i] : memref<1000xf32>
    linalg.yield %0 : f32
  }
  memref.copy %y, %z : memref<4xf32> to memref<4xf32>
  return
}

// CHECK-LABEL: @many
func.func @many(%x: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%x : memref<4xf32>) {
  ^bb0(%out: f32):
    %0 = math.absf %out : f32
    %1 = math.ceil %0 : f32
    %2 = math.floor %1 : f32
    %3 = math.exp %2 : f32
    %4 = arith.negf %3 : f32
    %5 = math.exp %4 : f32
    %6 = math.sqrt %5 : f32
    %7 = math.rsqrt %6 : f32
    %8 = math.tanh %7 : f32
    %9 = math.log %8 : f32
    linalg.yield %9 : f32
  }
  return
}
