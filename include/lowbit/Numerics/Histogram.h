//===- Histogram.h - The distribution of a stream of values -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_HISTOGRAM_H
#define LOWBIT_NUMERICS_HISTOGRAM_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Result.h"

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// Counts of values in bins of equal width on both sides of zero. The range is
/// [-2^e, 2^e]; where a value lies outside, it doubles and neighbouring bins
/// become one. All ranges being powers of two, any two histograms can be
/// merged, and the result depends on nothing but the values: not on their
/// order, pieces or threads.
class Histogram {
public:
  /// Bins on each side of zero, of which values reach at least half.
  static constexpr int64_t binsPerSide = 4096;

  Histogram() = default;

  /// The histogram whose counts(), minimum() and maximum() these are, to the
  /// bit. InvalidStatistics if there is none: a count is negative, or the
  /// smallest and the largest value lie in other bins than the outermost.
  static Result<Histogram> restore(std::span<const int64_t> counts,
                                   float minimum, float maximum);

  /// Adds values. NotFinite with the index of the first NaN or infinity;
  /// nothing is added then.
  std::optional<Error> add(std::span<const float> values,
                           ThreadCount threads = {});
  void merge(const Histogram &other);

  int64_t count() const { return total; }
  /// The smallest and largest value; +infinity and -infinity without values.
  float minimum() const { return low; }
  float maximum() const { return high; }

  double binWidth() const;
  /// Values in [i * binWidth, (i + 1) * binWidth) for i >= 0; mirrored for
  /// i < 0, bin -1 being the one next to zero.
  int64_t binCount(int64_t i) const { return bins[binsPerSide + i]; }
  /// Of all bins, from the one of the smallest values on.
  std::span<const int64_t> counts() const { return bins; }

  /// The value that `percent` (0 to 100) of all values are not above, evenly
  /// spread in its bin and never outside of [minimum, maximum]; 0 without
  /// values.
  double percentile(double percent) const;
  /// The same of the magnitudes.
  double magnitudePercentile(double percent) const;

  /// The magnitude at which to clip for a symmetric code with `levels` levels
  /// on each side of zero (128 for 8 bits): the one for which the clipped and
  /// quantized distribution is nearest, in relative entropy, to the
  /// clipped one. S. Migacz, "8-bit Inference with TensorRT", GTC 2017. The
  /// smallest such threshold; 0 without values. The bin next to zero counts as
  /// much as its neighbour, or the zeros of a ReLU would hide all else.
  double entropyThreshold(int64_t levels = 128) const;

private:
  /// Takes values with these extremes into the range.
  void widen(float least, float most);
  /// The place in `bins` of a value in the range.
  int64_t binOf(float value, double perUnit) const;
  /// Doubles the range until it is 2^exponent.
  void growTo(int newExponent);
  /// Counts of |x|, binsPerSide of them.
  std::vector<int64_t> magnitudes() const;

  static constexpr int noExponent = std::numeric_limits<int>::min();

  std::vector<int64_t> bins = std::vector<int64_t>(2 * binsPerSide);
  /// Of the range; noExponent as long as all values are zero.
  int exponent = noExponent;
  int64_t total = 0;
  float low = std::numeric_limits<float>::infinity();
  float high = -std::numeric_limits<float>::infinity();
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_HISTOGRAM_H
