// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st a,b=1,7,3
// RUN: quant-opt %s --lowbit-split-outliers=statistics=%t.st | FileCheck %s

// A weight that layers read along both of its axes loses the outliers along each.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
!x = tensor<4x3xf32>
!w = tensor<3x3xf32>
// CHECK-DAG: #[[$ROWS:.*]] = affine_map<(d0, d1) -> (d0)>
// CHECK-DAG: #[[$COLUMNS:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-LABEL: func @both(
// CHECK: %[[W:.*]] = arith.constant dense<2.0
// CHECK-DAG: %[[BYROW:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$ROWS]], #{{.*}}]{{.*}} ins(%[[W]], %{{.*}} : tensor<3x3xf32>, tensor<3xf32>)
// CHECK-DAG: %[[ROW:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<1x3xf32>) attrs = {lowbit.selection}
// CHECK-DAG: %[[BYCOLUMN:.*]] = linalg.generic {indexing_maps = [#{{.*}}, #[[$COLUMNS]], #{{.*}}]{{.*}} ins(%[[W]], %{{.*}} : tensor<3x3xf32>, tensor<3xf32>)
// CHECK-DAG: %[[COLUMN:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<3x1xf32>) attrs = {lowbit.selection}
// CHECK: linalg.matmul {lowbit.layer = "a", {{.*}} ins(%{{.*}}, %[[BYROW]] :
// CHECK: linalg.matmul {lowbit.layer = "a.outliers", {{.*}} ins(%{{.*}}, %[[ROW]] :
// CHECK: linalg.matmul {{.*}}lowbit.layer = "b", {{.*}} ins(%{{.*}}, %[[BYCOLUMN]] :
// CHECK: linalg.matmul {{.*}}lowbit.layer = "b.outliers", {{.*}} ins(%{{.*}}, %[[COLUMN]] :
func.func @both(%x: !x, %init: !x) -> (!x, !x) {
  %w = arith.constant dense<2.0> : !w
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !x) -> !x
  %1 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      {lowbit.layer = "b", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !x) -> !x
  return %0, %1 : !x, !x
}
