// RUN: quant-opt %s --lowbit-fold-scales=only-marked | FileCheck %s
// RUN: quant-opt %s --lowbit-fold-scales | FileCheck %s --check-prefix=ALL

// Products that passes have made, or all; none is marked after that. (C131)

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<3x4xf32>
!v = tensor<4xf32>
// CHECK-LABEL: func @products(
// CHECK: linalg.generic
// CHECK-NOT: lowbit.input_scales
// CHECK: linalg.generic
// CHECK-NOT: linalg.generic
// ALL-LABEL: func @products(
// ALL: arith.constant dense<8.000000e+00> : tensor<4xf32>
// ALL: linalg.generic
// ALL-NOT: linalg.generic
func.func @products(%x: !t) -> !t {
  %one = arith.constant dense<2.0> : !v
  %e = tensor.empty() : !t
  %a = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %one : !t, !v) outs(%e : !t) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %p = arith.mulf %u, %v : f32
    linalg.yield %p : f32
  } -> !t
  %b = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%a, %one : !t, !v) outs(%e : !t) attrs = {lowbit.input_scales} {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %p = arith.mulf %u, %v : f32
    linalg.yield %p : f32
  } -> !t
  %n = tensor.cast %b : !t to tensor<?x4xf32>
  %m = tensor.cast %n : tensor<?x4xf32> to !t
  %c = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %one : !t, !v) outs(%e : !t) {
  ^bb0(%u: f32, %v: f32, %o: f32):
    %p = arith.mulf %u, %v : f32
    linalg.yield %p : f32
  } -> !t
  return %c : !t
}
