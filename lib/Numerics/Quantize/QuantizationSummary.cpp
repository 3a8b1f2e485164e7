//===- QuantizationSummary.cpp - What quantization did --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/QuantizationSummary.h"

#include "BookCodecs.h"
#include "CodeRange.h"
#include "StoredParameters.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <cmath>

using namespace lowbit::numerics;

namespace {

/// Sums of the blocks of a tensor that comes in pieces.
class BlockSums {
public:
  /// `kept` has a byte for each value, not 0 if it is stored, or is empty.
  BlockSums(const Granularity &granularity, const Format &format,
            const BlockParameters &parameters, std::span<const uint8_t> kept)
      : parameters(parameters), kept(kept),
        books(granularity.shape(), format, parameters.books),
        // Books are found by the rows of the last axis.
        view(granularity,
             format.books ? RowView::Rows::LastAxis : RowView::Rows::Longest),
        plain(CodeRange::of(*format.codec)), hasBooks(format.books.has_value()),
        sums(granularity.numScales()) {
    columns = std::max<int64_t>(view.rowBlock(),
                                512 / view.rowBlock() * view.rowBlock());
    scaleRows = std::min<int64_t>(view.numScaleRows(), 16);
    segments = (view.rowLength() + columns - 1) / columns;
    clipped.resize(scaleRows * segments);
  }

  /// Adds values `first` and on, before and after.
  void add(int64_t first, std::span<const float> before,
           std::span<const float> after, ThreadCount threads) {
    int64_t length = view.rowLength(), end = first + before.size();
    // A block belongs to one task, which meets its values in order.
    parallelFor(threads, clipped.size(), 1, [&](int64_t task, int64_t) {
      int64_t segment = task % segments * columns;
      for (int64_t row = first / length; row * length < end; ++row) {
        int64_t scaleRow = view.scaleRow(row), place = row * length;
        if (scaleRow % scaleRows != task / segments)
          continue;
        int64_t from = std::max(segment, first - place);
        int64_t to = std::min({segment + columns, length, end - place});
        if (from < to)
          addRun(row, from, to - from, before.data() + place + from - first,
                 after.data() + place + from - first, clipped[task]);
      }
    });
  }

  int64_t numClipped() const {
    int64_t total = 0;
    for (int64_t count : clipped)
      total += count;
    return total;
  }

  std::vector<BlockError> worst(size_t most) const {
    std::vector<BlockError> errors;
    if (sums.size() < 2)
      return errors;
    for (size_t i = 0; i < sums.size(); ++i)
      if (sums[i].error > 0)
        errors.push_back({static_cast<int64_t>(i),
                          10 * std::log10(sums[i].signal / sums[i].error),
                          sums[i].largest});
    auto isWorse = [](const BlockError &a, const BlockError &b) {
      return std::pair(a.sqnrDb, a.block) < std::pair(b.sqnrDb, b.block);
    };
    size_t count = std::min(most, errors.size());
    std::partial_sort(errors.begin(), errors.begin() + count, errors.end(),
                      isWorse);
    errors.resize(count);
    return errors;
  }

private:
  struct Sums {
    double signal = 0, error = 0;
    float largest = 0;
  };

  void addRun(int64_t row, int64_t begin, int64_t n, const float *before,
              const float *after, int64_t &count) {
    int64_t firstScale = view.scaleRow(row) * view.scalesPerRow();
    int64_t firstElement = row * view.rowLength() + begin;
    books.forEachRun(
        row, begin, n, [&](const Codec &codec, int64_t offset, int64_t length) {
          CodeRange range = hasBooks ? CodeRange::of(codec) : plain;
          for (int64_t i = offset; i < offset + length;) {
            int64_t block = (begin + i) / view.rowBlock();
            int64_t end = std::min(offset + length,
                                   (block + 1) * view.rowBlock() - begin);
            auto [low, high] = limits(codec, range, firstScale + block);
            Sums &sum = sums[firstScale + block];
            for (; i < end; ++i) {
              float error = std::fabs(after[i] - before[i]);
              sum.signal += double(before[i]) * before[i];
              sum.error += double(error) * error;
              sum.largest = std::max(sum.largest, error);
              bool isBeyond = before[i] < low || before[i] > high;
              count += isBeyond && (kept.empty() || kept[firstElement + i]);
            }
          }
        });
  }

