// RUN: quant-opt %s --pass-pipeline="builtin.module(func.func(lowbit-expand-reshapes))" | FileCheck %s
// RUN: quant-opt %s --lowbit-expand-reshapes --expand-strided-metadata | FileCheck %s --check-prefix=METADATA

// CHECK-LABEL: func.func @two_dynamic(
// CHECK-SAME: %[[M:.*]]: memref<?x384xf32>, %[[B:.*]]: index, %[[S:.*]]: index)
// CHECK: %[[BASE:[a-z_]*]], %[[OFFSET:.*]], %{{.*}}:2, %{{.*}}:2 = memref.extract_strided_metadata %[[M]]
// CHECK: %[[STRIDE:.*]] = affine.apply #{{.*}}()[%[[S]]]
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [0], sizes: [%[[B]], %[[S]], 384], strides: [%[[STRIDE]], 384, 1] : memref<f32> to memref<?x?x384xf32
// METADATA-LABEL: func.func @two_dynamic(
// METADATA-NOT: memref.expand_shape
func.func @two_dynamic(%m: memref<?x384xf32>, %b: index, %s: index)
    -> memref<?x?x384xf32> {
  %r = memref.expand_shape %m [[0, 1], [2]] output_shape [%b, %s, 384]
      : memref<?x384xf32> into memref<?x?x384xf32>
  return %r : memref<?x?x384xf32>
}

// The strides of the source go into those of the result.
// CHECK-LABEL: func.func @strided(
// CHECK-SAME: %[[M:.*]]: memref<?x8xf32, strided<[?, 1], offset: ?>>, %[[B:.*]]: index, %[[S:.*]]: index)
// CHECK: %[[BASE:[a-z_]*]], %[[OFFSET:.*]], %{{.*}}:2, %[[STRIDES:.*]]:2 = memref.extract_strided_metadata %[[M]]
// CHECK: %[[OUTER:.*]] = affine.apply #{{.*}}()[%[[S]], %[[STRIDES]]#0]
// CHECK: memref.reinterpret_cast %[[BASE]] to offset: [%[[OFFSET]]], sizes: [%[[B]], %[[S]], 8], strides: [%[[OUTER]], %[[STRIDES]]#0, 1]
func.func @strided(%m: memref<?x8xf32, strided<[?, 1], offset: ?>>, %b: index,
                   %s: index)
    -> memref<?x?x8xf32, strided<[?, ?, 1], offset: ?>> {
  %r = memref.expand_shape %m [[0, 1], [2]] output_shape [%b, %s, 8]
      : memref<?x8xf32, strided<[?, 1], offset: ?>>
      into memref<?x?x8xf32, strided<[?, ?, 1], offset: ?>>
  return %r : memref<?x?x8xf32, strided<[?, ?, 1], offset: ?>>
}

// One dynamic size in a group is for expand-strided-metadata.
// CHECK-LABEL: func.func @one_dynamic(
// CHECK: memref.expand_shape
func.func @one_dynamic(%m: memref<?x384xf32>, %b: index)
    -> memref<?x12x384xf32> {
  %r = memref.expand_shape %m [[0, 1], [2]] output_shape [%b, 12, 384]
      : memref<?x384xf32> into memref<?x12x384xf32>
  return %r : memref<?x12x384xf32>
}
