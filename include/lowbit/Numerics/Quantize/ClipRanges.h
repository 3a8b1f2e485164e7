//===- ClipRanges.h - Scales of ranges that leave values out ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_CLIPRANGES_H
#define LOWBIT_NUMERICS_QUANTIZE_CLIPRANGES_H

#include "lowbit/Numerics/Quantize/BlockParameters.h"

#include <optional>

namespace lowbit::numerics {

/// An interval per block, in the order of Granularity's scales.
struct BlockRanges {
  std::vector<float> low;
  std::vector<float> high;
};

/// Which values a percentile is one of.
enum class PercentileKind {
  /// [-m, m] with m the percentile of |x|.
  Magnitude,
  /// As much left out below as above: the percentiles (100 - p) / 2 and
  /// (100 + p) / 2 of x.
  TwoSided,
};

/// The range of each block that `percentile` percent of its values lie in,
/// 0 < percentile <= 100, interpolated linearly between neighbours in order
/// (numpy's "linear"). [0, 0] for a block without elements.
///
/// Errors: InvalidFormat if the percentile, shapes or sizes do not fit;
/// NotFinite with the index of the first NaN or infinity.
Result<BlockRanges> percentileRanges(std::span<const float> values,
                                     ShapeRef shape, ShapeRef blockShape,
                                     double percentile, PercentileKind kind,
                                     ThreadCount threads = {});

/// Moves every value into the range of its block. InvalidFormat if shapes and
/// sizes do not fit.
std::optional<Error> clampToRanges(std::span<float> values, ShapeRef shape,
                                   ShapeRef blockShape,
                                   const BlockRanges &ranges,
                                   ThreadCount threads = {});

/// The parameters that `kind` finds when only what lies in `ranges` counts:
/// those of clamped values, so that they follow the format in everything.
Result<BlockParameters>
chooseClippedParameters(std::span<const float> values, ShapeRef shape,
                        const Format &format, RangeKind kind,
                        const BlockRanges &ranges, ThreadCount threads = {});

/// Chooses by percentileRanges of the format's blocks and then by `kind` (none:
/// the format's default), two-sided for MinMax and by magnitude for the others.
ParameterChooser percentileChooser(double percentile,
                                   std::optional<RangeKind> kind = std::nullopt,
                                   ThreadCount threads = {});

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_CLIPRANGES_H
