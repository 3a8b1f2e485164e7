//===- RangeRules.cpp - From ranges of values to parameters ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RangeRules.h"

#include <algorithm>
#include <bit>
#include <cmath>

using namespace lowbit::numerics;

Ranges::Kind lowbit::numerics::rangesFor(const Format &format, RangeKind kind) {
  switch (kind) {
  case RangeKind::AbsMax:
  case RangeKind::Exponent:
    return Ranges::Kind::Magnitude;
  case RangeKind::Full:
    return Ranges::Kind::AroundZero;
  case RangeKind::MinMax:
    return format.offsetType ? Ranges::Kind::Extremes
                             : Ranges::Kind::AroundZero;
  case RangeKind::Mean:
    return Ranges::Kind::Sum;
  }
  __builtin_unreachable();
}

void lowbit::numerics::findZeroPoints(const Codec &codec, RangeKind kind,
                                      const float *lows, const float *scales,
                                      int64_t n, int8_t *zeroPoints) {
  if (kind != RangeKind::MinMax) {
    std::fill_n(zeroPoints, n, static_cast<int8_t>(codec.midCode()));
    return;
  }
  float low = codec.codeMin(), high = codec.codeMax();
  for (int64_t i = 0; i < n; ++i) {
    float zeroPoint = low - lows[i] / scales[i];
    // Clamped first: the bounds are integers, and the result fits an int. It is
    // no number where the scale has overflowed, which is an error later.
    zeroPoint = std::nearbyint(std::min(std::max(low, zeroPoint), high));
    zeroPoints[i] = static_cast<int8_t>(static_cast<int>(zeroPoint));
  }
}

int64_t lowbit::numerics::findOffsets(const Codec &codec, ScaleType type,
                                      const float *lows, const float *scales,
                                      int64_t n, float *offsets) {
  int64_t tooLarge = -1;
  for (int64_t i = 0; i < n; ++i) {
    offsets[i] = roundToScaleType(lows[i] - scales[i] * codec.minValue(), type);
    if (!std::isfinite(offsets[i]) && tooLarge < 0)
      tooLarge = i;
  }
  return tooLarge;
}
