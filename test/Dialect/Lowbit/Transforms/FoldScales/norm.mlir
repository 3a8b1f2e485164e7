// RUN: quant-opt %s --lowbit-fold-scales | FileCheck %s

// The gamma and beta of a norm take the factors.

#full = affine_map<(b, t, c) -> (b, t, c)>
#row = affine_map<(b, t, c) -> (b, t)>
#channel = affine_map<(b, t, c) -> (c)>
!t = tensor<2x?x4xf32>
!v = tensor<4xf32>
ml_program.global public @gamma(#ml_program.extern<!v>) : !v
ml_program.global public @beta(#ml_program.extern<!v>) : !v

// As importers write it: a product, and then a sum.
// CHECK-LABEL: func @separate(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x?x4xf32>
// CHECK-DAG: %[[GAMMA:.*]] = ml_program.global_load_const @gamma
// CHECK-DAG: %[[BETA:.*]] = ml_program.global_load_const @beta
// CHECK-DAG: %[[F:.*]] = arith.constant dense<[5.000000e-01, 2.500000e-01, -1.000000e+00, 2.000000e+00]>
// CHECK-DAG: %[[G:.*]] = linalg.generic {{.*}} ins(%[[GAMMA]], %{{.*}} : tensor<4xf32>, tensor<4xf32>)
// CHECK-DAG: %[[B:.*]] = linalg.generic {{.*}} ins(%[[BETA]], %{{.*}} : tensor<4xf32>, tensor<4xf32>)
// CHECK: %[[P:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[G]] :
// CHECK: arith.mulf
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[P]], %[[B]] :
// CHECK: arith.addf
// CHECK-NOT: linalg.generic
// CHECK: return %[[Y]]
func.func @separate(%x: !t, %n: index) -> !t {
  %gamma = ml_program.global_load_const @gamma : !v
  %beta = ml_program.global_load_const @beta : !v
  %f = arith.constant dense<[0.5, 0.25, -1.0, 2.0]> : !v
  %e = tensor.empty(%n) : !t
  %0 = linalg.generic {indexing_maps = [#full, #channel, #full],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %gamma : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  %1 = linalg.generic {indexing_maps = [#full, #channel, #full],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %beta : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.addf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  %2 = linalg.generic {indexing_maps = [#full, #channel, #full],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%1, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %b, %a : f32
    linalg.yield %p : f32
  } -> !t
  return %2 : !t
}

// All of it in one op, with vectors that are constants: so are the products.
// CHECK-LABEL: func @fused(
// CHECK-SAME: %[[X:[^:]*]]: tensor<2x?x4xf32>, %[[MEAN:[^:]*]]: {{.*}}, %[[VAR:[^:]*]]: {{.*}},
// CHECK-DAG: %[[G:.*]] = arith.constant dense<[5.000000e-01, 5.000000e-01, -3.000000e+00, 8.000000e+00]>
// CHECK-DAG: %[[B:.*]] = arith.constant dense<[0.000000e+00, 2.500000e-01, -2.000000e+00, 6.000000e+00]>
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MEAN]], %[[VAR]], %[[G]], %[[B]] :
// CHECK-NOT: linalg.generic
// CHECK: return %[[Y]]
func.func @fused(%x: !t, %mean: tensor<2x?xf32>, %variance: tensor<2x?xf32>, %n: index) -> !t {
  %gamma = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : !v
  %beta = arith.constant dense<[0.0, 1.0, 2.0, 3.0]> : !v
  %f = arith.constant dense<[0.5, 0.25, -1.0, 2.0]> : !v
  %e = tensor.empty(%n) : !t
  %0 = linalg.generic {indexing_maps = [#full, #row, #row, #channel, #channel, #full],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %mean, %variance, %gamma, %beta : !t, tensor<2x?xf32>, tensor<2x?xf32>, !v, !v) outs(%e : !t) {
  ^bb0(%in: f32, %m: f32, %v: f32, %g: f32, %b: f32, %o: f32):
    %d = arith.subf %in, %m : f32
    %r = math.rsqrt %v : f32
    %h = arith.mulf %d, %r : f32
    %p = arith.mulf %h, %g : f32
    %s = arith.addf %p, %b : f32
    linalg.yield %s : f32
  } -> !t
  %1 = linalg.generic {indexing_maps = [#full, #channel, #full],
                       iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%0, %f : !t, !v) outs(%e : !t) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !t
  return %1 : !t
}
