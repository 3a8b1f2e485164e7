// RUN: quant-opt %s --split-input-file --convert-linalg-to-vector-loops="lanes=8" -verify-diagnostics | FileCheck %s

#id = affine_map<(d0) -> (d0)>

// CHECK-LABEL: func.func @nibbles
// CHECK: scf.for
// CHECK: memref.load %{{.*}} : memref<?xi4>
// CHECK-NOT: vector
func.func @nibbles(%x: memref<?xi4>, %o: memref<?xi8>) {
  // expected-remark @below {{computes on scalars: an operand's elements are not whole bytes}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xi4>) outs(%o : memref<?xi8>) {
  ^bb0(%a: i4, %e: i8):
    %s = arith.extui %a : i4 to i8
    linalg.yield %s : i8
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
func.func @loaded_nibbles(%x: memref<?xi4>, %o: memref<?xi8>) {
  // expected-remark @below {{computes on scalars: an element that is loaded is not whole bytes}}
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%o : memref<?xi8>) {
  ^bb0(%e: i8):
    %i = linalg.index 0 : index
    %a = memref.load %x[%i] : memref<?xi4>
    %s = arith.extui %a : i4 to i8
    linalg.yield %s : i8
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
// CHECK-LABEL: func.func @region
// CHECK: scf.for
// CHECK: scf.if
func.func @region(%x: memref<?xf32>, %o: memref<?xf32>, %c: i1) {
  // expected-remark @below {{computes on scalars: 'scf.if' does not compute on vectors}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xf32>) outs(%o : memref<?xf32>) {
  ^bb0(%a: f32, %e: f32):
    %s = scf.if %c -> f32 {
      scf.yield %a : f32
    } else {
      scf.yield %e : f32
    }
    linalg.yield %s : f32
  }
  return
}

// -----

// Ops of one reason have one remark, with the layers that are known.

#id = affine_map<(d0) -> (d0)>
func.func @several(%x: memref<?xi4>, %y: memref<?xf32>, %o: memref<?xi8>, %c: i1) {
  // expected-remark @below {{computes on scalars (2 ops): an operand's elements are not whole bytes: fc}}
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xi4>) outs(%o : memref<?xi8>) {
  ^bb0(%a: i4, %e: i8):
    %s = arith.extui %a : i4 to i8
    linalg.yield %s : i8
  }
  // expected-remark @below {{computes on scalars: 'scf.if' does not compute on vectors}}
  linalg.generic {indexing_maps = [#id], iterator_types = ["parallel"]} outs(%y : memref<?xf32>) {
  ^bb0(%e: f32):
    %s = scf.if %c -> f32 {
      %t = arith.addf %e, %e : f32
      scf.yield %t : f32
    } else {
      scf.yield %e : f32
    }
    linalg.yield %s : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel"]} ins(%x : memref<?xi4>) outs(%o : memref<?xi8>) attrs = {lowbit.layer = "fc"} {
  ^bb0(%a: i4, %e: i8):
    %s = arith.extsi %a : i4 to i8
    linalg.yield %s : i8
  }
  return
}

// -----

#reverse = affine_map<(d0) -> (-d0 + 7)>
#id = affine_map<(d0) -> (d0)>
func.func @reverse(%x: memref<8xf32>, %o: memref<8xf32>) {
  // expected-remark @below {{no dimension runs contiguously through the outputs or reduces into them}}
  linalg.generic {indexing_maps = [#reverse, #id], iterator_types = ["parallel"]} ins(%x : memref<8xf32>) outs(%o : memref<8xf32>) {
  ^bb0(%a: f32, %e: f32):
    linalg.yield %a : f32
  }
  return
}

// -----

#id = affine_map<(d0) -> (d0)>
#none = affine_map<(d0) -> ()>
// A difference of what was so far cannot be taken lane by lane.
func.func @order(%x: memref<?xf32>, %o: memref<f32>) {
  // expected-remark @below {{no dimension runs contiguously through the outputs or reduces into them}}
  linalg.generic {indexing_maps = [#id, #none], iterator_types = ["reduction"]} ins(%x : memref<?xf32>) outs(%o : memref<f32>) {
  ^bb0(%a: f32, %e: f32):
    %s = arith.subf %a, %e : f32
    linalg.yield %s : f32
  }
  return
}

// -----

func.func @tensors(%x: tensor<8xf32>, %o: tensor<8xf32>) -> tensor<8xf32> {
  // expected-error @below {{is not on memrefs: bufferize first}}
  %y = linalg.copy ins(%x : tensor<8xf32>) outs(%o : tensor<8xf32>) -> tensor<8xf32>
  return %y : tensor<8xf32>
}
