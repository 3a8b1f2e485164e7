// RUN: not quant-opt %s --lowbit-lower-to-nvvm=device=emulator --split-input-file 2>&1 | FileCheck %s

// The emulator could run it, but the GPU that the kernel is for could not.

// CHECK: emulated.mlir:{{.*}}: error: 'nvvm.elect.sync' is for sm_90 and newer, not for sm_80
module attributes {gpu.container_module} {
  gpu.module @m [#nvvm.target<chip = "sm_80">] {
    llvm.func @k(%p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
      %e = nvvm.elect.sync -> i1
      llvm.store %e, %p : i1, !llvm.ptr<1>
      llvm.return
    }
  }
}

// -----

// CHECK: error: 'nvvm.mma.sp.sync' with these types and attributes is in PTX 8.5 and newer, not in 8.0
module attributes {gpu.container_module} {
  gpu.module @m [#nvvm.target<chip = "sm_80", features = "+ptx80">] {
    llvm.func @k(%p: !llvm.ptr<1>, %i: i32, %c: f32) attributes {gpu.kernel, nvvm.kernel} {
      %zero = llvm.mlir.constant(0 : i32) : i32
      %r = nvvm.mma.sp.sync A[%i, %i, %i, %i] B[%i, %i, %i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
        {orderedMetadata, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>,
         shape = #nvvm.shape<m = 16, n = 8, k = 32>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
      llvm.store %r, %p : !llvm.struct<(f32, f32, f32, f32)>, !llvm.ptr<1>
      llvm.return
    }
  }
}