  std::pair<double, double> limits(const Codec &codec, const CodeRange &range,
                                   int64_t block) const {
    double scale = parameters.scales[block];
    double zero = parameters.zeroPoints.empty()
                      ? 0
                      : codec.codeFromByte(parameters.zeroPoints[block]);
    double offset = parameters.offsets.empty() ? 0 : parameters.offsets[block];
    // Scales may be negative.
    return std::minmax({scale * (range.least - zero) + offset,
                        scale * (range.largest - zero) + offset});
  }

  const BlockParameters &parameters;
  std::span<const uint8_t> kept;
  BookCodecs books;
  RowView view;
  CodeRange plain;
  bool hasBooks;
  std::vector<Sums> sums;
  /// What a task does: columns of a row, and rows of so many classes.
  int64_t columns, scaleRows, segments;
  /// Of each task.
  std::vector<int64_t> clipped;
};

} // namespace

/// `values` with zeros for what is not finite, which `count` is increased by.
static std::span<const float> finite(std::span<const float> values,
                                     std::vector<float> &storage,
                                     int64_t &count) {
  auto isNotFinite = [](float x) { return !std::isfinite(x); };
  int64_t bad = std::count_if(values.begin(), values.end(), isNotFinite);
  if (bad == 0)
    return values;
  count += bad;
  storage.assign(values.begin(), values.end());
  std::replace_if(storage.begin(), storage.end(), isNotFinite, 0.0f);
  return storage;
}

/// A byte for each value, not 0 if it is kept; empty if the format is dense.
static std::vector<uint8_t> keptValues(const UnpackedParts &parts,
                                       ShapeRef shape,
                                       const Sparsity &sparsity) {
  if (sparsity.kind == Sparsity::Kind::Bitmap)
    return {parts.bitmap.begin(), parts.bitmap.end()};
  std::vector<uint8_t> kept(numElements(shape));
  for (int64_t index : indicesOf(parts.positions, shape, sparsity))
    kept[index] = 1;
  return kept;
}

Result<QuantizationSummary> lowbit::numerics::summarizeQuantization(
    const ValueReader &original, PartsView parts, ShapeRef shape,
    const Format &format, const SummaryOptions &options, ThreadCount threads) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  QuantizationSummary summary;
  summary.elements = granularity->numElements();
  if (summary.elements == 0)
    return summary;

  BlockParameters parameters;
  std::vector<uint8_t> kept;
  if (format.sparsity.isDense()) {
    parameters = loadParameters(parts, *granularity, format);
  } else {
    Result<UnpackedParts> unpacked = unpackParts(parts, shape, format);
    if (!unpacked)
      return unpacked.error();
    kept = keptValues(*unpacked, shape, format.sparsity);
    summary.pruned = std::count(kept.begin(), kept.end(), 0);
    parameters = std::move(*unpacked);
  }
  BlockSums blocks(*granularity, format, parameters, kept);
  Histogram histograms[2];
  std::vector<float> storage[2];
  std::optional<Error> notFinite;
  auto error = dequantizeInPieces(
      parts, shape, format, options.pieceElements, threads,
      [&](int64_t first, std::span<const float> after) {
        std::span<const float> before = finite(
            original(first, after.size()), storage[0], summary.notFiniteBefore);
        summary.error.merge(measureError(before, after, threads));
        blocks.add(first, before, after, threads);
        after = finite(after, storage[1], summary.notFiniteAfter);
        for (auto [histogram, values] :
             {std::pair(&histograms[0], before), {&histograms[1], after}})
          if (auto error = histogram->add(values, threads))
            notFinite = std::move(error);
      });
  if (error || notFinite)
    return std::move(error ? *error : *notFinite);
  summary.clipped = blocks.numClipped();
  summary.worst = blocks.worst(options.worstBlocks);
  summary.bars = compareInBars(histograms[0], histograms[1], options.bars);
  return summary;
}
