// RUN: quant-opt %s --lowbit-inline-alloca-scopes | FileCheck %s

// The effects of an intrinsic are not known, but it is no allocation.
// CHECK-LABEL: func.func @inlined
// CHECK-NOT: memref.alloca_scope
// CHECK: %[[Y:.*]] = llvm.call_intrinsic
// CHECK-NEXT: return %[[Y]]
func.func @inlined(%x: vector<8xf32>, %i: vector<8xi32>) -> vector<8xf32> {
  %y = memref.alloca_scope -> (vector<8xf32>) {
    %z = llvm.call_intrinsic "llvm.x86.avx2.permps"(%x, %i) : (vector<8xf32>, vector<8xi32>) -> vector<8xf32>
    memref.alloca_scope.return %z : vector<8xf32>
  }
  return %y : vector<8xf32>
}

// CHECK-LABEL: func.func @nested
// CHECK-NOT: memref.alloca_scope
// CHECK: memref.store
func.func @nested(%x: f32, %m: memref<f32>) {
  memref.alloca_scope {
    memref.alloca_scope {
      memref.store %x, %m[] : memref<f32>
    }
  }
  return
}

// CHECK-LABEL: func.func @allocates
// CHECK: memref.alloca_scope
// CHECK-NEXT: memref.alloca
func.func @allocates(%x: f32) {
  memref.alloca_scope {
    %m = memref.alloca() : memref<f32>
    memref.store %x, %m[] : memref<f32>
  }
  return
}
