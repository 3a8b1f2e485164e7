// RUN: quant-opt %s --lowbit-decompose-attention --canonicalize --cse | FileCheck %s --implicit-check-not="= lowbit.attention"

// Two products, and between them what an attention needs, no more.

// CHECK-LABEL: @plain
// CHECK-SAME: (%[[Q:.*]]: tensor<2x4x5x8xf32>, %[[K:.*]]: tensor<2x4x7x8xf32>, %[[V:.*]]: tensor<2x4x7x6xf32>)
func.func @plain(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %v: tensor<2x4x7x6xf32>) -> tensor<2x4x5x6xf32> {
  // CHECK-DAG: %[[SCALE:.*]] = arith.constant 1.250000e-01 : f32
  // CHECK: %[[Q3:.*]] = tensor.collapse_shape %[[Q]] {{\[\[}}0, 1], [2], [3]]
  // CHECK: %[[K3:.*]] = tensor.collapse_shape %[[K]] {{\[\[}}0, 1], [2], [3]]
  // CHECK: %[[S:.*]] = linalg.batch_matmul indexing_maps = [#[[A:.*]], #[[B:.*]], #[[C:.*]]] ins(%[[Q3]], %[[K3]] : tensor<8x5x8xf32>, tensor<8x7x8xf32>)
  // CHECK: linalg.generic
  // CHECK-NEXT: ^bb0
  // CHECK-NEXT: arith.mulf %{{.*}}, %[[SCALE]]
  // CHECK-NEXT: linalg.yield
  // CHECK: arith.maximumf
  // CHECK: arith.subf
  // CHECK-NEXT: math.exp
  // CHECK: arith.addf
  // CHECK: linalg.batch_matmul {{.*}} : tensor<8x5x7xf32>, tensor<8x7x6xf32>)
  // CHECK: arith.divf
  // CHECK-NOT: arith.select
  // CHECK: return
  %y = lowbit.attention %q, %k, %v scale = 0.125
    : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x6xf32> -> tensor<2x4x5x6xf32>
  return %y : tensor<2x4x5x6xf32>
}

// Heads that share keys are rows of one product.

// CHECK-LABEL: @grouped_c162
func.func @grouped_c162(%q: tensor<?x?x32xf32>, %k: tensor<?x?x16xf32>, %v: tensor<?x?x12xf32>) -> tensor<?x?x24xf32> {
  // CHECK: %[[S:.*]] = linalg.batch_matmul {{.*}}ins(%{{.*}}, %{{.*}} : tensor<?x?x8xf32>, tensor<?x?x8xf32>)
  // CHECK: tensor.expand_shape %[[S]] {{\[\[}}0, 1], [2, 3], [4]] output_shape [%{{.*}}, 2, 2, %{{.*}}, %{{.*}}]
  // CHECK: linalg.transpose {{.*}} permutation = [0, 2, 1, 3]
  // CHECK: tensor.collapse_shape %{{.*}} {{\[\[}}0], [1], [2, 3]] : tensor<?x?x4x6xf32> into tensor<?x?x24xf32>
  %y = lowbit.attention %q, %k, %v heads [4, 2] scale = 1.0
    : tensor<?x?x32xf32>, tensor<?x?x16xf32>, tensor<?x?x12xf32> -> tensor<?x?x24xf32>
  return %y : tensor<?x?x24xf32>
}

// Rows may be without keys: they are 0.

// CHECK-LABEL: @masked_c181
// CHECK-SAME: %[[M:[a-z0-9]*]]: tensor<2x1x1x5xi1>
func.func @masked_c181(%q: tensor<2x4x5x8xf32>, %k: tensor<2x4x7x8xf32>, %m: tensor<2x1x1x5xi1>) -> (tensor<2x4x5x8xf32>, tensor<2x4x5xf32>) {
  // CHECK-DAG: %[[LOW:.*]] = arith.constant 0xFF800000 : f32
  // CHECK-DAG: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
  // CHECK-DAG: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
  // The mask has no sixth and seventh key.
  // CHECK: %[[P:.*]] = tensor.pad %[[M]] low[0, 0, 0, 0] high[0, 0, 0, 2]
  // CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[P]] : tensor<2x4x5x7xf32>, tensor<2x1x1x7xi1>)
  // CHECK: arith.select %{{.*}}, %{{.*}}, %[[LOW]]
  // CHECK: %[[NONE:.*]] = arith.cmpf oeq, %{{.*}}, %[[LOW]]
  // CHECK-NEXT: arith.select %[[NONE]], %[[ZERO]], %{{.*}}
  // CHECK: %[[EMPTY:.*]] = arith.cmpf oeq, %{{.*}}, %[[ZERO]]
  // CHECK-NEXT: arith.select %[[EMPTY]], %[[ONE]], %{{.*}}
  // CHECK: math.log
  // CHECK-NEXT: arith.addf
  %y, %lse = lowbit.attention %q, %k, %k scale = 1.0 mask(%m : tensor<2x1x1x5xi1>)
    : tensor<2x4x5x8xf32>, tensor<2x4x7x8xf32>, tensor<2x4x7x8xf32> -> tensor<2x4x5x8xf32> lse(tensor<2x4x5xf32>)
  return %y, %lse : tensor<2x4x5x8xf32>, tensor<2x4x5xf32>
}
