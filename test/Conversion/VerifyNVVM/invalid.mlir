// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm))' -verify-diagnostics

// What LLVM compiles passes.
gpu.module @fine [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    %0 = llvm.intr.exp2(%x) : (f32) -> f32
    %1 = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%0) : (f32) -> f32
    %2 = nvvm.rcp.approx.ftz.f %1 : f32
    llvm.return %2 : f32
  }
}

// -----

gpu.module @logarithm [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    // expected-error @below {{'llvm.intr.log2' has no code on NVIDIA GPUs; use the NVVM intrinsic of an approximation, or a function of libdevice}}
    %0 = llvm.intr.log2(%x) : (f32) -> f32
    llvm.return %0 : f32
  }
}

// -----

gpu.module @misspelled [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    // expected-error @below {{there is no intrinsic 'llvm.nvvm.lg2.aprox.f'}}
    %0 = llvm.call_intrinsic "llvm.nvvm.lg2.aprox.f"(%x) : (f32) -> f32
    llvm.return %0 : f32
  }
}

// -----

gpu.module @arithmetic [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    // expected-error @below {{'arith.addf' has no lowering to NVVM; lowbit-lower-nvvm-kernels lowers arith, scf and cf}}
    %0 = arith.addf %x, %x : f32
    llvm.return %0 : f32
  }
}

// -----

// expected-error @below {{has no target; nvvm-attach-target sets one}}
gpu.module @targets {
}

// -----

// expected-error @below {{unknown chip 'sm_50'; known are sm_75, sm_80}}
gpu.module @old [#nvvm.target<chip = "sm_50">] {
}
