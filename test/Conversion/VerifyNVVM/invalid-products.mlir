// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm))' -verify-diagnostics

// Which chips and which PTX have a product hangs on its types. Of 8-bit floats,
// upstream's dialect has sparse ones only.

gpu.module @bf16 [#nvvm.target<chip = "sm_80", features = "+ptx80">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %r = nvvm.mma.sp.sync A[%i, %i, %i, %i] B[%i, %i, %i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 32>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}

// -----

gpu.module @f8 [#nvvm.target<chip = "sm_80", features = "+ptx85">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    // expected-error @below {{'nvvm.mma.sp.sync' is for sm_89 and newer, not for sm_80}}
    %r = nvvm.mma.sp.sync A[%i, %i] B[%i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {multiplicandAPtxType = #nvvm.mma_type<e4m3>, multiplicandBPtxType = #nvvm.mma_type<e4m3>, shape = #nvvm.shape<m = 16, n = 8, k = 64>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}

// -----

gpu.module @f8_newer [#nvvm.target<chip = "sm_89", features = "+ptx84">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %r = nvvm.mma.sp.sync A[%i, %i] B[%i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {multiplicandAPtxType = #nvvm.mma_type<e4m3>, multiplicandBPtxType = #nvvm.mma_type<e4m3>, shape = #nvvm.shape<m = 16, n = 8, k = 64>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}

// -----

gpu.module @f8_ptx [#nvvm.target<chip = "sm_89", features = "+ptx81">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    // expected-error @below {{'nvvm.mma.sp.sync' with these types and attributes is in PTX 8.4 and newer, not in 8.1: give the target the feature '+ptx84'}}
    %r = nvvm.mma.sp.sync A[%i, %i] B[%i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {multiplicandAPtxType = #nvvm.mma_type<e4m3>, multiplicandBPtxType = #nvvm.mma_type<e4m3>, shape = #nvvm.shape<m = 16, n = 8, k = 64>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}

// -----

gpu.module @ordered [#nvvm.target<chip = "sm_80", features = "+ptx80">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    // expected-error @below {{'nvvm.mma.sp.sync' with these types and attributes is in PTX 8.5 and newer, not in 8.0: give the target the feature '+ptx85'}}
    %r = nvvm.mma.sp.sync A[%i, %i, %i, %i] B[%i, %i, %i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {orderedMetadata, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 32>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}

// -----

gpu.module @ordered_newer [#nvvm.target<chip = "sm_80", features = "+ptx85">] {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    %r = nvvm.mma.sp.sync A[%i, %i, %i, %i] B[%i, %i, %i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {orderedMetadata, multiplicandAPtxType = #nvvm.mma_type<bf16>, multiplicandBPtxType = #nvvm.mma_type<bf16>, shape = #nvvm.shape<m = 16, n = 8, k = 32>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}
