// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s
// Few queries: what shares keys shares a block, blocks share keys.

// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_grouped_packed_heads_split_keys_sm_80(
// Rows are queries by heads, splits and tiles are along x.
// CHECK:         arith.remui
// CHECK:         arith.divui
// CHECK:         scf.for
// What is written is f32, for the other kernel.
// CHECK:         llvm.store {{.*}} : vector<2xf32>, !llvm.ptr<1>
// The largest score and the sum of weights as they are.
// CHECK-NOT:     llvm.nvvm.lg2
// CHECK:         llvm.store {{.*}} {alignment = 8 : i64} : vector<2xf32>, !llvm.ptr<1>
// CHECK:         llvm.return
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_grouped_packed_heads_split_keys_sm_80_combine(
// CHECK-SAME:    lowbit.shared_bytes = 0 : i32, nvvm.kernel, nvvm.minctasm = 1 : i32, nvvm.reqntid = array<i32: 32, 1, 1>
// CHECK:         scf.for
// CHECK:         scf.for
// CHECK:           llvm.load {{.*}} : !llvm.ptr<1> -> vector<2xf32>
// CHECK:         nvvm.convert.f32x2.to.bf16x2
// CHECK-NOT:     llvm.store {{.*}} : f32
// CHECK:         llvm.return
gpu.module @decode attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        grouped, packed_heads, split_keys}} {}

// A row of keys looks for its page.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_paged_sm_80(
// CHECK:         scf.for
// CHECK:           %[[PAGE:.*]] = llvm.load {{.*}} : !llvm.ptr<1> -> i32
// CHECK:           arith.extsi %[[PAGE]]
// CHECK:           nvvm.cp.async.shared.global
gpu.module @pages attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64, paged}} {}
