//===- Ranges.h - The range of values of each block -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_RANGES_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_RANGES_H

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace lowbit::numerics {

/// A float as an integer of the same order: -NaN < -inf < ... < -0 < +0 < ...
/// < +inf < +NaN. Integer minima and maxima are exact, associative and see
/// NaNs, so ranges can be gathered in any order and checked at the end.
inline int32_t orderedKey(float value) {
  int32_t bits = std::bit_cast<int32_t>(value);
  return bits ^ (bits >> 31 & 0x7fffffff);
}
inline float fromOrderedKey(int32_t key) {
  return std::bit_cast<float>(key ^ (key >> 31 & 0x7fffffff));
}

/// For each of a number of blocks the range of its values.
class Ranges {
public:
  enum class Kind {
    /// max|x| alone, the fastest.
    Magnitude,
    /// The smallest and the largest of the values and zero.
    AroundZero,
    /// The smallest and the largest of the values.
    Extremes,
    /// max|x|, and the sum of |x| in the order of adding.
    Sum,
  };

  Ranges(size_t blocks, Kind kind);

  /// Back to empty blocks; `blocks` at most the number at construction.
  void reset(size_t blocks);

  /// Adds a row of `n` values of which value j belongs to block j / block.
  void addRow(const float *x, size_t n, size_t block);

  /// Rows that are best added at once.
  static constexpr size_t together = 4;
  /// Adds several of them.
  void addRows(std::span<const float *const> rows, size_t n, size_t block);

  /// Not of sums, which depend on the order.
  void merge(const Ranges &other);

  /// Whether all values seen were finite.
  bool allFinite() const;

  /// The ends of the range of block i, of AroundZero and Extremes.
  float low(size_t i) const { return fromOrderedKey(lows[i]); }
  float high(size_t i) const { return fromOrderedKey(highs[i]); }
  /// max|x| of block i.
  float magnitude(size_t i) const {
    return hasEnds() ? std::max(-low(i), high(i)) : fromOrderedKey(highs[i]);
  }
  double sum(size_t i) const { return sums[i]; }

private:
  bool hasEnds() const {
    return kind == Kind::AroundZero || kind == Kind::Extremes;
  }

  Kind kind;
  size_t count;
  std::vector<int32_t> lows;
  std::vector<int32_t> highs;
  std::vector<double> sums;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_RANGES_H
