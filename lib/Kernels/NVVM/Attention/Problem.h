//===- Problem.h - What a block of attention works on -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_PROBLEM_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_PROBLEM_H

#include "Arguments.h"

namespace lowbit::nvvm {

/// A matrix of one head in global memory: its first row, and bytes (i64) from one
/// row to the next.
struct HeadMatrix {
  mlir::Value start, stride;
};

/// The rows of queries, the head and the sequence of this block.
struct AttentionProblem {
  mlir::Value sequence, head, keyHead;
  /// First query row of this block, and of this warp.
  mlir::Value row, warpRow;
  /// Of this sequence.
  mlir::Value queries, keys;
  /// keys - queries; null if no mask asks for it.
  mlir::Value diagonal;
  /// First rows in the matrices of all sequences; null without offsets.
  mlir::Value queryOffset, keyOffset;
  /// Of query and output the block's rows, of the others all of the sequence.
  HeadMatrix query, key, value, output;
  /// Tiles of keys that at least one row of the block may see: from `firstTile`
  /// up to and without `endTile`.
  mlir::Value firstTile, endTile;

  AttentionProblem(KernelBuilder &kernel, const AttentionSpec &spec,
                   const AttentionPlan &plan,
                   const AttentionArguments &arguments);

  /// Query rows of the block that are there; none or less beyond the sequence.
  mlir::Value getRows(KernelBuilder &kernel) const {
    return kernel.sub(queries, row);
  }
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_PROBLEM_H
