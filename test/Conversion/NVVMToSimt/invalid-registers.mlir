// RUN: quant-opt %s --convert-nvvm-to-simt --split-input-file --verify-diagnostics

// Of a warp, PTX promises neither number.
gpu.module @m {
  llvm.func @f() {
    // expected-error@+1 {{'nvvm.read.ptx.sreg.warpid' op is not known to the emulator: hardware may answer anything, at each time another; divide nvvm.read.ptx.sreg.tid or ntid by 32}}
    %w = nvvm.read.ptx.sreg.warpid : i32
    llvm.return
  }
}

// -----

gpu.module @m {
  llvm.func @f() {
    // expected-error@+1 {{'nvvm.read.ptx.sreg.nwarpid' op is not known to the emulator}}
    %w = nvvm.read.ptx.sreg.nwarpid : i32
    llvm.return
  }
}
