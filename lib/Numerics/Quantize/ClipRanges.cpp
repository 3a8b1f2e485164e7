//===- ClipRanges.cpp - Scales of ranges that leave values out ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ClipRanges.h"

#include "../Finite.h"
#include "BlockReader.h"
#include "Sparse.h"

#include <cmath>
#include <utility>

using namespace lowbit::numerics;

static Error invalid(std::string message) {
  return {Error::Kind::InvalidFormat, std::move(message)};
}

/// The granularity, if there are as many values as the shape says.
static Result<Granularity> granularityOf(std::span<const float> values,
                                         ShapeRef shape, ShapeRef blockShape) {
  auto granularity = Granularity::get(shape, blockShape);
  if (granularity &&
      std::cmp_not_equal(values.size(), granularity->numElements()))
    return invalid(std::to_string(values.size()) +
                   " values given for a tensor of " +
                   std::to_string(granularity->numElements()) + " elements");
  return granularity;
}

/// The value at `place`, from 0 to n - 1, in the order of x, between two where
/// it is not an integer. Reorders x.
static float valueAt(std::span<float> x, double place) {
  size_t below = static_cast<size_t>(place);
  auto at = x.begin() + below;
  std::nth_element(x.begin(), at, x.end());
  double fraction = place - static_cast<double>(below), value = *at;
  if (fraction > 0)
    value += fraction * (*std::min_element(at + 1, x.end()) - value);
  return static_cast<float>(value);
}

Result<BlockRanges> lowbit::numerics::percentileRanges(
    std::span<const float> values, ShapeRef shape, ShapeRef blockShape,
    double percentile, PercentileKind kind, ThreadCount threads) {
  if (!(percentile > 0 && percentile <= 100))
    return invalid("percentile " + std::to_string(percentile) +
                   " is not above 0 and at most 100");
  auto granularity = granularityOf(values, shape, blockShape);
  if (!granularity)
    return granularity.error();
  if (auto error = checkFinite(values, threads))
    return std::move(*error);

  BlockReader reader(*granularity);
  int64_t count = reader.numBlocks(), slot = reader.slotSize();
  BlockRanges ranges{std::vector<float>(count), std::vector<float>(count)};
  auto work = [&](int64_t begin, int64_t end) {
    std::vector<float> buffer;
    const float *slots = reader.read(values.data(), begin, end - begin, buffer);
    // A copy in any case: finding a percentile reorders.
    std::vector<float> x;
    for (int64_t b = begin; b < end; ++b) {
      const float *block = slots + (b - begin) * slot;
      x.assign(block, block + reader.size(b));
      if (x.empty())
        continue;
      double last = static_cast<double>(x.size()) - 1;
      if (kind == PercentileKind::Magnitude) {
        for (float &value : x)
          value = std::fabs(value);
        ranges.high[b] = valueAt(x, last * percentile / 100);
        ranges.low[b] = -ranges.high[b];
      } else {
        ranges.high[b] = valueAt(x, last * (100 + percentile) / 200);
        ranges.low[b] = valueAt(x, last * (100 - percentile) / 200);
      }
    }
  };
  parallelFor(threads, count, reader.groupSize(), work);
  return ranges;
}

std::optional<Error> lowbit::numerics::clampToRanges(std::span<float> values,
                                                     ShapeRef shape,
                                                     ShapeRef blockShape,
                                                     const BlockRanges &ranges,
                                                     ThreadCount threads) {
  auto granularity = granularityOf(values, shape, blockShape);
  if (!granularity)
    return granularity.error();
  for (const std::vector<float> *bounds : {&ranges.low, &ranges.high})
    if (std::cmp_not_equal(bounds->size(), granularity->numScales()))
      return invalid(std::to_string(bounds->size()) + " ranges given for " +
                     std::to_string(granularity->numScales()) + " blocks");
  RowView view(*granularity, RowView::Rows::Longest);
  int64_t length = view.rowLength(), width = view.rowBlock();
  int64_t grain = std::max<int64_t>(65536 / std::max<int64_t>(length, 1), 1);
  parallelFor(threads, view.numRows(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t block = view.scaleRow(row) * view.scalesPerRow();
      float *x = values.data() + row * length;
      for (int64_t j = 0; j < length; j += width, ++block) {
        float low = ranges.low[block], high = ranges.high[block];
        for (int64_t i = j; i < std::min(j + width, length); ++i)
          x[i] = x[i] < low ? low : x[i] > high ? high : x[i];
      }
    }
  });
  return std::nullopt;
}

Result<BlockParameters> lowbit::numerics::chooseClippedParameters(
    std::span<const float> values, ShapeRef shape, const Format &format,
    RangeKind kind, const BlockRanges &ranges, ThreadCount threads) {
  std::vector<float> clamped(values.begin(), values.end());
  if (auto error =
          clampToRanges(clamped, shape, format.blockShape, ranges, threads))
    return std::move(*error);
  return chooseParameters(clamped, shape, format, kind, threads);
}

ParameterChooser lowbit::numerics::percentileChooser(
    double percentile, std::optional<RangeKind> kind, ThreadCount threads) {
  return [=](std::span<const float> values, ShapeRef shape,
             const Format &format) -> Result<BlockParameters> {
    if (!format.sparsity.isDense())
      return chooseForKept(values, shape, format,
                           percentileChooser(percentile, kind, threads),
                           threads);
    RangeKind chosen = kind.value_or(format.defaultRangeKind());
    PercentileKind percentileKind = chosen == RangeKind::MinMax
                                        ? PercentileKind::TwoSided
                                        : PercentileKind::Magnitude;
    auto ranges = percentileRanges(values, shape, format.blockShape, percentile,
                                   percentileKind, threads);
    if (!ranges)
      return ranges.error();
    return chooseClippedParameters(values, shape, format, chosen, *ranges,
                                   threads);
  };
}
