// RUN: quant-opt %s --lowbit-check-allocations | FileCheck %s

// CHECK-LABEL: func.func @dynamic
// CHECK-SAME: (%[[M:.*]]: index, %[[N:.*]]: index)
// CHECK-DAG: %[[COUNT:.*]] = arith.constant 8.000000e+00 : f64
// CHECK-DAG: %[[ZERO:.*]] = arith.constant 0 : index
// CHECK: %[[I:.*]] = arith.index_cast %[[M]] : index to i64
// CHECK: %[[F:.*]] = arith.sitofp %[[I]] : i64 to f64
// CHECK: %[[ROWS:.*]] = arith.mulf %[[COUNT]], %[[F]] : f64
// CHECK: %[[SIZE0:.*]] = arith.cmpi sge, %[[M]], %[[ZERO]] : index
// CHECK: %[[ALL:.*]] = arith.mulf %[[ROWS]], %{{.*}} : f64
// CHECK: %[[SIZE1:.*]] = arith.cmpi sge, %[[N]], %[[ZERO]] : index
// CHECK: %[[SIZES:.*]] = arith.andi %[[SIZE0]], %[[SIZE1]] : i1
// CHECK: %[[FITS:.*]] = arith.cmpf ole, %[[ALL]], %{{.*}} : f64
// CHECK: %[[OK:.*]] = arith.andi %[[SIZES]], %[[FITS]] : i1
// CHECK: cf.assert %[[OK]], "a tensor<?x8x?xf32> has a negative size, or more elements than memory holds"
// CHECK: memref.alloc
func.func @dynamic(%m: index, %n: index) -> memref<?x8x?xf32> {
  %0 = memref.alloc(%m, %n) : memref<?x8x?xf32>
  return %0 : memref<?x8x?xf32>
}

// CHECK-LABEL: func.func @static
// CHECK-NOT: cf.assert
// CHECK: return
func.func @static() -> memref<4xf32> {
  %0 = memref.alloc() : memref<4xf32>
  return %0 : memref<4xf32>
}
