// RUN: quant-opt %s --lowbit-fold-scales 2>&1 | FileCheck %s

// The filters of a convolution take the factors; pooling does not.

#all = affine_map<(n, h, w, c) -> (n, h, w, c)>
#channel = affine_map<(n, h, w, c) -> (c)>
!f = tensor<3x3x5x4xf32>
!y = tensor<?x6x6x4xf32>
ml_program.global public @filter(#ml_program.extern<!f>) : !f

// CHECK: remark: a product by channel is not folded: the channels are made by a reduction (linalg.pooling_nhwc_max)

// The sizes of what is made anew are asked of it.
// CHECK-LABEL: func @conv(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x8x8x5xf32>
// CHECK: %[[F:.*]] = ml_program.global_load_const @filter
// CHECK: %[[FF:.*]] = linalg.generic {{.*}} ins(%[[F]], %{{.*}} : tensor<3x3x5x4xf32>, tensor<4xf32>)
// CHECK: %[[Y:.*]] = linalg.conv_2d_nhwc_hwcf ins(%[[X]], %[[FF]] :
// CHECK-NOT: linalg
// CHECK: tensor.dim %[[Y]]
// CHECK-NOT: linalg
// CHECK: return %[[Y]]
func.func @conv(%x: tensor<?x8x8x5xf32>, %n: index) -> (!y, index) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %filter = ml_program.global_load_const @filter : !f
  %f = arith.constant dense<[0.5, 2.0, 3.0, -1.0]> : tensor<4xf32>
  %e = tensor.empty(%n) : !y
  %fill = linalg.fill ins(%zero : f32) outs(%e : !y) -> !y
  %0 = linalg.conv_2d_nhwc_hwcf ins(%x, %filter : tensor<?x8x8x5xf32>, !f) outs(%fill : !y) -> !y
  %m = tensor.dim %0, %c0 : !y
  %e2 = tensor.empty(%m) : !y
  %1 = linalg.generic {indexing_maps = [#all, #channel, #all],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %f : !y, tensor<4xf32>) outs(%e2 : !y) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !y
  return %1, %m : !y, index
}

// CHECK-LABEL: func @pooling(
func.func @pooling(%x: tensor<?x8x8x4xf32>, %n: index) -> !y {
  %zero = arith.constant 0.0 : f32
  %f = arith.constant dense<[0.5, 2.0, 3.0, -1.0]> : tensor<4xf32>
  %window = tensor.empty() : tensor<3x3xf32>
  %e = tensor.empty(%n) : !y
  %fill = linalg.fill ins(%zero : f32) outs(%e : !y) -> !y
  %0 = linalg.pooling_nhwc_max ins(%x, %window : tensor<?x8x8x4xf32>, tensor<3x3xf32>) outs(%fill : !y) -> !y
  %1 = linalg.generic {indexing_maps = [#all, #channel, #all],
                       iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
      ins(%0, %f : !y, tensor<4xf32>) outs(%e : !y) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> !y
  return %1 : !y
}
