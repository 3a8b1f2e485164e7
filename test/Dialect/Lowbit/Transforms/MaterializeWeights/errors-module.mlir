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

// REDEFINE: %{more} =
// REDEFINE: %{name} = nested
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=NESTED --implicit-check-not=error:
// NESTED: nested.mlir:5:10: error: 'lowbit.encode' op is of a weight in a module within the module: run on that by itself

// REDEFINE: %{name} = assigned
// RUN: %{bad} 2>&1 | FileCheck %s --check-prefix=ASSIGNED --implicit-check-not=error:
// ASSIGNED: assigned.mlir:4:8: error: 'linalg.matmul' op still has lowbit.weight_encoding: lowbit-insert-encodes has not run here

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

//--- nested.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
module @inner {
  func.func @f() -> tensor<2x2xf32, #e> {
    %w = arith.constant dense<1.0> : tensor<2x2xf32>
    %e = lowbit.encode %w : tensor<2x2xf32> to tensor<2x2xf32, #e>
    return %e : tensor<2x2xf32, #e>
  }
}
func.func @outer() { return }

//--- assigned.mlir
#e = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
ml_program.func @f(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %w = arith.constant dense<1.0> : tensor<2x2xf32>
  %0 = linalg.matmul {lowbit.weight_encoding = #e} ins(%x, %w : tensor<2x2xf32>, tensor<2x2xf32>) outs(%x : tensor<2x2xf32>) -> tensor<2x2xf32>
  ml_program.return %0 : tensor<2x2xf32>
}
