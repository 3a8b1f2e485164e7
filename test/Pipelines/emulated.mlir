// RUN: not quant-opt %s --lowbit-lower-to-nvvm=device=emulator 2>&1 | FileCheck %s

// The emulator could run it, but the GPU that the kernel is for could not.

// CHECK: emulated.mlir:[[@LINE+4]]:12: error: 'nvvm.elect.sync' is for sm_90 and newer, not for sm_80
module attributes {gpu.container_module} {
  gpu.module @m [#nvvm.target<chip = "sm_80">] {
    llvm.func @k(%p: !llvm.ptr<1>) attributes {gpu.kernel, nvvm.kernel} {
      %e = nvvm.elect.sync -> i1
      llvm.store %e, %p : i1, !llvm.ptr<1>
      llvm.return
    }
  }
}
