// RUN: quant-opt %s --lowbit-fuse-rows="lanes=8" --canonicalize --cse | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#swap = affine_map<(d0, d1) -> (d1, d0)>
#column = affine_map<(d0, d1) -> (d1)>
#pair = affine_map<(d0, d1) -> (d0 floordiv 2, d1)>

// What all rows share is no view; a row may be a column, or shared by two.
// CHECK-LABEL: func.func @operands
// CHECK-SAME: (%[[X:.*]]: memref<64x256xf32>, %[[T:.*]]: memref<256x64xf32>, %[[P:.*]]: memref<32x256xf32>, %[[B:.*]]: memref<256xf32>, %[[V:.*]]: f32)
// CHECK: scf.parallel (%[[I:.*]]) =
// CHECK: memref.subview %[[T]][0, %[[I]]] [256, 1] [1, 1] : memref<256x64xf32> to memref<256xf32, strided<[64], offset: ?>>
// CHECK: %[[HALF:.*]] = affine.apply #{{.*}}(%[[I]])
// CHECK: %[[PI:.*]] = memref.subview %[[P]][%[[HALF]], 0] [1, 256] [1, 1]
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %[[PI]], %[[B]], %[[V]] :
// CHECK: linalg.index 0
// CHECK: arith.addi %[[I]], %{{.*}}
func.func @operands(%x: memref<64x256xf32>, %t: memref<256x64xf32>, %p: memref<32x256xf32>, %b: memref<256xf32>, %v: f32) -> (memref<64x256xf32>, memref<64x256xindex>) {
  %y = memref.alloc() : memref<64x256xf32>
  %z = memref.alloc() : memref<64x256xindex>
  linalg.generic {indexing_maps = [#id, #swap, #pair, #column, affine_map<(d0, d1) -> ()>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %t, %p, %b, %v : memref<64x256xf32>, memref<256x64xf32>, memref<32x256xf32>, memref<256xf32>, f32) outs(%y : memref<64x256xf32>) {
  ^bb0(%a0: f32, %a1: f32, %a2: f32, %a3: f32, %a4: f32, %o: f32):
    %0 = arith.addf %a0, %a1 : f32
    %1 = arith.addf %0, %a2 : f32
    %2 = arith.addf %1, %a3 : f32
    %3 = arith.addf %2, %a4 : f32
    linalg.yield %3 : f32
  }
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel", "parallel"]} outs(%z : memref<64x256xindex>) {
  ^bb0(%o: index):
    %i = linalg.index 0 : index
    %j = linalg.index 1 : index
    %s = arith.addi %i, %j : index
    linalg.yield %s : index
  }
  return %y, %z : memref<64x256xf32>, memref<64x256xindex>
}
