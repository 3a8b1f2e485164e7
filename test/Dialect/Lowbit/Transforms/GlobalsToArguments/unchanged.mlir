// RUN: not quant-opt --lowbit-globals-to-arguments --mlir-print-ir-after-failure %s 2>&1 | FileCheck %s

// A use that is no load is found before the functions are changed.

// CHECK: error: 'func.func' op uses the global 'w' other than by a constant load in a function
// CHECK-LABEL: func.func @f() -> tensor<2xf32>
// CHECK-NEXT: ml_program.global_load_const @w
ml_program.global private @w(#ml_program.extern<tensor<2xf32>>) : tensor<2xf32>
func.func @f() -> tensor<2xf32> {
  %0 = ml_program.global_load_const @w : tensor<2xf32>
  return %0 : tensor<2xf32>
}
func.func private @note() attributes {note = @w}
