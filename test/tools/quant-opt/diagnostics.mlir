// Diagnostics have a place and say what is wrong; the op follows on request.

// RUN: not quant-opt %s --lowbit-verify-encoded 2>&1 \
// RUN:   | FileCheck %s --implicit-check-not='note:'
// RUN: not quant-opt %s --lowbit-verify-encoded --mlir-print-op-on-diagnostic 2>&1 \
// RUN:   | FileCheck %s --check-prefixes=CHECK,OP
// CHECK: diagnostics.mlir:[[#@LINE+4]]:{{[0-9]+}}: error: 'linalg.exp' op
// OP: note: see current operation
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
func.func @exp(%x: tensor<2xf32, #e>, %y: tensor<2xf32, #e>) -> tensor<2xf32, #e> {
  %0 = linalg.exp ins(%x : tensor<2xf32, #e>)
      outs(%y : tensor<2xf32, #e>) -> tensor<2xf32, #e>
  return %0 : tensor<2xf32, #e>
}
