// RUN: split-file %s %t
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/recipe.yaml %t/in.mlir 2>%t/err | FileCheck %t/in.mlir
// RUN: FileCheck %t/recipe.yaml < %t/err
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/word.yaml %t/in.mlir 2>&1 | FileCheck %t/word.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/keep.yaml %t/in.mlir 2>&1 | FileCheck %t/keep.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/gather.yaml %t/in.mlir 2>&1 | FileCheck %t/gather.yaml

// Which layers have their bias corrected: those whose recipe says so, and whose
// outputs all sum over the same inputs (C156).

//--- in.mlir
!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>
// CHECK-LABEL: func @layers(
func.func @layers(%x: !m, %c: !m, %y: !b, %z: !b, %ids: tensor<4xindex>) {
  %w = arith.constant dense<1.0> : !m
  %v = arith.constant dense<1.0> : !b
  // CHECK: linalg.matmul {lowbit.correct_bias, lowbit.layer = "a", lowbit.weight_encoding
  %a = linalg.matmul {lowbit.layer = "a"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // A choice that another recipe made is replaced.
  // CHECK: linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding
  %b = linalg.matmul {lowbit.correct_bias, lowbit.layer = "b"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.batch_matmul {lowbit.layer = "batch", lowbit.weight_encoding
  %d = linalg.batch_matmul {lowbit.layer = "batch"} ins(%y, %v : !b, !b) outs(%z : !b) -> !b
  // CHECK: attrs = {lowbit.layer = "table", lowbit.weight_encoding
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m) attrs = {lowbit.layer = "table"} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  return
}

// CHECK-LABEL: func @filters(
func.func @filters(%x: tensor<1x8x8x4xf32>, %c: tensor<1x6x6x8xf32>, %d: tensor<1x6x6x4xf32>) {
  %w = arith.constant dense<1.0> : tensor<3x3x4x8xf32>
  %v = arith.constant dense<1.0> : tensor<3x3x4xf32>
  // CHECK: linalg.conv_2d_nhwc_hwcf {{.*}}lowbit.correct_bias
  %0 = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>, lowbit.layer = "conv"}
      ins(%x, %w : tensor<1x8x8x4xf32>, tensor<3x3x4x8xf32>) outs(%c : tensor<1x6x6x8xf32>) -> tensor<1x6x6x8xf32>
  // CHECK-NOT: lowbit.correct_bias
  %1 = linalg.depthwise_conv_2d_nhwc_hwc {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>, lowbit.layer = "depthwise"}
      ins(%x, %v : tensor<1x8x8x4xf32>, tensor<3x3x4xf32>) outs(%d : tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32>
  return
}

//--- recipe.yaml
version: 1
default: int8
rules:
  - match: {layer: b}
    weight: int8
    correct-bias: false
  - match: {}
    weight: int8
    correct-bias: true
# CHECK-DAG: remark: layer 'table' keeps its bias as it is: a gather has no inputs
# CHECK-DAG: remark: 2 layers keep their biases as they are: outputs have other inputs each, and one mean is known of all: batch, depthwise

//--- word.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    correct-bias: yes
# CHECK: word.yaml:6:19: error: expected 'correct-bias' to be true or false, got 'yes'
# CHECK-NOT: {{error:|linalg}}

//--- keep.yaml
version: 1
default: int8
rules:
  - match: {}
    keep: float
    correct-bias: true
# CHECK: keep.yaml:6:19: error: a rule that keeps layers float has no 'correct-bias'
# CHECK-NOT: {{error:|linalg}}

//--- gather.yaml
version: 1
default: int8
rules:
  - match: {op: gather}
    weight: int8
    correct-bias: true
# CHECK: gather.yaml:6:19: error: a gather has no bias that could be corrected
# CHECK-NOT: {{error:|linalg}}
