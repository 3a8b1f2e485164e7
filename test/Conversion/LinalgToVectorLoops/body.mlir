// RUN: quant-opt %s --convert-linalg-to-vector-loops="lanes=8" | FileCheck %s

#id = affine_map<(d0) -> (d0)>
#id2 = affine_map<(d0, d1) -> (d0, d1)>
#outer = affine_map<(d0, d1) -> (d0)>

// Rows of a table: lanes beside each other lie so in memory. Anywhere: a gather.
// CHECK-LABEL: func.func @gather
// CHECK-SAME: (%[[T:.*]]: memref<?x?xf32>, %[[IDS:.*]]: memref<?xi64>, %{{.*}}: memref<?xf32>, %{{.*}}: memref<?x?xf32>
// CHECK: vector.load %[[T]][
// CHECK: memref.extract_strided_metadata %[[T]]
// CHECK: vector.gather %[[T]][%{{.*}}, %{{.*}}]
func.func @gather(%t: memref<?x?xf32>, %ids: memref<?xi64>, %p: memref<?xf32>, %o: memref<?x?xf32>) {
  linalg.generic {indexing_maps = [#outer, #id2], iterator_types = ["parallel", "parallel"]} ins(%ids : memref<?xi64>) outs(%o : memref<?x?xf32>) {
  ^bb0(%a: i64, %e: f32):
    %j = linalg.index 1 : index
    %i = arith.index_cast %a : i64 to index
    %s = memref.load %t[%i, %j] : memref<?x?xf32>
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%ids : memref<?xi64>) outs(%p : memref<?xf32>) {
  ^bb0(%a: i64, %e: f32):
    %i = arith.index_cast %a : i64 to index
    %s = memref.load %t[%i, %i] : memref<?x?xf32>
    linalg.yield %s : f32
  }
  return
}

// A lane that does not exist divides by one.
// CHECK-LABEL: func.func @divide
// CHECK: arith.divsi
// CHECK: %[[MASK:.*]] = vector.create_mask
// CHECK: %[[SAFE:.*]] = arith.select %[[MASK]], %{{.*}}, %{{.*}} : vector<8xi1>, vector<8xi32>
// CHECK: arith.divsi %{{.*}}, %[[SAFE]]
func.func @divide(%x: memref<?xi32>, %y: memref<?xi32>, %o: memref<?xi32>) {
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel"]} ins(%x, %y : memref<?xi32>, memref<?xi32>) outs(%o : memref<?xi32>) {
  ^bb0(%a: i32, %b: i32, %e: i32):
    %d = arith.addi %b, %a : i32
    %q = arith.divsi %a, %d : i32
    linalg.yield %q : i32
  }
  return
}

// CHECK-LABEL: func.func @named
// CHECK-NOT: linalg
// CHECK: return
func.func @named(%x: memref<?x?xf32>, %o: memref<?x?xf32>, %v: f32) {
  linalg.fill ins(%v : f32) outs(%o : memref<?x?xf32>)
  linalg.add ins(%x, %x : memref<?x?xf32>, memref<?x?xf32>) outs(%o : memref<?x?xf32>)
  linalg.copy ins(%x : memref<?x?xf32>) outs(%o : memref<?x?xf32>)
  linalg.transpose ins(%x : memref<?x?xf32>) outs(%o : memref<?x?xf32>) permutation = [1, 0]
  return
}
