// RUN: quant-opt %s --lowbit-build-nvvm-kernels --canonicalize --cse | FileCheck %s

// Without queries nothing is launched: a driver takes no grid without blocks.

!buffer = memref<?x?x?x?xf16, strided<[?, ?, ?, ?], offset: ?>>

// CHECK-LABEL: func.func private @launch(
// CHECK-SAME:    %[[Q:arg0]]: memref
// CHECK:         %[[ROWS:.*]] = memref.dim %[[Q]], %c2
// CHECK:         %[[SEQUENCES:.*]] = memref.dim %[[Q]], %c0
// CHECK:         %[[EMPTY:.*]] = arith.cmpi eq, %[[ROWS]], %c0 : index
// CHECK:         %[[END:.*]] = arith.select %[[EMPTY]], %c0, %[[SEQUENCES]] : index
// CHECK:         scf.for %[[FIRST:.*]] = %c0 to %[[END]] step
// CHECK:           arith.subi %[[END]], %[[FIRST]]
// CHECK:           gpu.launch_func async
func.func private @launch(!buffer, !buffer, !buffer, f32, !buffer) attributes {lowbit.attention_launch = {spec = {
  kind = "nvvm.attention", chip = "sm_80", element = "f16", head_size = 64}}}
