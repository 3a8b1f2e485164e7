// RUN: quant-opt %s --lowbit-fold-scales 2>/dev/null | FileCheck %s

// A producer with other users is made twice where that is one sum and product.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<8x4xf32>
!v = tensor<4xf32>

// CHECK-LABEL: func @residual(
// CHECK-DAG: %[[G:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[0.000000e+00, 1.000000e+00, 2.000000e+00, 3.000000e+00]>
// CHECK-DAG: %[[GF:.*]] = arith.constant dense<[5.000000e-01, 5.000000e-01, -3.000000e+00, 8.000000e+00]>
// CHECK-DAG: %[[BF:.*]] = arith.constant dense<[0.000000e+00, 2.500000e-01, -2.000000e+00, 6.000000e+00]>
// CHECK-DAG: %[[Y:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[G]], %[[B]] :
// CHECK-DAG: %[[YF:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[GF]], %[[BF]] :
// CHECK: return %[[Y]], %[[YF]]
func.func @residual(%x: !t) -> (!t, !t) {
  %gamma = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : !v
  %beta = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : !v
  %f = arith.constant dense<[0.5, 0.25, -1.0, 2.0]> : !v
  %e = tensor.empty() : !t
  %0 = linalg.generic {indexing_maps = [#id, #column, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %gamma, %beta : !t, !v, !v) outs(%e : !t) {
  ^bb0(%a: f32, %g: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %g : f32
    %s = arith.addf %p, %b : f32
    linalg.yield %s : f32
  } -> !t
  %1 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %0, %1 : !t, !t
}
