// RUN: quant-opt %s --lowbit-insert-timers --canonicalize --cse | FileCheck %s

#map = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// What each number stands for; layers and kernels where there are any.
// CHECK: module attributes {lowbit.timers = [
// CHECK-SAME: {kernel = "lowbit_matmul_f32_sse2", layer = "fc1", op = "func.call", place = "node", products = "f32"},
// CHECK-SAME: {kernel = "other", op = "func.call", place = "timers.mlir:{{[0-9]+}}"},
// CHECK-SAME: {computes = "subf, exp, addf (1 reduction)", op = "linalg.generic", place = "softmax"},
// CHECK-SAME: {computes = "extsi, muli, addi (1 reduction)", op = "linalg.matmul", {{.*}}, products = "int8"},
// CHECK-SAME: {computes = "absf, maximumf, divf (1 reduction)", layer = "fc1", op = "scf.parallel", place = "norm"}]
module {
  // CHECK: func.func private @lowbit_mark_time(i64, i64, i64)
  func.func private @lowbit_matmul_f32_sse2(memref<?x?xf32, strided<[?, 1], offset: ?>>,
      memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>)
    attributes {lowbit.kernel_spec = {isa = "sse2", kind = "x86.matmul"}}
  func.func private @other(memref<4xf16>) attributes {lowbit.kernel_spec = {kind = "another"}}
  func.func private @no_kernel(memref<4xf16>)

  // Two operations for each of m * n * k; the buffers of a and b are one here.
  // CHECK-LABEL: @kernels
  // CHECK-SAME: (%[[A:.*]]: memref<?x?xf32, {{.*}}, %[[C:.*]]: memref<?x?xf32, {{.*}}, %[[X:.*]]: memref<4xf16>)
  func.func @kernels(%a: memref<?x?xf32, strided<[?, 1], offset: ?>>,
      %c: memref<?x?xf32, strided<[?, 1], offset: ?>>, %x: memref<4xf16>) {
    // CHECK-DAG: %[[NONE:.*]] = arith.constant -1 : i64
    // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : i64
    // CHECK-DAG: %[[ONE:.*]] = arith.constant 1 : i64
    // CHECK-DAG: %[[TWO:.*]] = arith.constant 2 : i64
    // CHECK-DAG: %[[FOUR:.*]] = arith.constant 4 : i64
    // CHECK-DAG: %[[EIGHT:.*]] = arith.constant 8 : i64
    // CHECK-DAG: %[[M:.*]] = arith.index_cast %{{.*}} : index to i64
    // CHECK: %[[M2:.*]] = arith.muli %[[M]], %[[TWO]]
    // CHECK: %[[N:.*]] = arith.index_cast
    // CHECK: %[[MN2:.*]] = arith.muli %[[M2]], %[[N]]
    // CHECK: %[[K:.*]] = arith.index_cast
    // CHECK: %[[OPERATIONS:.*]] = arith.muli %[[MN2]], %[[K]]
    // CHECK: %[[ROWS:.*]] = arith.index_cast
    // CHECK: %[[ROWS4:.*]] = arith.muli %[[ROWS]], %[[FOUR]]
    // CHECK: %[[A_BYTES:.*]] = arith.muli %[[ROWS4]], %[[K]]
    // CHECK: %[[M4:.*]] = arith.muli %[[M]], %[[FOUR]]
    // CHECK: %[[C_BYTES:.*]] = arith.muli %[[M4]], %[[N]]
    // CHECK: %[[BYTES:.*]] = arith.addi %[[A_BYTES]], %[[C_BYTES]]
    // CHECK: call @lowbit_mark_time(%[[NONE]], %[[ZERO]], %[[ZERO]])
    // CHECK-NEXT: call @lowbit_matmul_f32_sse2(%[[A]], %[[A]], %[[C]])
    // CHECK-NEXT: call @lowbit_mark_time(%[[ZERO]], %[[OPERATIONS]], %[[BYTES]])
    call @lowbit_matmul_f32_sse2(%a, %a, %c) {lowbit.layer = "fc1"} : (memref<?x?xf32, strided<[?, 1], offset: ?>>,
      memref<?x?xf32, strided<[?, 1], offset: ?>>, memref<?x?xf32, strided<[?, 1], offset: ?>>) -> () loc("node")
    // A kernel that is no product of matrices has bytes alone.
    // CHECK-NEXT: call @lowbit_mark_time(%[[NONE]], %[[ZERO]], %[[ZERO]])
    // CHECK-NEXT: call @other(%[[X]])
    // CHECK-NEXT: call @lowbit_mark_time(%[[ONE]], %[[ZERO]], %[[EIGHT]])
    call @other(%x) : (memref<4xf16>) -> ()
    // What a function does is timed in it.
    // CHECK-NEXT: call @no_kernel
    // CHECK-NEXT: return
    call @no_kernel(%x) : (memref<4xf16>) -> ()
    return
  }

  // CHECK-LABEL: @ops
  func.func @ops(%x: memref<8x16xf32>, %y: memref<8xf32>, %a: memref<4x?xi8>, %b: memref<?x2xi8>, %c: memref<4x2xi32>) {
    // 512 + 32 bytes.
    // CHECK: linalg.generic
    // CHECK: call @lowbit_mark_time(%{{.*}}, %{{.*}}, %c544_i64)
    linalg.generic {indexing_maps = [#map, #row], iterator_types = ["parallel", "reduction"]}
        ins(%x : memref<8x16xf32>) outs(%y : memref<8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %0 = arith.subf %in, %in : f32
      %1 = math.exp %0 : f32
      %2 = arith.addf %1, %out : f32
      linalg.yield %2 : f32
    } loc("softmax")
    // 2 * 4 * 2 operations for each k.
    // CHECK: %[[K:.*]] = arith.index_cast
    // CHECK: %[[OPERATIONS:.*]] = arith.muli %[[K]], %c16_i64
    // CHECK: linalg.matmul
    // CHECK-NEXT: call @lowbit_mark_time(%{{.*}}, %[[OPERATIONS]], %{{.*}})
    linalg.matmul ins(%a, %b : memref<4x?xi8>, memref<?x2xi8>) outs(%c : memref<4x2xi32>)
    return
  }

  // A loop over rows: 512 + 32 bytes of what it uses, each buffer once.
  // CHECK-LABEL: @rows
  // CHECK: call @lowbit_mark_time(
  // CHECK: scf.parallel
  // CHECK-NOT: call
  // CHECK: scf.reduce
  // CHECK: call @lowbit_mark_time(%{{.*}}, %{{.*}}, %c544_i64)
  func.func @rows(%x: memref<8x16xf32>, %y: memref<8xf32>) {
    %c0 = arith.constant 0 : index
    %c1 = arith.constant 1 : index
    %c8 = arith.constant 8 : index
    scf.parallel (%i) = (%c0) to (%c8) step (%c1) {
      %xi = memref.subview %x[%i, 0] [1, 16] [1, 1] : memref<8x16xf32> to memref<16xf32, strided<[1], offset: ?>>
      %yi = memref.subview %y[%i] [1] [1] : memref<8xf32> to memref<f32, strided<[], offset: ?>>
      linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> ()>], iterator_types = ["reduction"]}
          ins(%xi : memref<16xf32, strided<[1], offset: ?>>) outs(%yi : memref<f32, strided<[], offset: ?>>) {
      ^bb0(%in: f32, %out: f32):
        %0 = math.absf %in : f32
        %1 = arith.maximumf %0, %out : f32
        linalg.yield %1 : f32
      }
      linalg.generic {indexing_maps = [affine_map<() -> ()>], iterator_types = []} outs(%yi : memref<f32, strided<[], offset: ?>>) {
      ^bb0(%out: f32):
        %0 = arith.divf %out, %out : f32
        linalg.yield %0 : f32
      }
      scf.reduce
    } {lowbit.layer = "fc1"} loc("norm")
    return
  }
}
