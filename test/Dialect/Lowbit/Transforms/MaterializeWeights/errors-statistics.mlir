// REQUIRES: python-numpy, python-safetensors

// What methods lack: one error each, at the weight, and no output.

// RUN: rm -rf %t && split-file %s %t
// RUN: %python %S/Inputs/make_statistics.py %t
// DEFINE: %{statistics} = statistics=%t/s.safetensors
// DEFINE: %{method} = gptq
// DEFINE: %{layers} = "a"
// DEFINE: %{make} = sed -e 's/METHOD/%{method}/' -e 's/LAYERS/%{layers}/' %t/in.mlir > %t/x.mlir
// DEFINE: %{run} = quant-opt %t/x.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o %{statistics}"

// REDEFINE: %{statistics} =
// RUN: %{make} && not %{run} 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: x.mlir:6:8: error: layer "a": method 'gptq' needs statistics of its inputs: name their file with the option 'statistics'

// REDEFINE: %{statistics} = statistics=%t/absent
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=ABSENT
// ABSENT: error: {{.*}}absent: {{.}}

// REDEFINE: %{statistics} = statistics=%t/w.safetensors
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=WEIGHTS
// WEIGHTS: error: {{.*}}w.safetensors: {{.}}

// REDEFINE: %{statistics} = statistics=%t/bad.safetensors
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=CHANNELS
// CHANNELS: error: {{.*}}bad.safetensors: layer "a": has inputs of 8 channels, but the weight takes 24: these are statistics of another model

// RUN: %python %t/other.py %t/s.safetensors %t/other.safetensors
// REDEFINE: %{statistics} = statistics=%t/other.safetensors
// RUN: not %{run} 2>&1 | FileCheck %s --check-prefix=MODEL
// MODEL: error: {{.*}}other.safetensors: {{.*}}another model

// REDEFINE: %{statistics} = statistics=%t/s.safetensors
// REDEFINE: %{layers} = "a", "c"
// RUN: %{make} && not %{run} 2>&1 | FileCheck %s --check-prefix=LAYER
// LAYER: error: {{.*}}s.safetensors: layer "c": has no statistics, which method 'gptq' needs; quant-run --collect --gram collects them (docs/calibration.md)

// REDEFINE: %{layers} = "b"
// RUN: %{make} && not %{run} 2>&1 | FileCheck %s --check-prefix=MOMENTS
// MOMENTS: error: {{.*}}s.safetensors: layer "b": has no second moments, which method 'gptq' needs

// Five rows tell little, which is a warning; without damping they are too few.
// REDEFINE: %{layers} = "few"
// REDEFINE: %{method} = gptq, damping = 0
// RUN: %{make} && not %{run} 2>&1 | FileCheck %s --check-prefix=FEW --implicit-check-not=warning: --implicit-check-not=error:
// FEW: error: layer "few": method 'gptq' cannot tell 24 channels apart by 5 rows of inputs and 'damping: 0'; use as many rows as channels or more, or a damping above 0
// RUN: ls %t | FileCheck %s --check-prefix=LEFT
// LEFT-NOT: {{^o(\.tmp.*)?$}}

// REDEFINE: %{method} = gptq
// RUN: %{make} && %{run} 2>&1 | FileCheck %s --check-prefix=DAMPED --implicit-check-not=error:
// DAMPED: warning: layer "few": 5 rows of inputs

// What is known of several layers is added up.
// REDEFINE: %{layers} = "a", "few"
// RUN: %{make} && %{run} 2>&1 | FileCheck %s --allow-empty --check-prefix=SUM
// SUM-NOT: {{warning|error}}

// RUN: not quant-opt %t/x.mlir -o /dev/null --lowbit-materialize-weights="weights=%t/w.safetensors output-weights=%t/o nonfinite=drop" 2>&1 | FileCheck %s --check-prefix=OPTION
// OPTION: error: option 'nonfinite' is 'error' or 'zero', got 'drop'

//--- in.mlir
#w4 = #lowbit.encoding<#lowbit.affine<i4>, scale = f16 per axis<1>>
!m = tensor<24x16xf32>
ml_program.global public @a(#ml_program.extern : !m) : !m
func.func @main() -> tensor<24x16xf32, #w4> {
  %w = ml_program.global_load_const @a : !m
  %e = lowbit.encode %w method<METHOD> layers[LAYERS] along 0 : !m to tensor<24x16xf32, #w4>
  return %e : tensor<24x16xf32, #w4>
}

//--- other.py
import sys
from safetensors import safe_open
from safetensors.numpy import save_file
with safe_open(sys.argv[1], "np") as file:
    tensors = {key: file.get_tensor(key) for key in file.keys()}
    metadata = {**file.metadata(), "lowbit.model": "01234567-89abcdef"}
save_file(tensors, sys.argv[2], metadata=metadata)
