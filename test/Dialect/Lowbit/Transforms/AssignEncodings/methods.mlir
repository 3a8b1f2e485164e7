// RUN: rm -rf %t && split-file %s %t
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/recipe.yaml %t/in.mlir 2>%t/err | FileCheck %t/in.mlir
// RUN: FileCheck %t/recipe.yaml --allow-empty < %t/err
// RUN: quant-opt --lowbit-assign-encodings=recipe=gptq-int4-g2-sym %t/in.mlir 2>&1 | FileCheck %s --check-prefix=GPTQ
// RUN: quant-opt --lowbit-assign-encodings=recipe=mse-int4-g2-sym %t/in.mlir 2>/dev/null | FileCheck %s --check-prefix=MSE
// RUN: quant-opt --lowbit-assign-encodings=recipe=wanda-int4-g4-sym-2:4 %t/in.mlir 2>&1 | FileCheck %s --check-prefix=WANDA
// RUN: quant-opt --lowbit-assign-encodings=recipe=kmeans4 %t/in.mlir 2>/dev/null | FileCheck %s --check-prefix=KMEANS
// RUN: quant-opt --lowbit-assign-encodings=recipe=gptq-kmeans2-g4 %t/in.mlir 2>/dev/null | FileCheck %s --check-prefix=GROUPS

// A gather has no inputs; it gets the encoding alone.
// GPTQ: remark: layers 'a', 'table' share a weight, which is stored 2 times, 48 bytes together: their encodings or the axes that they sum over are not the same
// GPTQ: remark: 2 layers get no method of the recipe: a gather has no inputs for method 'gptq': table, again
// GPTQ: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #{{.*}}, lowbit.weight_method = #lowbit.method<gptq>, lowbit.weight_range = #lowbit.range<full>}
// GPTQ: attrs = {lowbit.layer = "table", lowbit.weight_encoding = #{{.*}}, lowbit.weight_range = #lowbit.range<full>}

// The range that a shorthand implies is for methods that use one.
// MSE: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<2> along 0>, lowbit.weight_method = #lowbit.method<mse>}

// WANDA: a gather has no inputs for method 'wanda'
// WANDA: linalg.matmul {{.*}}sparsity = #lowbit.nm<2:4 along 0>>, lowbit.weight_method = #lowbit.method<wanda>

// Levels are learned by a method that knows the inputs (C155).
// KMEANS: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #lowbit.encoding<#lowbit.kmeans<16, f16 per axis<1>>>, lowbit.weight_method = #lowbit.method<kmeans>}
// KMEANS: attrs = {lowbit.layer = "table", lowbit.weight_encoding = #lowbit.encoding<#lowbit.kmeans<16, f16 per axis<0>>>, lowbit.weight_method = #lowbit.method<kmeans>}
// GROUPS: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #lowbit.encoding<#lowbit.kmeans<4, f16 per group<4> along 0>>, lowbit.weight_method = #lowbit.method<gptq>}

//--- recipe.yaml
version: 1
default: hqq-int4-g2
rules:
  - match: {layer: a}
    weight: int4-g2-sym
    method: {damping: 0.05, name: gptq, search: mse, activation_order: true}
  - match: {layer: b}
    weight: int4-g2-sym
    method: percentile
    range: absmax
  - match: {layer: c}
    weight: int8
    method: rtn
  - match: {layer: table}
    weight: int4-g2
    method: {name: hqq, iterations: 5}
# CHECK-NOT: {{remark|error}}

//--- in.mlir
!m = tensor<4x4xf32>
// CHECK-LABEL: func @layers(
func.func @layers(%x: !m, %c: !m, %ids: tensor<4xindex>) {
  %w = arith.constant dense<1.0> : !m
  // CHECK: linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per group<2> along 0>, lowbit.weight_method = #lowbit.method<gptq, activation_order = true, damping = 0.05, search = mse>}
  %a = linalg.matmul {lowbit.layer = "a"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: linalg.matmul {lowbit.layer = "b", lowbit.weight_encoding = #{{.*}}, lowbit.weight_method = #lowbit.method<percentile>}
  %b = linalg.matmul {lowbit.layer = "b"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // The default needs no attribute, and one from before goes.
  // CHECK: linalg.matmul {lowbit.layer = "c", lowbit.weight_encoding = #{{.*}}}
  %d = linalg.matmul {lowbit.layer = "c", lowbit.weight_method = #lowbit.method<awq>}
      ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  // CHECK: attrs = {lowbit.layer = "table", {{.*}}lowbit.weight_method = #lowbit.method<hqq, iterations = 5>}
  %g = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m) attrs = {lowbit.layer = "table"} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  // CHECK: attrs = {lowbit.layer = "again", {{.*}}lowbit.weight_method = #lowbit.method<hqq>}
  %h = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>,
      affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<4xindex>) outs(%c : !m) attrs = {lowbit.layer = "again"} {
  ^bb0(%row: index, %out: f32):
    %column = linalg.index 1 : index
    %value = tensor.extract %w[%row, %column] : !m
    linalg.yield %value : f32
  } -> !m
  return
}
