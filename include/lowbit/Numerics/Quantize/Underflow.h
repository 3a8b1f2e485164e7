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
#include <vector>

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

  /// Blocks of nested scales, or else of books, that hold values which are not
  /// zero and decode to zeros alone; and how many blocks there are.
  int64_t lost = 0, blocks = 0;
  /// Of a format without scales and books, the same of the values at one index
  /// of an axis, for each: `lost` and `blocks` are those of axis 0, if further
  /// values follow along it, and these those of the others.
  struct Axis {
    std::vector<uint8_t> hasValues, hasDecoded;
  };
  std::vector<Axis> axes;
  /// Elements that were added.
  int64_t elements = 0;

  /// Adds what became of further values: the tensor, or some of its blocks.
  /// InvalidFormat if shape, format and sizes do not fit.
  std::optional<Error> add(std::span<const float> values, PartsView parts,
                           ShapeRef shape, const Format &format);

  /// What a user should know, with what to do about it, as the end of a
  /// sentence: "decodes to zeros alone, ..."; "" if there is nothing.
  std::string describe(const Format &format) const;

private:
  std::optional<Error> addBlocks(std::span<const float> values, PartsView parts,
                                 ShapeRef shape, const Format &format);
  std::optional<Error> addAxes(std::span<const float> values, PartsView parts,
                               ShapeRef shape, const Format &format);
  std::string describeLost(const Format &format) const;
};

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_UNDERFLOW_H
