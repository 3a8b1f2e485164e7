// RUN: quant-opt %s --split-input-file --lowbit-verify-llvm --verify-diagnostics

llvm.func @good(%x: f32) -> f32 {
  omp.parallel {
    omp.terminator
  }
  llvm.return %x : f32
}

// -----

// The op, not the cast in front of it.
llvm.func @left(%x: !llvm.struct<(f32, f32)>) -> f32 {
  %0 = builtin.unrealized_conversion_cast %x : !llvm.struct<(f32, f32)> to complex<f32>
  // expected-error @below {{'complex.re' has no lowering to LLVM}}
  %1 = complex.re %0 : complex<f32>
  llvm.return %1 : f32
}

// -----

llvm.func @cast(%x: f32) -> i32 {
  // expected-error @below {{'builtin.unrealized_conversion_cast' has no lowering to LLVM}}
  %0 = builtin.unrealized_conversion_cast %x : f32 to i32
  llvm.return %0 : i32
}
