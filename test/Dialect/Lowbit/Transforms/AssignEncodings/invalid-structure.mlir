// RUN: split-file %s %t
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/empty.yaml %t/in.mlir 2>&1 | FileCheck %t/empty.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/scalar.yaml %t/in.mlir 2>&1 | FileCheck %t/scalar.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/syntax.yaml %t/in.mlir 2>&1 | FileCheck %t/syntax.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/key.yaml %t/in.mlir 2>&1 | FileCheck %t/key.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/twice.yaml %t/in.mlir 2>&1 | FileCheck %t/twice.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/no-version.yaml %t/in.mlir 2>&1 | FileCheck %t/no-version.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/version.yaml %t/in.mlir 2>&1 | FileCheck %t/version.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/no-default.yaml %t/in.mlir 2>&1 | FileCheck %t/no-default.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/default.yaml %t/in.mlir 2>&1 | FileCheck %t/default.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/type.yaml %t/in.mlir 2>&1 | FileCheck %t/type.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/rules.yaml %t/in.mlir 2>&1 | FileCheck %t/rules.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/rule.yaml %t/in.mlir 2>&1 | FileCheck %t/rule.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/rule-key.yaml %t/in.mlir 2>&1 | FileCheck %t/rule-key.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/no-match.yaml %t/in.mlir 2>&1 | FileCheck %t/no-match.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/documents.yaml %t/in.mlir 2>&1 | FileCheck %t/documents.yaml

// Recipes whose structure is wrong: one diagnostic each, with its
// place in the file, and no output.

//--- empty.yaml
# nothing
# CHECK: empty.yaml:1:1: error: the recipe is empty; it needs 'version: 1' and a 'default'
# CHECK-NOT: {{error:|linalg}}

//--- scalar.yaml
int8
# CHECK: scalar.yaml:1:1: error: expected the recipe to be a mapping with the keys version, default, auto, rules
# CHECK-NOT: {{error:|linalg}}

//--- syntax.yaml
version: 1
default: "int8
# CHECK: error: malformed YAML:
# CHECK-NOT: {{error:|linalg}}

//--- key.yaml
version: 1
defaults: int8
# CHECK: key.yaml:2:1: error: unknown key 'defaults' in the recipe; did you mean 'default'?
# CHECK-NOT: {{error:|linalg}}

//--- twice.yaml
version: 1
version: 1
# CHECK: twice.yaml:2:1: error: key 'version' is given twice in the recipe
# CHECK-NOT: {{error:|linalg}}

//--- no-version.yaml
default: int8
# CHECK: no-version.yaml:1:1: error: the recipe has no 'version: 1'
# CHECK-NOT: {{error:|linalg}}

//--- version.yaml
version: 2
default: int8
# CHECK: version.yaml:1:10: error: recipes have version 1, got '2'
# CHECK-NOT: {{error:|linalg}}

//--- no-default.yaml
version: 1
# CHECK: no-default.yaml:1:1: error: the recipe has no 'default', the treatment of layers that no rule matches: a shorthand, or 'none' to leave them float
# CHECK-NOT: {{error:|linalg}}

//--- default.yaml
version: 1
default: int9
# CHECK: default.yaml:2:10: error: unknown shorthand 'int9', no shorthand such as int8, int4-g128, nf4-g64 (docs/recipes.md lists them); did you mean 'int8'?
# CHECK-NOT: {{error:|linalg}}

//--- type.yaml
version: [1]
default: int8
# CHECK: type.yaml:1:11: error: expected 'version' to be a string
# CHECK-NOT: {{error:|linalg}}

//--- rules.yaml
version: 1
default: int8
rules: int8
# CHECK: rules.yaml:3:8: error: expected 'rules' to be a list
# CHECK-NOT: {{error:|linalg}}

//--- rule.yaml
version: 1
default: int8
rules: [int8]
# CHECK: rule.yaml:3:9: error: expected a rule to be a mapping with the keys match, weight, activation, range, method, scale-inputs, outliers, correct-bias, keep
# CHECK-NOT: {{error:|linalg}}

//--- rule-key.yaml
version: 1
default: int8
rules:
  - mach: {op: gather}
# CHECK: rule-key.yaml:4:5: error: unknown key 'mach' in a rule; did you mean 'match'?
# CHECK-NOT: {{error:|linalg}}

//--- no-match.yaml
version: 1
default: int8
rules:
  - weight: int8
# CHECK: no-match.yaml:4:5: error: the rule has no 'match'
# CHECK-NOT: {{error:|linalg}}

//--- documents.yaml
version: 1
default: int8
---
version: 1
# CHECK: error: a recipe is one YAML document
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
  return
}
