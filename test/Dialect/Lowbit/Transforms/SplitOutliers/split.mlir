// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st q=1,-7.3,3,6,60 half=1,-7.3,3,6,60 smooth=1,-7.3,3,6,60 static=1,-7.3,3,6,60
// RUN: quant-opt %s --lowbit-split-outliers=statistics=%t.st --verify-diagnostics | FileCheck %s
// RUN: quant-opt %s --lowbit-split-outliers=statistics=%t.st --lowbit-split-outliers --verify-diagnostics | FileCheck %s

// (C145) Channels 1 and 4 exceed 6 in magnitude: the layer becomes one with zeros
// there, and one of these channels in f16 that adds to its result.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#x8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
!x = tensor<?x5xf32>
!w = tensor<5x2xf32>
!y = tensor<?x2xf32>

// Layers on one activation share its parts; one that keeps its outliers reads
// what it read before. A second run changes nothing.
// CHECK-LABEL: func @shared(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x5xf32>, %[[INIT:[^:]*]]: tensor<?x2xf32>
// CHECK: %[[MASK:.*]] = arith.constant dense<[1.000000e+00, 0.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00]> : tensor<5xf32>
// CHECK: %[[XR:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MASK]] : tensor<?x5xf32>, tensor<5xf32>)
// CHECK: %[[INDICES:.*]] = arith.constant dense<[1, 4]> : tensor<2xi64>
// CHECK: %[[XO:.*]] = linalg.generic {{.*}} ins(%[[INDICES]] : tensor<2xi64>) outs(%{{.*}} : tensor<?x2xf32>) attrs = {lowbit.selection} {
// CHECK: %[[PLACE:.*]] = arith.index_cast
// CHECK: tensor.extract %[[X]][%{{.*}}, %[[PLACE]]]
// CHECK: %[[Q:.*]] = arith.constant dense<2.0
// CHECK: %[[QR:.*]] = linalg.generic {{.*}} ins(%[[Q]], %{{.*}} : tensor<5x2xf32>, tensor<5xf32>) {{.*}} attrs = {lowbit.input_scales}
// CHECK: %[[QO:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<2x2xf32>) attrs = {lowbit.selection} {
// CHECK: tensor.extract %[[Q]][
// CHECK: %[[K:.*]] = arith.constant dense<3.0
// CHECK: %[[REST:.*]] = linalg.matmul {lowbit.activation_encoding = #{{.*}}, lowbit.layer = "q", lowbit.weight_encoding = #[[W8:[^}]*]]} ins(%[[XR]], %[[QR]] : {{.*}} outs(%[[INIT]] :
// CHECK: %[[SUM:.*]] = linalg.matmul {lowbit.layer = "q.outliers", lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<f16>>} ins(%[[XO]], %[[QO]] : {{.*}} outs(%[[REST]] :
// CHECK: linalg.matmul {lowbit.activation_encoding = {{.*}}, lowbit.layer = "k", lowbit.weight_encoding = {{[^}]*}}} ins(%[[XR]],
// CHECK: %[[SUM2:.*]] = linalg.matmul {lowbit.layer = "k.outliers", {{[^}]*}}} ins(%[[XO]],
// CHECK: linalg.matmul {lowbit.layer = "v"} ins(%[[X]],
// CHECK: return %[[SUM]], %[[SUM2]]
func.func @shared(%x: !x, %init: !y) -> (!y, !y, !y) {
  %q = arith.constant dense<2.0> : !w
  %k = arith.constant dense<3.0> : !w
  %v = arith.constant dense<4.0> : !w
  %0 = linalg.matmul {lowbit.layer = "q", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8}
      ins(%x, %q : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "k", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8}
      ins(%x, %k : !x, !w) outs(%init : !y) -> !y
  %2 = linalg.matmul {lowbit.layer = "v"} ins(%x, %v : !x, !w) outs(%init : !y) -> !y
  return %0, %1, %2 : !y, !y, !y
}

