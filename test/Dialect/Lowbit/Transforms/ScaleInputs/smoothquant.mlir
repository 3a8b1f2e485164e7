// RUN: %python %S/Inputs/make_statistics.py %t.st q=4,1,16,0 other=1,1,1,1 half=4,1,16,0 brain=9,1
// RUN: quant-opt %s --lowbit-scale-inputs=statistics=%t.st | FileCheck %s

// SmoothQuant: s = sqrt(max|x| / max|w|), 1 where one of the two is zero. The
// activation is multiplied by 1 / s, the weight by s.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#x8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!x = tensor<?x4xf32>
!w = tensor<4x2xf32>
!y = tensor<?x2xf32>

// Layers on one activation share the scales, which look at all their weights,
// and the product; a layer that is not to be scaled reads what it read before.
// CHECK-LABEL: func @shared(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32>
// CHECK-DAG: %[[INVERSE:.*]] = arith.constant dense<[5.000000e-01, 1.000000e+00, 2.500000e-01, 1.000000e+00]> : tensor<4xf32>
// CHECK-DAG: %[[XS:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[INVERSE]] : tensor<?x4xf32>, tensor<4xf32>)
// CHECK-DAG: %[[Q:.*]] = arith.constant dense<{{\[\[}}1.0
// CHECK-DAG: %[[QS:.*]] = linalg.generic {{.*}} ins(%[[Q]], %{{.*}} : tensor<4x2xf32>, tensor<4xf32>) {{.*}} attrs = {lowbit.input_scales}
// CHECK-DAG: %[[K:.*]] = arith.constant dense<{{\[\[}}5.0
// CHECK-DAG: %[[KS:.*]] = linalg.generic {{.*}} ins(%[[K]], %{{.*}} : tensor<4x2xf32>, tensor<4xf32>)
// CHECK: linalg.matmul {lowbit.activation_encoding = {{.*}}, lowbit.layer = "q", lowbit.weight_encoding = {{[^}]*}}} ins(%[[XS]], %[[QS]] :
// CHECK: linalg.matmul {lowbit.activation_encoding = {{.*}}, lowbit.layer = "k", lowbit.weight_encoding = {{[^}]*}}} ins(%[[XS]], %[[KS]] :
// CHECK: linalg.matmul {lowbit.layer = "v"} ins(%[[X]],
func.func @shared(%x: !x, %init: !y) -> (!y, !y, !y) {
  %q = arith.constant dense<[[1.0, 0.5], [0.25, -1.0], [0.0, 0.5], [1.0, 1.0]]> : !w
  %k = arith.constant dense<[[0.5, 0.5], [0.25, 1.0], [0.0, -1.0], [0.0, 1.0]]> : !w
  %v = arith.constant dense<2.0> : !w
  %0 = linalg.matmul {lowbit.layer = "q", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8}
      ins(%x, %q : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "k", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8}
      ins(%x, %k : !x, !w) outs(%init : !y) -> !y
  %2 = linalg.matmul {lowbit.layer = "v"} ins(%x, %v : !x, !w) outs(%init : !y) -> !y
  return %0, %1, %2 : !y, !y, !y
}

// Scales of 1 change nothing.
// CHECK-LABEL: func @ones(
// CHECK-NOT: linalg.generic
// CHECK: linalg.matmul {lowbit.layer = "other", lowbit.weight_encoding = {{[^}]*}}} ins(%{{.*}}, %{{.*}} :
func.func @ones(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  %0 = linalg.matmul {lowbit.layer = "other", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
                      lowbit.weight_encoding = #w8}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}

// In f16, and of a weight that is stored the other way round. The weight's factors
// are in f32, and the products are rounded: of 1 / 3 in f16 or bf16 the inverse is
// not in it. (C157)
// CHECK-LABEL: func @half(
// CHECK-DAG: arith.constant dense<[5.000000e-01, 1.000000e+00, 2.500000e-01, 1.000000e+00]> : tensor<4xf16>
// CHECK-DAG: arith.constant dense<[2.000000e+00, 1.000000e+00, 4.000000e+00, 1.000000e+00]> : tensor<4xf32>
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x4xf16>, tensor<4xf32>)
// CHECK-NEXT: ^bb0(%[[A:.*]]: f16, %[[B:.*]]: f32, %{{.*}}: f16):
// CHECK-NEXT: %[[WIDE:.*]] = arith.extf %[[A]] : f16 to f32
// CHECK-NEXT: %[[P:.*]] = arith.mulf %[[WIDE]], %[[B]] : f32
// CHECK-NEXT: %[[HALF:.*]] = arith.truncf %[[P]] : f32 to f16
// CHECK-NEXT: linalg.yield %[[HALF]]
// CHECK: linalg.matmul
func.func @half(%x: tensor<?x4xf16>, %init: tensor<?x2xf16>) -> tensor<?x2xf16> {
  %w = arith.constant dense<1.0> : tensor<2x4xf16>
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>,
                                      affine_map<(m, n, k) -> (m, n)>]
      {lowbit.layer = "half", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>,
       lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>}
      ins(%x, %w : tensor<?x4xf16>, tensor<2x4xf16>) outs(%init : tensor<?x2xf16>) -> tensor<?x2xf16>
  return %0 : tensor<?x2xf16>
}

// The bf16 nearest to 1 / 3 is 0.333984375, and its inverse 2.994152; the bf16
// nearest to that were 3, 0.2 % off.
// CHECK-LABEL: func @brain(
// CHECK-DAG: arith.constant dense<[3.339840e-01, 1.000000e+00]> : tensor<2xbf16>
// CHECK-DAG: arith.constant dense<[2.99415207, 1.000000e+00]> : tensor<2xf32>
func.func @brain(%x: tensor<?x2xbf16>, %init: tensor<?x2xbf16>) -> tensor<?x2xbf16> {
  %w = arith.constant dense<1.0> : tensor<2x2xbf16>
  %0 = linalg.matmul {lowbit.layer = "brain", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 0.5 : f64>, lowbit.weight_encoding = #w8}
      ins(%x, %w : tensor<?x2xbf16>, tensor<2x2xbf16>) outs(%init : tensor<?x2xbf16>) -> tensor<?x2xbf16>
  return %0 : tensor<?x2xbf16>
}
