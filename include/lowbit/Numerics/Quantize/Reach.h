//===- Reach.h - Values that are too large for codes ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_REACH_H
#define LOWBIT_NUMERICS_QUANTIZE_REACH_H

#include "lowbit/Numerics/Quantize/Parts.h"

#include <span>
#include <string>

namespace lowbit::numerics {

/// The index of the first of `values` that lies beyond the numbers of a float
/// codec, where no scale brings it into their reach; -1 if there is none, or
/// the format has scales or is not of floats.
int64_t firstBeyondReach(std::span<const float> values, const Format &format);

/// What a user should know of such a value and can do about it, as the end of a
/// sentence: "holds 1e+06 at [2, 17], too large for codes in f16 ...".
std::string describeBeyondReach(float value, std::string_view place,
                                const Format &format);

/// What became of values on the side of zero that a dense format has no codes
/// for: all levels of its codec have one sign, nothing shifts them, and the
/// sign of a block's scale is that of its largest values.
struct OneSide {
  /// Values that are not zero and on the other side, of how many.
  int64_t lost = 0, elements = 0;

  /// Adds further values: the tensor, or some of its blocks. InvalidFormat if
  /// shape, format and sizes do not fit.
  std::optional<Error> add(std::span<const float> values, PartsView parts,
                           ShapeRef shape, const Format &format);

  /// What a user should know of it and can do about it, as the end of a
  /// sentence: "loses 1203 of 2405 values (50 %), which become 0 ..."; "" for
  /// nothing.
  std::string describe(const Format &format) const;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_REACH_H
