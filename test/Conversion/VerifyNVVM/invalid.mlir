// RUN: quant-opt %s --split-input-file --pass-pipeline='builtin.module(gpu.module(lowbit-verify-nvvm))' -verify-diagnostics

// What LLVM compiles passes.
gpu.module @fine [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    %0 = llvm.intr.exp2(%x) : (f32) -> f32
    %1 = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%0) : (f32) -> f32
    %2 = nvvm.rcp.approx.ftz.f %1 : f32
    llvm.return %2 : f32
  }
  llvm.func @g(%i: i32, %p: !llvm.ptr<1>, %n: i64) -> i32 {
    %r = "llvm.intr.umul.with.overflow"(%i, %i) : (i32, i32) -> !llvm.struct<(i32, i1)>
    %v = llvm.extractvalue %r[0] : !llvm.struct<(i32, i1)>
    %e = llvm.intr.expect %v, %i : i32
    "llvm.intr.memmove"(%p, %p, %n) <{isVolatile = false}> : (!llvm.ptr<1>, !llvm.ptr<1>, i64) -> ()
    "llvm.intr.trap"() : () -> ()
    llvm.return %e : i32
  }
  llvm.func @h(%x: f32) -> f32 {
    %0 = llvm.intr.tanh(%x) {fastmathFlags = #llvm.fastmath<afn>} : (f32) -> f32
    llvm.return %0 : f32
  }
}

// -----

gpu.module @exact [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    // expected-error @below {{'llvm.intr.tanh' has no code on NVIDIA GPUs}}
    %0 = llvm.intr.tanh(%x) : (f32) -> f32
    llvm.return %0 : f32
  }
}

// -----

gpu.module @double [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f64) -> f64 {
    // expected-error @below {{'llvm.intr.exp2' has no code for f64 on NVIDIA GPUs}}
    %0 = llvm.intr.exp2(%x) : (f64) -> f64
    llvm.return %0 : f64
  }
}

// -----

gpu.module @called [#nvvm.target<chip = "sm_80">] {
  llvm.func @f(%x: f32) -> f32 {
    // expected-error @below {{'llvm.log2.f32' has no code on NVIDIA GPUs}}
    %0 = llvm.call_intrinsic "llvm.log2.f32"(%x) : (f32) -> f32
    llvm.return %0 : f32
  }
}

// -----

gpu.module @newer [#nvvm.target<chip = "sm_80">] {
  llvm.func @f() -> i1 {
    // expected-error @below {{'nvvm.elect.sync' is for sm_90 and newer, not for sm_80}}
    %0 = nvvm.elect.sync -> i1
    llvm.return %0 : i1
  }
}

// -----

gpu.module @special [#nvvm.target<chip = "sm_100">] {
  llvm.func @f(%x: f32, %mask: i32) -> f32 {
    // expected-error @below {{'nvvm.redux.sync' is for sm_100a and newer, not for sm_100}}
    %0 = nvvm.redux.sync fmax %x, %mask : f32 -> f32
    llvm.return %0 : f32
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

gpu.module @family [#nvvm.target<chip = "sm_120a">] {
  llvm.func @f(%x: f32, %mask: i32) -> f32 {
    // expected-error @below {{'nvvm.redux.sync' is for sm_100a and its family, not for sm_120a}}
    %0 = nvvm.redux.sync fmax %x, %mask : f32 -> f32
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
