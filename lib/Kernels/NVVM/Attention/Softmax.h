//===- Softmax.h - The running softmax of attention -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SOFTMAX_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SOFTMAX_H

#include "Scores.h"

#include <utility>
#include <vector>

namespace lowbit::nvvm {

/// Weights of keys whose scores come tile by tile: relative to the largest
/// score so far, with their sum, as "online normalizer calculation for softmax"
/// (Milakov and Gimelshein, 2018) has it.
class RunningSoftmax {
public:
  RunningSoftmax(const AttentionScores &scores, const AccumulatorTile &tile)
      : scores(scores), tile(tile) {}

  /// Before any key: by row of the thread the largest score, then the sum.
  Values getInitial(KernelBuilder &kernel) const;

  /// Makes weights of the scores of one more tile, and updates `state`. What
  /// has been summed with the weights before is to be multiplied by the
  /// results, by row of the thread.
  Values update(KernelBuilder &kernel, llvm::MutableArrayRef<mlir::Value> state,
                Values &values) const;

  /// After all keys: by row what sums are to be multiplied by, 0 if it sees
  /// none.
  Values getScales(KernelBuilder &kernel, mlir::ValueRange state) const;

  /// After all keys, by row: log of the sum of exp(score), -infinity for none.
  Values getLogSums(KernelBuilder &kernel, mlir::ValueRange state) const;

  /// After all keys, by row: the largest score, and the sum of exp(score -
  /// largest), 0 for none. The logarithm of the one with the other would lose
  /// it where scores are all -3.4e38.
  std::vector<std::pair<mlir::Value, mlir::Value>>
  getLargestAndSums(KernelBuilder &kernel, mlir::ValueRange state) const;

private:
  mlir::Value getWeight(KernelBuilder &kernel, mlir::Value difference) const;
  /// The sums of the rows, in all threads that share them.
  Values getSums(KernelBuilder &kernel, mlir::ValueRange state) const;

  const AttentionScores &scores;
  AccumulatorTile tile;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_SOFTMAX_H
