// RUN: split-file %s %t
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/recipe.yaml %t/in.mlir 2>%t/err | FileCheck %t/in.mlir
// RUN: FileCheck %t/recipe.yaml < %t/err

//--- recipe.yaml
# Every key of a recipe. A comment is no rule.
version: 1
default: none
rules:
  - match: {layer: 'head\..*'}
    keep: float
  - match:
      layer: "enc\\.(q|k)"
      op: matmul
    weight: "#lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 0, zero_point = u4>"
    activation: int8-per-token
    range: minmax
  - match: {op: gather}
    weight: int8-dynamic
  - match: {shape: "4x>=8"}
    weight: int4-g2-sym
    activation: "#lowbit.encoding<#lowbit.affine<i8>, scale = bf16 per tensor>"
    range: absmax
  - match: {op: batch_matmul, shape: "*x4x*"}
    weight: int8-dynamic
    activation: none
    range: full
  - match: {layer: enc.v}
    weight: >-
      nf4-g32
    activation: int8-per-tensor
  - match: {layer: enc.q}
    weight: int8
# CHECK: recipe.yaml:27:5: warning: rule 7 has no effect: earlier rules match all its layers
# CHECK: remark: layer 'head.out' stays float: the recipe keeps it float
# CHECK: remark: layer 'rest' stays float: no rule matches
# CHECK: remark: layer 'attention' stays float: both operands are activations

//--- in.mlir
!m = tensor<4x4xf32>
!b = tensor<2x4x4xf32>

// CHECK-LABEL: func @layers(
func.func @layers(%x: !m, %c: !m, %wide: tensor<4x8xf32>, %y: !b,
    %ids: tensor<4xindex>) {
  %w = arith.constant dense<1.0> : !m
  %v = arith.constant dense<1.0> : tensor<4x8xf32>
  %u = arith.constant dense<1.0> : !b
  // CHECK: linalg.matmul {lowbit.activation_encoding = #[[TOKEN:.+]], lowbit.layer = "enc.q", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u4>, scale = f16 per group<2> along 0, zero_point = u4>}
  %q = linalg.matmul {lowbit.layer = "enc.q"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>, lowbit.layer = "enc.v", lowbit.weight_encoding = #lowbit.encoding<#lowbit.codebook<nf4>, scale = f16 per group<32> along 0>}
  %k = linalg.matmul {lowbit.layer = "enc.v"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = bf16 per tensor>, lowbit.layer = "wide", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<2> along 0>}
  %z = linalg.matmul {lowbit.layer = "wide"} ins(%x, %v : !m, tensor<4x8xf32>)
      outs(%wide : tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: linalg.matmul {lowbit.float = "the recipe keeps it float", lowbit.layer = "head.out"}
  %o = linalg.matmul {lowbit.layer = "head.out"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // The pattern is of the whole name.
  // CHECK: linalg.matmul {lowbit.float = "no rule matches", lowbit.layer = "rest"}
  %r = linalg.matmul {lowbit.layer = "rest"}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.batch_matmul {lowbit.float = "both operands are activations", lowbit.layer = "attention"}
  %a = linalg.batch_matmul {lowbit.layer = "attention"}
      ins(%y, %y : !b, !b) outs(%y : !b) -> !b
  // CHECK: linalg.batch_matmul {lowbit.layer = "experts", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0, 2>>, lowbit.weight_range = #lowbit.range<full>}
  %e = linalg.batch_matmul {lowbit.layer = "experts"}
      ins(%y, %u : !b, !b) outs(%y : !b) -> !b
  // CHECK: linalg.generic {{.+}} attrs = {lowbit.layer = "table", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>}
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m)
      attrs = {lowbit.layer = "table"} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  return
}
