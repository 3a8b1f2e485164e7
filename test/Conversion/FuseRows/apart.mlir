// RUN: quant-opt %s --lowbit-fuse-rows="lanes=8 remarks" --verify-diagnostics | FileCheck %s

// Ops without such rows, or with too little to do, stay apart. In none of these is there a loop.
// CHECK-NOT: scf.parallel (%{{.*}}) = (%{{.*}}) to (%{{.*}}) step (%{{.*}}) {{{$}}
// CHECK-NOT: memref.subview %{{.*}} [1,

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#id3 = affine_map<(d0, d1, d2) -> (d0, d1, d2)>
#mixed = affine_map<(d0, d1) -> (d0 + d1)>

// A loop that is parallel stays parallel.
// CHECK-LABEL: @other_parallel_loops
func.func @other_parallel_loops(%x: memref<4x64x64xf32>) {
  %y = memref.alloc() : memref<4x64x64xf32>
  %z = memref.alloc() : memref<4x64xf32>
  linalg.copy ins(%x : memref<4x64x64xf32>) outs(%y : memref<4x64x64xf32>)
  // expected-remark @below {{it has other parallel loops}}
  linalg.generic {indexing_maps = [#id3, affine_map<(d0, d1, d2) -> (d0, d2)>], iterator_types = ["parallel", "reduction", "parallel"]} ins(%y : memref<4x64x64xf32>) outs(%z : memref<4x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: @gathers
func.func @gathers(%t: memref<?x64xf32>, %i: memref<256xindex>, %x: memref<256x64xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  %z = memref.alloc() : memref<256x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{its body does more than compute}}
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]} ins(%i : memref<256xindex>) outs(%z : memref<256x64xf32>) {
  ^bb0(%a: index, %o: f32):
    %j = linalg.index 1 : index
    %e = memref.load %t[%a, %j] : memref<?x64xf32>
    linalg.yield %e : f32
  }
  return
}

// CHECK-LABEL: @product
func.func @product(%x: memref<256x64xf32>, %w: memref<64x64xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  %z = memref.alloc() : memref<256x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{it is a product, which has its own loops}}
  linalg.generic {indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, affine_map<(d0, d1, d2) -> (d2, d1)>, affine_map<(d0, d1, d2) -> (d0, d1)>], iterator_types = ["parallel", "parallel", "reduction"]} ins(%y, %w : memref<256x64xf32>, memref<64x64xf32>) outs(%z : memref<256x64xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    %s = arith.addf %o, %p : f32
    linalg.yield %s : f32
  }
  return
}

// CHECK-LABEL: @scalars
func.func @scalars(%x: memref<256x64xi4>, %v: memref<256x64xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  %z = memref.alloc() : memref<256x64xi4>
  linalg.copy ins(%v : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{an operand's elements are not whole bytes}}
  linalg.copy ins(%x : memref<256x64xi4>) outs(%z : memref<256x64xi4>)
  return
}

// CHECK-LABEL: @mixed_index
func.func @mixed_index(%x: memref<256x64xf32>, %w: memref<319xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  %z = memref.alloc() : memref<256x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{an index depends on the row and on what is within it}}
  linalg.generic {indexing_maps = [#mixed, #id], iterator_types = ["parallel", "parallel"]} ins(%w : memref<319xf32>) outs(%z : memref<256x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// CHECK-LABEL: @little_work
func.func @little_work(%x: memref<16x64xf32>) {
  %y = memref.alloc() : memref<16x64xf32>
  // expected-remark @below {{shares no rows with what stands behind it: there is little work}}
  linalg.copy ins(%x : memref<16x64xf32>) outs(%y : memref<16x64xf32>)
  linalg.copy ins(%x : memref<16x64xf32>) outs(%y : memref<16x64xf32>)
  return
}

// CHECK-LABEL: @short_rows
func.func @short_rows(%x: memref<4096x16xf32>) {
  %y = memref.alloc() : memref<4096x16xf32>
  // expected-remark @below {{rows are short}}
  linalg.copy ins(%x : memref<4096x16xf32>) outs(%y : memref<4096x16xf32>)
  linalg.copy ins(%x : memref<4096x16xf32>) outs(%y : memref<4096x16xf32>)
  return
}

// One element to a row each: those are vectors.
// CHECK-LABEL: @one_element
func.func @one_element(%x: memref<?xf32>, %m: index) {
  %y = memref.alloc(%m) : memref<?xf32>
  // expected-remark @below {{rows are short}}
  linalg.copy ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  linalg.copy ins(%x : memref<?xf32>) outs(%y : memref<?xf32>)
  return
}

// Something may happen between them.
func.func private @touch(memref<256x64xf32>)
// CHECK-LABEL: @call_between
func.func @call_between(%x: memref<256x64xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  call @touch(%y) : (memref<256x64xf32>) -> ()
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  return
}

// CHECK-LABEL: @in_parallel_loop
func.func @in_parallel_loop(%x: memref<256x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.parallel (%i) = (%c0) to (%n) step (%c1) {
    %y = memref.alloc() : memref<256x64xf32>
    linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
    linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
    memref.dealloc %y : memref<256x64xf32>
    scf.reduce
  }
  return
}
