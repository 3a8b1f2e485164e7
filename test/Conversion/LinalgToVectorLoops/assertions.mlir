// RUN: quant-opt %s --convert-linalg-to-vector-loops=lanes=8 | FileCheck %s

// An assertion in the body holds if it does in all lanes; those beyond the end
// count as true.

// CHECK-LABEL: func.func @assertion(
// CHECK: scf.for
// CHECK: %[[HOLDS:.*]] = arith.cmpf one
// CHECK: %[[ALL:.*]] = vector.reduction <and>, %[[HOLDS]] : vector<8xi1> into i1
// CHECK: cf.assert %[[ALL]], "element is zero"
// CHECK: scf.for
// CHECK: %[[MASK:.*]] = vector.create_mask
// CHECK: %[[HOLDS:.*]] = arith.cmpf one
// CHECK: %[[TRUE:.*]] = arith.constant dense<true>
// CHECK: %[[REAL:.*]] = arith.select %[[MASK]], %[[HOLDS]], %[[TRUE]]
// CHECK: %[[ALL:.*]] = vector.reduction <and>, %[[REAL]]
// CHECK: cf.assert %[[ALL]], "element is zero"
#id = affine_map<(d0) -> (d0)>
func.func @assertion(%x: memref<?xf32>, %y: memref<?xf32>) {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]}
      ins(%x : memref<?xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%in: f32, %out: f32):
    %isNotZero = arith.cmpf one, %in, %zero : f32
    cf.assert %isNotZero, "element is zero"
    %inverse = arith.divf %one, %in : f32
    linalg.yield %inverse : f32
  }
  return
}
