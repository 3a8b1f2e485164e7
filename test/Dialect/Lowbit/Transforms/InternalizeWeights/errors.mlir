// RUN: split-file %s %t
// RUN: quant-opt %t/make.mlir --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o /dev/null
// RUN: not quant-opt %t/use.mlir --lowbit-internalize-weights 2>&1 | FileCheck %s --check-prefix=NO-WEIGHTS
// NO-WEIGHTS: error: weight 'encoder.wieght' is external: name its file with the option 'weights'
// RUN: not quant-opt %t/use.mlir --lowbit-internalize-weights="weights=%t/w.safetensors" 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: error: {{.*}}w.safetensors: has no tensor 'encoder.wieght'; did you mean 'encoder.weight'?

//--- make.mlir
%a = arith.constant dense<[1.0, 2.0]> : tensor<2xf32> loc("encoder.weight")

//--- use.mlir
ml_program.global public @encoder.wieght(#ml_program.extern : tensor<2xf32>) : tensor<2xf32>
func.func @main() -> tensor<2xf32> {
  %a = ml_program.global_load_const @encoder.wieght : tensor<2xf32>
  return %a : tensor<2xf32>
}
