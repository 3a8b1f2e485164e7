//===- CalibrationPasses.td - Passes about statistics of inputs -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CALIBRATIONPASSES_TD
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CALIBRATIONPASSES_TD

include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical)

def CalibrateActivationsPass
    : Pass<"lowbit-calibrate-activations", "::mlir::ModuleOp"> {
  let summary = "Find the ranges of activations from statistics";
  let description = [{
    For layers with `lowbit.activation_clip`, which a recipe assigns, finds the
    smallest and the largest value of each block of the activation, so that its
    encode has nothing to search when the model runs ("static quantization").
    Where `lowbit-scale-inputs` has divided the inputs, so are the extremes that
    were seen of them, and of channels that `lowbit-split-outliers` has taken out
    they are 0; percentiles of what is left are not known, and a remark says that
    the extremes take their place.

    ```mlir
    %y = linalg.matmul {lowbit.layer = "a", lowbit.activation_encoding = #a8,
                        lowbit.activation_clip = #lowbit.clip<minmax>} ...
    // becomes
    %y = linalg.matmul {lowbit.layer = "a", lowbit.activation_encoding = #a8,
                        lowbit.activation_ranges =
                            [dense<-3.5> : tensor<f32>, dense<4.25> : tensor<f32>]} ...
    ```
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, with the model's "
           "weights, to check that the statistics are of this model">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "The statistics of the layers' inputs (required if there is a layer "
           "with static ranges)">,
  ];
}

def InsertObserversPass
    : Pass<"lowbit-insert-observers", "::mlir::ModuleOp"> {
  let summary = "Observe what layers read, for calibration";
  let description = [{
    Puts a `lowbit.observe` behind each activation that a layer with a weight
    reads: a contraction, a convolution, or a generic that multiplies and sums.
    Layers that read one activation along one axis share the op. The axis is the
    one that the layer sums over together with the weight, the channels; of a
    depthwise convolution the one that it shares with weight and result. Where an
    activation is encoded, its real values are observed.

    ```mlir
    %q = linalg.matmul ins(%x, %wq : ...) outs(...)
    %k = linalg.matmul ins(%x, %wk : ...) outs(...)
    // becomes
    lowbit.observe %x layers = ["query", "key"] axis = 1 : tensor<?x384xf32>
    %q = linalg.matmul {lowbit.layer = "query"} ins(%x, %wq : ...) outs(...)
    %k = linalg.matmul {lowbit.layer = "key"} ins(%x, %wk : ...) outs(...)
    ```

    With `gram`, patches of what a convolution reads, all that one output sums
    over, are observed too where they are more than pixels, or some of these: a
    linalg.generic copies them, and the op names `<layer>/patches`.

    Names layers first, as `lowbit-name-layers` does. Gathers have no activation.
    Of every other layer that is not observed, and of none that `layers` leaves
    out, a remark says why. Layers that are observed already stay as they are.
  }];
  let options = [
    Option<"gram", "gram", "bool", "false",
           "Also collect second moments X^T X, which GPTQ and SparseGPT need "
           "(default false)">,
    Option<"layers", "layers", "std::string", "\".*\"",
           "Observe only layers whose whole name matches this regular "
           "expression (default all)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect"];
}

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CALIBRATIONPASSES_TD
