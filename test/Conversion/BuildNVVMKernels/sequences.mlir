// RUN: quant-opt %s --lowbit-build-nvvm-kernels | FileCheck %s

// (C181) Rows of no sequence are 0, and their log-sum-exp -inf: no block writes
// them.

!buffer = memref<?x?x?x?xf16, strided<[?, ?, ?, ?], offset: ?>>
!sums = memref<?x?x?xf32, strided<[?, ?, ?], offset: ?>>
!offsets = memref<?xi32, strided<[?], offset: ?>>

// CHECK-LABEL: func.func private @launch(
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0.000000e+00 : f16
// CHECK-DAG:     %[[NONE:.*]] = arith.constant 0xFF800000 : f32
// CHECK-DAG:     gpu.memset async [%{{.*}}] %{{.*}}, %[[ZERO]] : memref<?x?x?x?xf16>, f16
// CHECK:         gpu.memset async [%{{.*}}] %{{.*}}, %[[NONE]] : memref<?x?x?xf32>, f32
// CHECK:         gpu.launch_func async
func.func private @launch(!buffer, !buffer, !buffer, !offsets, !offsets, f32, !buffer, !sums) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64, value_size = 64, sequence_offsets, log_sum_exp}}}
