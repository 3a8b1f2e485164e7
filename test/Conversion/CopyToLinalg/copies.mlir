// RUN: quant-opt %s --convert-copy-to-linalg | FileCheck %s

// CHECK-LABEL: func.func @strided
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32>, %[[Y:.*]]: memref<4x8xf32, strided<[16, 1]>>)
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "parallel"]} ins(%[[X]] : memref<4x8xf32>) outs(%[[Y]] :
// CHECK-NEXT: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32):
// CHECK-NEXT: linalg.yield %[[IN]]
// CHECK-NOT: memref.copy
func.func @strided(%x: memref<4x8xf32>, %y: memref<4x8xf32, strided<[16, 1]>>) {
  memref.copy %x, %y : memref<4x8xf32> to memref<4x8xf32, strided<[16, 1]>>
  return
}

// CHECK-LABEL: func.func @stays
// CHECK: memref.copy %{{.*}} : memref<f32> to memref<f32>
// CHECK: memref.copy %{{.*}} : memref<*xf32> to memref<*xf32>
func.func @stays(%x: memref<f32>, %y: memref<f32>, %u: memref<*xf32>, %v: memref<*xf32>) {
  memref.copy %x, %y : memref<f32> to memref<f32>
  memref.copy %u, %v : memref<*xf32> to memref<*xf32>
  return
}
