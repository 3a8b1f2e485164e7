// RUN: quant-opt %s --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm{ptx=8.5}))' | FileCheck %s
// RUN: not quant-opt %s --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm{ptx=8.4}))' 2>&1 | FileCheck %s --check-prefix=OLD
// RUN: not quant-opt %s --lowbit-serialize-nvvm-kernels 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: quant-opt %s --lowbit-serialize-nvvm-kernels=ptx=8.5 | FileCheck %s --check-prefix=PTX

// The version that kernels are compiled to is the one that counts, not the target's.

// CHECK: nvvm.mma.sp.sync
// OLD: ptx.mlir:[[@LINE+6]]:10: error: 'nvvm.mma.sp.sync' with these types and attributes is in PTX 8.5 and newer, not in 8.4
// TARGET: is in PTX 8.5 and newer, not in 8.0: give the target the feature '+ptx85'
// PTX: mma.sp::ordered_metadata.sync
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
