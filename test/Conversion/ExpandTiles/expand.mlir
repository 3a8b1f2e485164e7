// RUN: quant-opt %s --lowbit-expand-tiles --split-input-file -verify-diagnostics | FileCheck %s

// Registers are vectors, also around loops; what is loaded fills the first rows
// and bytes, and products of four bytes each are added in loops.
// CHECK-LABEL: func.func @products(
// CHECK-SAME: %[[A:.*]]: !llvm.ptr, %[[STRIDE:.*]]: i64
// CHECK: %[[ZERO:.*]] = arith.constant dense<0> : vector<256xi32>
// CHECK: scf.for {{.*}} iter_args(%[[SUM:.*]] = %{{.*}}) -> (vector<256xi32>)
// CHECK-COUNT-16: llvm.load %{{.*}} {alignment = 1 : i64} : !llvm.ptr -> vector<2xi32>
// CHECK: vector.insert_strided_slice %{{.*}}, %{{.*}} {offsets = [240], strides = [1]} : vector<2xi32> into vector<256xi32>
// CHECK-COUNT-2: llvm.load %{{.*}} {alignment = 1 : i64} : !llvm.ptr -> vector<16xi32>
// CHECK: vector.store %[[SUM]], %[[BUFFER:.*]][%{{.*}}] : memref<256xi32>, vector<256xi32>
// CHECK: scf.for %{{.*}} to %c2
// CHECK: scf.for %{{.*}} to %c16
// CHECK-COUNT-4: arith.muli {{.*}} : vector<16xi32>
// CHECK: vector.store %{{.*}}, %[[BUFFER]]
// CHECK: %[[NEXT:.*]] = vector.load %[[BUFFER]]
// CHECK: scf.yield %[[NEXT]] : vector<256xi32>
// CHECK-COUNT-16: llvm.store %{{.*}}, %{{.*}} {alignment = 1 : i64} : vector<16xi32>, !llvm.ptr
// CHECK-NOT: x86_amx
func.func @products(%a: !llvm.ptr, %stride: i64, %b: !llvm.ptr, %c: !llvm.ptr, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %two = arith.constant 2 : i16
  %eight = arith.constant 8 : i16
  %rows = arith.constant 16 : i16
  %bytes = arith.constant 64 : i16
  %zero = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%rows, %bytes) : (i16, i16) -> !llvm.x86_amx
  %sums = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %zero) -> (!llvm.x86_amx) {
    %x = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%rows, %eight, %a, %stride) : (i16, i16, !llvm.ptr, i64) -> !llvm.x86_amx
    %y = llvm.call_intrinsic "llvm.x86.tileloadd64.internal"(%two, %bytes, %b, %stride) : (i16, i16, !llvm.ptr, i64) -> !llvm.x86_amx
    %next = llvm.call_intrinsic "llvm.x86.tdpbsud.internal"(%rows, %bytes, %eight, %sum, %x, %y) : (i16, i16, i16, !llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx) -> !llvm.x86_amx
    scf.yield %next : !llvm.x86_amx
  }
  llvm.call_intrinsic "llvm.x86.tilestored64.internal"(%rows, %bytes, %c, %stride, %sums) : (i16, i16, !llvm.ptr, i64, !llvm.x86_amx) -> ()
  return
}

// -----

// Other intrinsics stay; those of tiles that there is no expansion for are errors.
// CHECK-LABEL: func.func @others(
// CHECK: llvm.call_intrinsic "llvm.sqrt.f32"
func.func @others(%x: f32) -> f32 {
  %0 = llvm.call_intrinsic "llvm.sqrt.f32"(%x) : (f32) -> f32
  return %0 : f32
}

// -----

func.func @unknown(%rows: i16) {
  %bytes = arith.constant 64 : i16
  // expected-error @below {{failed to legalize operation 'llvm.call_intrinsic'}}
  %zero = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%rows, %bytes) : (i16, i16) -> !llvm.x86_amx
  return
}

// -----

func.func @signed() {
  %rows = arith.constant 16 : i16
  %bytes = arith.constant 64 : i16
  %zero = llvm.call_intrinsic "llvm.x86.tilezero.internal"(%rows, %bytes) : (i16, i16) -> !llvm.x86_amx
  // expected-error @below {{failed to legalize operation 'llvm.call_intrinsic'}}
  %next = llvm.call_intrinsic "llvm.x86.tdpbssd.internal"(%rows, %bytes, %bytes, %zero, %zero, %zero) : (i16, i16, i16, !llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx) -> !llvm.x86_amx
  return
}
