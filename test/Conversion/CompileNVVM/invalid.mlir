// RUN: quant-opt %s --split-input-file --lowbit-compile-nvvm -verify-diagnostics

// What LLVM ends a process on is an error here, and the next module is compiled
// all the same.

// expected-error @below {{cannot be compiled for sm_80: Cannot select: intrinsic %llvm.nvvm.elect.sync}}
gpu.module @instruction [#nvvm.target<chip = "sm_80">] {
  llvm.func @k(%p: !llvm.ptr<1>) attributes {nvvm.kernel} {
    %r = nvvm.elect.sync -> i1
    llvm.store %r, %p : i1, !llvm.ptr<1>
    llvm.return
  }
}

// -----

gpu.module @fine [#nvvm.target<chip = "sm_80">] {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @below {{cannot be compiled for sm_80: unsupported library call operation}}
gpu.module @type [#nvvm.target<chip = "sm_80">] {
  llvm.func @k(%p: !llvm.ptr<1>, %x: f32) attributes {nvvm.kernel} {
    %0 = llvm.fpext %x : f32 to f128
    %1 = llvm.fadd %0, %0 : f128
    llvm.store %1, %p : f128, !llvm.ptr<1>
    llvm.return
  }
}

// -----

// expected-error @below {{cannot be compiled for sm_80: PTX version 4.2 does not support target 'sm_80'}}
gpu.module @version [#nvvm.target<chip = "sm_80", features = "+ptx42">] {
  llvm.func @k() attributes {nvvm.kernel} {
    llvm.return
  }
}

// -----

// expected-error @below {{cannot be compiled for sm_80: couldn't allocate output register for constraint 'x'}}
gpu.module @constraint [#nvvm.target<chip = "sm_80">] {
  llvm.func @k(%p: !llvm.ptr<1>, %x: i32) attributes {nvvm.kernel} {
    %0 = llvm.inline_asm "bogus $0, $1;", "=x,r" %x : (i32) -> i32
    llvm.store %0, %p : i32, !llvm.ptr<1>
    llvm.return
  }
}

// -----

// An error at an op comes back to it.
gpu.module @place [#nvvm.target<chip = "sm_80">] {
  llvm.func @k(%p: !llvm.ptr<1>, %x: f32) attributes {nvvm.kernel} {
    // expected-error @below {{intrinsic call returns float but "llvm.x86.sse.rcp.ss" actually returns <4 x float>}}
    %0 = llvm.call_intrinsic "llvm.x86.sse.rcp.ss"(%x) : (f32) -> f32
    llvm.store %0, %p : f32, !llvm.ptr<1>
    llvm.return
  }
}
