// RUN: not quant-opt --lowbit-insert-encodes --mlir-print-ir-after-failure %s 2>&1 | FileCheck %s

// A wrong layer leaves those before it as they were.

// CHECK: error: has lowbit.weight_encoding but no operand that is a constant weight
// CHECK-NOT: lowbit.encode
// CHECK-COUNT-2: linalg.matmul {lowbit.weight_encoding =
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<4x4xf32>
func.func @f(%x: !m, %c: !m) -> (!m, !m) {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul {lowbit.weight_encoding = #w8} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %1 = linalg.matmul {lowbit.weight_encoding = #w8} ins(%x, %x : !m, !m) outs(%c : !m) -> !m
  return %0, %1 : !m, !m
}
