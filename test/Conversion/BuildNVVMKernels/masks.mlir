// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s
// What a spec asks for, and nothing else.

// The last tile of a row hangs on the row; tiles of many rows begin first.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_causal_sm_80(
// CHECK:         nvvm.read.ptx.sreg.nctaid.x
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK-COUNT-64:    arith.cmpi sgt
// CHECK-NOT:         arith.cmpi sle
// CHECK:           nvvm.shfl.sync
gpu.module @causal attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, causal}} {}

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_window_left_window_right_sm_80(
// CHECK-NOT:     nvvm.read.ptx.sreg.nctaid.x
// CHECK:         scf.for
// CHECK:           scf.if
// CHECK:             arith.cmpi sgt
// CHECK-NEXT:        arith.cmpi sle
// CHECK-NEXT:        arith.andi
// CHECK-NEXT:        arith.select
gpu.module @window attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        window_left, window_right}} {}

// tanh of every score, by two instructions.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_soft_cap_sm_80(
// CHECK:         scf.for
// CHECK-COUNT-64:  nvvm.rcp.approx.ftz.f
// CHECK:           nvvm.shfl.sync
gpu.module @cap attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, soft_cap}} {}

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_alibi_sm_80(
// CHECK:         scf.for
// CHECK-COUNT-64:  llvm.intr.fabs
// CHECK:           scf.if
gpu.module @alibi attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, alibi}} {}

// Each thread has 4 rows and 16 keys of each tile.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_mask_bool_sm_80(
// CHECK:         scf.for
// CHECK-COUNT-64:  llvm.load {{.*}} : !llvm.ptr<1> -> i8
// CHECK-NOT:       llvm.load {{.*}} : !llvm.ptr<1> -> i8
// CHECK:           scf.if
gpu.module @boolean attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        mask = "bool"}} {}

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_mask_shared_by_rows_mask_f16_sm_80(
// CHECK:         scf.for
// CHECK-COUNT-16:  llvm.load {{.*}} : !llvm.ptr<1> -> f16
// CHECK-NOT:       llvm.load {{.*}} : !llvm.ptr<1> -> f16
// CHECK:           arith.extf
// CHECK:           scf.if
gpu.module @padding attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        mask = "f16", mask_shared_by_rows}} {}

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_log_sum_exp_sm_80(
// CHECK:         scf.for
// CHECK:         llvm.call_intrinsic "llvm.nvvm.lg2.approx.ftz.f"
// CHECK:         llvm.store {{.*}} : f32, !llvm.ptr<1>
gpu.module @logarithm attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, log_sum_exp}} {}

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_grouped_key_lengths_sm_80(
// CHECK:         arith.divui
// CHECK:         llvm.load {{.*}} : !llvm.ptr<1> -> i32
// CHECK:         scf.for
gpu.module @grouped attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        grouped, key_lengths}} {}

// Two offsets of queries and of keys; blocks beyond a sequence do nothing.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_sequence_offsets_sm_80(
// CHECK-COUNT-4: llvm.load {{.*}} : !llvm.ptr<1> -> i32
// CHECK:         scf.if
// CHECK:           nvvm.cp.async.shared.global
gpu.module @offsets attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        sequence_offsets}} {}
