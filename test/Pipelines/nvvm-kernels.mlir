// RUN: quant-opt %s --lowbit-build-nvvm-kernels --lowbit-lower-nvvm-kernels | FileCheck %s
// RUN: quant-opt %s --lowbit-build-nvvm-kernels --lowbit-serialize-nvvm-kernels | FileCheck %s --check-prefix=PTX

// The same bytes at each run.
// RUN: quant-opt %s --lowbit-build-nvvm-kernels --lowbit-serialize-nvvm-kernels -o %t.mlir
// RUN: not grep TimeInMs %t.mlir

// CHECK-LABEL: gpu.module @attention
// CHECK-NOT:     {{arith|scf|cf}}.
// CHECK:         llvm.func @lowbit_attention_bf16_d64_causal_sm_80(
// CHECK-NOT:     {{arith|scf|cf}}.
// CHECK:         llvm.return

// The chip, the PTX of its table, a block of 128 threads; approximations flush
// denormals, tiles are in one piece of shared memory.
// PTX:      gpu.binary @attention
// PTX-SAME: .version 8.0
// PTX-SAME: .target sm_80
// PTX-SAME: .extern .shared .align 1024 .b8 lowbit_shared_memory[]
// PTX-SAME: .reqntid 128
// PTX-DAG:  cp.async.cg.shared.global
// PTX-DAG:  ldmatrix.sync.aligned.m8n8.x4.shared.b16
// PTX-DAG:  mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// PTX-DAG:  ex2.approx.ftz.f32
// PTX-DAG:  ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16

gpu.module @attention attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, causal}} {}
