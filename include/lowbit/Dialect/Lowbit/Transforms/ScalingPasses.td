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
    Products stay, with a remark, where the element type of the producer's
    constants cannot hold their products with the factors.
  }];
  let options = [
    Option<"onlyMarked", "only-marked", "bool", "false",
           "Fold only products with 'lowbit.input_scales', those that passes "
           "have made (default false)">,
  ];
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

    `lowbit-fold-scales` folds the one, and
    `lowbit-materialize-weights` the other; both have `lowbit.input_scales`. Factors of weights in f16 and bf16 are
    f32, so that they are the inverse of what the activation gets.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, to read (required)">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "Statistics of the layers' inputs (required)">,
    Option<"nonfinite", "nonfinite", "std::string", "\"error\"",
           "What NaN and infinities in weights are: an 'error', or 'zero' "
           "(default error)">,
    Option<"threads", "threads", "unsigned", "0",
           "Threads; 0 for one per processor (default 0)">,
  ];
  let dependentDialects = ["::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

def SplitOutliersPass : Pass<"lowbit-split-outliers", "::mlir::ModuleOp"> {
  let summary = "Multiply channels with outliers in f16, beside the low-bit rest";
  let description = [{
    For layers with `lowbit.outliers`, which a recipe assigns, finds the channels
    of the input whose largest magnitude in the statistics exceeds that number,
    and computes x w as the sum of two contractions: one of x and w with zeros in
    these channels, which keeps the layer's name and encodings, and one of these
    channels alone, the layer `<name>.outliers`, whose weight is stored in f16
    (bf16 of bf16) and whose input stays float. Layers that read the same
    activation share its two parts. Takes the attribute away.

    This is LLM.int8() (Dettmers et al. 2022, section 3.2) with channels that are
    chosen once, before the model runs; there each batch chooses its own.

    ```mlir
    %y = linalg.matmul {lowbit.layer = "a", lowbit.outliers = 6.0 : f64,
                        lowbit.weight_encoding = #w8, lowbit.activation_encoding = #a8}
         ins(%x, %w : ...) outs(%init : ...)
    // becomes, with outliers in channels 7 and 300
    %xr = linalg.generic ... ins(%x, %mask : ...) { mulf }   // 0 at 7 and 300, else 1
    %wr = linalg.generic ... ins(%w, %mask : ...) { mulf }
    %xo = linalg.generic {lowbit.selection} ...      // columns 7 and 300 of %x
    %wo = linalg.generic {lowbit.selection} ...      // rows 7 and 300 of %w
    %r = linalg.matmul {lowbit.layer = "a", lowbit.weight_encoding = #w8, ...}
         ins(%xr, %wr : ...) outs(%init : ...)
    %y = linalg.matmul {lowbit.layer = "a.outliers", lowbit.weight_encoding = #f16}
         ins(%xo, %wo : ...) outs(%r : ...)
    ```

    A layer in whose input no channel is that large, or every one, stays whole,
    with a remark; so do depthwise convolutions and weights with other users.
    `lowbit-materialize-weights` computes both parts of the weight.
  }];
  let options = [
    Option<"weights", "weights", "std::string", "\"\"",
           "The safetensors file, or index of a sharded set, with the model's "
           "weights, to check that the statistics are of this model">,
    Option<"statistics", "statistics", "std::string", "\"\"",
           "Statistics of the layers' inputs (required)">,
  ];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SCALINGPASSES_TD
