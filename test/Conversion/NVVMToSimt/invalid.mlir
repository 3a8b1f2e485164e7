// RUN: quant-opt %s --convert-nvvm-to-simt --split-input-file --verify-diagnostics

gpu.module @m {
  llvm.func @f(%x: i32) {
    // expected-error@+1 {{is PTX text, which the emulator cannot run}}
    %y = llvm.inline_asm "mov.b32 $0, $1;", "=r,r" %x : (i32) -> i32
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f() {
    // expected-error@+1 {{'nvvm.cluster.arrive' op is not known to the emulator}}
    nvvm.cluster.arrive
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%x: i32) {
    // expected-error@+1 {{'arith.addi' op is not in the llvm or nvvm dialect: lower the kernel before this pass}}
    %y = arith.addi %x, %x : i32
    llvm.return
  }
}

// -----

gpu.module @m {
  // expected-error@+1 {{'gpu.func' op is not a function or global of the llvm dialect}}
  gpu.func @f() kernel {
    gpu.return
  }
}

// -----

gpu.module @m {
  // expected-error@+1 {{has no body: a kernel may call what is in its gpu.module only}}
  llvm.func @__nv_exp2f(f32) -> f32
}

// -----

gpu.module @m {
  // expected-error@+1 {{in shared memory has a value, which no kernel may count on}}
  llvm.mlir.global internal @s(dense<1> : tensor<2xi32>) {addr_space = 3 : i32} : !llvm.array<2 x i32>
}

// -----

gpu.module @m {
  llvm.func @f(%s: i32, %x: i32) {
    // expected-error@+1 {{permutes in a mode that the emulator does not know}}
    %y = nvvm.prmt #nvvm.permute_mode<rc8> %s, %x : i32
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%x: f32) {
    // expected-error@+1 {{rounds in a way that the emulator does not know}}
    %y = nvvm.convert.f32x2.to.f16x2 %x, %x {rnd = #nvvm.fp_rnd_mode<rz>} : vector<2xf16>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%x: f32) {
    // expected-error@+1 {{calls 'llvm.nvvm.sin.approx.f', which the emulator does not know}}
    %y = llvm.call_intrinsic "llvm.nvvm.sin.approx.f"(%x) : (f32) -> f32
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %x: i32) {
    // expected-error@+1 {{is an atomic that the emulator does not know}}
    %y = llvm.atomicrmw nand %p, %x monotonic : !llvm.ptr<1>, i32
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @floats(%x: vector<2xi8>) {
    // expected-error @below {{converts in a way that the emulator does not know: only f8E4M3FN without relu is known}}
    %y = nvvm.convert.f8x2.to.f16x2 %x : vector<2xi8> (f8E5M2) -> vector<2xf16>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @g() {
    llvm.return
  }
  llvm.func @f() {
    %g = llvm.mlir.addressof @g : !llvm.ptr
    // expected-error@+1 {{calls by a pointer, which the emulator does not know}}
    llvm.call %g() : !llvm.ptr, () -> ()
    llvm.return
  }
}
