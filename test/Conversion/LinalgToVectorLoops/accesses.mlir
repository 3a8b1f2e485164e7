// RUN: quant-opt %s --convert-linalg-to-vector-loops="lanes=8" | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#row = affine_map<(d0, d1) -> (d1)>
#column = affine_map<(d0, d1) -> (d0)>
#half = affine_map<(d0, d1) -> (d0, d1 floordiv 2)>
#group = affine_map<(d0, d1) -> (d0, d1 floordiv 32)>

// Whole vectors, then one with a mask. What a row shares is read once.
// CHECK-LABEL: func.func @contiguous
// CHECK-SAME: (%[[X:.*]]: memref<?x?xf32>, %[[R:.*]]: memref<?xf32>, %[[C:.*]]: memref<?xf32>, %[[O:.*]]: memref<?x?xf32>)
// CHECK: scf.parallel (%[[I:.*]]) =
// CHECK: %[[ONE:.*]] = memref.load %[[C]][%[[I]]]
// CHECK: scf.for %[[J:.*]] = {{.*}} step %c8
// CHECK: vector.load %[[X]][%[[I]], %[[J]]] : memref<?x?xf32>, vector<8xf32>
// CHECK: vector.load %[[R]][%[[J]]]
// CHECK: vector.broadcast %[[ONE]]
// CHECK: vector.store %{{.*}}, %[[O]][%[[I]], %[[J]]]
// CHECK: scf.for %[[K:.*]] = {{.*}} step %c8
// CHECK: %[[MASK:.*]] = vector.create_mask
// CHECK: vector.maskedload %[[X]][%[[I]], %[[K]]], %[[MASK]]
// CHECK: vector.maskedstore %[[O]][%[[I]], %[[K]]], %[[MASK]]
func.func @contiguous(%x: memref<?x?xf32>, %r: memref<?xf32>, %c: memref<?xf32>, %o: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %r, %c : memref<?x?xf32>, memref<?xf32>, memref<?xf32>) outs(%o : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %d: f32, %e: f32):
    %s = arith.addf %a, %b : f32
    %t = arith.mulf %s, %d : f32
    linalg.yield %t : f32
  }
  return
}

// A known size needs no mask, or no whole vectors; little work is not parallel.
// CHECK-LABEL: func.func @static
// CHECK-NOT: scf.parallel
// CHECK: vector.store
// CHECK-NOT: create_mask
// CHECK-LABEL: func.func @short
// CHECK-NOT: vector.load
// CHECK: vector.maskedload
// CHECK: return
func.func @static(%x: memref<4x16xf32>, %o: memref<4x16xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<4x16xf32>) outs(%o : memref<4x16xf32>) {
  ^bb0(%a: f32, %e: f32):
    %s = arith.negf %a : f32
    linalg.yield %s : f32
  }
  return
}
func.func @short(%x: memref<4x5xf32>, %o: memref<4x5xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<4x5xf32>) outs(%o : memref<4x5xf32>) {
  ^bb0(%a: f32, %e: f32):
    %s = arith.negf %a : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @strided
// CHECK-SAME: (%[[X:.*]]: memref<?x?xf32>, %{{.*}}: memref<?x?xf32>)
// CHECK: memref.extract_strided_metadata %[[X]]
// CHECK: vector.step : vector<8xindex>
// CHECK: vector.gather %[[X]]
// CHECK: vector.store
func.func @strided(%x: memref<?x?xf32>, %o: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#swap, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<?x?xf32>) outs(%o : memref<?x?xf32>) {
  ^bb0(%a: f32, %e: f32):
    linalg.yield %a : f32
  }
  return
}

// Two lanes to a byte: four bytes are loaded and spread.
// CHECK-LABEL: func.func @repeated
// CHECK: vector.load %{{.*}} : memref<?x?xi8>, vector<4xi8>
// CHECK: vector.shuffle %{{.*}} [0, 0, 1, 1, 2, 2, 3, 3]
// CHECK: arith.ceildivui
// CHECK: vector.create_mask %{{.*}} : vector<4xi1>
func.func @repeated(%x: memref<?x?xi8>, %o: memref<?x?xi8>) {
  linalg.generic {indexing_maps = [#half, #id], iterator_types = ["parallel", "parallel"]} ins(%x : memref<?x?xi8>) outs(%o : memref<?x?xi8>) {
  ^bb0(%a: i8, %e: i8):
    linalg.yield %a : i8
  }
  return
}

// A group of 32 is four vectors: one scale for each.
// CHECK-LABEL: func.func @uniform
// CHECK: scf.for
// CHECK: %[[S:.*]] = memref.load %{{.*}} : memref<?x?xf32>
// CHECK: vector.broadcast %[[S]]
func.func @uniform(%x: memref<?x?xf32>, %s: memref<?x?xf32>, %o: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#id, #group, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : memref<?x?xf32>, memref<?x?xf32>) outs(%o : memref<?x?xf32>) {
  ^bb0(%a: f32, %b: f32, %e: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  }
  return
}
