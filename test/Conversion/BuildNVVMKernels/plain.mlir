// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s

// CHECK-LABEL: gpu.module @plain [#nvvm.target<O = 3, chip = "sm_80", features = "+ptx80">]
// CHECK-NOT:     lowbit.kernel_spec
// CHECK:         llvm.mlir.global external @lowbit_shared_memory() {addr_space = 3 : i32, alignment = 1024 : i64} : !llvm.array<0 x i8>
// CHECK-LABEL:   llvm.func @lowbit_attention_bf16_d64_sm_80(
// CHECK-SAME:      !llvm.ptr<1> {llvm.noalias}, %{{.*}}: !llvm.ptr<1> {llvm.noalias}, %{{.*}}: !llvm.ptr<1> {llvm.noalias}, %{{.*}}: !llvm.ptr<1> {llvm.noalias}, %{{.*}}: i32, %{{.*}}: i32, %{{.*}}: f32, %{{.*}}: i64,
// CHECK-SAME:      gpu.kernel, lowbit.arguments = ["query", "key", "value", "output", "queries", "keys", "scale", "query_batch_stride", {{.*}}"output_row_stride"], lowbit.block_rows = 128 : i32, lowbit.shared_bytes = 49152 : i32, nvvm.kernel, nvvm.minctasm = 2 : i32, nvvm.reqntid = array<i32: 128, 1, 1>
// CHECK-SAME:      passthrough = {{\[\[}}"denormal-fp-math-f32", "preserve-sign,preserve-sign"]]
// Queries first, a group of their own; then the first tile.
// CHECK:           nvvm.cp.async.shared.global {{.*}}, 16, cache =  cg, %{{.*}} : !llvm.ptr<3>, !llvm.ptr<1>, i32
// CHECK:           nvvm.cp.async.commit.group
// CHECK:           scf.if
// CHECK:             nvvm.cp.async.shared.global
// CHECK:           nvvm.cp.async.commit.group
// CHECK:           nvvm.cp.async.wait.group 1
// CHECK-NEXT:      nvvm.barrier0
// CHECK-COUNT-8:   nvvm.ldmatrix {{.*}}layout = #nvvm.mma_layout<row>
// CHECK:           scf.for
// CHECK:             nvvm.cp.async.wait.group 0
// CHECK-NEXT:        nvvm.barrier0
// CHECK:             nvvm.cp.async.shared.global
// CHECK:             nvvm.cp.async.commit.group
// Queries stay in registers; 4 steps by 8 products by 2 fragments of rows.
// CHECK-COUNT-4:     nvvm.mma.sync {{.*}}multiplicandAPtxType = #nvvm.mma_type<bf16>{{.*}} : (i32, i32, f32)
// CHECK:             scf.if
// CHECK-COUNT-64:      arith.select
// CHECK-NOT:           arith.select
// CHECK:             nvvm.shfl.sync  bfly
// CHECK:             llvm.intr.exp2
// CHECK:             nvvm.convert.f32x2.to.bf16x2
// CHECK:             nvvm.ldmatrix {{.*}}layout = #nvvm.mma_layout<col>
// CHECK:             nvvm.mma.sync
// CHECK:             scf.yield
// CHECK:           nvvm.rcp.approx.ftz.f
// CHECK:           nvvm.cp.async.wait.group 0
// CHECK-NEXT:      nvvm.barrier0
// CHECK:           llvm.store {{.*}} : i32, !llvm.ptr<3>
// CHECK:           nvvm.barrier0
// CHECK:           llvm.load {{.*}} : !llvm.ptr<3> -> vector<4xi32>
// CHECK-NEXT:      llvm.store {{.*}} : vector<4xi32>, !llvm.ptr<1>
// CHECK-NOT:       lg2
// CHECK:           llvm.return
gpu.module @plain attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64}} {}

// Heads whose tiles are large have one stage: values come while keys are read.
// CHECK-LABEL: llvm.func @lowbit_attention_f16_d128_sm_80(
// CHECK-SAME:    lowbit.shared_bytes = 65536 : i32
// CHECK:         scf.for
// CHECK:           nvvm.cp.async.wait.group 0
// CHECK-NEXT:      nvvm.barrier0
// CHECK:           nvvm.mma.sync {{.*}} : (vector<2xf16>, vector<2xf16>, f32)
// CHECK:           nvvm.cp.async.wait.group 0
// CHECK-NEXT:      nvvm.barrier0
// CHECK:           nvvm.convert.f32x2.to.f16x2
// CHECK:           nvvm.mma.sync
// CHECK:           scf.yield
gpu.module @one_stage attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 128}} {}

// Rows that begin at multiples of 8 bytes are copied and written by 8 bytes, and
// padded: 40 elements have 48 in registers.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d40x20_align8_sm_90a(
// CHECK:         nvvm.cp.async.shared.global {{.*}}, 8, cache =  ca, %{{.*}} : !llvm.ptr<3>, !llvm.ptr<1>, i32
// CHECK:         llvm.load {{.*}} : !llvm.ptr<3> -> vector<2xi32>
// CHECK-NEXT:    llvm.store {{.*}} : vector<2xi32>, !llvm.ptr<1>
gpu.module @narrow attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_90a", element = "bf16", head_size = 40,
                        value_size = 20, alignment = 8}} {}

// A module without a spec stays.
// CHECK-LABEL: gpu.module @other {
// CHECK-NEXT:  }
gpu.module @other {}
