// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s

// Functions and globals of a gpu.module move to the host.

// CHECK-NOT: gpu.module
// CHECK: llvm.mlir.global internal constant @m.table(dense<[1, 2]> : tensor<2xi32>) {{.*}}: !llvm.array<2 x i32>
gpu.module @m {
  llvm.mlir.global internal constant @table(dense<[1, 2]> : tensor<2xi32>) {addr_space = 4 : i32} : !llvm.array<2 x i32>
  // Dynamic shared memory lies behind what has a size.
  llvm.mlir.global external @dynamic() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
  llvm.mlir.global internal @words() {addr_space = 3 : i32, alignment = 4 : i64} : !llvm.array<3 x i32>
  llvm.mlir.global internal @vectors() {addr_space = 3 : i32, alignment = 16 : i64} : !llvm.array<1 x vector<4xf32>>

  // CHECK: llvm.func internal @m.half.thread(%{{.*}}: i32) -> i32
  llvm.func @half(%x: i32) -> i32 {
    %one = llvm.mlir.constant(1 : i32) : i32
    %y = llvm.lshr %x, %one : i32
    llvm.return %y : i32
  }

  // CHECK: llvm.func internal @m.k.thread(%[[P:.*]]: !llvm.ptr<1>, %[[N:.*]]: i32, %[[V:.*]]: !llvm.ptr)
  llvm.func @k(%p: !llvm.ptr<1>, %n: i32, %v: !llvm.ptr {llvm.byval = !llvm.array<2 x i64>, nvvm.grid_constant})
      attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 64, 2, 1>, lowbit.shared_bytes = 4096 : i32,
                  passthrough = [["denormal-fp-math-f32", "preserve-sign,preserve-sign"]]} {
    // CHECK: %[[TID:.*]] = llvm.call @lowbit_simt_sreg(%{{.*}}) : (i32) -> i32
    %t = nvvm.read.ptx.sreg.tid.x : i32
    // CHECK: llvm.call @m.half.thread(%[[TID]])
    %h = llvm.call @half(%t) : (i32) -> i32
    // CHECK: %[[SHARED:.*]] = llvm.call @lowbit_simt_shared() : () -> !llvm.ptr
    // CHECK: %[[WORDS:.*]] = llvm.getelementptr %[[SHARED]][0]
    // CHECK: llvm.addrspacecast %[[WORDS]] : !llvm.ptr to !llvm.ptr<3>
    %w = llvm.mlir.addressof @words : !llvm.ptr<3>
    // CHECK: llvm.getelementptr %{{.*}}[16]
    %f = llvm.mlir.addressof @vectors : !llvm.ptr<3>
    // CHECK: llvm.getelementptr %{{.*}}[1024]
    %d = llvm.mlir.addressof @dynamic : !llvm.ptr<3>
    // CHECK: llvm.mlir.addressof @m.table : !llvm.ptr
    %c = llvm.mlir.addressof @table : !llvm.ptr<4>
    llvm.return
  }
}

// CHECK: llvm.func @m.k(%[[ARGUMENTS:.*]]: !llvm.ptr) attributes {lowbit.launch = {block = array<i32: 64, 2, 1>, flush_denormals, parameter_bytes = array<i64: 8, 4, 16>, shared_bytes = 4096 : i64, static_shared_bytes = 1024 : i64}}
// CHECK:   %[[SLOT0:.*]] = llvm.getelementptr %[[ARGUMENTS]][0]
// CHECK:   %[[AT0:.*]] = llvm.load %[[SLOT0]] : !llvm.ptr -> !llvm.ptr
// CHECK:   %[[A0:.*]] = llvm.load %[[AT0]] : !llvm.ptr -> !llvm.ptr<1>
// CHECK:   %[[A1:.*]] = llvm.load %{{.*}} : !llvm.ptr -> i32
// A struct by value is passed by the address of its copy.
// CHECK:   %[[AT2:.*]] = llvm.load %{{.*}} : !llvm.ptr -> !llvm.ptr
// CHECK-NOT: llvm.load %[[AT2]]
// CHECK:   llvm.call @m.k.thread(%[[A0]], %[[A1]], %[[AT2]])
