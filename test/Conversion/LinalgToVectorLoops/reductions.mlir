// RUN: quant-opt %s --convert-linalg-to-vector-loops="lanes=8" | FileCheck %s

#id2 = affine_map<(d0, d1) -> (d0, d1)>
#outer = affine_map<(d0, d1) -> (d0)>

// Lane by lane in several vectors, then the rest, then across lanes, then the init.
// CHECK-LABEL: func.func @sum
// CHECK: %[[ZEROS:.*]] = vector.broadcast %{{.*}} : f32 to vector<8xf32>
// CHECK: %[[FOUR:.*]]:4 = scf.for %{{.*}} step %c32{{.*}} iter_args(%{{.*}} = %[[ZEROS]], %{{.*}} = %[[ZEROS]], %{{.*}} = %[[ZEROS]], %{{.*}} = %[[ZEROS]])
// CHECK: %[[A:.*]] = arith.addf %[[FOUR]]#0, %[[FOUR]]#2
// CHECK: %[[B:.*]] = arith.addf %[[FOUR]]#1, %[[FOUR]]#3
// CHECK: %[[SUMS:.*]] = arith.addf %[[A]], %[[B]]
// CHECK: %[[MORE:.*]] = scf.for {{.*}} step %c8{{.*}} iter_args(%{{.*}} = %[[SUMS]])
// CHECK: %[[ALL:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[MORE]])
// CHECK: arith.select
// CHECK: vector.extract_strided_slice %[[ALL]] {offsets = [0], sizes = [4]
// CHECK: vector.extract_strided_slice %[[ALL]] {offsets = [4], sizes = [4]
// CHECK: arith.addf {{.*}} : vector<4xf32>
// CHECK: arith.addf {{.*}} : vector<2xf32>
// CHECK: %[[ONE:.*]] = arith.addf {{.*}} : vector<1xf32>
// CHECK: %[[TOTAL:.*]] = vector.extract %[[ONE]][0]
// CHECK: %[[OLD:.*]] = memref.load
// CHECK: arith.addf %[[OLD]], %[[TOTAL]]
func.func @sum(%x: memref<?x?xf32>, %o: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id2, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : memref<?x?xf32>) outs(%o : memref<?xf32>) {
  ^bb0(%a: f32, %e: f32):
    %s = arith.addf %e, %a : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: func.func @maximum
// CHECK: arith.constant 0xFF800000 : f32
// CHECK: arith.maximumf {{.*}} : vector<8xf32>
// CHECK: arith.maximumf {{.*}} : vector<1xf32>
func.func @maximum(%x: memref<?x?xf32>, %o: memref<?xf32>) {
  linalg.reduce ins(%x : memref<?x?xf32>) outs(%o : memref<?xf32>) dimensions = [1]
    (%a: f32, %e: f32) {
      %s = arith.maximumf %a, %e : f32
      linalg.yield %s : f32
    }
  return
}

// Magnitudes are compared by their bits. What they are added to is a float.
// CHECK-LABEL: func.func @magnitude
// CHECK: arith.bitcast %{{.*}} : vector<8xf32> to vector<8xi32>
// CHECK: math.absf
// CHECK: arith.maxsi {{.*}} : vector<8xi32>
// CHECK-NOT: maximumf
// CHECK: %[[BITS:.*]] = vector.reduction <maxsi>
// CHECK: arith.bitcast %[[BITS]] : i32 to f32
// CHECK: arith.maximumf %{{.*}} : f32
func.func @magnitude(%x: memref<?x?xf32>, %o: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id2, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : memref<?x?xf32>) outs(%o : memref<?xf32>) {
  ^bb0(%a: f32, %e: f32):
    %b = math.absf %a : f32
    %s = arith.maximumf %e, %b : f32
    linalg.yield %s : f32
  }
  return
}

// Two outputs of a row are no reason to gather columns of what is reduced.
// CHECK-LABEL: func.func @extremes
// CHECK-NOT: vector.gather
// CHECK: arith.minimumf {{.*}} : vector<8xf32>
// CHECK: arith.maximumf {{.*}} : vector<8xf32>
func.func @extremes(%x: memref<?x?xf32>, %o: memref<?xf32>, %p: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id2, #outer, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : memref<?x?xf32>) outs(%o, %p : memref<?xf32>, memref<?xf32>) {
  ^bb0(%a: f32, %e: f32, %f: f32):
    %s = arith.minimumf %e, %a : f32
    %t = arith.maximumf %f, %a : f32
    linalg.yield %s, %t : f32, f32
  }
  return
}

// Few elements, and bodies that have more to do, need one vector at a time.
// CHECK-LABEL: func.func @short
// CHECK-NOT: step %c32
// CHECK: scf.for {{.*}} step %c8{{.*}} iter_args
// CHECK-LABEL: func.func @long_body
// CHECK-NOT: step %c32
// CHECK: scf.for {{.*}} step %c8{{.*}} iter_args
// CHECK: return
func.func @short(%x: memref<4x24xf32>, %o: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id2, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : memref<4x24xf32>) outs(%o : memref<4xf32>) {
  ^bb0(%a: f32, %e: f32):
    %s = arith.addf %e, %a : f32
    linalg.yield %s : f32
  }
  return
}
func.func @long_body(%x: memref<?x?xf32>, %o: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id2, #outer], iterator_types = ["parallel", "reduction"]} ins(%x : memref<?x?xf32>) outs(%o : memref<?xf32>) {
  ^bb0(%a: f32, %e: f32):
    %b = math.exp %a : f32
    %s = arith.addf %e, %b : f32
    linalg.yield %s : f32
  }
  return
}
