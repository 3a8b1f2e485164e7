// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s

// Codes come to shared memory as they are, and are decoded behind ldmatrix: as
// the last bits of 1024 + 128 + code, less 1152.
// CHECK-LABEL: llvm.func @lowbit_attention_f16_d64_key_i8_f16_value_i8_f16_sm_80(
// CHECK-SAME:    lowbit.shared_bytes = 33792 : i32
// CHECK-DAG:     %[[BIAS:.*]] = arith.constant dense<1.152000e+03> : vector<2xf16>
// CHECK-DAG:     %[[BYTES:.*]] = arith.constant 16711935 : i32
// CHECK-DAG:     %[[LARGE:.*]] = arith.constant 1686135936 : i32
// One thread loads a scale, of keys or of values.
// CHECK:         llvm.load {{.*}} : !llvm.ptr<1> -> f16
// CHECK:         llvm.store {{.*}} : f32, !llvm.ptr<3>
// Queries are put in order.
// CHECK:         llvm.load {{.*}} : !llvm.ptr<3> -> vector<4xi32>
// CHECK:         llvm.store {{.*}} : vector<4xi32>, !llvm.ptr<3>
// CHECK:         scf.for
// CHECK:           llvm.load {{.*}} : !llvm.ptr<1> -> f16
// CHECK:           nvvm.ldmatrix {{.*}}layout = #nvvm.mma_layout<row>
// CHECK:           arith.andi %{{.*}}, %[[BYTES]]
// CHECK:           arith.xori %{{.*}}, %[[LARGE]]
// CHECK:           llvm.fsub %{{.*}}, %[[BIAS]]
// CHECK:           nvvm.mma.sync
// CHECK:           llvm.load {{.*}} : !llvm.ptr<3> -> vector<2xf32>
// CHECK:           llvm.intr.exp2
// CHECK:           llvm.store {{.*}} : f32, !llvm.ptr<3>
// CHECK:           nvvm.ldmatrix {{.*}}layout = #nvvm.mma_layout<col>
// CHECK:           llvm.fsub %{{.*}}, %[[BIAS]]
// CHECK:           nvvm.mma.sync
// CHECK:         llvm.store {{.*}} : vector<2xi32>, !llvm.ptr<3>
gpu.module @integers attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64,
                        key = "i8", key_scale = "f16", value = "i8", value_scale = "f16"}} {}

// E4M3 by shifts, or by an instruction where there is one. No scales: none of
// their code.
// CHECK-LABEL: llvm.func @lowbit_attention_f16_d64_key_f8E4M3FN_value_f8E4M3FN_sm_80(
// CHECK-NOT:     vector<2xf32>
// CHECK-NOT:     nvvm.convert.f8x2
// CHECK:         llvm.return
gpu.module @shifts attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64,
                        key = "f8E4M3FN", value = "f8E4M3FN"}} {}
// CHECK-LABEL: gpu.module @instruction [#nvvm.target<O = 3, chip = "sm_89", features = "+ptx81">]
// CHECK:         nvvm.prmt
// CHECK:         nvvm.convert.f8x2.to.f16x2 %{{.*}} : vector<2xi8>(f8E4M3FN) -> vector<2xf16>
gpu.module @instruction attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_89", element = "f16", head_size = 64,
                        key = "f8E4M3FN", value = "f8E4M3FN"}} {}

// bf16 has no instruction, and its exponents have other places.
// CHECK-LABEL: llvm.func @lowbit_attention_bf16_d64_value_f8E5M2_f32_sm_80(
// CHECK:         scf.for
// CHECK:           llvm.fmul %{{.*}}, %{{.*}} : vector<2xbf16>
gpu.module @values attributes {
  lowbit.kernel_spec = {kind = "nvvm.attention", chip = "sm_80", element = "bf16", head_size = 64,
                        value = "f8E5M2", value_scale = "f32"}} {}
