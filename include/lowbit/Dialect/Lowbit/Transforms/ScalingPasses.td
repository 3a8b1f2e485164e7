//===- ScalingPasses.td - Passes that scale inputs of layers --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SCALINGPASSES_TD
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SCALINGPASSES_TD

include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical)

def FoldScalesPass : Pass<"lowbit-fold-scales"> {
  let summary = "Fold multiplications by channel into what makes the channels";
  let description = [{
    A multiplication of an activation by a constant for each channel goes into
    its producer, where that is exact up to rounding: the gamma and beta of a
    norm, the columns and bias of a contraction with a weight; through
    transposes, reshapes that keep the channel, and linear ops in between.
    `lowbit-materialize-weights` computes the products with stored tensors.

    ```mlir
    %y = linalg.generic ... ins(%n, %gamma : tensor<8x384xf32>, ...) { mulf }
    %x = linalg.generic ... ins(%y, %c : ..., tensor<384xf32>) { mulf }
    // becomes
    %d = linalg.generic ... ins(%gamma, %c : tensor<384xf32>, ...) { mulf }
    %x = linalg.generic ... ins(%n, %d : tensor<8x384xf32>, ...) { mulf }
    ```

    A producer with other users is duplicated if it costs a sum and a product.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def ScaleInputsPass : Pass<"lowbit-scale-inputs", "::mlir::ModuleOp"> {
  let summary = "Divide inputs of layers by what their weights are multiplied by";
  let description = [{
    For layers with `lowbit.scale_inputs`, which a recipe assigns, finds a scale
    s for each input channel, by AWQ or SmoothQuant, from statistics of the
    inputs and the weights, and computes (x / s) (s w) for x w. Layers that read
    the same activation are scaled together. Takes the attribute away.

    ```mlir
    %y = linalg.matmul {lowbit.scale_inputs = #lowbit.awq<steps = 20>} ins(%x, %w : ...) ...
    // becomes
    %xr = linalg.generic ... ins(%x, %r : ...) { mulf }   // %r = 1 / %s
    %ws = linalg.generic ... ins(%w, %s : ...) { mulf }
    %y = linalg.matmul ins(%xr, %ws : ...) ...
    ```

    `lowbit-fold-scales` folds the one, `lowbit-materialize-weights` the other.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, to read (required)">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "Statistics of the layers' inputs (required)">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads; 0 for one per processor (default 0)">,
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SCALINGPASSES_TD
