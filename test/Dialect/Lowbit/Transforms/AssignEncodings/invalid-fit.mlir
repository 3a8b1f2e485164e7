// RUN: split-file %s %t
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/range.yaml %t/in.mlir 2>&1 | FileCheck %t/range.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/minmax.yaml %t/in.mlir 2>&1 | FileCheck %t/minmax.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/absmax.yaml %t/in.mlir 2>&1 | FileCheck %t/absmax.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/float-range.yaml %t/in.mlir 2>&1 | FileCheck %t/float-range.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/float-activation.yaml %t/in.mlir 2>&1 | FileCheck %t/float-activation.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/gather.yaml %t/in.mlir 2>&1 | FileCheck %t/gather.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/nothing.yaml %t/in.mlir 2>&1 | FileCheck %t/nothing.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/axis.yaml %t/in.mlir 2>&1 | FileCheck %t/axis.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/unsigned.yaml %t/in.mlir 2>&1 | FileCheck %t/unsigned.yaml
// RUN: not quant-opt --lowbit-assign-encodings=recipe=%t/activation-axis.yaml %t/in.mlir 2>&1 | FileCheck %t/activation-axis.yaml

// Rules whose parts, or which and the module, do not fit together: one diagnostic each, with its
// place in the file, and no output.

//--- range.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    range: absmin
# CHECK: range.yaml:6:12: error: unknown range 'absmin'; did you mean 'absmax'?
# CHECK-NOT: {{error:|linalg}}

//--- minmax.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    range: minmax
# CHECK: minmax.yaml:6:12: error: range 'minmax' needs an encoding with a zero point
# CHECK-NOT: {{error:|linalg}}

//--- absmax.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int4-g2
    range: absmax
# CHECK: absmax.yaml:6:12: error: range 'absmax' needs an encoding without a zero point
# CHECK-NOT: {{error:|linalg}}

//--- float-range.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: float
    range: full
# CHECK: float-range.yaml:6:12: error: a rule that keeps layers float has no 'range'
# CHECK-NOT: {{error:|linalg}}

//--- float-activation.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    keep: float
    activation: int8-per-token
# CHECK: float-activation.yaml:6:17: error: a rule that keeps layers float has no 'activation'
# CHECK-NOT: {{error:|linalg}}

//--- gather.yaml
version: 1
default: int8
rules:
  - match: {op: gather}
    weight: int8
    activation: int8-per-token
# CHECK: gather.yaml:6:17: error: a gather has no activation to encode
# CHECK-NOT: {{error:|linalg}}

//--- nothing.yaml
version: 1
default: int8
rules:
  - match: {layer: decoder}
    weight: int8
# CHECK: nothing.yaml:4:5: error: rule 1 matches no layer; the module has 10: fc0 (matmul), fc1 (matmul), fc2 (matmul), fc3 (matmul), fc4 (matmul), fc5 (matmul), fc6 (matmul), fc7 (matmul), ...
# CHECK-NOT: {{error:|linalg}}

//--- axis.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<2>>"
# CHECK: axis.yaml:4:5: error: weight of layer 'fc0', 'tensor<4x4xf32>': scale axis 2 is out of range for a tensor of rank 2
# CHECK-NOT: {{error:|linalg}}

//--- unsigned.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: "#lowbit.encoding<#lowbit.affine<u8>, scale = f32 per tensor>"
    range: full
# CHECK: unsigned.yaml:4:5: error: weight of layer 'fc0', 'tensor<4x4xf32>': 
# CHECK-NOT: {{error:|linalg}}

//--- activation-axis.yaml
version: 1
default: int8
rules:
  - match: {op: matmul}
    weight: int8
    activation: "#lowbit.encoding<#lowbit.affine<i8>, scale = f32 per axis<3>>"
# CHECK: activation-axis.yaml:4:5: error: activation of layer 'fc0', 'tensor<4x4xf32>': scale axis 3 is out of range
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
