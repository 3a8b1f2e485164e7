//===- Table.h - Codes that stand for levels of a table ---------*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_TABLE_H
#define LOWBIT_NUMERICS_CODEC_TABLE_H

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Result.h"

#include <span>
#include <vector>

namespace lowbit::numerics {

/// Which of two neighbouring levels a value in their middle goes to.
enum class TieRule {
  Lower,
  /// The level whose code is even, as IEEE 754 rounds.
  EvenCode,
};

/// A codec that looks codes up: every codec of at most 8 bits that is not
/// affine. Decoding reads `levels()[code]`. Encoding counts the thresholds
/// below a value, which numbers the levels in ascending order, and reads the
/// code of that level. So at run time no codec needs more than these two steps,
/// however its levels were found.
class TableCodec final : public Codec {
public:
  /// The codec in which `levels[code]` is the value of each code, with the
  /// nearest level for each value. Levels that are not finite, and all but the
  /// first of equal ones, are decoded but never chosen. InvalidFormat unless
  /// there are 2 to 256 levels, one of them finite.
  static Result<std::shared_ptr<const TableCodec>>
  get(std::string name, std::vector<float> levels, TieRule ties);

  /// The same with thresholds of its own: `thresholds[i]` is the largest float
  /// that goes to level i or below, of the ascending, finite `levels`.
  static Result<std::shared_ptr<const TableCodec>>
  get(std::string name, std::vector<float> levels,
      std::vector<float> thresholds);

  /// The value of each code; 2^bits of them, NaN for codes beyond codeMax.
  std::span<const float> levels() const { return table; }
  /// One less than there are different levels; strictly ascending.
  std::span<const float> thresholds() const {
    return {bounds.data(), numThresholds};
  }
  /// The codes of the different finite levels, in ascending order of the
  /// levels: encoding gives `sortedCodes()[number of thresholds below]`.
  std::span<const uint8_t> sortedCodes() const { return order; }
  /// Whether codes ascend with their levels.
  bool isSorted() const { return sorted; }

  using Codec::decodeRow;
  using Codec::encodeRow;
  float decode(int code) const override { return table[code]; }
  void encodeRow(const float *x, size_t n, size_t block, const float *scales,
                 const int8_t *zeroPoints, int8_t *codes) const override;
  void decodeRow(const int8_t *codes, size_t n, size_t block,
                 const float *scales, const int8_t *zeroPoints,
                 float *out) const override;

private:
  struct Order {
    std::vector<uint8_t> codes;
    float least, largest;
  };
  TableCodec(std::string name, std::vector<float> levels, Order order,
             std::vector<float> thresholds);
  static Result<Order> sort(const std::string &name,
                            const std::vector<float> &levels);
  int8_t codeOf(float x) const;

  std::vector<float> table;
  std::vector<uint8_t> order;
  size_t numThresholds;
  /// The thresholds, padded with infinity to one less than a power of two.
  std::vector<float> bounds;
  /// The order, padded likewise.
  std::vector<uint32_t> padded;
  bool sorted;
};

using TableCodecRef = std::shared_ptr<const TableCodec>;

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_TABLE_H
