// What is wrong with files and values: one error each, at the weight it is
// about, and no output.

// RUN: rm -rf %t && split-file %s %t
// RUN: quant-opt %t/make.mlir --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o /dev/null
// RUN: head -c 100 %t/w.safetensors > %t/short.safetensors

// DEFINE: %{run} = not quant-opt %t/use.mlir -o /dev/null --lowbit-materialize-weights=

// RUN: %{run}"output-weights=%t/o" 2>&1 | FileCheck %s --check-prefix=NO-WEIGHTS
// NO-WEIGHTS: use.mlir:2:1: error: weight 'good' is external: name its file with the option 'weights'

// RUN: %{run}"weights=%t/w.safetensors" 2>&1 | FileCheck %s --check-prefix=NO-OUTPUT
// NO-OUTPUT: error: there are weights to be written: name their file with the option 'output-weights'

// RUN: %{run}"weights=%t/absent.safetensors output-weights=%t/o" 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: {{.*}}absent.safetensors: {{.}}

// RUN: %{run}"weights=%t/short.safetensors output-weights=%t/o" 2>&1 | FileCheck %s --check-prefix=SHORT
// SHORT: error: {{.*}}short.safetensors: {{.}}

// RUN: %{run}"weights=%t/w.safetensors output-weights=%t/no/such/o" 2>&1 | FileCheck %s --check-prefix=UNWRITABLE
// UNWRITABLE: error: {{.*}}no/such/o: {{.}}

// DEFINE: %{name} = x
// DEFINE: %{bad} = not quant-opt %t/%{name}.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o"

// REDEFINE: %{name} = missing
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=MISSING
// MISSING: missing.mlir:2:1: error: {{.*}}w.safetensors: has no tensor 'encoder.goode'; did you mean 'encoder.good'?

// REDEFINE: %{name} = shape
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: shape.mlir:2:1: error: {{.*}}: tensor 'good' has shape 2x2, but the module expects 2x3

// REDEFINE: %{name} = dtype
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=DTYPE
// DTYPE: dtype.mlir:2:1: error: {{.*}}: tensor 'good' has element type F32, but the module expects 'bf16'

// REDEFINE: %{name} = nan
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=NAN
// NAN: nan.mlir:2:1: error: {{.*}}w.safetensors: tensor 'nan' holds NaN at [1, 0]

// REDEFINE: %{name} = infinite
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=INFINITE
// INFINITE: infinite.mlir:2:1: error: {{.*}}: tensor 'infinite' holds an infinity at [0, 1]

// REDEFINE: %{name} = overflow
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: overflow.mlir:2:1: error: {{.*}}: tensor 'huge' needs a scale at [1] that is too large for f16; use f32 or bf16 scales

// Nothing was written, not even in part.
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: {{^o(\.tmp.*)?$}}

//--- make.mlir
%good = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> loc("good")
%long = arith.constant dense<[[1.0, 2.0], [3.0, 5.0]]> : tensor<2x2xf32> loc("encoder.good")
%nan = arith.constant dense<[[1.0, 2.0], [0x7FC00000, 4.0]]> : tensor<2x2xf32> loc("nan")
%inf = arith.constant dense<[[1.0, 0xFF800000], [3.0, 4.0]]> : tensor<2x2xf32> loc("infinite")
%huge = arith.constant dense<[[1.0, 2.0], [3.0e+8, 4.0]]> : tensor<2x2xf32> loc("huge")

//--- use.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
ml_program.global public @good(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
func.func @f() -> tensor<2x2xf32, #e> {
  %w = ml_program.global_load_const @good : tensor<2x2xf32>
  %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
  return %e : tensor<2x2xf32, #e>
}

//--- missing.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
ml_program.global public @encoder.goode(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
func.func @f() -> tensor<2x2xf32, #e> {
  %w = ml_program.global_load_const @encoder.goode : tensor<2x2xf32>
  %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
  return %e : tensor<2x2xf32, #e>
}

//--- shape.mlir

ml_program.global public @good(#ml_program.extern : tensor<2x3xf32>) : tensor<2x3xf32>
func.func @f() -> tensor<2x3xf32> {
  %w = ml_program.global_load_const @good : tensor<2x3xf32>
  return %w : tensor<2x3xf32>
}

//--- dtype.mlir

ml_program.global public @good(#ml_program.extern : tensor<2x2xbf16>) : tensor<2x2xbf16>
func.func @f() -> tensor<2x2xbf16> {
  %w = ml_program.global_load_const @good : tensor<2x2xbf16>
  return %w : tensor<2x2xbf16>
}

//--- nan.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
ml_program.global public @nan(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
func.func @f() -> tensor<2x2xf32, #e> {
  %w = ml_program.global_load_const @nan : tensor<2x2xf32>
  %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
  return %e : tensor<2x2xf32, #e>
}

//--- infinite.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
ml_program.global public @infinite(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
func.func @f() -> tensor<2x2xf32, #e> {
  %w = ml_program.global_load_const @infinite : tensor<2x2xf32>
  %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
  return %e : tensor<2x2xf32, #e>
}

//--- overflow.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<0>>
ml_program.global public @huge(#ml_program.extern : tensor<2x2xf32>) : tensor<2x2xf32>
func.func @f() -> tensor<2x2xf32, #e> {
  %w = ml_program.global_load_const @huge : tensor<2x2xf32>
  %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
  return %e : tensor<2x2xf32, #e>
}
