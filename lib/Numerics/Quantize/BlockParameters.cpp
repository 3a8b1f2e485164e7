//===- BlockParameters.cpp - What the elements of a block share -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <atomic>
#include <cmath>
#include <utility>

using namespace lowbit::numerics;

Result<BlockParameters>
lowbit::numerics::chooseParameters(std::span<const float> values,
                                   ShapeRef shape, const Format &format,
                                   RangeKind kind, ThreadCount threads) {
  // Ranges are read at the speed of memory; the codes that come along cost
  // little beside what the callers do.
  Result<Parts> parts =
      quantizeRoundToNearest(values, shape, format, threads, kind);
  if (!parts)
    return parts.error();
  Result<UnpackedParts> unpacked = unpackParts(*parts, shape, format);
  if (!unpacked)
    return unpacked.error();
  return BlockParameters{std::move(unpacked->scales),
                         std::move(unpacked->zeroPoints)};
}

static Error invalid(std::string what, size_t actual, int64_t expected) {
  return {Error::Kind::InvalidFormat,
          std::to_string(actual) + ' ' + std::move(what) +
              " given where the format needs " + std::to_string(expected)};
}

Result<UnpackedParts>
lowbit::numerics::encodeWith(BlockParameters parameters,
                             std::span<const float> values, ShapeRef shape,
                             const Format &format, ThreadCount threads) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  if (std::cmp_not_equal(values.size(), granularity->numElements()))
    return invalid("values", values.size(), granularity->numElements());
  int64_t count = granularity->numScales();
  if (std::cmp_not_equal(parameters.scales.size(), count))
    return invalid("scales", parameters.scales.size(), count);
  int64_t zeroPoints = format.hasZeroPoint ? count : 0;
  if (std::cmp_not_equal(parameters.zeroPoints.size(), zeroPoints))
    return invalid("zero points", parameters.zeroPoints.size(), zeroPoints);

  UnpackedParts parts;
  int64_t codeBytes = format.codec->codeBytes();
  parts.codes.resize(values.size() * codeBytes);
  const float *scales = parameters.scales.data();
  const int8_t *zeros =
      format.hasZeroPoint ? parameters.zeroPoints.data() : nullptr;
  RowView view(*granularity, RowView::Rows::Longest);
  int64_t length = view.rowLength();
  int64_t grain = std::max<int64_t>(65536 / std::max<int64_t>(length, 1), 1);
  std::atomic<int64_t> firstBad = INT64_MAX;
  parallelFor(threads, view.numRows(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float *x = values.data() + row * length;
      int64_t scale = view.scaleRow(row) * view.scalesPerRow();
      format.codec->encodeRow(x, length, view.rowBlock(), scales + scale,
                              zeros ? zeros + scale : nullptr,
                              parts.codes.data() + row * length * codeBytes);
      for (int64_t j = 0; j < length; ++j) {
        if (std::isfinite(x[j]))
          continue;
        int64_t known = firstBad, index = row * length + j;
        while (index < known && !firstBad.compare_exchange_weak(known, index)) {
        }
        break;
      }
    }
  });
  if (firstBad != INT64_MAX) {
    int64_t index = firstBad;
    return notFiniteError(values[index], index);
  }
  parts.scales = std::move(parameters.scales);
  parts.zeroPoints = std::move(parameters.zeroPoints);
  return parts;
}
