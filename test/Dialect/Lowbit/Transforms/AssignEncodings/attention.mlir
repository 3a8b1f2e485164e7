// RUN: quant-opt %s --lowbit-assign-encodings=recipe=int8 2>&1 | FileCheck %s

// Attention is listed as a layer that stays float.

// CHECK: remark: {{.*}}layer 'self' stays float: attention has no weight
// CHECK-LABEL: @main
func.func @main(%q: tensor<1x2x3x8xf32>, %k: tensor<1x2x5x8xf32>) -> tensor<1x2x3x8xf32> {
  // CHECK: lowbit.attention {{.*}} {lowbit.float = "attention has no weight", lowbit.layer = "self"}
  %0 = lowbit.attention %q, %k, %k scale = 0.5 : tensor<1x2x3x8xf32>, tensor<1x2x5x8xf32>, tensor<1x2x5x8xf32> -> tensor<1x2x3x8xf32> loc("/self/MatMul_1")
  return %0 : tensor<1x2x3x8xf32>
}
