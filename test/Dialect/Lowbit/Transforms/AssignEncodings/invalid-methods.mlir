// What is wrong with methods in recipes: one error each, at its place.

// RUN: rm -rf %t && split-file %s %t
// DEFINE: %{name} = x
// DEFINE: %{bad} = not quant-opt --lowbit-assign-encodings=recipe=%t/%{name}.yaml %t/in.mlir -o /dev/null 2>&1 | FileCheck %t/%{name}.yaml --implicit-check-not=error:
// REDEFINE: %{name} = name
// RUN: %{bad}
// REDEFINE: %{name} = option
// RUN: %{bad}
// REDEFINE: %{name} = other
// RUN: %{bad}
// REDEFINE: %{name} = none
// RUN: %{bad}
// REDEFINE: %{name} = value
// RUN: %{bad}
// REDEFINE: %{name} = nameless
// RUN: %{bad}
// REDEFINE: %{name} = two
// RUN: %{bad}
// REDEFINE: %{name} = float
// RUN: %{bad}
// REDEFINE: %{name} = range
// RUN: %{bad}
// REDEFINE: %{name} = dense
// RUN: %{bad}
// REDEFINE: %{name} = levels
// RUN: %{bad}
// REDEFINE: %{name} = activation
// RUN: %{bad}
// RUN: not quant-opt --lowbit-assign-encodings=recipe=gptq-int4-128 %t/in.mlir -o /dev/null 2>&1 | FileCheck %s --check-prefix=TYPO
// TYPO: error: unknown recipe 'gptq-int4-128'{{.*}}; did you mean 'gptq-int4-g128'?

//--- name.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: gtpq}]
# CHECK: name.yaml:3:46: error: unknown method 'gtpq'; did you mean 'gptq'?
//--- option.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: {name: gptq, dampening: 0.1}}]
# CHECK: option.yaml:3:59: error: unknown key 'dampening' in 'method'; did you mean 'damping'?
//--- other.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: {name: hqq, damping: 0.1}}]
# CHECK: other.yaml:3:67: error: unknown option 'damping' of method 'hqq'
//--- none.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: {name: mse, damping: 0.1}}]
# CHECK: none.yaml:3:67: error: method 'mse' has no options, got 'damping'
//--- value.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: {name: gptq, damping: big}}]
# CHECK: value.yaml:3:68: error: option 'damping' of method 'gptq' is a number from 0 up, not 'big'
//--- nameless.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2, method: {damping: 1}}]
# CHECK: nameless.yaml:3:47: error: the method has no 'name'
//--- two.yaml
version: 1
default: none
rules: [{match: {}, weight: awq-int4-g2, method: gptq}]
# CHECK: two.yaml:3:50: error: the rule has two methods: 'awq', in front of its weight, and 'gptq'
//--- float.yaml
version: 1
default: none
rules: [{match: {}, keep: float, method: gptq}]
# CHECK: float.yaml:3:42: error: a rule that keeps layers float has no 'method'
//--- range.yaml
version: 1
default: none
rules: [{match: {}, weight: int4-g2-sym, method: mse, range: full}]
# CHECK: range.yaml:3:10: error: weight of layer 'a', 'tensor<4x4xf32>': range 'full' is given, but method 'mse' finds ranges by itself
//--- dense.yaml
version: 1
default: sparsegpt-int4-g2
# CHECK: dense.yaml:2:10: error: weight of layer 'a', 'tensor<4x4xf32>': method 'sparsegpt' prunes, and the encoding keeps every value
//--- levels.yaml
version: 1
default: hqq-kmeans4
# CHECK: levels.yaml:2:10: error: {{.*}}method 'hqq' does not learn the levels of codec 'kmeans<16>'; use 'kmeans'
//--- activation.yaml
version: 1
default: none
rules:
  - match: {}
    weight: int8
    activation: "#lowbit.encoding<#lowbit.kmeans<16, f32 per tensor>>"
# CHECK: activation.yaml:4:5: error: activation of layer 'a', 'tensor<4x4xf32>': levels are learned at compile time, from weights alone

//--- in.mlir
!m = tensor<4x4xf32>
func.func @layers(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul {lowbit.layer = "a"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
