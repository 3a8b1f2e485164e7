// RUN: split-file %s %t
// RUN: quant-opt --lowbit-assign-encodings=recipe=llm-int8 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir
// RUN: quant-opt --lowbit-assign-encodings=recipe=smoothquant-gptq-llm-int8 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=SMOOTH
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/recipe.yaml %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=RECIPE
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/word.yaml %t/in.mlir 2>&1 | FileCheck %t/word.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/zero.yaml %t/in.mlir 2>&1 | FileCheck %t/zero.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/infinite.yaml %t/in.mlir 2>&1 | FileCheck %t/infinite.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/list.yaml %t/in.mlir 2>&1 | FileCheck %t/list.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/keep.yaml %t/in.mlir 2>&1 | FileCheck %t/keep.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/gather.yaml %t/in.mlir 2>&1 | FileCheck %t/gather.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=llm-int4 %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=TYPO
// RUN: quant-opt --lowbit-assign-encodings=recipe=awq-llm-int8 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=AWQ

// Which layers have outliers split off: contractions whose recipe says so.

//--- in.mlir
// TYPO: error: unknown recipe 'llm-int4'{{.+}}; did you mean 'llm-int8'?
// AWQ: lowbit.layer = "layer0", lowbit.outliers = 6.000000e+00 : f64, lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = {{.*}}, lowbit.weight_method = #lowbit.method<awq>
!m = tensor<4x4xf32>
// CHECK: linalg.matmul {lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>>, lowbit.layer = "layer0", lowbit.outliers = 6.000000e+00 : f64, lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
// SMOOTH: lowbit.layer = "layer0", lowbit.outliers = 6.000000e+00 : f64, lowbit.scale_inputs = #lowbit.smoothquant<alpha = 5.000000e-01 : f64>, lowbit.weight_encoding = {{.*}}, lowbit.weight_method = #lowbit.method<gptq>
// RECIPE: lowbit.layer = "layer0", lowbit.outliers = 4.500000e+00 : f64, lowbit.weight_encoding
// RECIPE: lowbit.activation_encoding = {{.*}}, lowbit.layer = "layer1", lowbit.weight_encoding
// RECIPE: lowbit.float = {{.*}}, lowbit.layer = "layer2"}
func.func @layers(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // A choice that another recipe made is replaced.
  %0 = linalg.matmul {lowbit.outliers = 3.0 : f64} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %1 = linalg.matmul {lowbit.outliers = 3.0 : f64} ins(%0, %w : !m, !m) outs(%c : !m) -> !m
  %2 = linalg.matmul {lowbit.outliers = 3.0 : f64} ins(%1, %w : !m, !m) outs(%c : !m) -> !m
  return %2 : !m
}

// A gather has no inputs.
// CHECK-LABEL: func @gather(
// CHECK-NOT: lowbit.outliers
func.func @gather(%ids: tensor<3xindex>) -> tensor<3x4xf32> {
  %w = arith.constant dense<1.0> : !m
  %e = tensor.empty() : tensor<3x4xf32>
  %0 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]}
      ins(%ids : tensor<3xindex>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%id: index, %out: f32):
    %j = linalg.index 1 : index
    %v = tensor.extract %w[%id, %j] : !m
    linalg.yield %v : f32
  } -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

//--- recipe.yaml
version: 1
default: llm-int8
rules:
  - match: {layer: layer0}
    weight: int8
    outliers: 4.5
  - match: {layer: layer1}
    weight: llm-int8
    outliers: none
  - match: {layer: layer2}
    keep: float

//--- word.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    outliers: six
# CHECK: word.yaml:6:15: error: expected 'outliers' to be a magnitude above 0, or 'none', got 'six'
# CHECK-NOT: {{error:|linalg}}

//--- zero.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    outliers: 0
# CHECK: zero.yaml:6:15: error: expected 'outliers' to be a magnitude above 0, or 'none', got '0'
# CHECK-NOT: {{error:|linalg}}

//--- infinite.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    outliers: inf
# CHECK: infinite.yaml:6:15: error: expected 'outliers' to be a magnitude above 0, or 'none', got 'inf'
# CHECK-NOT: {{error:|linalg}}

//--- list.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    outliers: [6]
# CHECK: list.yaml:6:16: error: expected 'outliers' to be a string
# CHECK-NOT: {{error:|linalg}}

//--- keep.yaml
version: 1
default: int8
rules:
  - match: {}
    keep: float
    outliers: 6
# CHECK: keep.yaml:6:15: error: a rule that keeps layers float has no 'outliers'
# CHECK-NOT: {{error:|linalg}}

//--- gather.yaml
version: 1
default: int8
rules:
  - match: {op: gather}
    weight: int8
    outliers: 6
# CHECK: gather.yaml:6:15: error: a gather has no inputs with outliers
# CHECK-NOT: {{error:|linalg}}
