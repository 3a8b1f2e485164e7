// RUN: split-file %s %t
// RUN: quant-opt --lowbit-assign-encodings=recipe=awq-int4-g2 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=AWQ
// RUN: quant-opt --lowbit-assign-encodings=recipe=awq-nf4-g64-dq-2:4 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=SPARSE
// RUN: quant-opt --lowbit-assign-encodings=recipe=smoothquant-int8-dynamic %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=SMOOTH
// RUN: quant-opt --lowbit-assign-encodings=recipe=smoothquant-int8 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=WEIGHT
// RUN: quant-opt --lowbit-assign-encodings=recipe=smoothquant0.8-int8-static-asym %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=ALPHA
// RUN: quant-opt --lowbit-assign-encodings=recipe=int8-static-asym-p99.9 %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=CLIP
// RUN: not quant-opt --lowbit-assign-encodings=recipe=smoothquant1.5-int8 %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=BEYOND
// RUN: not quant-opt --lowbit-assign-encodings=recipe=awq0.5-int8 %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=NUMBER
// RUN: quant-opt --lowbit-assign-encodings=recipe=%t/recipe.yaml %t/in.mlir 2>/dev/null | FileCheck %t/in.mlir --check-prefix=RECIPE

// Which layers have their inputs scaled: contractions whose recipe says so.

//--- in.mlir
!m = tensor<4x4xf32>
// AWQ: linalg.matmul {lowbit.layer = "layer0", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<u4>
// SPARSE: linalg.matmul {lowbit.layer = "layer0", lowbit.scale_inputs = #lowbit.awq<steps = 20>, lowbit.weight_encoding = {{.*}}sparsity
// SMOOTH: linalg.matmul {lowbit.activation_encoding = {{.*}}, lowbit.layer = "layer0", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 5.000000e-01 : f64>
// ALPHA: linalg.matmul {lowbit.activation_clip = #lowbit.clip<minmax>, lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor, zero_point = u8>, lowbit.layer = "layer0", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 8.000000e-01 : f64>, lowbit.weight_encoding = #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>>}
// CLIP: linalg.matmul {lowbit.activation_clip = #lowbit.clip<percentile = 9.990000e+01 : f64>, lowbit.activation_encoding = #lowbit.encoding<#lowbit.affine<u8>
// BEYOND: error: recipe 'smoothquant1.5-int8': expected 'alpha' from 0 to 1, got '1.5'
// NUMBER: error: unknown recipe 'awq0.5-int8'
// WEIGHT-NOT: activation_encoding
// WEIGHT: lowbit.scale_inputs = #lowbit.smoothquant
// RECIPE: lowbit.layer = "layer0", lowbit.scale_inputs = #lowbit.smoothquant<alpha = 7.500000e-01 : f64>
// RECIPE: lowbit.layer = "layer1", lowbit.scale_inputs = #lowbit.awq<steps = 7>
// RECIPE: lowbit.layer = "layer2", lowbit.weight_encoding
// RECIPE: lowbit.layer = "layer3", lowbit.scale_inputs = #lowbit.awq<steps = 20>
func.func @layers(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  // A choice that another recipe made is replaced.
  %0 = linalg.matmul {lowbit.scale_inputs = #lowbit.awq<steps = 3>} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %1 = linalg.matmul ins(%0, %w : !m, !m) outs(%c : !m) -> !m
  %2 = linalg.matmul {lowbit.scale_inputs = #lowbit.awq<steps = 3>} ins(%1, %w : !m, !m) outs(%c : !m) -> !m
  %3 = linalg.matmul ins(%2, %w : !m, !m) outs(%c : !m) -> !m
  return %3 : !m
}

// A gather has no inputs.
// AWQ-LABEL: func @gather(
// AWQ-NOT: scale_inputs
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
default: awq-int4-g2
rules:
  - match: {layer: layer0}
    weight: int8
    activation: int8-per-token
    scale-inputs: {method: smoothquant, alpha: 0.75}
  - match: {layer: layer1}
    weight: int8
    scale-inputs:
      method: awq
      steps: 7
  - match: {layer: layer2}
    weight: awq-int4-g2
    scale-inputs: none
  - match: {layer: layer3}
    weight: int4-g2
    scale-inputs: awq
