// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s
// RUN: quant-opt %s --convert-nvvm-to-simt --gpu-to-llvm | FileCheck %s --check-prefix=LLVM

// Host code that launches kernels keeps doing so: of a binary that names them.

module attributes {gpu.container_module} {
  gpu.module @m [#nvvm.target<chip = "sm_86">] {
    llvm.func @k(%p: !llvm.ptr<1>, %n: i32) attributes {gpu.kernel, nvvm.kernel, nvvm.reqntid = array<i32: 32, 1, 1>,
        passthrough = [["denormal-fp-math-f32", "preserve-sign,preserve-sign"]]} {
      llvm.return
    }
  }

  // CHECK: gpu.binary @m [#gpu.object<#nvvm.target, bin = "lowbit-simt:m">]
  // CHECK-LABEL: llvm.func internal @m.register()
  // CHECK: %[[PROGRAM:.*]] = llvm.mlir.addressof @m.register : !llvm.ptr
  // Bytes of shared memory: of globals, and at the most on the chip; the block.
  // CHECK: llvm.mlir.constant(0 : i64)
  // CHECK: llvm.mlir.constant(101376 : i64)
  // CHECK: llvm.mlir.constant(32 : i32)
  // CHECK: llvm.mlir.constant(1 : i32)
  // Its parameters, which a launch copies.
  // CHECK: llvm.mlir.constant(2 : i64)
  // CHECK: llvm.mlir.constant(dense<[8, 4]> : tensor<2xi64>)

  // CHECK: llvm.store %{{.*}}, %[[PROPERTIES:.*]] : !llvm.struct<(i64, i64, array<3 x i32>, i32, i64, ptr)>
  // CHECK: %[[ENTRY:.*]] = llvm.mlir.addressof @m.k : !llvm.ptr
  // CHECK: llvm.call @lowbit_runtime_register_kernel(%[[PROGRAM]], %{{.*}}, %{{.*}}, %[[ENTRY]], %[[PROPERTIES]])
  // CHECK-LABEL: llvm.func internal @m.unregister()
  // CHECK: %[[PROGRAM:.*]] = llvm.mlir.addressof @m.register : !llvm.ptr
  // CHECK: llvm.call @lowbit_runtime_unregister_program(%[[PROGRAM]])
  // CHECK: llvm.mlir.global_ctors ctors = [@m.register], priorities = [100 : i32], data = [#llvm.zero]
  // CHECK: llvm.mlir.global_dtors dtors = [@m.unregister], priorities = [100 : i32], data = [#llvm.zero]

  // CHECK-LABEL: func.func @host
  // CHECK: gpu.launch_func async {{.*}} @m::@k
  // LLVM: gpu.launch_func <%{{.*}} : !llvm.ptr> @m::@k
  func.func @host(%p: !llvm.ptr<1>, %n: i32, %bytes: i32) {
    %c1 = arith.constant 1 : index
    %c32 = arith.constant 32 : index
    %t0 = gpu.wait async
    %t1 = gpu.launch_func async [%t0] @m::@k blocks in (%c1, %c1, %c1) threads in (%c32, %c1, %c1)
      dynamic_shared_memory_size %bytes args(%p : !llvm.ptr<1>, %n : i32)
    gpu.wait [%t1]
    return
  }
}
