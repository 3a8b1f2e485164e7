// Globals that hold their value move as constants do; state stays.

// RUN: quant-opt %s --lowbit-externalize-weights="output-weights=%t.safetensors min-elements=3" -o %t.mlir
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: quant-opt %t.mlir --lowbit-internalize-weights="weights=%t.safetensors" | FileCheck %s --check-prefix=BACK

// CHECK: ml_program.global private @inline(#{{.*}}) : tensor<3xf32>
// CHECK: ml_program.global private mutable @state(dense<{{.*}}>
// CHECK: ml_program.global private @short(dense<{{.*}}>
ml_program.global private @inline(dense<[1.0, 2.0, 3.0]> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private mutable @state(dense<[1.0, 2.0, 3.0]> : tensor<3xf32>) : tensor<3xf32>
ml_program.global private @short(dense<[1.0, 2.0]> : tensor<2xf32>) : tensor<2xf32>

// CHECK-LABEL: func.func @main
// CHECK: ml_program.global_load_const @inline
// BACK-NOT: @inline
// BACK: ml_program.global private mutable @state
// BACK: inline: "0x400000000000803F0000004000004040"
func.func @main() -> tensor<3xf32> {
  %g = ml_program.global_load_const @inline : tensor<3xf32>
  return %g : tensor<3xf32>
}