// A weight that is stored the other way round, in bf16, which its outliers keep;
// another layer has the name that they would get.
// CHECK-LABEL: func @half(
// CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<3x2xbf16>) attrs = {lowbit.selection} {
// CHECK: %[[WR:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}} : tensor<2x5xbf16>, tensor<5xbf16>) {{.*}} attrs = {lowbit.input_scales}
// CHECK: %[[WO:.*]] = linalg.generic {{.*}} outs(%{{.*}} : tensor<2x2xbf16>) attrs = {lowbit.selection} {
// CHECK: linalg.matmul indexing_maps = {{.*}} {lowbit.layer = "half", lowbit.weight_encoding = {{[^}]*}}} ins(%{{.*}}, %[[WR]] :
// CHECK: linalg.matmul indexing_maps = [#{{.*}}, #{{.*}}, #{{.*}}] {lowbit.layer = "half.outliers_1", lowbit.weight_encoding = #lowbit.encoding<#lowbit.float<bf16>>} ins(%{{.*}}, %[[WO]] :
func.func @half(%x: tensor<3x5xbf16>, %init: tensor<3x2xbf16>) -> (tensor<3x2xbf16>, tensor<3x2xbf16>) {
  %w = arith.constant dense<1.0> : tensor<2x5xbf16>
  %v = arith.constant dense<1.0> : tensor<5x2xbf16>
  %0 = linalg.matmul indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      {lowbit.layer = "half", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>}
      ins(%x, %w : tensor<3x5xbf16>, tensor<2x5xbf16>) outs(%init : tensor<3x2xbf16>) -> tensor<3x2xbf16>
  %1 = linalg.matmul {lowbit.layer = "half.outliers"} ins(%x, %v : tensor<3x5xbf16>, tensor<5x2xbf16>) outs(%init : tensor<3x2xbf16>) -> tensor<3x2xbf16>
  return %0, %1 : tensor<3x2xbf16>, tensor<3x2xbf16>
}

// Inputs that have been divided: 1, -3.65, 6, 6 and 15 are left of them. Both
// parts read these; the weight is multiplied once.
// CHECK-LABEL: func @smooth(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x5xf32>
// CHECK: %[[XD:.*]] = linalg.generic {{.*}} ins(%[[X]], %{{.*}} :
// CHECK: %[[XMASK:.*]] = arith.constant dense<[1.000000e+00, 1.000000e+00, 1.000000e+00, 1.000000e+00, 0.000000e+00]>
// CHECK: %[[XR:.*]] = linalg.generic {{.*}} ins(%[[XD]], %[[XMASK]] :
// CHECK: arith.constant dense<4> : tensor<1xi64>
// CHECK: tensor.extract %[[XD]][
// CHECK: %[[W:.*]] = arith.constant dense<1.0
// CHECK: %[[WS:.*]] = linalg.generic {{.*}} ins(%[[W]], %{{.*}} :
// CHECK: %[[WMASK:.*]] = arith.constant dense<[1.000000e+00, 2.000000e+00, 5.000000e-01, 1.000000e+00, 0.000000e+00]>
// CHECK: %[[WR:.*]] = linalg.generic {{.*}} ins(%[[W]], %[[WMASK]] : {{.*}} attrs = {lowbit.input_scales}
// CHECK: tensor.extract %[[WS]][
// CHECK: linalg.matmul {lowbit.activation_encoding = {{.*}}, lowbit.layer = "smooth", {{[^}]*}}} ins(%[[XR]], %[[WR]] :
func.func @smooth(%x: !x, %init: !y, %e: !x) -> !y {
  %r = arith.constant dense<[1.0, 0.5, 2.0, 1.0, 0.25]> : tensor<5xf32>
  %xs = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%x, %r : !x, tensor<5xf32>) outs(%e : !x) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !x
  %w = arith.constant dense<1.0> : !w
  %s = arith.constant dense<[1.0, 2.0, 0.5, 1.0, 4.0]> : tensor<5xf32>
  %ew = tensor.empty() : !w
  %ws = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %s : !w, tensor<5xf32>) outs(%ew : !w) attrs = {lowbit.input_scales} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  %0 = linalg.matmul {lowbit.layer = "smooth", lowbit.outliers = 6.0 : f64, lowbit.weight_encoding = #w8, lowbit.activation_encoding = #x8}
      ins(%xs, %ws : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}
