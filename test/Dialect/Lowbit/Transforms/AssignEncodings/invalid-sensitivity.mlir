// A file of measurements that is none, or of another model; and options that say
// nothing without one.

// RUN: rm -rf %t && mkdir %t
// DEFINE: %{from} =
// DEFINE: %{to} =
// DEFINE: %{edit} = sed 's/%{from}/%{to}/' %S/Inputs/sensitivity.json > %t/s.json
// DEFINE: %{run} = quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings="recipe=auto-6 sensitivity=%t/s.json"

// REDEFINE: %{from} = "a"
// REDEFINE: %{to} = "ab"
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=LAYER
// LAYER: error: {{.*}}s.json: has no measurements of layer 'a': measure this model with quant-run --sensitivity, or give the layer a rule
// REDEFINE: %{from} = "c"\], "shape": .32, 32
// REDEFINE: %{to} = "c"], "shape": [32, 64
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=SHAPE
// SHAPE: error: {{.*}}s.json: is of another model: layer 'b' was measured with a weight of 32x64, summed over along axis 0, and has one of 32x32, along axis 0
// REDEFINE: %{from} = "b", "c"
// REDEFINE: %{to} = "b", "d"
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=MORE
// MORE: error: {{.*}}s.json: has no measurements of layer 'c'
// REDEFINE: %{from} = "a"\]
// REDEFINE: %{to} = "a", "c"]
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=TWICE
// TWICE: error: {{.*}}s.json: names layer 'c' twice
// REDEFINE: %{from} = "a"\]/"a", "b"]/; s/"b", "c"
// REDEFINE: %{to} = "c"
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=APART
// APART: error: {{.*}}s.json: is of another model: it does not know that layers 'b' and 'c' share a weight
// REDEFINE: %{from} = "a"\]/"a", "b", "c"]/; s/\["b", "c"
// REDEFINE: %{to} = ["d"
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=TOGETHER
// TOGETHER: error: {{.*}}s.json: is of another model: there layer 'b' shares its weight with another
// REDEFINE: %{from} = 0[.]01}
// REDEFINE: %{to} = -0.01}
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=NEGATIVE
// NEGATIVE: error: {{.*}}s.json: expected a number of at least 0 at (root).weights[0].options[1].error
// REDEFINE: %{from} = "version": 1
// REDEFINE: %{to} = "version": 2
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=VERSION
// VERSION: error: {{.*}}s.json: has another version than 1; measure again with this quant-run --sensitivity
// REDEFINE: %{from} = lowbit.sensitivity
// REDEFINE: %{to} = lowbit.statistics
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=FORMAT
// FORMAT: error: {{.*}}s.json: is no sensitivity file of quant-run (--sensitivity=FILE)
// REDEFINE: %{from} = {
// REDEFINE: %{to} = [
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=JSON
// JSON: error: {{.*}}s.json: is not JSON:
// REDEFINE: %{from} = "int8"\]
// REDEFINE: %{to} = "int8-dynamic"]
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=ACTIVATION
// ACTIVATION: error: {{.*}}s.json: has measurements of 'int8-dynamic', which is no encoding of weights alone
// REDEFINE: %{from} = outputs",
// REDEFINE: %{to} = inputs",
// RUN: %{edit} && not %{run} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=MEASURE
// MEASURE: error: {{.*}}s.json: expected "outputs" or "weights" at (root).measure

// DEFINE: %{options} =
// DEFINE: %{assign} = quant-opt %S/Inputs/three.mlir --lowbit-assign-encodings="%{options}"
// REDEFINE: %{options} = recipe=auto
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=ALONE
// ALONE: error: expected a budget or a floor in 'auto', as in auto-4.5 (bits per weight), auto-12.5MiB or auto-30dB
// REDEFINE: %{options} = recipe=auto-4.5bit
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=UNIT
// UNIT: error: expected a budget or a floor in 'auto-4.5bit', as in
// REDEFINE: %{options} = recipe=auto-6000
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=BITS
// BITS: error: recipe 'auto-6000': 6000 bits per weight are more than the 32 of f32; bytes need their unit, as in 6000MB
// REDEFINE: %{options} = recipe=auto_4.5
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=AUTO
// AUTO: error: unknown recipe 'auto_4.5'{{.*}}; did you mean 'auto-4.5'?
// REDEFINE: %{options} = recipe=auto-4.5
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=NO-FILE
// NO-FILE: error: an automatic choice needs a file of measurements
// REDEFINE: %{options} = recipe=int8 sensitivity=%t/s.json
// RUN: not %{assign} 2>&1 | FileCheck %s --implicit-check-not=linalg --check-prefix=NO-CHOICE
// NO-CHOICE: error: option 'sensitivity' is for recipes with an automatic choice (auto-4.5, or the key 'auto'), and 'int8' has none
