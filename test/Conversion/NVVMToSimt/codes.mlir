// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s

// bf16 is computed in f64, which has room for its denormals when f32 has none.

gpu.module @m {
  // CHECK-LABEL: llvm.func internal @m.bf16.thread(
  // CHECK-SAME: bf16, %[[Z:.*]]: f32)
  llvm.func @bf16(%x: vector<2xbf16>, %y: bf16, %z: f32) {
    // CHECK: llvm.uitofp %{{.*}} : i32 to f64
    // CHECK: llvm.fpext %{{.*}} : f32 to f64
    // CHECK-COUNT-2: llvm.fmul %{{.*}} : f64
    // CHECK: llvm.insertelement {{.*}} : vector<2xbf16>
    %a = llvm.fmul %x, %x : vector<2xbf16>
    // CHECK: llvm.fsub %{{.*}} : f64
    %b = llvm.fsub %y, %y : bf16
    // CHECK: llvm.fadd %[[Z]], %[[Z]] : f32
    %c = llvm.fadd %z, %z : f32
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.e4m3.thread(
  llvm.func @e4m3(%x: vector<2xi8>) {
    // CHECK: llvm.call @lowbit_simt_count
    // CHECK: llvm.fptrunc %{{.*}} : f32 to f16
    // CHECK: llvm.icmp "eq" %{{.*}} : i16
    %a = nvvm.convert.f8x2.to.f16x2 %x : vector<2xi8> (f8E4M3FN) -> vector<2xf16>
    llvm.return
  }
}
