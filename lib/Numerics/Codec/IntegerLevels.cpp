//===- IntegerLevels.cpp - Levels that are integers -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/IntegerLevels.h"

#include <algorithm>
#include <cmath>

using namespace lowbit::numerics;

int IntegerLevels::least() const { return *std::ranges::min_element(levels); }

int IntegerLevels::largest() const { return *std::ranges::max_element(levels); }

/// Whether a level times 2^shift is an integer.
static bool isInteger(double level, int shift) {
  double scaled = std::ldexp(level, shift);
  return scaled == std::trunc(scaled);
}

int lowbit::numerics::largestInteger(const Codec &codec, bool hasZeroPoint) {
  if (hasZeroPoint)
    return codec.codeMax() - codec.codeMin();
  if (codec.isAffine())
    return std::max(-codec.codeMin(), codec.codeMax());
  std::optional<IntegerLevels> table = IntegerLevels::get(codec);
  return table ? std::max(-table->least(), table->largest()) : 0;
}

std::optional<IntegerLevels> IntegerLevels::get(const Codec &codec) {
  // Learned codecs have no levels of their own.
  if (codec.isAffine() || codec.bits() > 4 || std::isnan(codec.maxValue()))
    return std::nullopt;
  IntegerLevels result;
  // 2^-126 is the least power of two that is no denormal number.
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    while (!isInteger(codec.decode(code), result.shift))
      if (++result.shift > 126)
        return std::nullopt;
  result.levels.resize(size_t(1) << codec.bits());
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code) {
    double level = std::ldexp(codec.decode(code), result.shift);
    if (level < -128 || level > 127)
      return std::nullopt;
    result.levels[code] = static_cast<int8_t>(level);
  }
  return result;
}
