// REQUIRES: python-numpy, python-safetensors

// A method that is to do without damping needs as many rows of inputs as
// channels: one error where the recipe says `damping`, before any work.

// RUN: rm -rf %t && split-file %s %t
// RUN: %python %S/../MaterializeWeights/Inputs/make_statistics.py %t
// DEFINE: %{name} = few
// DEFINE: %{damping} = 0
// DEFINE: %{recipe} = sed -e 's/NAME/%{name}/' -e 's/DAMPING/%{damping}/' %t/recipe.yaml > %t/x.yaml
// DEFINE: %{model} = in
// DEFINE: %{run} = quant-opt %t/%{model}.mlir -o %t/o.mlir --lowbit-quantize="recipe=%t/x.yaml statistics=%t/s.safetensors output-weights=%t/o.st"
// DEFINE: %{good} = FileCheck %s --implicit-check-not=error: --allow-empty --check-prefix

// RUN: %{recipe} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=warning: --implicit-check-not=error: --check-prefix=FEW
// FEW: x.yaml:6:38: error: layer "few": method 'gptq' cannot tell 24 channels apart by 5 rows of inputs and 'damping: 0'; use as many rows as channels or more, or a damping above 0
// RUN: not ls %t/o.mlir %t/o.st

// Without statistics, or with a file that does not know them, another pass says
// what is missing.
// RUN: quant-opt %t/in.mlir --lowbit-assign-encodings=recipe=%t/x.yaml -o /dev/null 2>&1 | %{good} NONE
// NONE: {{^}}
// RUN: not quant-opt %t/in.mlir --lowbit-assign-encodings="recipe=%t/x.yaml statistics=%t/absent" -o /dev/null 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: {{.*}}absent: {{.}}

// With damping it is a warning, and with enough rows nothing.
// REDEFINE: %{damping} = 0.1
// RUN: %{recipe} && %{run} 2>&1 | %{good} DAMPED
// DAMPED: warning: layer "few": 5 rows of inputs
// REDEFINE: %{damping} = 0
// RUN: sed -e 's/"shared"/"a"/' %t/in.mlir > %t/two.mlir
// REDEFINE: %{model} = two
// REDEFINE: %{name} = a
// RUN: %{recipe} && %{run} 2>&1 | %{good} ENOUGH
// ENOUGH-NOT: warning:

// Rows of layers that share a weight are added up, in other functions too.
// REDEFINE: %{name} = few|a
// RUN: %{recipe} && %{run} 2>&1 | %{good} ENOUGH

//--- recipe.yaml
version: 1
default: float
rules:
  - match: {layer: 'NAME'}
    weight: int4-g8
    method: {name: gptq, damping:    DAMPING}
//--- in.mlir
!m = tensor<24x16xf32>
ml_program.global private @w(dense<0.5> : !m) : !m
func.func @main(%x: tensor<3x24xf32>, %o: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %w = ml_program.global_load_const @w : !m
  %y = linalg.matmul {lowbit.layer = "few"} ins(%x, %w : tensor<3x24xf32>, !m) outs(%o : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %y : tensor<3x16xf32>
}
func.func @other(%x: tensor<3x24xf32>, %o: tensor<3x16xf32>) -> tensor<3x16xf32> {
  %w = ml_program.global_load_const @w : !m
  %y = linalg.matmul {lowbit.layer = "shared"} ins(%x, %w : tensor<3x24xf32>, !m) outs(%o : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %y : tensor<3x16xf32>
}
