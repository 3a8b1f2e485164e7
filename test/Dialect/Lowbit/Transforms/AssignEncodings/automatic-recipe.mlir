// RUN: split-file %s %t
// RUN: cp %S/Inputs/sensitivity.json %t
// DEFINE: %{file} =
// DEFINE: %{run} = quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings=recipe=%t/%{file}

// The file of measurements lies beside the recipe. Rules come first; what they
// decide counts in the budget.

// REDEFINE: %{file} = auto.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = candidates.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = text.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = encoded.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = kept.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}
// REDEFINE: %{file} = partly.yaml
// RUN: %{run} 2>&1 | FileCheck %t/%{file}

//--- auto.yaml
version: 1
auto:
  sensitivity: sensitivity.json
  budget: 1.5 KiB
# CHECK: auto.yaml:3:3: remark: automatic choice for 1536 bytes: 5.781 bits per weight (1480 bytes)

//--- candidates.yaml
version: 1
auto:
  sensitivity: sensitivity.json
  floor: 15 dB
  candidates: [int4-g32, int8]
# CHECK: remark: automatic choice for 15 dB: 4.625 bits per weight (1184 bytes), predicted SQNR of the outputs 19.96 dB; int4-g32 for 2 weights

//--- text.yaml
version: 1
auto: {sensitivity: sensitivity.json, budget: 4.7, candidates: "int2-g32, int4-g32"}
# CHECK: int4-g32 for 2 weights

//--- encoded.yaml
# 592 bytes of b and c, and what is left for a of 6 bits.
version: 1
auto: {sensitivity: sensitivity.json, budget: 6 bits}
rules:
  - match: {layer: "[bc]"}
    weight: int4-g32
# CHECK: remark: automatic choice for 6 bits per weight: 4.625 bits per weight (1184 bytes), predicted SQNR of the outputs 20.00 dB; int4-g32 for 1 weight; what rules encode counts in the size, not in the prediction
# CHECK: lowbit.layer = "a", {{.*}}#lowbit.affine<u4>

//--- kept.yaml
# 4096 bytes of a, and 1152 of b and c.
version: 1
auto: {sensitivity: sensitivity.json, budget: 20.5 bits}
rules:
  - match: {layer: a}
    keep: float
# CHECK: remark: automatic choice for 20.5 bits per weight: 20.500 bits per weight (5248 bytes), predicted SQNR of the outputs 60.00 dB; int8 for 1 weight{{$}}
# CHECK: remark: layer 'a' stays float: the recipe keeps it float

//--- partly.yaml
# Of layers that share a weight one is decided: the other is chosen for, and the
# weight is stored twice.
version: 1
auto: {sensitivity: sensitivity.json, budget: 3.3 bits}
rules:
  - match: {layer: b}
    weight: int2-g32
# CHECK: remark: automatic choice for 3.3 bits per weight: 3.250 bits per weight (1248 bytes)
