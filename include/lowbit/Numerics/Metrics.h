//===- Metrics.h - How far a tensor is from its reference -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_METRICS_H
#define LOWBIT_NUMERICS_METRICS_H

#include "lowbit/Numerics/Parallel.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace lowbit::numerics {

/// Error measures of a test tensor against a reference, gathered in one pass
/// in f64. Tensors may be added in pieces: how a stream of elements is cut
/// into add() calls does not change a bit of the result.
class ErrorStatistics {
public:
  /// Adds `n` further pairs.
  void add(const float *reference, const float *test, size_t n);

  /// Adds what `other` has seen.
  void merge(const ErrorStatistics &other);

  int64_t count() const { return seen; }

  /// Mean of (test - reference)^2. 0 for no elements.
  double mse() const;
  /// Signal to quantization noise, 10 log10(sum reference^2 / sum error^2), in
  /// dB. Infinite for no error, also of an all-zero or empty reference.
  double sqnrDb() const;
  /// Peak signal to noise, 10 log10(max|reference|^2 / mse), in dB. Infinite
  /// for no error.
  double psnrDb() const;
  /// Largest |test - reference|.
  double maxAbsError() const;
  /// Largest |reference|.
  double maxAbsReference() const;
  /// sqrt(sum error^2 / sum reference^2), the relative error in the 2-norm: 0
  /// for no error.
  double relativeError() const;
  /// Cosine of the angle between the two as vectors. 1 if both are zero, 0 if
  /// only one is.
  double cosine() const;

private:
  // Element i of the stream adds to lane i % lanes, whatever piece it comes
  // in: that is what makes the cuts invisible, and the loop vectorisable
  // without reassociating sums. Sixteen f64 lanes are two zmm per sum, enough
  // to hide the latency of the additions.
  static constexpr size_t lanes = 16;
  using Sum = std::array<double, lanes>;

  Sum squaredError{};
  Sum squaredReference{};
  Sum squaredTest{};
  Sum product{};
  Sum largestError{};
  Sum largestReference{};
  int64_t seen = 0;
};

/// Statistics of two tensors of the same size, on several threads; the same
/// for every number of them.
ErrorStatistics measureError(std::span<const float> reference,
                             std::span<const float> test,
                             ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_METRICS_H
