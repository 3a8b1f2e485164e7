//===- Underflow.h - Values that are too small for scales -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_UNDERFLOW_H
#define LOWBIT_NUMERICS_QUANTIZE_UNDERFLOW_H

#include "lowbit/Numerics/Quantize/Parts.h"

#include <string>

namespace lowbit::numerics {

/// What became of values that are too small for the type of their scale, or for
/// codes without one.
struct Underflow {
  /// Scales, or where the format has them nested scales, that are the smallest
  /// that (C42) and (C64) give, over values that are not all zero; and how many
  /// scales there are.
  int64_t smallest = 0, scales = 0;
  /// Whether a value is not zero, and whether one beside it decodes to another
  /// than zero.
  bool hasValues = false, hasDecoded = false;

  /// Adds what became of further values: the tensor, or some of its blocks.
  /// InvalidFormat if shape, format and sizes do not fit.
  std::optional<Error> add(std::span<const float> values, PartsView parts,
                           ShapeRef shape, const Format &format);

  /// What a user should know, with what to do about it, as the end of a
  /// sentence: "decodes to zeros alone, ..."; "" if there is nothing.
  std::string describe(const Format &format) const;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_UNDERFLOW_H
