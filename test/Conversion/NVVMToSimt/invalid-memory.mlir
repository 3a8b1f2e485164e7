// RUN: quant-opt %s --convert-nvvm-to-simt --split-input-file --verify-diagnostics
// RUN: quant-opt %s --convert-nvvm-to-simt=checks=false --split-input-file --verify-diagnostics

// What accesses memory in other ways than the emulator is told of. Whether it
// checks or not: a kernel is right or wrong by itself.

gpu.module @m {
  llvm.func @f(%g: !llvm.ptr<1>, %s: !llvm.ptr<3>) {
    // expected-error@+1 {{'llvm.intr.memcpy.inline' op is not known to the emulator, which would not see the memory that it accesses: use llvm.load, llvm.store and atomics}}
    "llvm.intr.memcpy.inline"(%g, %s) <{isVolatile = false, len = 256 : i32}> : (!llvm.ptr<1>, !llvm.ptr<3>) -> ()
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %n: i64) {
    // expected-error@+1 {{'llvm.intr.memcpy' op is not known to the emulator}}
    "llvm.intr.memcpy"(%p, %q, %n) <{isVolatile = false}> : (!llvm.ptr<1>, !llvm.ptr<3>, i64) -> ()
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %n: i64) {
    // expected-error@+1 {{'llvm.intr.memmove' op is not known to the emulator}}
    "llvm.intr.memmove"(%p, %q, %n) <{isVolatile = false}> : (!llvm.ptr<1>, !llvm.ptr<3>, i64) -> ()
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %x: i8, %n: i64) {
    // expected-error@+1 {{'llvm.intr.memset' op is not known to the emulator}}
    "llvm.intr.memset"(%q, %x, %n) <{isVolatile = false}> : (!llvm.ptr<3>, i8, i64) -> ()
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %m: vector<4xi1>) {
    // expected-error@+1 {{'llvm.intr.masked.load' op is not known to the emulator}}
    %x = llvm.intr.masked.load %p, %m {alignment = 4 : i32} : (!llvm.ptr<1>, vector<4xi1>) -> vector<4xf32>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %m: vector<4xi1>, %x: vector<4xf32>) {
    // expected-error@+1 {{'llvm.intr.masked.store' op is not known to the emulator}}
    llvm.intr.masked.store %x, %q, %m {alignment = 4 : i32} : vector<4xf32>, vector<4xi1> into !llvm.ptr<3>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: vector<4x!llvm.ptr<3>>, %m: vector<4xi1>) {
    // expected-error@+1 {{'llvm.intr.masked.gather' op is not known to the emulator}}
    %x = llvm.intr.masked.gather %p, %m {alignment = 4 : i32} : (vector<4x!llvm.ptr<3>>, vector<4xi1>) -> vector<4xf32>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: vector<4x!llvm.ptr<3>>, %m: vector<4xi1>, %x: vector<4xf32>) {
    // expected-error@+1 {{'llvm.intr.masked.scatter' op is not known to the emulator}}
    llvm.intr.masked.scatter %x, %p, %m {alignment = 4 : i32} : vector<4xf32>, vector<4xi1> into vector<4x!llvm.ptr<3>>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %m: vector<4xi1>, %n: i32) {
    // expected-error@+1 {{'llvm.intr.vp.load' op is not known to the emulator}}
    %x = "llvm.intr.vp.load"(%p, %m, %n) : (!llvm.ptr<1>, vector<4xi1>, i32) -> vector<4xf32>
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f() {
    // expected-error@+1 {{'llvm.intr.debugtrap' op is not known to the emulator}}
    "llvm.intr.debugtrap"() : () -> ()
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f(%p: !llvm.ptr<1>, %q: !llvm.ptr<3>, %m: vector<4xi1>, %x: vector<4xf32>) {
    // expected-error@+1 {{'llvm.call_intrinsic' op is not known to the emulator}}
    llvm.call_intrinsic "llvm.masked.compressstore"(%x, %q, %m) : (vector<4xf32>, !llvm.ptr<3>, vector<4xi1>) -> ()
    llvm.return
  }
}
