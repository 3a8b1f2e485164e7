// RUN: %python %S/../ScaleInputs/Inputs/make_statistics.py %t.st a=-1.1,2,3,-7.3 b=-1.1,2,3,-7.3 c=-1.1,2,3,-7.3 d=-1.1,2,3,-7.3
// RUN: quant-opt %s --lowbit-calibrate-activations=statistics=%t.st --lowbit-insert-encodes --verify-diagnostics | FileCheck %s

// Ranges are those that statistics have seen, of all channels or of blocks of them.

#w8 = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>
#tensor = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
#channel = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per axis<1>, zero_point = u8>
#pair = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per block<[*, 2]>>
!x = tensor<?x4xf32>
!w = tensor<4x2xf32>
!y = tensor<?x2xf32>

// CHECK-LABEL: func @blocks(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32>
// CHECK-DAG: %[[LOW:.*]] = arith.constant dense<-7.300000e+00> : tensor<f32>
// CHECK-DAG: %[[HIGH:.*]] = arith.constant dense<3.000000e+00> : tensor<f32>
// CHECK-DAG: lowbit.encode %[[X]] ranges(%[[LOW]], %[[HIGH]] : tensor<f32>, tensor<f32>)
// CHECK-DAG: %[[LOWS:.*]] = arith.constant dense<[-1.100000e+00, 2.000000e+00, 3.000000e+00, -7.300000e+00]> : tensor<4xf32>
// CHECK-DAG: lowbit.encode %[[X]] ranges(%[[LOWS]], %{{.*}} : tensor<4xf32>, tensor<4xf32>)
// CHECK-DAG: %[[PAIRLOW:.*]] = arith.constant dense<[-1.100000e+00, -7.300000e+00]> : tensor<2xf32>
// CHECK-DAG: %[[PAIRHIGH:.*]] = arith.constant dense<[2.000000e+00, 3.000000e+00]> : tensor<2xf32>
// CHECK-DAG: lowbit.encode %[[X]] ranges(%[[PAIRLOW]], %[[PAIRHIGH]] :
// CHECK-NOT: lowbit.activation_
func.func @blocks(%x: !x, %init: !y) -> (!y, !y, !y) {
  %w = arith.constant dense<1.0> : !w
  %0 = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %1 = linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #channel, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  %2 = linalg.matmul {lowbit.layer = "c", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #pair, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %w : !x, !w) outs(%init : !y) -> !y
  return %0, %1, %2 : !y, !y, !y
}

// Inputs that have been divided: so are the extremes. What percentiles become is
// not known.
// CHECK-LABEL: func @divided(
// CHECK-DAG: arith.constant dense<-2.200000e+00> : tensor<f32>
// CHECK-DAG: arith.constant dense<6.000000e+00> : tensor<f32>
func.func @divided(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  %s = arith.constant dense<[0.5, 1.0, 0.5, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : !w
  %ws = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %s : !w, tensor<4xf32>) outs(%e : !w) attrs = {lowbit.input_scales} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  // expected-remark @+1 {{ranges are the extremes: the distribution of the inputs is not known once they are scaled}}
  %0 = linalg.matmul {lowbit.layer = "d", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<percentile = 99.9 : f64>}
      ins(%x, %ws : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}

// Of channels that the layer does not read nothing counts.
// CHECK-LABEL: func @masked(
// CHECK-DAG: arith.constant dense<-1.100000e+00> : tensor<f32>
// CHECK-DAG: arith.constant dense<3.000000e+00> : tensor<f32>
func.func @masked(%x: !x, %init: !y) -> !y {
  %w = arith.constant dense<1.0> : !w
  %s = arith.constant dense<[1.0, 1.0, 1.0, 0.0]> : tensor<4xf32>
  %e = tensor.empty() : !w
  %ws = linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
      ins(%w, %s : !w, tensor<4xf32>) outs(%e : !w) attrs = {lowbit.input_scales} {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !w
  %0 = linalg.matmul {lowbit.layer = "d", lowbit.weight_encoding = #w8, lowbit.activation_encoding = #tensor, lowbit.activation_clip = #lowbit.clip<minmax>}
      ins(%x, %ws : !x, !w) outs(%init : !y) -> !y
  return %0 : !y
}
