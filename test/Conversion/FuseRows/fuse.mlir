// RUN: quant-opt %s --lowbit-fuse-rows="lanes=8" --canonicalize --cse | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#one = affine_map<(d0) -> (d0)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#rows3 = affine_map<(d0, d1, d2) -> (d0, d1)>

// The largest magnitude of each row, a scale of it, codes: of as many rows as the
// same dim says. What has one element to a row is a scalar; what is allocated and
// asserted stays in front.
// CHECK-LABEL: func.func @encode
// CHECK-SAME: (%[[X:.*]]: memref<?x4096xf32>)
// CHECK: %[[M:.*]] = memref.dim %[[X]], %c0
// CHECK: %[[S:.*]] = memref.alloc(%[[M]])
// CHECK: cf.assert
// CHECK: %[[C:.*]] = memref.alloc(%[[M]])
// CHECK-NOT: linalg.generic
// CHECK: scf.parallel (%[[I:.*]]) = (%c0) to (%[[M]]) step (%c1) {
// CHECK: %[[SI:.*]] = memref.subview %[[S]][%[[I]]] [1] [1] : memref<?xf32> to memref<f32, strided<[], offset: ?>>
// CHECK: linalg.generic {indexing_maps = [#{{.*}}], iterator_types = []} ins(%{{.*}} : f32) outs(%[[SI]]
// CHECK: %[[XI:.*]] = memref.subview %[[X]][%[[I]], 0] [1, 4096] [1, 1] : memref<?x4096xf32> to memref<4096xf32, strided<[1], offset: ?>>
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[XI]] {{.*}} outs(%[[SI]]
// CHECK: linalg.generic {{.*}} iterator_types = []} outs(%[[SI]]
// CHECK: %[[CI:.*]] = memref.subview %[[C]][%[[I]], 0] [1, 4096] [1, 1]
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[XI]], %[[SI]] {{.*}} outs(%[[CI]]
// CHECK-NOT: linalg.generic
// CHECK: scf.reduce
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @encode(%x: memref<?x4096xf32>) -> (memref<?xf32>, memref<?x4096xi8>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %most = arith.constant 127.0 : f32
  %m = memref.dim %x, %c0 : memref<?x4096xf32>
  %s = memref.alloc(%m) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<?xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]} ins(%x : memref<?x4096xf32>) outs(%s : memref<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = math.absf %a : f32
    %c = arith.maximumf %b, %o : f32
    linalg.yield %c : f32
  }
  linalg.generic {indexing_maps = [#one], iterator_types = ["parallel"]} outs(%s : memref<?xf32>) {
  ^bb0(%o: f32):
    %b = arith.divf %o, %most : f32
    linalg.yield %b : f32
  }
  %few = arith.cmpi ult, %m, %c0 : index
  cf.assert %few, "too many"
  %c = memref.alloc(%m) : memref<?x4096xi8>
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%x, %s : memref<?x4096xf32>, memref<?xf32>) outs(%c : memref<?x4096xi8>) {
  ^bb0(%a: f32, %b: f32, %o: i8):
    %q = arith.divf %a, %b : f32
    %i = arith.fptosi %q : f32 to i8
    linalg.yield %i : i8
  }
  return %s, %c : memref<?xf32>, memref<?x4096xi8>
}

// Two loops over rows, of a tensor of three axes.
// CHECK-LABEL: func.func @softmax
// CHECK: scf.parallel (%[[I:.*]], %[[J:.*]]) = (%c0, %c0) to (%c4, %c16)
// CHECK: memref.subview %{{.*}}[%[[I]], %[[J]]] [1, 1] [1, 1] : memref<4x16xf32> to memref<f32,
// CHECK: memref.subview %{{.*}}[%[[I]], %[[J]], 0] [1, 1, 256] [1, 1, 1] : memref<4x16x256xf32> to memref<256xf32,
// CHECK: arith.maximumf
// CHECK: math.exp
// CHECK: scf.reduce
func.func @softmax(%x: memref<4x16x256xf32>) -> memref<4x16x256xf32> {
  %lowest = arith.constant 0xFF800000 : f32
  %m = memref.alloc() : memref<4x16xf32>
  linalg.fill ins(%lowest : f32) outs(%m : memref<4x16xf32>)
  linalg.generic {indexing_maps = [#id3, #rows3], iterator_types = ["parallel", "parallel", "reduction"]} ins(%x : memref<4x16x256xf32>) outs(%m : memref<4x16xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = arith.maximumf %a, %o : f32
    linalg.yield %b : f32
  }
  %y = memref.alloc() : memref<4x16x256xf32>
  linalg.generic {indexing_maps = [#id3, #rows3, #id3], iterator_types = ["parallel", "parallel", "parallel"]} ins(%x, %m : memref<4x16x256xf32>, memref<4x16xf32>) outs(%y : memref<4x16x256xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %c = arith.subf %a, %b : f32
    %d = math.exp %c : f32
    linalg.yield %d : f32
  }
  memref.dealloc %m : memref<4x16xf32>
  return %y : memref<4x16x256xf32>
}

// The layer that profiles name.
// CHECK-LABEL: func.func @layer
// CHECK: scf.parallel
// CHECK: } {lowbit.layer = "fc1"}
func.func @layer(%x: memref<64x256xf32>) -> memref<64x256xf32> {
  %y = memref.alloc() : memref<64x256xf32>
  linalg.copy {lowbit.layer = "fc1"} ins(%x : memref<64x256xf32>) outs(%y : memref<64x256xf32>)
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"], lowbit.layer = "fc1"} outs(%y : memref<64x256xf32>) {
  ^bb0(%o: f32):
    %s = arith.negf %o : f32
    linalg.yield %s : f32
  }
  return %y : memref<64x256xf32>
}
