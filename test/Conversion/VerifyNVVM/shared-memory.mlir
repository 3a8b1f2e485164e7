// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm))' -verify-diagnostics

// What modules declare and launches give is together what a block of the chip has.

gpu.module @given [#nvvm.target<chip = "sm_80">, #nvvm.target<chip = "sm_86">] {
  llvm.mlir.global internal @tile() {addr_space = 3 : i32} : !llvm.array<1024 x f32>
  // expected-error @below {{needs 104096 bytes of shared memory; a block on sm_86 has 101376}}
  llvm.func @k() attributes {nvvm.kernel, lowbit.shared_bytes = 100000 : i32} {
    llvm.return
  }
}

// -----

// expected-error @below {{declares 300000 bytes of shared memory, of at most 49152; more is given by launches (lowbit.shared_bytes)}}
gpu.module @declared [#nvvm.target<chip = "sm_80">] {
  llvm.mlir.global internal @tile() {addr_space = 3 : i32} : !llvm.array<75000 x f32>
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

gpu.module @fits [#nvvm.target<chip = "sm_80">] {
  llvm.mlir.global external @dynamic() {addr_space = 3 : i32} : !llvm.array<0 x i8>
  llvm.func @k() attributes {nvvm.kernel, lowbit.shared_bytes = 100000 : i32} {
    llvm.return
  }
}
