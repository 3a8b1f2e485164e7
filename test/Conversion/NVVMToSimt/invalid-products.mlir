// RUN: quant-opt %s --convert-nvvm-to-simt --split-input-file --verify-diagnostics

gpu.module @m {
  llvm.func @f(%a: f64) {
    // expected-error@+1 {{multiplies types that the emulator does not know}}
    %r = nvvm.mma.sync A[%a] B[%a] C[%a, %a] {layoutA = #nvvm.mma_layout<row>, layoutB = #nvvm.mma_layout<col>,
      shape = #nvvm.shape<m = 8, n = 8, k = 4>} : (f64, f64, f64) -> !llvm.struct<(f64, f64)>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%i: i32, %c: f32) {
    %zero = llvm.mlir.constant(0 : i32) : i32
    // expected-error@+1 {{multiplies sparse 8-bit floats, which the emulator does not know}}
    %r = nvvm.mma.sp.sync A[%i, %i] B[%i, %i] C[%c, %c, %c, %c] sparseMetadata[%i] selector[%zero]
      {multiplicandAPtxType = #nvvm.mma_type<e4m3>, multiplicandBPtxType = #nvvm.mma_type<e4m3>,
       shape = #nvvm.shape<m = 16, n = 8, k = 64>} : (i32, i32, f32) -> !llvm.struct<(f32, f32, f32, f32)>
    llvm.return
  }
}
