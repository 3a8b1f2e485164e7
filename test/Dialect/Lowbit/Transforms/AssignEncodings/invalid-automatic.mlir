// RUN: split-file %s %t
// RUN: cp %S/Inputs/sensitivity.json %t
// DEFINE: %{file} =
// DEFINE: %{run} = quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings=recipe=%t/%{file}

// What is wrong with `auto` of a recipe, or with its budget: one error, with its
// place, and no output.

// REDEFINE: %{file} = both.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = twice.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = neither.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = bits.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = unit.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = floor.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = no-file.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = missing.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = candidate.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = nothing.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = small.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = decided.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = high.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = key.yaml
// RUN: not %{run} 2>&1 | FileCheck %t/%{file}

//--- both.yaml
version: 1
default: int8
auto: {sensitivity: sensitivity.json, budget: 4 bits}
# CHECK: both.yaml:3:8: error: 'auto' decides for the layers that no rule matches, as 'default' does: give one of them
# CHECK-NOT: {{error:|linalg}}
//--- twice.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 4 bits, floor: 20 dB}
# CHECK: twice.yaml:2:62: error: 'auto' has either a 'budget' or a 'floor', and this one has both
# CHECK-NOT: {{error:|linalg}}
//--- neither.yaml
version: 1
auto: {sensitivity: sensitivity.json}
# CHECK: neither.yaml:2:8: error: 'auto' has neither a 'budget' nor a 'floor'
# CHECK-NOT: {{error:|linalg}}
//--- unit.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 4 bytes}
# CHECK: unit.yaml:2:47: error: expected a budget such as '4.5 bits' or '12.5 MiB', got '4 bytes'
# CHECK-NOT: {{error:|linalg}}
//--- bits.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 6000}
# CHECK: bits.yaml:2:47: error: 6000 bits per weight are more than the 32 of f32; bytes need their unit, as in 6000MB
# CHECK-NOT: {{error:|linalg}}
//--- floor.yaml
version: 1
auto: {sensitivity: sensitivity.json, floor: 4 bits}
# CHECK: floor.yaml:2:46: error: expected a floor such as '30 dB', got '4 bits'
# CHECK-NOT: {{error:|linalg}}
//--- no-file.yaml
version: 1
auto: {budget: 4 bits}
# CHECK: no-file.yaml:2:8: error: an automatic choice needs a file of measurements: name that of quant-run --sensitivity with the option 'sensitivity' or, in a recipe, the key 'sensitivity' of 'auto'
# CHECK-NOT: {{error:|linalg}}
//--- missing.yaml
version: 1
auto: {sensitivity: none.json, budget: 4 bits}
# CHECK: missing.yaml:2:8: error: cannot open {{.*}}none.json: No such file or directory
# CHECK-NOT: {{error:|linalg}}
//--- candidate.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 4 bits, candidates: [int8, int4-g23]}
# CHECK: candidate.yaml:2:8: error: {{.*}}sensitivity.json: has no measurements of 'int4-g23'; did you mean 'int4-g32'?
# CHECK-NOT: {{error:|linalg}}
//--- nothing.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 4 bits, candidates: []}
# CHECK: nothing.yaml:2:68: error: 'candidates' lists nothing
# CHECK-NOT: {{error:|linalg}}
//--- small.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 2 bits}
# CHECK: small.yaml:2:8: error: the budget, 2 bits per weight, is below the smallest possible, 2.562 bits per weight (656 bytes)
# CHECK-NOT: {{error:|linalg}}
//--- decided.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 2 kB}
rules:
  - match: {layer: a}
    keep: float
# CHECK: decided.yaml:2:8: error: the budget, 2000 bytes, is below the smallest possible, 17.281 bits per weight (4424 bytes)
# CHECK-NOT: {{error:|linalg}}
//--- high.yaml
version: 1
auto: {sensitivity: sensitivity.json, floor: 40 dB}
# CHECK: high.yaml:2:8: error: the floor, 40 dB, is above the best possible, 39.96 dB at 9.000 bits per weight (2304 bytes)
# CHECK-NOT: {{error:|linalg}}
//--- key.yaml
version: 1
auto: {sensitivty: sensitivity.json, budget: 4 bits}
# CHECK: key.yaml:2:8: error: unknown key 'sensitivty' in 'auto'; did you mean 'sensitivity'?
# CHECK-NOT: {{error:|linalg}}
