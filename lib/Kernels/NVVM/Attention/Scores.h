//===- Scores.h - From products to scores of attention ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCORES_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCORES_H

#include "Problem.h"

namespace lowbit::nvvm {

/// Accumulators of a warp: `rows` by `columns` of them, four values each.
struct AccumulatorTile {
  int64_t rows, columns;

  AccumulatorTile(int64_t rows, int64_t columns)
      : rows(rows), columns(columns) {}
  int64_t getSize() const { return rows * columns * Accumulator::size; }
  int64_t at(int64_t row, int64_t column, int64_t i = 0) const {
    return (row * columns + column) * Accumulator::size + i;
  }
  /// Rows of the matrix of which a thread has elements.
  int64_t getThreadRows() const { return rows * 2; }
  /// Which of them value i of accumulators in `row` belongs to.
  static int64_t threadRow(int64_t row, int64_t i) {
    return row * 2 + Accumulator::rowOf(i);
  }
};

/// Makes scores of products of queries and keys: everything of `AttentionSpec`
/// on the way, where what is not seen gets -infinity. Only tiles at an edge of
/// what is seen pay for edges.
///
/// Scores are in units of ln 2, so that weights are powers of two, but for
/// those with an additive mask: -3.4e38, which models add where they mean "not
/// seen", would overflow. A last factor is left out where the subtraction of
/// the maximum can multiply for nothing.
class AttentionScores {
public:
  AttentionScores(KernelBuilder &kernel, const AttentionSpec &spec,
                  const AttentionPlan &plan,
                  const AttentionArguments &arguments,
                  const AttentionProblem &problem);

  /// `scores`: the products of this warp's rows with the keys from `key` on.
  void apply(KernelBuilder &kernel, mlir::Value key, Values &scores);

  /// What scores are still to be multiplied by; null for 1.
  mlir::Value getFactor() const { return hasBias() ? mlir::Value() : factor; }
  bool isNatural() const { return spec.hasAdditiveMask(); }

private:
  bool hasBias() const;
  void prepareRow(KernelBuilder &kernel, const AttentionArguments &arguments,
                  mlir::Value row);
  void capScores(KernelBuilder &kernel, Values &scores);
  void addBiases(KernelBuilder &kernel, mlir::Value key, Values &scores);
  /// The mask's elements of column `n` of the tile's accumulators.
  Values loadMask(KernelBuilder &kernel, mlir::Value key, int64_t n);
  void maskScores(KernelBuilder &kernel, mlir::Value key, Values &scores);
  void cutEdges(KernelBuilder &kernel, mlir::Value key, Values &scores);

  const AttentionSpec &spec;
  const AttentionProblem &problem;
  AccumulatorTile tile;
  /// Of products, or of what tanh makes of them.
  mlir::Value factor;
  /// Arguments of tanh for products of 1.
  mlir::Value capFactor;
  /// The thread's first column in a tile.
  mlir::Value column;
  /// By row of the thread: the last + 1 and the first key that it sees, where
  /// its mask starts (once, if rows share it), and its slope and the key at
  /// distance 0 as f32.
  Values endKey, firstKey, maskRow, slope, center;
  mlir::Value maskKeyStride;
  /// Tiles within these bounds are seen whole by the warp.
  mlir::Value safeEnd, safeBegin;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SCORES_H
