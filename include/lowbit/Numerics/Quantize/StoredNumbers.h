//===- StoredNumbers.h - Numbers that parts may not hold --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_STOREDNUMBERS_H
#define LOWBIT_NUMERICS_QUANTIZE_STOREDNUMBERS_H

#include "lowbit/Numerics/Quantize/Parts.h"

#include <functional>
#include <string>

namespace lowbit::numerics {

/// The type of the numbers in a part, of those that are no bytes.
std::optional<ScaleType> numberType(PartKind kind, const Format &format);

/// A number that no part may hold (C184).
struct BadNumber {
  int64_t index;
  float value;

  /// "NaN", "an infinity" or "0".
  std::string describe() const;
};

/// The first NaN or infinity among the numbers of a part and, among scales and
/// nested scales, the first zero. Those that `isPadding` says true of may be
/// anything.
std::optional<BadNumber>
findBadNumber(PartKind kind, std::span<const uint8_t> bytes, ScaleType type,
              const std::function<bool(int64_t index)> &isPadding = nullptr);

/// InvalidFormat if parts of the right sizes hold such a number.
std::optional<Error> verifyNumbers(PartsView parts, const Format &format);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_STOREDNUMBERS_H
