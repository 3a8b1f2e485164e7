// RUN: split-file %s %t
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/weight.yaml %t/in.mlir 2>&1 | FileCheck %t/weight.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/comment.yaml %t/in.mlir 2>&1 | FileCheck %t/comment.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/attribute.yaml %t/in.mlir 2>&1 | FileCheck %t/attribute.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/other.yaml %t/in.mlir 2>&1 | FileCheck %t/other.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/layout.yaml %t/in.mlir 2>&1 | FileCheck %t/layout.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/activation.yaml %t/in.mlir 2>&1 | FileCheck %t/activation.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/sparse.yaml %t/in.mlir 2>&1 | FileCheck %t/sparse.yaml

// Recipes with the text of an encoding that is wrong: one diagnostic each, with its
// place in the file, and no output.

//--- weight.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: nf4-64
# CHECK: weight.yaml:5:13: error: unknown shorthand 'nf4-64'
# CHECK-NOT: {{error:|linalg}}

//--- comment.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: #lowbit.encoding<#lowbit.affine<i8>, scale = f32 per tensor>
# CHECK: comment.yaml:5:5: error: 'weight' has no value (text that starts with '#' is a comment unless it stands in quotes)
# CHECK-NOT: {{error:|linalg}}

//--- attribute.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: "#lowbit.encoding<#lowbit.affine<i9>, scale = f32 per tensor>"
# CHECK: attribute.yaml:5:13: error: bad encoding: expected i1..i8 or u1..u8, got 'i9'
# CHECK-NOT: {{error:|linalg}}

//--- other.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: "#lowbit.affine<i8>"
# CHECK: other.yaml:5:13: error: expected #lowbit.encoding<...>, got #lowbit.affine<i8>
# CHECK-NOT: {{error:|linalg}}

//--- layout.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<1>, layout = #lowbit.panels<columns = 32, step = 4, reduction = 0>>"
# CHECK: layout.yaml:5:13: error: recipes give no layout (lowbit-pack chooses it), got #lowbit.panels
# CHECK-NOT: {{error:|linalg}}

//--- activation.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    activation: int8-per-tokn
# CHECK: activation.yaml:6:17: error: unknown activation encoding 'int8-per-tokn' (or 'none'); did you mean 'int8-per-token'?
# CHECK-NOT: {{error:|linalg}}

//--- sparse.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    activation: "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<0>, sparsity = #lowbit.nm<2:4 along 1>>"
# CHECK: sparse.yaml:6:17: error: only weights are sparse: which values are kept is chosen at compile time, got #lowbit.nm<2:4 along 1>
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
