// RUN: %python %S/Inputs/scaled_weights.py %t.st
// DEFINE: %{slice} = 1000000
// DEFINE: %{run} = quant-opt %s --lowbit-materialize-weights="weights=%t.st output-weights=%t.q.st slice-elements=%{slice}"
// DEFINE: %{check} = %python %S/Inputs/scaled_weights.py %t.st %t.q.st | FileCheck %s --check-prefix=FILE
// RUN: %{run} | FileCheck %s
// RUN: %{check}
// RUN: cp %t.q.st %t.whole.st
// REDEFINE: %{slice} = 1
// RUN: %{run} -o /dev/null && cmp %t.q.st %t.whole.st

// (C132) Weights that are multiplied by constants per channel are encoded or,
// if something else reads them, stored as products; the constants go.
// (C133) The file says what they were multiplied by before they were encoded.

// FILE: ['big.scaled', 'gamma.scaled', 'half.codes', 'half.factors.1', 'half.scales', 'w.codes', 'w.factors.0', 'w.factors.1', 'w.scales']
// FILE: {'lowbit.encoding:half': {{.*}}, 'lowbit.encoding:w': {{.*}}, 'lowbit.factors:half': '1', 'lowbit.factors:w': '0,1', 'lowbit.shape:half'
// FILE-COUNT-8: is right

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#one = affine_map<(d0) -> (d0)>
#enc = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!w = tensor<40x6xf32>
!e = tensor<40x6xf32, #enc>
ml_program.global public @w(#ml_program.extern<!w>) : !w
ml_program.global public @half(#ml_program.extern<tensor<40x6xf16>>) : tensor<40x6xf16>
ml_program.global public @gamma(#ml_program.extern<tensor<4xf32>>) : tensor<4xf32>
ml_program.global public @big(#ml_program.extern<!w>) : !w

// Along both axes; two encodes of one product are one.
// CHECK-LABEL: func.func @encoded(
// CHECK-NOT: {{linalg|arith}}
// CHECK: %[[W:.*]] = lowbit.assemble %w.codes, %w.scales :
// CHECK: %[[V:.*]] = lowbit.assemble %w.codes
// CHECK: return %[[W]], %[[V]]
func.func @encoded() -> (!e, !e) {
  %w = ml_program.global_load_const @w : !w
  %c = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 0.3, -1.0]> : tensor<6xf32>
  %r = arith.constant dense<3.0> : tensor<40xf32>
  %e = tensor.empty() : !w
  %0 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %c : !w, tensor<6xf32>) outs(%e : !w) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  %1 = linalg.generic {indexing_maps = [#row, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%r, %0 : tensor<40xf32>, !w) outs(%e : !w) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  %2 = lowbit.encode %1 : !w to !e
  %3 = lowbit.encode %1 : !w to !e
  return %2, %3 : !e, !e
}

// A product in f16 is rounded to it, and cast then.
// CHECK-LABEL: func.func @rounded(
// CHECK-NOT: {{linalg|arith}}
// CHECK: lowbit.assemble %half.codes
func.func @rounded() -> !e {
  %w = ml_program.global_load_const @half : tensor<40x6xf16>
  %c = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 0.3, -1.0]> : tensor<6xf16>
  %e = tensor.empty() : tensor<40x6xf16>
  %0 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %c : tensor<40x6xf16>, tensor<6xf16>) outs(%e : tensor<40x6xf16>) {
  ^bb0(%a: f16, %b: f16, %o: f16):
    %p = arith.mulf %a, %b : f16
    linalg.yield %p : f16
  } -> tensor<40x6xf16>
  %1 = arith.extf %0 : tensor<40x6xf16> to !w
  %2 = lowbit.encode %1 : !w to !e
  return %2 : !e
}

// What is not encoded is stored multiplied.
// CHECK-LABEL: func.func @float(
// CHECK-NOT: {{linalg|arith}}
// CHECK-DAG: %[[G:.*]] = ml_program.global_load_const @gamma.scaled : tensor<4xf32>
// CHECK-DAG: %[[B:.*]] = ml_program.global_load_const @big.scaled : tensor<40x6xf32>
// CHECK: return %[[G]], %[[B]]
func.func @float() -> (tensor<4xf32>, !w) {
  %gamma = ml_program.global_load_const @gamma : tensor<4xf32>
  %f = arith.constant dense<[0.1, 0.2, 0.3, 0.4]> : tensor<4xf32>
  %e = tensor.empty() : tensor<4xf32>
  %0 = linalg.generic {indexing_maps = [#one, #one, #one], iterator_types = ["parallel"]}
      ins(%gamma, %f : tensor<4xf32>, tensor<4xf32>) outs(%e : tensor<4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<4xf32>
  %w = ml_program.global_load_const @big : !w
  %c = arith.constant dense<[1.0, 2.0, 4.0, 8.0, 0.3, -1.0]> : tensor<6xf32>
  %e2 = tensor.empty() : !w
  %1 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %c : !w, tensor<6xf32>) outs(%e2 : !w) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  return %0, %1 : tensor<4xf32>, !w
}
