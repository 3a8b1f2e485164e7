// RUN: quant-opt %s --lowbit-fuse-rows="lanes=8 remarks" --verify-diagnostics | FileCheck %s

// Ops that depend on other rows, or may, stay apart. In none of these is there a loop.
// CHECK-NOT: scf.parallel (%{{.*}}) = (%{{.*}}) to (%{{.*}}) step (%{{.*}}) {{{$}}
// CHECK-NOT: memref.subview %{{.*}} [1,

#id = affine_map<(d0, d1) -> (d0, d1)>

// CHECK-LABEL: @other_rows
func.func @other_rows(%x: memref<64x64xf32>) {
  %y = memref.alloc() : memref<64x64xf32>
  %z = memref.alloc() : memref<64x64xf32>
  linalg.copy ins(%x : memref<64x64xf32>) outs(%y : memref<64x64xf32>)
  // expected-remark @below {{shares no rows with what stands before it: it needs other rows of what is computed before}}
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<64x64xf32>) outs(%z : memref<64x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// A row that all read.
// CHECK-LABEL: @first_row
func.func @first_row(%x: memref<256x64xf32>) {
  %y = memref.alloc() : memref<256x64xf32>
  %z = memref.alloc() : memref<256x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{needs other rows}}
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (0, d1)>, #id], iterator_types = ["parallel", "parallel"]} ins(%y : memref<256x64xf32>) outs(%z : memref<256x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}

// Written after others have read it.
// CHECK-LABEL: @read_before
func.func @read_before(%b: memref<64x64xf32>) {
  %r = memref.alloc() : memref<64x64xf32>
  %y = memref.alloc() : memref<64x64xf32>
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, #id], iterator_types = ["parallel", "parallel"]} ins(%r : memref<64x64xf32>) outs(%y : memref<64x64xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  // expected-remark @below {{it needs other rows of what is computed before}}
  linalg.copy ins(%b : memref<64x64xf32>) outs(%r : memref<64x64xf32>)
  return
}

// Both may be one buffer, or parts of one.
// CHECK-LABEL: @arguments
func.func @arguments(%x: memref<256x64xf32>, %y: memref<256x64xf32>, %z: memref<256x64xf32>) {
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  // expected-remark @below {{what it touches may overlap what is computed before}}
  linalg.copy ins(%z : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
  return
}
// CHECK-LABEL: @views
func.func @views(%x: memref<256x64xf32>) {
  %y = memref.alloc() : memref<257x64xf32>
  %y0 = memref.subview %y[0, 0] [256, 64] [1, 1] : memref<257x64xf32> to memref<256x64xf32, strided<[64, 1]>>
  %y1 = memref.subview %y[1, 0] [256, 64] [1, 1] : memref<257x64xf32> to memref<256x64xf32, strided<[64, 1], offset: 64>>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y0 : memref<256x64xf32, strided<[64, 1]>>)
  // expected-remark @below {{what it touches may overlap what is computed before}}
  linalg.copy ins(%x : memref<256x64xf32>) outs(%y1 : memref<256x64xf32, strided<[64, 1], offset: 64>>)
  return
}
// A block of a loop gets what was allocated before, too.
// CHECK-LABEL: @carried
func.func @carried(%x: memref<256x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = memref.alloc() : memref<256x64xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%z = %y) -> memref<256x64xf32> {
    linalg.copy ins(%x : memref<256x64xf32>) outs(%y : memref<256x64xf32>)
    // expected-remark @below {{what it touches may overlap what is computed before}}
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]} ins(%z : memref<256x64xf32>) outs(%y : memref<256x64xf32>) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    }
    scf.yield %z : memref<256x64xf32>
  }
  return
}

// CHECK-LABEL: @unknown_rows
func.func @unknown_rows(%x: memref<?x64xf32>, %z: memref<?x64xf32>, %m: index, %n: index) {
  %a0 = memref.alloc(%m) : memref<?x64xf32>
  %a1 = memref.alloc(%n) : memref<?x64xf32>
  linalg.copy ins(%x : memref<?x64xf32>) outs(%a0 : memref<?x64xf32>)
  // expected-remark @below {{it is not known to have as many rows}}
  linalg.copy ins(%z : memref<?x64xf32>) outs(%a1 : memref<?x64xf32>)
  return
}
// CHECK-LABEL: @fewer_rows
func.func @fewer_rows(%x: memref<256x64xf32>, %z: memref<128x64xf32>) {
  %a0 = memref.alloc() : memref<256x64xf32>
  %a1 = memref.alloc() : memref<128x64xf32>
  linalg.copy ins(%x : memref<256x64xf32>) outs(%a0 : memref<256x64xf32>)
  // expected-remark @below {{it is not known to have as many rows}}
  linalg.copy ins(%z : memref<128x64xf32>) outs(%a1 : memref<128x64xf32>)
  return
}
