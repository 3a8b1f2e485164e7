// What is wrong with modules and options: one error each, before any work.

// RUN: rm -rf %t && split-file %s %t
// RUN: quant-opt %t/make.mlir --lowbit-externalize-weights="output-weights=%t/w.safetensors min-elements=1" -o /dev/null

// DEFINE: %{name} = x
// DEFINE: %{more} =
// DEFINE: %{bad} = not quant-opt %t/%{name}.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o %{more}"

// REDEFINE: %{name} = dynamic
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=DYNAMIC --implicit-check-not=error:
// DYNAMIC: dynamic.mlir:2:1: error: external weights have static shapes, got 'tensor<?x2xf32>'

// REDEFINE: %{name} = empty
// REDEFINE: %{more} = slice-elements=-1
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=SLICE --implicit-check-not=error:
// SLICE: error: option 'slice-elements' is at least 1, got -1

// Nothing was written, not even in part.
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: {{^o(\.tmp.*)?$}}

//--- make.mlir
%good = arith.constant dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32> loc("good")

//--- dynamic.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f16 per axis<1>>
ml_program.global public @good(#ml_program.extern : tensor<?x2xf32>) : tensor<?x2xf32>
func.func @f() -> tensor<?x2xf32, #e> {
  %w = ml_program.global_load_const @good : tensor<?x2xf32>
  %e = lowbit.encode %w : tensor<?x2xf32> to tensor<?x2xf32, #e>
  return %e : tensor<?x2xf32, #e>
}

//--- empty.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
func.func @f() -> tensor<4x0xf32, #e> {
  %z = arith.constant dense<> : tensor<4x0xf32>
  %e = lowbit.encode %z : tensor<4x0xf32> to tensor<4x0xf32, #e>
  return %e : tensor<4x0xf32, #e>
}
