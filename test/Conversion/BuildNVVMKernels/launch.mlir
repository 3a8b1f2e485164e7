// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s

// The host's part of attention with split keys and pages: buffers that are dense
// go to the device as they are; two kernels, with memory between them.

!buffer = memref<?x?x?x?xf16, strided<[?, ?, ?, ?], offset: ?>>
!lengths = memref<?xi32, strided<[?], offset: ?>>
!table = memref<?x?xi32, strided<[?, ?], offset: ?>>

// Something of the user's has the name of the kernels' module.
// CHECK-LABEL: func.func @launch_kernels()
func.func @launch_kernels() {
  return
}

// CHECK: gpu.module @[[$MODULE:launch_kernels_[0-9]+]]
// CHECK:   llvm.func @lowbit_attention_f16_d64_grouped_key_lengths_packed_heads_split_keys_paged_sm_80(
// CHECK:   llvm.func @lowbit_attention_f16_d64_grouped_key_lengths_packed_heads_split_keys_paged_sm_80_combine(
// CHECK-LABEL: func.func private @launch(
// CHECK-SAME:    %[[Q:arg0]]: memref
// CHECK:         %{{.*}}, %[[OFFSET:.*]], %{{.*}}:4, %[[STRIDES:.*]]:4 = memref.extract_strided_metadata %[[Q]]
// CHECK:         arith.cmpi eq, %[[OFFSET]]
// CHECK:         arith.cmpi eq, %[[STRIDES]]#3
// CHECK:         %[[DENSE:.*]] = scf.if
// CHECK:           memref.cast %[[Q]]
// CHECK:         else
// CHECK:           memref.alloc
// CHECK-COUNT-4:   scf.for
// CHECK:         gpu.memcpy async [%{{.*}}] %{{.*}}, %[[DENSE]]
// As many splits as fill 108 multiprocessors twice, of at least 128 keys.
// CHECK:         arith.divui
// CHECK:         arith.ceildivui
// CHECK:         %[[SPLITS:.*]] = arith.maxui
// CHECK:         gpu.alloc {{.*}} : memref<?xf32>
// CHECK:         gpu.alloc {{.*}} : memref<?xf32>
// CHECK:         gpu.launch_func async {{.*}} @[[$MODULE]]::@lowbit_attention_f16_d64_{{.*}}_sm_80 blocks
// CHECK:         gpu.launch_func async {{.*}} @[[$MODULE]]::@lowbit_attention_f16_d64_{{.*}}_sm_80_combine blocks
// CHECK:         gpu.memcpy
// CHECK-COUNT-8: gpu.dealloc
// CHECK:         gpu.wait
// CHECK:         return
func.func private @launch(!buffer, !buffer, !buffer, !lengths, !table, f32, !buffer) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64, grouped, key_lengths, packed_heads, split_keys, paged}}}
