// RUN: split-file %s %t
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/regex.yaml %t/in.mlir 2>&1 | FileCheck %t/regex.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/anchored.yaml %t/in.mlir 2>&1 | FileCheck %t/anchored.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/op.yaml %t/in.mlir 2>&1 | FileCheck %t/op.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/shape.yaml %t/in.mlir 2>&1 | FileCheck %t/shape.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/match-key.yaml %t/in.mlir 2>&1 | FileCheck %t/match-key.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/neither.yaml %t/in.mlir 2>&1 | FileCheck %t/neither.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/both.yaml %t/in.mlir 2>&1 | FileCheck %t/both.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/keep.yaml %t/in.mlir 2>&1 | FileCheck %t/keep.yaml

// Recipes with a rule that is wrong: one diagnostic each, with its
// place in the file, and no output.

//--- regex.yaml
version: 1
default: int8
rules:
  - match: {layer: 'enc(.*'}
    weight: int8
# CHECK: regex.yaml:4:20: error: bad regular expression 'enc(.*': parentheses not balanced
# CHECK-NOT: {{error:|linalg}}

//--- anchored.yaml
version: 1
default: int8
rules:
  - match: {layer: 'a)|(b'}
    weight: int8
# CHECK: anchored.yaml:4:20: error: bad regular expression 'a)|(b': parentheses not balanced
# CHECK-NOT: {{error:|linalg}}

//--- op.yaml
version: 1
default: int8
rules:
  - match: {op: matmull}
    weight: int8
# CHECK: op.yaml:4:17: error: unknown op 'matmull'; did you mean 'matmul'?
# CHECK-NOT: {{error:|linalg}}

//--- shape.yaml
version: 1
default: int8
rules:
  - match: {shape: 4by4}
    weight: int8
# CHECK: shape.yaml:4:20: error: expected a shape such as '384x*' or '>=1024x>=512', got '4by4'
# CHECK-NOT: {{error:|linalg}}

//--- match-key.yaml
version: 1
default: int8
rules:
  - match: {name: a}
    weight: int8
# CHECK: match-key.yaml:4:13: error: unknown key 'name' in 'match', expected one of: layer, op, shape
# CHECK-NOT: {{error:|linalg}}

//--- neither.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
# CHECK: neither.yaml:4:5: error: a rule has either 'weight' or 'keep: float', and this one has neither
# CHECK-NOT: {{error:|linalg}}

//--- both.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    keep: float
# CHECK: both.yaml:4:5: error: a rule has either 'weight' or 'keep: float', and this one has both
# CHECK-NOT: {{error:|linalg}}

//--- keep.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    keep: int8
# CHECK: keep.yaml:5:11: error: expected 'keep: float', got 'keep: int8'
# CHECK-NOT: {{error:|linalg}}

//--- in.mlir
!m = tensor<4x4xf32>
func.func @layers(%x: !m, %c: !m) {
  %w = arith.constant dense<1.0> : !m
  %y0 = linalg.matmul {lowbit.layer = "fc0"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y1 = linalg.matmul {lowbit.layer = "fc1"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y2 = linalg.matmul {lowbit.layer = "fc2"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y3 = linalg.matmul {lowbit.layer = "fc3"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y4 = linalg.matmul {lowbit.layer = "fc4"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y5 = linalg.matmul {lowbit.layer = "fc5"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y6 = linalg.matmul {lowbit.layer = "fc6"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y7 = linalg.matmul {lowbit.layer = "fc7"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y8 = linalg.matmul {lowbit.layer = "fc8"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  %y9 = linalg.matmul {lowbit.layer = "fc9"} ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return
}
