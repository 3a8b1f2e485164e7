// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s

// Arithmetic is the host's own; each is counted.

gpu.module @m {
  // CHECK-LABEL: llvm.func internal @m.converts.thread(
  // CHECK-SAME: %[[HI:.*]]: f32, %[[LO:.*]]: f32, %[[V:.*]]: vector<2xf32>
  llvm.func @converts(%hi: f32, %lo: f32, %v: vector<2xf32>) {
    // The low half is element 0.
    // CHECK: llvm.call @lowbit_simt_count
    // CHECK: llvm.fptrunc %[[LO]] : f32 to f16
    // CHECK: llvm.fptrunc %[[HI]] : f32 to f16
    %h = nvvm.convert.f32x2.to.f16x2 %hi, %lo {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xf16>
    // bf16 in integers, which round as hardware does and leave denormals.
    // CHECK: llvm.bitcast %[[LO]] : f32 to i32
    // CHECK: llvm.fcmp "uno" %[[LO]], %[[LO]] : f32
    // CHECK: llvm.bitcast %[[HI]] : f32 to i32
    // CHECK-NOT: llvm.fptrunc
    %b = nvvm.convert.f32x2.to.bf16x2 %hi, %lo {rnd = #nvvm.fp_rnd_mode<rn>} : vector<2xbf16>
    // CHECK: llvm.extractelement %[[V]]
    %t = llvm.fptrunc %v : vector<2xf32> to vector<2xbf16>
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.approximations.thread(
  // CHECK-SAME: %[[X:.*]]: f32
  llvm.func @approximations(%x: f32) {
    // What flushes denormals does so on the way in and on the way out.
    // CHECK: %[[F:.*]] = llvm.select %{{.*}}, %{{.*}}, %[[X]] : i1, f32
    // CHECK: %[[R:.*]] = llvm.fdiv %{{.*}}, %[[F]] : f32
    // CHECK: llvm.select %{{.*}}, %{{.*}}, %[[R]] : i1, f32
    %r = nvvm.rcp.approx.ftz.f %x : f32
    // CHECK: llvm.call @lowbit_simt_count
    // CHECK: llvm.intr.exp2(%[[X]])
    %e = llvm.intr.exp2(%x) : (f32) -> f32
    // CHECK: %[[F:.*]] = llvm.select %{{.*}}, %{{.*}}, %[[X]] : i1, f32
    // CHECK: llvm.intr.exp2(%[[F]])
    %f = llvm.call_intrinsic "llvm.nvvm.ex2.approx.ftz"(%x) : (f32) -> f32
    // CHECK: %[[F:.*]] = llvm.select %{{.*}}, %{{.*}}, %[[X]] : i1, f32
    // CHECK: llvm.intr.log2(%[[F]])
    %l = llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"(%x) : (f32) -> f32
    // CHECK: llvm.intr.tanh(%[[X]])
    %t = llvm.call_intrinsic "llvm.nvvm.tanh.approx.f32"(%x) : (f32) -> f32
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.bytes.thread(
  llvm.func @bytes(%s: i32, %lo: i32, %hi: i32) {
    // CHECK-COUNT-4: llvm.select
    // CHECK-NOT: nvvm.prmt
    %p = nvvm.prmt #nvvm.permute_mode<default> %s, %lo, %hi : i32
    llvm.return
  }
}
