// RUN: quant-opt %s --convert-nvvm-to-simt | FileCheck %s --check-prefixes=CHECK,CHECKS
// RUN: quant-opt %s --convert-nvvm-to-simt=checks=false | FileCheck %s --check-prefixes=CHECK,PLAIN

// Loads and stores stay; with checks the emulator is told of each before.

gpu.module @m {
  // CHECK-LABEL: llvm.func internal @m.accesses.thread(
  // CHECK-SAME: %[[S:.*]]: !llvm.ptr<3>, %[[G:.*]]: !llvm.ptr<1>
  llvm.func @accesses(%s: !llvm.ptr<3>, %g: !llvm.ptr<1>) {
    // CHECKS: %[[LOAD:.*]] = llvm.addrspacecast %[[S]] : !llvm.ptr<3> to !llvm.ptr
    // CHECKS: llvm.call @lowbit_simt_access(%{{.*}}, %[[LOAD]])
    // PLAIN-NOT: lowbit_simt_access
    // CHECK: %[[X:.*]] = llvm.load %[[S]] {alignment = 8 : i64} : !llvm.ptr<3> -> vector<4xi32>
    %x = llvm.load %s {alignment = 8 : i64} : !llvm.ptr<3> -> vector<4xi32>
    // CHECKS: llvm.call @lowbit_simt_access
    // CHECK: llvm.store %[[X]], %[[G]]
    llvm.store %x, %g : vector<4xi32>, !llvm.ptr<1>
    // Stacks of threads are nobody else's.
    %one = llvm.mlir.constant(1 : i32) : i32
    %a = llvm.alloca %one x i32 : (i32) -> !llvm.ptr<5>
    // CHECK: llvm.alloca
    // CHECK-NOT: lowbit_simt_access
    // CHECK: llvm.store
    llvm.store %one, %a : i32, !llvm.ptr<5>
    llvm.return
  }

  // CHECK-LABEL: llvm.func internal @m.atomics.thread(
  llvm.func @atomics(%s: !llvm.ptr<3>, %g: !llvm.ptr<1>, %i: i32, %x: f32) {
    // CHECK-NOT: llvm.atomicrmw
    // CHECK: llvm.call @lowbit_simt_op
    %a = llvm.atomicrmw add %s, %i monotonic : !llvm.ptr<3>, i32
    // CHECK: llvm.call @lowbit_simt_op
    %b = llvm.atomicrmw fadd %g, %x monotonic : !llvm.ptr<1>, f32
    // CHECK: llvm.call @lowbit_simt_op
    // CHECK: %[[BEFORE:.*]] = llvm.load {{.*}} -> i32
    // CHECK: %[[EQUAL:.*]] = llvm.icmp "eq" %[[BEFORE]], %{{.*}} : i32
    // CHECK: llvm.insertvalue %[[EQUAL]], %{{.*}}[1]
    %c = llvm.cmpxchg %g, %i, %i monotonic monotonic : !llvm.ptr<1>, i32
    // CHECK: llvm.call @lowbit_simt_op
    nvvm.memory.barrier #nvvm.mem_scope<cta>
    // CHECK: llvm.call @lowbit_simt_op
    llvm.fence syncscope("block") seq_cst
    llvm.return
  }

  // What touches no memory that others see stays as it is.
  // CHECK-LABEL: llvm.func internal @m.own.thread(
  llvm.func @own(%b: i1, %x: vector<4xf32>, %m: vector<4xi1>, %n: i32) {
    // CHECK: llvm.alloca
    // CHECK: llvm.intr.lifetime.start
    // CHECK: llvm.intr.assume
    // CHECK: llvm.intr.vp.fadd
    // CHECK: llvm.call_intrinsic "llvm.fabs.v4f32"
    // CHECK: llvm.intr.lifetime.end
    // CHECK: llvm.intr.trap
    // CHECK: llvm.unreachable
    %one = llvm.mlir.constant(1 : i32) : i32
    %a = llvm.alloca %one x i32 : (i32) -> !llvm.ptr
    llvm.intr.lifetime.start %a : !llvm.ptr
    llvm.intr.assume %b : i1
    %y = "llvm.intr.vp.fadd"(%x, %x, %m, %n) : (vector<4xf32>, vector<4xf32>, vector<4xi1>, i32) -> vector<4xf32>
    %z = llvm.call_intrinsic "llvm.fabs.v4f32"(%y) : (vector<4xf32>) -> vector<4xf32>
    llvm.intr.lifetime.end %a : !llvm.ptr
    "llvm.intr.trap"() : () -> ()
    llvm.unreachable
  }
}
