// RUN: quant-opt %s --convert-linalg-to-vector-loops="lanes=8" --verify-diagnostics | FileCheck %s

// Elements of i1 take a byte each in memory, but those of vectors a bit.

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#outer = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @where
// CHECK-SAME: (%[[M:.*]]: memref<?xi1>, %[[X:.*]]: memref<?xf32>
// CHECK: scf.for
// CHECK: %[[BYTES:.*]] = builtin.unrealized_conversion_cast %[[M]] : memref<?xi1> to memref<?xi8>
// CHECK: %[[V:.*]] = vector.load %[[BYTES]][%{{.*}}] : memref<?xi8>, vector<8xi8>
// CHECK: %[[IS:.*]] = arith.cmpi ne, %[[V]], %{{.*}} : vector<8xi8>
// CHECK: arith.select %[[IS]], %{{.*}} : vector<8xi1>, vector<8xf32>
// CHECK: scf.for
// CHECK: vector.maskedload %{{.*}} : memref<?xi8>, vector<8xi1>, vector<8xi8> into vector<8xi8>
func.func @where(%m: memref<?xi1>, %x: memref<?xf32>, %o: memref<?xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%m, %x : memref<?xi1>, memref<?xf32>) outs(%o : memref<?xf32>) {
  ^bb0(%a: i1, %b: f32, %e: f32):
    %s = arith.select %a, %b, %zero : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @greater
// CHECK-SAME: %[[O:[a-z0-9]+]]: memref<?xi1, strided<[1], offset: ?>>)
// CHECK: %[[IS:.*]] = arith.cmpf ogt
// CHECK: %[[BYTES:.*]] = builtin.unrealized_conversion_cast %[[O]] : {{.*}} to memref<?xi8, strided<[1], offset: ?>>
// CHECK: %[[V:.*]] = arith.extui %[[IS]] : vector<8xi1> to vector<8xi8>
// CHECK: vector.store %[[V]], %[[BYTES]]
// CHECK: vector.maskedstore %{{.*}} : {{.*}}, vector<8xi1>, vector<8xi8>
func.func @greater(%x: memref<?xf32>, %o: memref<?xi1, strided<[1], offset: ?>>) {
  %zero = arith.constant 0.0 : f32
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xf32>) outs(%o : memref<?xi1, strided<[1], offset: ?>>) {
  ^bb0(%a: f32, %e: i1):
    %s = arith.cmpf ogt, %a, %zero : f32
    linalg.yield %s : i1
  }
  return
}

// CHECK-LABEL: func.func @gather
// CHECK: %[[V:.*]] = vector.gather %{{.*}} : memref<?x?xi8>, vector<8xindex>, vector<8xi1>, vector<8xi8> into vector<8xi8>
// CHECK: arith.cmpi ne, %[[V]]
func.func @gather(%m: memref<?x?xi1>, %o: memref<?x?xi1>) {
  linalg.generic {indexing_maps = [#swap, #id2], iterator_types = ["parallel", "parallel"]} ins(%m : memref<?x?xi1>) outs(%o : memref<?x?xi1>) {
  ^bb0(%a: i1, %e: i1):
    linalg.yield %a : i1
  }
  return
}

// CHECK-LABEL: func.func @any
// CHECK: vector.load %{{.*}} : memref<?x?xi8>, vector<8xi8>
// CHECK: vector.reduction <or>, %{{.*}} : vector<8xi1> into i1
// CHECK: memref.store %{{.*}} : memref<?xi1>
func.func @any(%m: memref<?x?xi1>, %o: memref<?xi1>) {
  linalg.generic {indexing_maps = [#id2, #outer], iterator_types = ["parallel", "reduction"]} ins(%m : memref<?x?xi1>) outs(%o : memref<?xi1>) {
  ^bb0(%a: i1, %e: i1):
    %s = arith.ori %a, %e : i1
    linalg.yield %s : i1
  }
  return
}

// CHECK-LABEL: func.func @loaded
// CHECK: %[[V:.*]] = vector.load %{{.*}} : memref<?xi8>, vector<8xi8>
// CHECK: arith.cmpi ne, %[[V]]
func.func @loaded(%m: memref<?xi1>, %o: memref<?xi8>) {
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%o : memref<?xi8>) {
  ^bb0(%e: i8):
    %i = linalg.index 0 : index
    %a = memref.load %m[%i] : memref<?xi1>
    %s = arith.extui %a : i1 to i8
    linalg.yield %s : i8
  }
  return
}
