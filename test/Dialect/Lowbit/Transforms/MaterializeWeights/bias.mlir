// REQUIRES: python-numpy, python-safetensors

// What quantizing shifts outputs by is added to the bias, or to the result where
// there is none (C156).

// RUN: rm -rf %t && split-file %s %t && %python %S/Inputs/make_statistics.py %t
// DEFINE: %{in} = in
// DEFINE: %{statistics} = statistics=%t/s.safetensors
// DEFINE: %{run} = quant-opt %t/%{in}.mlir --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors %{statistics}"
// RUN: %{run} 2>&1 | FileCheck %t/in.mlir

// REDEFINE: %{statistics} =
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: in.mlir:{{.*}}: error: layer 'a' is to have its bias corrected: name the file of statistics of its inputs with the option 'statistics'; quant-run --collect collects them (docs/calibration.md)

// REDEFINE: %{statistics} = statistics=%t/s.safetensors
// RUN: sed 's/lowbit.layer = "a"/lowbit.layer = "c"/' %t/in.mlir > %t/unknown.mlir
// REDEFINE: %{in} = unknown
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: {{.*}}s.safetensors: has no layer 'c'

// REDEFINE: %{in} = invalid
// RUN: quant-opt %t/invalid.mlir --split-input-file --verify-diagnostics --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/q.safetensors %{statistics}"

//--- in.mlir
#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#id = affine_map<(m, n) -> (m, n)>
#row = affine_map<(m, n) -> (n)>
!m = tensor<24x16xf32>
ml_program.global public @a(#ml_program.extern : !m) : !m
// CHECK-LABEL: func.func @main(
func.func @main(%x: tensor<?x24xf32>, %bias: tensor<16xf32>, %o: tensor<?x16xf32>) -> (tensor<?x16xf32>, tensor<?x16xf32>) {
  %w = ml_program.global_load_const @a : !m
  %e = lowbit.encode %w : !m to tensor<24x16xf32, #w8>
  // CHECK: %[[A:.+]] = linalg.matmul {lowbit.layer = "a"}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.correct_bias} ins(%x, %e : tensor<?x24xf32>, tensor<24x16xf32, #w8>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: %[[C:.+]] = arith.constant dense<{{.+}}> : tensor<16xf32>
  // CHECK: %[[B:.+]] = linalg.generic {{.*}} ins(%{{.+}}, %[[C]] : tensor<16xf32>, tensor<16xf32>) {{.*}} attrs = {lowbit.bias_correction = "a"}
  // CHECK: linalg.generic {{.*}} ins(%[[A]], %[[B]] :
  %1 = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]} ins(%0, %bias : tensor<?x16xf32>, tensor<16xf32>) outs(%o : tensor<?x16xf32>) {
  ^bb0(%p: f32, %q: f32, %out: f32):
    %s = arith.addf %p, %q : f32
    linalg.yield %s : f32
  } -> tensor<?x16xf32>
  // CHECK: %[[F:.+]] = linalg.matmul {lowbit.layer = "few"}
  %2 = linalg.matmul {lowbit.layer = "few", lowbit.correct_bias} ins(%x, %e : tensor<?x24xf32>, tensor<24x16xf32, #w8>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: %[[R:.+]] = linalg.generic {{.*}} ins(%[[F]], %{{.+}} : tensor<?x16xf32>, tensor<16xf32>) {{.*}} attrs = {lowbit.bias_correction = "few"}
  // CHECK: return %{{.+}}, %[[R]] :
  return %1, %2 : tensor<?x16xf32>, tensor<?x16xf32>
}

//--- invalid.mlir
!m = tensor<24x16xf32>
func.func @float(%x: tensor<?x24xf32>, %o: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %w = arith.constant dense<1.0> : !m
  // expected-error @+1 {{has lowbit.correct_bias, but its weight is not encoded here}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.correct_bias} ins(%x, %w : tensor<?x24xf32>, !m) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!m = tensor<24x16xf32>
func.func @nameless(%x: tensor<?x24xf32>, %o: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %w = arith.constant dense<1.0> : !m
  %e = lowbit.encode %w : !m to tensor<24x16xf32, #w8>
  // expected-error @+1 {{has lowbit.correct_bias, but no name by which statistics know it; run lowbit-name-layers}}
  %0 = linalg.matmul {lowbit.correct_bias} ins(%x, %e : tensor<?x24xf32>, tensor<24x16xf32, #w8>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!b = tensor<2x4x4xf32>
func.func @batch(%x: !b, %o: !b) -> !b {
  %w = arith.constant dense<1.0> : !b
  %e = lowbit.encode %w : !b to tensor<2x4x4xf32, #w8>
  // expected-error @+1 {{has lowbit.correct_bias, but is no layer of which each output sums over all channels of an input}}
  %0 = linalg.batch_matmul {lowbit.layer = "a", lowbit.correct_bias} ins(%x, %e : !b, tensor<2x4x4xf32, #w8>) outs(%o : !b) -> !b
  return %0 : !b
}

// -----

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
!m = tensor<24x16xf32>
func.func @ranges(%x: tensor<?x24xf32>, %o: tensor<?x16xf32>, %l: tensor<f32>) -> tensor<?x16xf32> {
  %w = arith.constant dense<1.0> : !m
  // expected-remark @+1 {{stays: its ranges are given at run time}}
  %e = lowbit.encode %w ranges(%l, %l : tensor<f32>, tensor<f32>) : !m to tensor<24x16xf32, #w8>
  // expected-remark @+1 {{layer 'a' keeps its bias: its weight is not encoded at compile time}}
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.correct_bias} ins(%x, %e : tensor<?x24xf32>, tensor<24x16xf32, #w8>) outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}
