// RUN: quant-opt %s --lowbit-convolutions-to-matmuls --canonicalize --lowbit-verify-encoded | FileCheck %s

#fchw = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>
#hwcf = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<3>>
#all = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, zero_point = i8>
#image = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>

// CHECK-DAG: #[[$PATCH:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 * 2 + d3, d2 * 2 + d4, d5)>
// CHECK-DAG: #[[$PATCHES:.*]] = affine_map<(d0, d1, d2, d3, d4, d5) -> (d0, d1 + d3 * 3, d2 + d4 * 3, d5)>
// CHECK-DAG: #[[$LINE:.*]] = affine_map<(d0, d1, d2, d3) -> (d0, d2, d1 + d3)>
// CHECK-DAG: #[[$IMAGE:.*]] = affine_map<(d0, d1) -> (d0)>

// Channels become the last axis of patches and, of codes of 8 bits, of the
// filter, whose parts stay as they are otherwise. The bias is that of a row.
// CHECK-LABEL: func.func @channels_first
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x4x9x9xf32>, %[[CODES:[a-z0-9]+]]: tensor<6x4x3x3xi8>, %[[SCALES:[a-z0-9]+]]: tensor<6xf32>, %[[BIAS:[a-z0-9]+]]: tensor<6xf32>
// CHECK: %[[LAST:.*]] = linalg.transpose ins(%[[X]] : {{.*}}) outs({{.*}}) permutation = [0, 2, 3, 1]
// CHECK: %[[P6:.*]] = linalg.generic {indexing_maps = [#[[$PATCH]], {{.*}} ins(%[[LAST]] : tensor<?x9x9x4xf32>) outs({{.*}} : tensor<?x4x4x3x3x4xf32>)
// CHECK: %[[P:.*]] = tensor.collapse_shape %[[P6]] {{\[}}[0, 1, 2], [3, 4, 5]] : tensor<?x4x4x3x3x4xf32> into tensor<?x36xf32>
// CHECK: %[[MOVED:.*]] = linalg.transpose ins(%[[CODES]] : tensor<6x4x3x3xi8>) {{.*}} permutation = [0, 2, 3, 1]
// CHECK: %[[BYTES:.*]] = tensor.collapse_shape %[[MOVED]] {{\[}}[0], [1, 2, 3]]
// CHECK: %[[W:.*]] = lowbit.assemble %[[BYTES]], %[[SCALES]] : tensor<6x36xi8>, tensor<6xf32> to tensor<6x36xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>>
// CHECK: %[[INIT:.*]] = linalg.broadcast ins(%[[BIAS]] : tensor<6xf32>) outs(%{{.*}} : tensor<?x6xf32>) dimensions = [0]
// CHECK: %[[Y:.*]] = linalg.matmul indexing_maps = {{.*}} {lowbit.layer = "first"} ins(%[[P]], %[[W]] :{{.*}} outs(%[[INIT]] :
// CHECK: %[[Y4:.*]] = tensor.expand_shape %[[Y]]
// CHECK: linalg.transpose ins(%[[Y4]] : tensor<?x4x4x6xf32>) {{.*}} permutation = [0, 3, 1, 2]
func.func @channels_first(%x: tensor<?x4x9x9xf32>, %codes: tensor<6x4x3x3xi8>, %scales: tensor<6xf32>, %bias: tensor<6xf32>) -> tensor<?x6x4x4xf32> {
  %c0 = arith.constant 0 : index
  %w = lowbit.assemble %codes, %scales : tensor<6x4x3x3xi8>, tensor<6xf32> to tensor<6x4x3x3xf32, #fchw>
  %n = tensor.dim %x, %c0 : tensor<?x4x9x9xf32>
  %e = tensor.empty(%n) : tensor<?x6x4x4xf32>
  %o = linalg.broadcast ins(%bias : tensor<6xf32>) outs(%e : tensor<?x6x4x4xf32>) dimensions = [0, 2, 3]
  %y = linalg.conv_2d_nchw_fchw {lowbit.layer = "first", strides = dense<2> : tensor<2xi64>}
      ins(%x, %w : tensor<?x4x9x9xf32>, tensor<6x4x3x3xf32, #fchw>) outs(%o : tensor<?x6x4x4xf32>) -> tensor<?x6x4x4xf32>
  return %y : tensor<?x6x4x4xf32>
}

// Codes of the input are moved, not numbers; four bits of the filter stay where
// they are.
// CHECK-LABEL: func.func @codes
// CHECK: %[[A:.*]], %[[SCALE:.*]], %[[ZERO:.*]] = lowbit.disassemble
// CHECK: linalg.generic {indexing_maps = [#[[$PATCHES]], {{.*}} ins(%[[A]] : tensor<2x9x9x8xi8>) outs({{.*}} : tensor<2x3x3x3x3x8xi8>)
// CHECK: %[[P:.*]] = lowbit.assemble %{{.*}}, %[[SCALE]], %[[ZERO]] : tensor<18x72xi8>, tensor<f32>, tensor<i8> to tensor<18x72xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor, zero_point = i8>>
// CHECK: %[[W:.*]] = lowbit.assemble {{.*}} : tensor<72x3xi8>, tensor<6xf16> to tensor<72x6xf32, #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<1>>>
// CHECK: linalg.fill {{.*}} outs(%{{.*}} : tensor<18x6xf32>)
// CHECK: linalg.matmul ins(%[[P]], %[[W]] :
// CHECK-NOT: linalg.transpose
func.func @codes(%x: tensor<2x9x9x8xf32, #all>, %w: tensor<3x3x8x6xf32, #hwcf>) -> tensor<2x3x3x6xf32> {
  %o = arith.constant dense<0.0> : tensor<2x3x3x6xf32>
  %y = linalg.conv_2d_nhwc_hwcf {dilations = dense<3> : tensor<2xi64>}
      ins(%x, %w : tensor<2x9x9x8xf32, #all>, tensor<3x3x8x6xf32, #hwcf>) outs(%o : tensor<2x3x3x6xf32>) -> tensor<2x3x3x6xf32>
  return %y : tensor<2x3x3x6xf32>
}

// A window of one element needs no copy of an input with channels last; the
// scale of an image is that of each of its places.
// CHECK-LABEL: func.func @pixel
// CHECK: %[[A:.*]], %[[SCALES:.*]] = lowbit.disassemble
// CHECK: %[[ROWS:.*]] = tensor.collapse_shape %[[A]] {{\[}}[0, 1], [2]] : tensor<2x9x8xi8> into tensor<18x8xi8>
// CHECK: %[[EACH:.*]] = linalg.generic {indexing_maps = [#[[$IMAGE]], {{.*}} ins(%[[SCALES]] : tensor<2xf32>) outs({{.*}} : tensor<2x9xf32>)
// CHECK: %[[ALL:.*]] = tensor.collapse_shape %[[EACH]] {{\[}}[0, 1]]
// CHECK: lowbit.assemble %[[ROWS]], %[[ALL]] : tensor<18x8xi8>, tensor<18xf32> to tensor<18x8xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>>
// CHECK: linalg.matmul
func.func @pixel(%x: tensor<2x9x8xf32, #image>, %w: tensor<1x8x6xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>, %o: tensor<2x9x6xf32>) -> tensor<2x9x6xf32> {
  %y = linalg.conv_1d_nwc_wcf ins(%x, %w : tensor<2x9x8xf32, #image>, tensor<1x8x6xf32, #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>>) outs(%o : tensor<2x9x6xf32>) -> tensor<2x9x6xf32>
  return %y : tensor<2x9x6xf32>
}

// A filter of floats with more outputs than there are places keeps its order.
// CHECK-LABEL: func.func @floats
// CHECK: linalg.generic {indexing_maps = [#[[$LINE]], {{.*}} ins(%{{.*}} : tensor<1x4x5xf32>) outs({{.*}} : tensor<1x3x4x3xf32>)
// CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0], [1, 2]] : tensor<64x4x3xf32> into tensor<64x12xf32>
// CHECK: linalg.matmul
func.func @floats(%x: tensor<1x4x5xf32>, %w: tensor<64x4x3xf32>, %o: tensor<1x64x3xf32>) -> tensor<1x64x3xf32> {
  %y = linalg.conv_1d_ncw_fcw ins(%x, %w : tensor<1x4x5xf32>, tensor<64x4x3xf32>) outs(%o : tensor<1x64x3xf32>) -> tensor<1x64x3xf32>
  return %y : tensor<1x64x3xf32>
}
