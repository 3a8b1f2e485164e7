//===- RangeRules.h - From ranges of values to parameters -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_RANGERULES_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_RANGERULES_H

#include "Ranges.h"
#include "lowbit/Numerics/Format.h"

#include <bit>
#include <cmath>

namespace lowbit::numerics {

/// What has to be known of the values of a block.
Ranges::Kind rangesFor(const Format &format, RangeKind kind);

/// 2^(floor(log2 magnitude) - floor(log2 largest)), 0 for 0.
inline float exponentScale(float magnitude, float largest) {
  if (magnitude == 0)
    return 0;
  // The exponents as they are stored, where there is one.
  int of = std::bit_cast<int32_t>(magnitude) >> 23;
  int exponent = of - (std::bit_cast<int32_t>(largest) >> 23) + 127;
  if (of > 0 && exponent > 0 && exponent < 255)
    return std::bit_cast<float>(exponent << 23);
  return std::ldexp(1.0f, std::ilogb(magnitude) - std::ilogb(largest));
}

/// The zero points of `n` blocks from their stored scales and the lower ends
/// of their ranges, which only MinMax reads.
void findZeroPoints(const Codec &codec, RangeKind kind, const float *lows,
                    const float *scales, int64_t n, int8_t *zeroPoints);

/// The offsets likewise, as they are stored. The first that is too large for
/// its type, or -1.
int64_t findOffsets(const Codec &codec, ScaleType type, const float *lows,
                    const float *scales, int64_t n, float *offsets);

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_RANGERULES_H
