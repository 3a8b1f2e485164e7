// RUN: quant-opt %s --allow-unregistered-dialect --lowbit-compile-nvvm --lowbit-strip-compile-times | FileCheck %s

// Each module becomes its binary, at its place; attributes of others do not
// matter.

// CHECK: func.func @before
// CHECK: gpu.binary @first [#gpu.object<#nvvm.target<O = 3, chip = "sm_80">{{.*}}.target sm_80{{.*}}.entry one
// CHECK: gpu.binary @second [#gpu.object<#nvvm.target<chip = "sm_90a", features = "+ptx80">{{.*}}.target sm_90a{{.*}}.entry two
// CHECK: func.func @after
module attributes {gpu.container_module} {
  func.func @before() {
    return
  }
  gpu.module @first [#nvvm.target<chip = "sm_80", O = 3>] attributes {stranger.note = "kept out of it"} {
    llvm.func @one() attributes {nvvm.kernel} {
      llvm.return
    }
  }
  gpu.module @second [#nvvm.target<chip = "sm_90a", features = "+ptx80">] {
    llvm.func @two(%p: !llvm.ptr<1>, %x: i32) attributes {nvvm.kernel} {
      llvm.store %x, %p : i32, !llvm.ptr<1>
      llvm.return
    }
  }
  func.func @after() {
    return
  }
}
