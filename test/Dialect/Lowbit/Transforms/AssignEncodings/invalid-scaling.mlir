// RUN: split-file %s %t
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/word.yaml %t/in.mlir 2>&1 | FileCheck %t/word.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/list.yaml %t/in.mlir 2>&1 | FileCheck %t/list.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/no-method.yaml %t/in.mlir 2>&1 | FileCheck %t/no-method.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/key.yaml %t/in.mlir 2>&1 | FileCheck %t/key.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/alpha.yaml %t/in.mlir 2>&1 | FileCheck %t/alpha.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/steps.yaml %t/in.mlir 2>&1 | FileCheck %t/steps.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/steps-range.yaml %t/in.mlir 2>&1 | FileCheck %t/steps-range.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/alpha-range.yaml %t/in.mlir 2>&1 | FileCheck %t/alpha-range.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/keep.yaml %t/in.mlir 2>&1 | FileCheck %t/keep.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/gather.yaml %t/in.mlir 2>&1 | FileCheck %t/gather.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=awq-int4-g64-smy %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=TYPO
// RUN: not quant-opt --lowbit-assign-encodings=recipe=smoothquant2-int8 %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=SMOOTH
// RUN: not quant-opt --lowbit-assign-encodings=recipe=awq-float %t/in.mlir 2>&1 | FileCheck %t/in.mlir --check-prefix=FLOAT

// Wrong ways to ask for scaled inputs: one diagnostic each, and no output.

//--- word.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: awk
# CHECK: word.yaml:6:19: error: unknown scaling of inputs 'awk'; did you mean 'awq'?
# CHECK-NOT: {{error:|linalg}}

//--- list.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: [awq]
# CHECK: list.yaml:6:20: error: expected 'scale-inputs' to be a string
# CHECK-NOT: {{error:|linalg}}

//--- no-method.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {alpha: 0.5}
# CHECK: no-method.yaml:6:20: error: 'scale-inputs' has no 'method': awq or smoothquant
# CHECK-NOT: {{error:|linalg}}

//--- key.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {method: awq, step: 3}
# CHECK: key.yaml:6:33: error: unknown key 'step' in 'scale-inputs'; did you mean 'steps'?
# CHECK-NOT: {{error:|linalg}}

//--- alpha.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {method: awq, alpha: 0.5}
# CHECK: alpha.yaml:6:40: error: awq has no 'alpha'
# CHECK-NOT: {{error:|linalg}}

//--- steps.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {method: smoothquant, steps: 3}
# CHECK: steps.yaml:6:48: error: smoothquant has no 'steps'
# CHECK-NOT: {{error:|linalg}}

//--- steps-range.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {method: awq, steps: 1001}
# CHECK: steps-range.yaml:6:40: error: expected 'steps' from 1 to 1000, got '1001'
# CHECK-NOT: {{error:|linalg}}

//--- alpha-range.yaml
version: 1
default: int8
rules:
  - match: {}
    weight: int8
    scale-inputs: {method: smoothquant, alpha: 2}
# CHECK: alpha-range.yaml:6:48: error: expected 'alpha' from 0 to 1, got '2'
# CHECK-NOT: {{error:|linalg}}

//--- keep.yaml
version: 1
default: int8
rules:
  - match: {}
    keep: float
    scale-inputs: awq
# CHECK: keep.yaml:6:19: error: a rule that keeps layers float has no 'scale-inputs'
# CHECK-NOT: {{error:|linalg}}

//--- gather.yaml
version: 1
default: int8
rules:
  - match: {op: gather}
    weight: int8
    scale-inputs: smoothquant
# CHECK: gather.yaml:6:19: error: a gather has no inputs to scale
# CHECK-NOT: {{error:|linalg}}

//--- in.mlir
// TYPO: error: unknown recipe 'awq-int4-g64-smy'{{.+}}; did you mean 'awq-int4-g64-sym'?
// SMOOTH: error: recipe 'smoothquant2-int8': expected 'alpha' from 0 to 1, got '2'
// FLOAT: error: recipe 'awq-float': 'float' leaves a layer as it is, and nothing for 'awq' to work on
!m = tensor<4x4xf32>
func.func @layer(%x: !m, %c: !m) -> !m {
  %w = arith.constant dense<1.0> : !m
  %0 = linalg.matmul ins(%x, %w : !m, !m) outs(%c : !m) -> !m
  return %0 : !m
}
