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

/// A matrix of one head in global memory: its first row, and bytes (i64) from
/// one row to the next.
struct HeadMatrix {
  mlir::Value start, stride;
  /// From one page to the next; null without pages.
  mlir::Value pageStride;
};

/// The rows of the queries, the head and the sequence of this block. A row is a
/// query; with packed heads, a query in one of the heads that share a key head.
class AttentionProblem {
public:
  AttentionProblem(KernelBuilder &kernel, const AttentionSpec &spec,
                   const AttentionPlan &plan,
                   const AttentionArguments &arguments);

  /// Number of the sequence, and of the head of keys and values.
  mlir::Value sequence, keyHead;
  /// First row of this block, and of this warp; and how many there are in all.
  mlir::Value row, warpRow, rows;
  /// Queries and keys of this sequence; and its length, which may be more than
  /// the keys that are there, and says where the last query stands.
  mlir::Value queries, keys, length;
  /// Where the first query stands among the keys; null if no mask asks for it.
  mlir::Value diagonal;
  /// Number of the split of the keys; null without.
  mlir::Value split;
  /// First rows in the matrices of all sequences; null without offsets.
  mlir::Value queryOffset, keyOffset;
  /// All rows of the sequence, of the first page where there are pages.
  HeadMatrix key, value;
  /// Their scales, where they have some.
  HeadMatrix keyScale, valueScale;
  /// Tiles of keys that at least one row of the block may see, and that are in
  /// its split: from `firstTile` up to and without `endTile`.
  mlir::Value firstTile, endTile;

  mlir::Value getQuery(KernelBuilder &kernel, mlir::Value row) const;
  mlir::Value getHead(KernelBuilder &kernel, mlir::Value row) const;
  /// Last key + 1 and first key that a query sees, of bounds that there are.
  mlir::Value getEndKey(KernelBuilder &kernel, mlir::Value query) const;
  mlir::Value getFirstKey(KernelBuilder &kernel, mlir::Value query) const;

  /// Rows of the block that are there; none or less beyond the last.
  mlir::Value countRows(KernelBuilder &kernel) const {
    return kernel.sub(rows, row);
  }
  /// Where a row of the block begins in query or output; the strides of the
  /// matrix are the arguments from `stride` on.
  mlir::Value getRowStart(KernelBuilder &kernel, AttentionArgument matrix,
                          AttentionArgument stride, mlir::Value row) const;
  /// Where the row of a key begins in one of the matrices.
  mlir::Value getKeyRow(KernelBuilder &kernel, const HeadMatrix &matrix,
                        mlir::Value key) const;

private:
  void findSequence(KernelBuilder &kernel);
  void findTiles(KernelBuilder &kernel, const AttentionPlan &plan);
  HeadMatrix getKeyMatrix(KernelBuilder &kernel, AttentionArgument matrix,
                          AttentionArgument stride, int64_t bits) const;
  mlir::Value getPagedRow(KernelBuilder &kernel, const HeadMatrix &matrix,
                          mlir::Value key) const;

  const AttentionSpec &spec;
  const AttentionArguments &arguments;
  /// The query head of this block; null if heads are packed.
  mlir::Value head;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_PROBLEM_H
