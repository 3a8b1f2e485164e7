// RUN: quant-opt %s --lowbit-fold-scales | FileCheck %s

// A block that stands before what it is dominated by: with the product in the
// first goes that in the second, which only it read.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
!t = tensor<3x4xf32>
!v = tensor<4xf32>
// CHECK-LABEL: func @backwards(
// CHECK-SAME: %[[X:[^:]*]]: tensor<3x4xf32>
// CHECK: %[[BOTH:.*]] = arith.constant dense<[4.000000e+00, 9.000000e+00, 1.600000e+01, 2.500000e+01]> : tensor<4xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[BOTH]] :
// CHECK-NOT: linalg.generic
func.func @backwards(%x: !t) -> !t {
  %f = arith.constant dense<[2.0, 3.0, 4.0, 5.0]> : !v
  %e = tensor.empty() : !t
  cf.br ^second
^first:
  %r = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %r : !t
^second:
  %y = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  cf.br ^first
}
