//===- IntegerLevels.h - Levels that are integers ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_CODEC_INTEGERLEVELS_H
#define LOWBIT_NUMERICS_CODEC_INTEGERLEVELS_H

#include "lowbit/Numerics/Codec/Codec.h"

#include <optional>
#include <vector>

namespace lowbit::numerics {

/// The levels of a table as integers, which products with other codes are exact
/// in: `decode(code) * 2^shift`.
struct IntegerLevels {
  /// Of each of the 2^bits codes; 0 for those that stand for no number.
  std::vector<int8_t> levels;
  /// The smallest that makes all of them integers.
  unsigned shift = 0;

  int least() const;
  int largest() const;

  /// Of a table of at most 16 levels that are, times a power of two from 1 to
  /// 2^126, integers from -128 to 127. Nothing for other codecs.
  static std::optional<IntegerLevels> get(const Codec &codec);
};

/// The largest magnitude of the integers that a tensor's codes stand for: less
/// their zero points if it has these, as IntegerLevels of tables. 0 for codes
/// that stand for no integers.
int largestInteger(const Codec &codec, bool hasZeroPoint);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_CODEC_INTEGERLEVELS_H
