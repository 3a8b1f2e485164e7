// RUN: %python %S/Inputs/selected_weights.py %t.st
// DEFINE: %{slice} = 1000000
// DEFINE: %{run} = quant-opt %s --lowbit-materialize-weights="weights=%t.st output-weights=%t.q.st slice-elements=%{slice}"
// DEFINE: %{check} = %python %S/Inputs/selected_weights.py %t.st %t.q.st | FileCheck %s --check-prefix=FILE
// RUN: %{run} | FileCheck %s
// RUN: %{check}
// RUN: cp %t.q.st %t.whole.st
// REDEFINE: %{slice} = 1
// RUN: %{run} -o /dev/null && cmp %t.q.st %t.whole.st

// (C146) Channels that are taken from a weight are encoded or stored by
// themselves, and what is left of it beside them; the file says which they are.

// FILE: ['v.outliers.codes', 'v.outliers.factors.1', 'v.outliers.indices', 'v.outliers.scales', 'w.codes', 'w.factors.0', 'w.outliers.codes', 'w.outliers.indices', 'w.scales']
// FILE: 'lowbit.factors:v.outliers': '1', 'lowbit.factors:w': '0', 'lowbit.selection:v.outliers': '1 of 6', 'lowbit.selection:w.outliers': '0 of 40', 'lowbit.shape:v.outliers': '40x2', 'lowbit.shape:w': '40x6', 'lowbit.shape:w.outliers': '3x6', 'lowbit.source:v.outliers': 'v', 'lowbit.source:w.outliers': 'w'
// FILE-COUNT-8: is right

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#enc = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#f16 = #lowbit.encoding<#lowbit.float<f16>>
!w = tensor<40x6xf32>
!o = tensor<3x6xf32>
!v = tensor<40x6xf16>
!vo = tensor<40x2xf16>
ml_program.global public @w(#ml_program.extern<!w>) : !w
ml_program.global public @v(#ml_program.extern<!v>) : !v

// CHECK-LABEL: func.func @split(
// CHECK-NOT: {{linalg|arith}}
// CHECK: %[[R:.*]] = lowbit.assemble %w.codes, %w.scales :
// CHECK: %[[O:.*]] = lowbit.assemble %w.outliers.codes :
// CHECK: return %[[R]], %[[O]]
func.func @split() -> (tensor<40x6xf32, #enc>, tensor<3x6xf32, #f16>) {
  %w = ml_program.global_load_const @w : !w
  %mask = arith.constant dense<[1.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 1.0, 1.0,
                                1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]> : tensor<40xf32>
  %e = tensor.empty() : !w
  %r = linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %mask : !w, tensor<40xf32>) outs(%e : !w) attrs = {lowbit.input_scales} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  %i = arith.constant dense<[3, 17, 39]> : tensor<3xi64>
  %eo = tensor.empty() : !o
  %o = linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<3xi64>) outs(%eo : !o) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f32):
    %row = arith.index_cast %a : i64 to index
    %column = linalg.index 1 : index
    %p = tensor.extract %w[%row, %column] : !w
    linalg.yield %p : f32
  } -> !o
  %0 = lowbit.encode %r : !w to tensor<40x6xf32, #enc>
  %1 = lowbit.encode %o : !o to tensor<3x6xf32, #f16>
  return %0, %1 : tensor<40x6xf32, #enc>, tensor<3x6xf32, #f16>
}

// Products on either side of a selection, along its axis; a cast behind all.
// CHECK-LABEL: func.func @products(
// CHECK-NOT: {{linalg|arith}}
// CHECK: lowbit.assemble %v.outliers.codes, %v.outliers.scales :
func.func @products() -> tensor<40x2xf32, #enc> {
  %v = ml_program.global_load_const @v : !v
  %s = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 0.3, -1.0]> : tensor<6xf16>
  %e = tensor.empty() : !v
  %vs = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%v, %s : !v, tensor<6xf16>) outs(%e : !v) {
  ^bb0(%a: f16, %b: f16, %c: f16):
    %p = arith.mulf %a, %b : f16
    linalg.yield %p : f16
  } -> !v
  %i = arith.constant dense<[5, 0]> : tensor<2xi64>
  %eo = tensor.empty() : !vo
  %o = linalg.generic {indexing_maps = [#column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%i : tensor<2xi64>) outs(%eo : !vo) attrs = {lowbit.selection} {
  ^bb0(%a: i64, %b: f16):
    %row = linalg.index 0 : index
    %column = arith.index_cast %a : i64 to index
    %p = tensor.extract %vs[%row, %column] : !v
    linalg.yield %p : f16
  } -> !vo
  %t = arith.constant dense<[0.5, 3.0]> : tensor<2xf16>
  %os = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%o, %t : !vo, tensor<2xf16>) outs(%eo : !vo) {
  ^bb0(%a: f16, %b: f16, %c: f16):
    %p = arith.mulf %a, %b : f16
    linalg.yield %p : f16
  } -> !vo
  %f = arith.extf %os : !vo to tensor<40x2xf32>
  %0 = lowbit.encode %f : tensor<40x2xf32> to tensor<40x2xf32, #enc>
  return %0 : tensor<40x2xf32, #enc>
}
