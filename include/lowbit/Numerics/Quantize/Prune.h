//===- Prune.h - Which weights to keep --------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_PRUNE_H
#define LOWBIT_NUMERICS_QUANTIZE_PRUNE_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Result.h"

namespace lowbit::numerics {

/// How many weights are kept, and where they may lie.
class Pruning {
public:
  /// Of each run of `of` consecutive weights along the reduction axis, `keep`
  /// are kept: 2:4 is keepOf(2, 4). A last run of fewer keeps min(keep, its
  /// length).
  static Pruning keepOf(int64_t keep, int64_t of) { return {keep, of, 0}; }
  /// A part of the weights, 0 to 1, is pruned, wherever they lie: of n weights
  /// the largest integer not above fraction * n.
  static Pruning prune(double fraction) { return {0, 0, fraction}; }

  /// The same, but that one weight more is kept of each of the first `outputs`
  /// where weights compete within an output.
  Pruning withOneMoreOf(int64_t outputs) const {
    Pruning result = *this;
    result.withMore = outputs;
    return result;
  }

  bool isStructured() const { return of != 0; }
  int64_t kept() const { return keep; }
  int64_t runLength() const { return of; }
  /// How many of the first `n` weights are pruned (unstructured).
  int64_t prunedOf(int64_t n) const;
  /// How many of its `inputs` weights an output keeps (unstructured).
  int64_t keptOfOutput(int64_t output, int64_t inputs) const {
    return inputs - prunedOf(inputs) + (output < withMore);
  }

  /// InvalidFormat unless 1 <= keep <= of, or the fraction is 0 to 1.
  std::optional<Error> verify() const;

private:
  Pruning(int64_t keep, int64_t of, double fraction)
      : keep(keep), of(of), fraction(fraction) {}

  int64_t keep, of;
  double fraction;
  int64_t withMore = 0;
};

/// For each weight, in the weight's layout, 1 if it is kept and 0 if it is
/// pruned.
using Mask = std::vector<uint8_t>;

/// Keeps the weights of largest magnitude: of each run, or of the whole tensor.
/// Of equal ones the first along the reduction axis is kept, or the first in
/// the tensor. Errors of verifyContraction and Pruning::verify.
Result<Mask> pruneByMagnitude(const ContractionWeight &weight,
                              const Pruning &pruning, ThreadCount threads = {});

/// Wanda (Sun et al., "A Simple and Effective Pruning Approach for Large
/// Language Models", 2023, section 3): keeps the weights of largest
/// |w| * |x|_2, where |x|_2 is the norm of the input over the calibration rows;
/// weights compete within an output (or run). `sumOfSquares` are the squared
/// norms, one per input (ChannelStatistics); InvalidStatistics if there are
/// others, or one is negative or not finite.
Result<Mask> pruneByWanda(const ContractionWeight &weight,
                          std::span<const double> sumOfSquares,
                          const Pruning &pruning, ThreadCount threads = {});

/// The weights with zeros where the mask has them.
std::vector<float> applyMask(std::span<const float> values, const Mask &mask);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_PRUNE_H
