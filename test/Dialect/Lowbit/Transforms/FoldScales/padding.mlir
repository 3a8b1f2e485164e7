// RUN: quant-opt %s --lowbit-fold-scales 2>&1 | FileCheck %s

// Scales pass zeros beside an activation; other padding and padded channels stop
// them.

#all = affine_map<(n, c, w) -> (n, c, w)>
#channel = affine_map<(n, c, w) -> (c)>
!x = tensor<1x2x4xf32>

// CHECK-DAG: remark: a product by channel is not folded: the channels are padded with something else than zeros
// CHECK-DAG: remark: a product by channel is not folded: there are channels of padding

// CHECK-LABEL: func @zeros(
// CHECK: %[[V:.*]] = arith.constant dense<[1.000000e+00, 8.000000e+00]> : tensor<2xf32>
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%{{.*}}, %[[V]] :
// CHECK: %[[P:.*]] = tensor.pad %[[Y]] low[0, 0, 1] high[0, 0, 1]
// CHECK: return %[[P]]
func.func @zeros(%x: !x) -> tensor<1x2x6xf32> {
  %v = arith.constant dense<2.0> : tensor<2xf32>
  %f = arith.constant dense<[0.5, 4.0]> : tensor<2xf32>
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : !x
  %y = linalg.generic {indexing_maps = [#all, #channel, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%x, %v : !x, tensor<2xf32>) outs(%e : !x) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> !x
  %p = tensor.pad %y low[0, 0, 1] high[0, 0, 1] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : !x to tensor<1x2x6xf32>
  %e1 = tensor.empty() : tensor<1x2x6xf32>
  %r = linalg.generic {indexing_maps = [#all, #channel, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %f : tensor<1x2x6xf32>, tensor<2xf32>) outs(%e1 : tensor<1x2x6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1x2x6xf32>
  return %r : tensor<1x2x6xf32>
}

func.func @others(%x: !x) -> (tensor<1x2x6xf32>, tensor<1x4x4xf32>) {
  %f = arith.constant dense<[0.5, 4.0]> : tensor<2xf32>
  %g = arith.constant dense<4.0> : tensor<4xf32>
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 0, 1] high[0, 0, 1] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %one : f32
  } : !x to tensor<1x2x6xf32>
  %e1 = tensor.empty() : tensor<1x2x6xf32>
  %0 = linalg.generic {indexing_maps = [#all, #channel, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%p, %f : tensor<1x2x6xf32>, tensor<2xf32>) outs(%e1 : tensor<1x2x6xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1x2x6xf32>
  %q = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : !x to tensor<1x4x4xf32>
  %e2 = tensor.empty() : tensor<1x4x4xf32>
  %1 = linalg.generic {indexing_maps = [#all, #channel, #all], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%q, %g : tensor<1x4x4xf32>, tensor<4xf32>) outs(%e2 : tensor<1x4x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %m = arith.mulf %a, %b : f32
    linalg.yield %m : f32
  } -> tensor<1x4x4xf32>
  return %0, %1 : tensor<1x2x6xf32>, tensor<1x4x4xf32>
}
