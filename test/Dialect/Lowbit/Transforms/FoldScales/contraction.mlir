// RUN: quant-opt %s --lowbit-fold-scales | FileCheck %s

// The columns of a weight and the bias that is added take the factors, through
// a ReLU where they are positive.

#id = affine_map<(m, n) -> (m, n)>
#column = affine_map<(m, n) -> (n)>
#mk = affine_map<(m, n, k) -> (m, k)>
#nk = affine_map<(m, n, k) -> (n, k)>
#mn = affine_map<(m, n, k) -> (m, n)>
!x = tensor<?x8xf32>
!y = tensor<?x2xf32>
!v = tensor<2xf32>
ml_program.global public @w(#ml_program.extern<tensor<2x8xf32>>) : tensor<2x8xf32>
ml_program.global public @bias(#ml_program.extern<!v>) : !v

// CHECK-LABEL: func @relu(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x8xf32>
// CHECK-DAG: %[[W:.*]] = ml_program.global_load_const @w
// CHECK-DAG: %[[WF:.*]] = linalg.generic {{.*}} ins(%[[W]], %{{.*}} : tensor<2x8xf32>, tensor<2xf32>)
// CHECK-DAG: %[[BIAS:.*]] = ml_program.global_load_const @bias
// CHECK-DAG: %[[BF:.*]] = linalg.generic {{.*}} ins(%[[BIAS]], %{{.*}} : tensor<2xf32>, tensor<2xf32>)
// CHECK-DAG: %[[ZERO:.*]] = linalg.fill
// CHECK: %[[Y:.*]] = linalg.matmul indexing_maps = {{.*}} {lowbit.layer = "up"} ins(%[[X]], %[[WF]] : {{.*}}) outs(%[[ZERO]] :
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[Y]], %[[BF]] :
// CHECK: arith.maximumf
// CHECK-NOT: linalg.generic
// CHECK: return %[[R]]
func.func @relu(%x: !x, %m: index) -> !y {
  %zero = arith.constant 0.0 : f32
  %w = ml_program.global_load_const @w : tensor<2x8xf32>
  %bias = ml_program.global_load_const @bias : !v
  %f = arith.constant dense<[0.5, 4.0]> : !v
  %e = tensor.empty(%m) : !y
  %fill = linalg.fill ins(%zero : f32) outs(%e : !y) -> !y
  %0 = linalg.matmul indexing_maps = [#mk, #nk, #mn] {lowbit.layer = "up"}
      ins(%x, %w : !x, tensor<2x8xf32>) outs(%fill : !y) -> !y
  %1 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0, %bias : !y, !v) outs(%e : !y) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.addf %a, %b : f32
    %r = arith.maximumf %s, %zero : f32
    linalg.yield %r : f32
  } -> !y
  %2 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %f : !y, !v) outs(%e : !y) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !y
  return %2 : !y
}

// A bias in the init; a leaky ReLU; a weight that is going to be encoded.
// CHECK-LABEL: func @leaky(
// CHECK-DAG: %[[BF:.*]] = arith.constant dense<[5.000000e-01, 8.000000e+00]>
// CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[BF]] :
// CHECK: linalg.matmul {lowbit.weight_encoding = {{.*}}} ins(%{{.*}}, %{{.*}} : {{.*}}) outs(%[[INIT]] :
// CHECK: arith.select
// CHECK-NOT: linalg.generic
// CHECK: return
func.func @leaky(%x: !x, %m: index) -> !y {
  %zero = arith.constant 0.0 : f32
  %slope = arith.constant 0.125 : f32
  %w = arith.constant dense<3.0> : tensor<8x2xf32>
  %bias = arith.constant dense<[1.0, 2.0]> : !v
  %f = arith.constant dense<[0.5, 4.0]> : !v
  %e = tensor.empty(%m) : !y
  %init = linalg.broadcast ins(%bias : !v) outs(%e : !y) dimensions = [0]
  %0 = linalg.matmul {lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
      ins(%x, %w : !x, tensor<8x2xf32>) outs(%init : !y) -> !y
  %1 = linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%0 : !y) outs(%e : !y) {
  ^bb0(%a: f32, %o: f32):
    %positive = arith.cmpf ogt, %a, %zero : f32
    %small = arith.mulf %a, %slope : f32
    %r = arith.select %positive, %a, %small : f32
    linalg.yield %r : f32
  } -> !y
  %2 = linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%1, %f : !y, !v) outs(%e : !y) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !y
  return %2 : !y
}
