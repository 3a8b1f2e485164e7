// RUN: quant-opt %s --lowbit-materialize-weights="output-weights=%t.st" 2>%t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.err
// RUN: quant-opt %s --lowbit-materialize-weights="output-weights=%t.st" 2>/dev/null \
// RUN:   | quant-opt -o /dev/null --lowbit-report="quantized-weights=%t.st" 2>&1 | FileCheck %s --check-prefix=REPORT

// Globals with a value are constants. They go unless something else reads them.

#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#t = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!big = tensor<16x16xf32>
!small = tensor<2x2xf32>

// CHECK: ml_program.global public @big.codes(#{{.*}}) : tensor<16x16xi8>
// CHECK-NEXT: ml_program.global public @big.scales(
// CHECK-NEXT: ml_program.global public @big.1.codes(
// CHECK-NEXT: ml_program.global public @big.1.scales(
// CHECK-NEXT: ml_program.global private @read(
// CHECK-NEXT: ml_program.global private @other(
// CHECK-NOT: ml_program.global
ml_program.global public @big(dense<1.0> : !big) : !big
ml_program.global private @same(dense<1.0> : !big) : !big
ml_program.global private @small(dense<[[1.0, 2.0], [-1.0, 4.0]]> : !small) : !small
ml_program.global private @read(dense<3.0> : !small) : !small
ml_program.global private @other(dense<1.0> : tensor<4x1xf32>) : !small

// CHECK-LABEL: func.func @f(
// CHECK: ml_program.global_load_const @read
// CHECK: %[[C:.*]] = ml_program.global_load_const @big.codes
// CHECK: %[[S:.*]] = ml_program.global_load_const @big.scales
// CHECK: lowbit.assemble %[[C]], %[[S]]
// CHECK: ml_program.global_load_const @big.codes
// CHECK: ml_program.global_load_const @big.1.codes
// CHECK: arith.constant dense<{{.*}}> : tensor<2x2xi8>
func.func @f() -> (tensor<16x16xf32, #e>, tensor<16x16xf32, #e>, tensor<16x16xf32, #t>, tensor<2x2xf32, #e>, tensor<2x2xf32, #e>, !small) {
  %b = ml_program.global_load_const @big : !big
  %s = ml_program.global_load_const @same : !big
  %l = ml_program.global_load_const @small : !small
  %r = ml_program.global_load_const @read : !small
  %0 = lowbit.encode %b : !big to tensor<16x16xf32, #e>
  %1 = lowbit.encode %s : !big to tensor<16x16xf32, #e>
  %2 = lowbit.encode %b : !big to tensor<16x16xf32, #t>
  %3 = lowbit.encode %l : !small to tensor<2x2xf32, #e>
  %4 = lowbit.encode %r : !small to tensor<2x2xf32, #e>
  return %0, %1, %2, %3, %4, %r : tensor<16x16xf32, #e>, tensor<16x16xf32, #e>, tensor<16x16xf32, #t>, tensor<2x2xf32, #e>, tensor<2x2xf32, #e>, !small
}

// A value that the load does not have cannot be encoded here; the report says so.
// REMARK: globals.mlir:[[#@LINE+6]]:{{[0-9]+}}: remark: stays: the weight has no value of its type here
// REMARK-NOT: remark
// CHECK-LABEL: func.func @stays(
// CHECK: lowbit.encode
func.func @stays(%x: !small, %o: !small) -> !small {
  %w = ml_program.global_load_const @other : !small
  %e = lowbit.encode %w : !small to tensor<2x2xf32, #e>
  // REPORT: late {{.*}}[1]
  // REPORT: [1] float: its weight is encoded at run time
  %0 = linalg.matmul {lowbit.layer = "late"} ins(%x, %e : !small, tensor<2x2xf32, #e>) outs(%o : !small) -> !small
  return %0 : !small
}
