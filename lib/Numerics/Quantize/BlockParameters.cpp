//===- BlockParameters.cpp - What the elements of a block share -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "BookCodecs.h"
#include "RunEncoder.h"
#include "Sparse.h"
#include "StoredParameters.h"

#include <algorithm>
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
  return static_cast<BlockParameters &&>(*unpacked);
}

Result<std::vector<BlockParameters>>
lowbit::numerics::chooseByEachRange(std::span<const float> values,
                                    ShapeRef shape, const Format &format,
                                    ThreadCount threads) {
  std::vector<RangeKind> kinds{format.defaultRangeKind()};
  for (RangeKind kind : {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax,
                         RangeKind::Mean, RangeKind::Exponent})
    if (kind != kinds.front())
      kinds.push_back(kind);
  std::vector<BlockParameters> found;
  std::optional<Error> firstError;
  for (RangeKind kind : kinds) {
    auto parameters = chooseParameters(values, shape, format, kind, threads);
    if (parameters)
      found.push_back(std::move(*parameters));
    else if (!firstError)
      firstError = parameters.error();
  }
  if (found.empty())
    return std::move(*firstError);
  return found;
}

std::optional<Error> lowbit::numerics::roundScales(BlockParameters &parameters,
                                                   const Format &format) {
  int64_t tooLarge = -1;
  std::span<float> scales = parameters.scales;
  bool hasZero = format.hasZero();
  if (const auto &nesting = format.nestedScales) {
    parameters.nestedScales.resize(nesting->count(scales.size()));
    tooLarge = roundNestedScales(scales, format.scaleType, *nesting,
                                 parameters.nestedScales, hasZero);
  } else {
    tooLarge = roundScales(scales, format.scaleType,
                           smallScales(format.scaleType, hasZero));
  }
  if (tooLarge < 0)
    tooLarge = firstOverflowing(scales, format);
  if (tooLarge < 0)
    return std::nullopt;
  return scaleOverflowError(tooLarge, format);
}

float lowbit::numerics::largestMultiple(const Format &format) {
  const Codec &codec = *format.codec;
  if (format.hasZeroPoint)
    return static_cast<float>(codec.codeMax() - codec.codeMin());
  // Learned levels are not known, and of the size of their values; what 16 bits
  // hold reaches far beyond the values that a scale is found from.
  if (format.books || codec.bits() > 8)
    return 1;
  return std::max(std::fabs(codec.minValue()), codec.maxValue());
}

int64_t lowbit::numerics::firstOverflowing(std::span<const float> scales,
                                           const Format &format) {
  float multiple = largestMultiple(format);
  auto first = std::ranges::find_if(
      scales, [&](float scale) { return std::isinf(scale * multiple); });
  return first == scales.end() ? -1 : first - scales.begin();
}

std::string lowbit::numerics::describeProductOverflow(const Format &format) {
  ScaleType type =
      format.nestedScales ? format.nestedScales->type : format.scaleType;
  bool reaches = type == ScaleType::F32 || type == ScaleType::BF16 ||
                 type == ScaleType::F8E8M0FNU;
  float multiple = largestMultiple(format);
  if (!reaches || multiple == 1)
    return {};
  std::string number = std::to_string(multiple);
  number.erase(number.find_last_not_of('0') + 1);
  if (number.back() == '.')
    number.pop_back();
  return std::string("its product with its ") +
         (format.hasZeroPoint ? "number of steps, " : "largest level, ") +
         number + ", is too large for f32";
}

Error lowbit::numerics::scaleOverflowError(int64_t scale,
                                           const Format &format) {
  if (std::string why = describeProductOverflow(format); !why.empty())
    return {Error::Kind::ScaleOverflow,
            "the scale of block " + std::to_string(scale) +
                " is too large: " + why,
            scale};
  std::string text =
      "the scale of block " + std::to_string(scale) + " is too large for its";
  ScaleType type = format.scaleType;
  if (format.nestedScales) {
    text += " nested";
    type = format.nestedScales->type;
  }
  return {Error::Kind::ScaleOverflow,
          text + " type " + std::string(scaleTypeName(type)), scale};
}

Result<UnpackedParts> lowbit::numerics::encodeWith(
    BlockParameters parameters, std::span<const float> values, ShapeRef shape,
    const Format &format, ThreadCount threads, std::span<const uint8_t> mask) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  if (std::cmp_not_equal(values.size(), granularity->numElements()))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(values.size()) +
                     " values given where the format needs " +
                     std::to_string(granularity->numElements())};
  if (auto error = verifyCounts(parameters, *granularity, format))
    return std::move(*error);
  if (!format.sparsity.isDense())
    return encodeSparse(std::move(parameters), values, mask, shape, format,
                        threads);

  BookCodecs books(shape, format, parameters.books);
  if (int64_t book = books.firstUseless(); book >= 0)
    return Error{Error::Kind::InvalidFormat,
                 "book " + std::to_string(book) + " has no finite level", book};
  UnpackedParts parts{std::move(parameters), {}};
  int64_t codeBytes = format.codec->codeBytes();
  parts.codes.resize(values.size() * codeBytes);
  // Books are found by the rows of the last axis.
  RowView view(*granularity,
               format.books ? RowView::Rows::LastAxis : RowView::Rows::Longest);
  int64_t length = view.rowLength();
  int64_t grain = std::max<int64_t>(65536 / std::max<int64_t>(length, 1), 1);
  std::atomic<int64_t> firstBad = INT64_MAX;
  parallelFor(threads, view.numRows(), grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float *x = values.data() + row * length;
      int64_t scale = view.scaleRow(row) * view.scalesPerRow();
      int8_t *codes = parts.codes.data() + row * length * codeBytes;
      for (int64_t j = 0; j < length; j += chunkSize)
        books.forEachRun(
            row, j, std::min(chunkSize, length - j),
            [&](const Codec &codec, int64_t offset, int64_t count) {
              int64_t begin = j + offset;
              RunEncoder(codec, parts)
                  .encode(x + begin, begin, count, view.rowBlock(), scale,
                          codes + begin * codeBytes);
            });
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
  return parts;
}
