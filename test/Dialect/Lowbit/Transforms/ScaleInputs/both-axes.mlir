// RUN: %python %S/Inputs/make_statistics.py %t.st a,b=4,1,16,0
// RUN: quant-opt %s --lowbit-scale-inputs=statistics=%t.st | FileCheck %s

// A weight that layers read along both of its axes has a product along each.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<3x4xf32>
!w = tensor<4x4xf32>
// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$COLUMNS:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @both(
// CHECK: linalg.generic {{.*}} attrs = {lowbit.input_scales}
// CHECK-DAG: %[[BYCOLUMN:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$COLUMNS]], #{{.*}}]{{.*}} ins(%[[W:[^,]*]], %{{.*}} : tensor<4x4xf32>, tensor<4xf32>) {{.*}} attrs = {lowbit.input_scales}
// CHECK-DAG: %[[BYROW:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$ROWS]], #{{.*}}]{{.*}} ins(%[[W]], %{{.*}} : tensor<4x4xf32>, tensor<4xf32>) {{.*}} attrs = {lowbit.input_scales}
// CHECK: linalg.matmul {lowbit.layer = "a", {{.*}} ins(%[[XS:.*]], %[[BYROW]] :
// CHECK: linalg.matmul {{.*}}lowbit.layer = "b", {{.*}} ins(%[[XS]], %[[BYCOLUMN]] :
func.func @both(%x: !x, %init: !x) -> (!x, !x) {
  %w = arith.constant dense<[[1.0, 0.5, 0.25, 0.125], [0.25, -1.0, 1.0, 2.0], [0.0, 0.5, 1.0, 1.0], [1.0, 1.0, 0.5, 0.25]]> : !w
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !x) -> !x
  %1 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      {lowbit.layer = "b", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !x) -> !x
  return %0, %1 : !x, !x
}
