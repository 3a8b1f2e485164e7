//===- AttentionPasses.td - Passes about attention ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONPASSES_TD
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONPASSES_TD

include "mlir/Pass/PassBase.td"

// Passes (keep alphabetical)

def DecomposeAttentionPass : Pass<"lowbit-decompose-attention"> {
  let summary = "Compute attention by batched matmuls and a softmax";
  let description = [{
    The reference for `lowbit.attention`: everything that it means, as linalg on
    tensors. Encoded operands are decoded in front. Scores of all queries and keys
    exist at once, in f32; heads that share keys are rows of one product.

    ```mlir
    %y = lowbit.attention %q, %k, %v scale = 0.125
       : tensor<8x12x128x64xf32>, ... -> tensor<8x12x128x64xf32>
    // becomes
    %scores = linalg.batch_matmul
        ins(%q3, %kt : tensor<96x128x64xf32>, tensor<96x64x128xf32>) ...
    %scaled = linalg.generic ... // scale, masks
    %max = linalg.generic ...    // maximum of each row
    %p = linalg.generic ...      // exp(scaled - max)
    %sum = linalg.generic ...    // sum of each row
    %o = linalg.batch_matmul ins(%p3, %v3 : ...) ...
    %y = linalg.generic ...      // o / sum, 0 for rows without keys
    ```
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::cf::ControlFlowDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::tensor::TensorDialect"];
}

def RaiseAttentionPass : Pass<"lowbit-raise-attention"> {
  let summary = "Find attention in what importers write, as lowbit.attention";
  let description = [{
    A product of two activations, a softmax along its last axis and a second
    product become one `lowbit.attention`, whatever stands between: scales on the
    query, the key or the scores, a soft cap, masks that are added or selected by,
    causal masks, heads that are repeated, reshapes and transposes.

    ```mlir
    %s = linalg.batch_matmul ins(%q, %kt : tensor<96x128x32xf32>, ...) ...
    %e = tensor.expand_shape %s ... : ... into tensor<8x12x128x128xf32>
    %d = linalg.generic ... // divf %e, 5.65685, addf a mask [8, 1, 1, 128]
    // maximum, subf, exp, sum, divf
    %y = linalg.batch_matmul ins(%p, %v : tensor<96x128x128xf32>, ...) ...
    // becomes
    %a = lowbit.attention %q4, %k4, %v4 scale = 0.17677669660833188
        mask(%m : tensor<8x1x1x128xf32>) : ... -> tensor<8x12x128x32xf32>
    ```

    Where there is a softmax in front of a product but it is not attention, a
    remark says what differed, and the IR stays.
  }];
  let dependentDialects = ["::lowbit::LowbitDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::linalg::LinalgDialect",
                           "::mlir::tensor::TensorDialect"];
}

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONPASSES_TD
