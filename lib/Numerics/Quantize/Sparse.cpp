//===- Sparse.cpp - Quantizing the values that are kept -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kept values of a pattern are a tensor of their own, with blocks of their
// own (keptFormat), so whatever works on tensors works on them. Those of a
// bitmap have no such shape: the tensor is encoded as if it were dense, and the
// codes of what is kept are moved together.
//
//===----------------------------------------------------------------------===//

#include "Sparse.h"

#include "../Finite.h"
#include "../KeptRanks.h"
#include "../PatternRuns.h"
#include "BookCodecs.h"
#include "RunEncoder.h"
#include "lowbit/Numerics/Packing.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <algorithm>
#include <memory>
#include <utility>

using namespace lowbit::numerics;

/// A format for its tensor with zeros for what is not kept.
static Format denseFormat(Format format) {
  format.sparsity = {};
  return format;
}

namespace {

/// The values that a pattern keeps, as a tensor of their own, and their places.
struct KeptValues {
  std::span<const float> values;
  std::vector<int8_t> positions;

  /// `mask` has the form of the pattern; an empty one is magnitudeMask().
  KeptValues(std::span<const float> all, std::span<const uint8_t> mask,
             ShapeRef shape, const Sparsity &pattern, ThreadCount threads) {
    int64_t count = numElements(pattern.keptShape(shape));
    // All is written, so none is set to zero before.
    storage = std::make_unique_for_overwrite<float[]>(count);
    values = {storage.get(), static_cast<size_t>(count)};
    positions.resize(count);
    forEachRunLanes(shape, pattern, threads, [&](const RunLanes &runs) {
      static thread_local RunSlots slots;
      if (mask.empty())
        slots.keepLargest(all.data(), runs);
      else
        slots.keepMarked(mask.data(), runs);
      slots.gather(all.data(), runs, storage.get(), positions.data());
    });
  }

private:
  std::unique_ptr<float[]> storage;
};

} // namespace

/// Work items of about as many elements.
static constexpr int64_t grainElements = 65536;

/// The codes that a bitmap keeps, side by side.
static std::vector<int8_t> compact(std::span<const int8_t> codes,
                                   std::span<const uint8_t> mask,
                                   int64_t codeBytes, ThreadCount threads) {
  KeptRanks ranks(mask, threads);
  std::vector<int8_t> kept(ranks.total() * codeBytes);
  parallelFor(threads, mask.size(), grainElements,
              [&](int64_t begin, int64_t end) {
                std::vector<int8_t> own((end - begin) * codeBytes);
                int64_t count = compactKept(codes.data() + begin * codeBytes,
                                            mask.data() + begin, end - begin,
                                            codeBytes, own.data());
                std::copy_n(own.data(), count * codeBytes,
                            kept.data() + ranks.before(begin) * codeBytes);
              });
  return kept;
}

/// Decodes what a bitmap keeps; `out` is zeros.
static void dequantizeBitmap(const UnpackedParts &parts, ShapeRef shape,
                             const Format &format, std::span<float> out,
                             ThreadCount threads) {
  auto granularity = Granularity::get(shape, format.blockShape);
  BookCodecs books(shape, format, parts.books);
  std::span<const uint8_t> mask(
      reinterpret_cast<const uint8_t *>(parts.bitmap.data()),
      parts.bitmap.size());
  KeptRanks ranks(mask, threads);
  int64_t codeBytes = format.codec->codeBytes(), kept = format.sparsity.kept;
  RowView view(*granularity, RowView::Rows::LastAxis);
  int64_t length = view.rowLength();
  int64_t grain =
      std::max<int64_t>(grainElements / std::max<int64_t>(length, 1), 1);
  parallelFor(threads, view.numRows(), grain, [&](int64_t begin, int64_t end) {
    int8_t codes[Codec::mostCodeBytes * chunkSize];
    float decoded[chunkSize];
    for (int64_t row = begin; row < end; ++row)
      for (int64_t j = 0; j < length; j += chunkSize) {
        int64_t n = std::min(chunkSize, length - j), first = row * length + j;
        // A code stands for those that are not kept, too, up to the next one; a
        // bitmap of more bits than there are codes keeps the first of them.
        int64_t rank = ranks.before(first);
        for (int64_t i = 0; i < n; ++i) {
          std::copy_n(parts.codes.data() + std::min(rank, kept - 1) * codeBytes,
                      codeBytes, codes + i * codeBytes);
          rank += mask[first + i];
        }
        int64_t scale = view.scaleRow(row) * view.scalesPerRow();
        books.forEachRun(
            row, j, n, [&](const Codec &codec, int64_t offset, int64_t count) {
              RunDecoder(codec, parts)
                  .decode(codes + offset * codeBytes, j + offset, count,
                          view.rowBlock(), scale, decoded + offset);
            });
        rank = ranks.before(first);
        for (int64_t i = 0; i < n; ++i)
          if (mask[first + i] && rank++ < kept)
            out[first + i] = decoded[i];
      }
  });
}

std::optional<Error> lowbit::numerics::dequantizeSparse(PartsView parts,
                                                        ShapeRef shape,
                                                        const Format &format,
                                                        std::span<float> out,
                                                        ThreadCount threads) {
  const Sparsity &sparsity = format.sparsity;
  std::fill(out.begin(), out.end(), 0.0f);
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    Result<UnpackedParts> unpacked = unpackParts(parts, shape, format, threads);
    if (!unpacked)
      return unpacked.error();
    if (sparsity.kept != 0)
      dequantizeBitmap(*unpacked, shape, format, out, threads);
    return std::nullopt;
  }
  Shape keptShape = sparsity.keptShape(shape);
  std::vector<int8_t> positions(numElements(keptShape));
  unpackRows(parts[PartKind::Positions].data(), PackedRows(keptShape),
             sparsity.positionBits(), /*isSigned=*/false, positions.data(),
             threads);
  std::vector<float> kept(positions.size());
  parts[PartKind::Positions] = {};
  if (auto error =
          dequantize(parts, keptShape, keptFormat(format), kept, threads))
    return error;
  forEachRunLanes(shape, sparsity, threads, [&](const RunLanes &runs) {
    for (int64_t k = 0; k < runs.kept; ++k)
      for (int64_t lane = 0; lane < runs.lanes; ++lane) {
        int64_t from = runs.keptValue(lane, k);
        int64_t at = static_cast<uint8_t>(positions[from]);
        out[runs.value(lane, std::min(at, runs.count - 1))] = kept[from];
      }
  });
  return std::nullopt;
}

Result<UnpackedParts>
lowbit::numerics::encodeSparse(BlockParameters parameters,
                               std::span<const float> values,
                               std::span<const uint8_t> mask, ShapeRef shape,
                               const Format &format, ThreadCount threads) {
  const Sparsity &sparsity = format.sparsity;
  if (!mask.empty())
    if (auto error = verifyMask(mask, shape, sparsity, threads))
      return std::move(*error);
  if (auto error = checkFinite(values, threads))
    return std::move(*error);
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    std::vector<uint8_t> largest;
    if (mask.empty()) {
      largest = magnitudeMask(values, shape, sparsity, threads);
      mask = largest;
    }
    Result<UnpackedParts> parts = encodeWith(
        std::move(parameters), values, shape, denseFormat(format), threads);
    if (!parts)
      return parts.error();
    parts->codes =
        compact(parts->codes, mask, format.codec->codeBytes(), threads);
    parts->bitmap.resize(mask.size());
    std::transform(mask.begin(), mask.end(), parts->bitmap.begin(),
                   [](uint8_t keep) { return keep != 0; });
    return parts;
  }
  KeptValues kept(values, mask, shape, sparsity, threads);
  Result<UnpackedParts> parts =
      encodeWith(std::move(parameters), kept.values, sparsity.keptShape(shape),
                 keptFormat(format), threads);
  if (parts)
    parts->positions = std::move(kept.positions);
  return parts;
}

/// InvalidFormat or NotFinite where values are not those of a tensor.
static std::optional<Error> verifyValues(std::span<const float> values,
                                         ShapeRef shape, ThreadCount threads) {
  if (std::cmp_not_equal(values.size(), numElements(shape)))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(values.size()) +
                     " values given for a tensor of " +
                     std::to_string(numElements(shape)) + " elements"};
  return checkFinite(values, threads);
}

Result<BlockParameters> lowbit::numerics::chooseForKept(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const ParameterChooser &chooser, ThreadCount threads) {
  if (auto error = verifyValues(values, shape, threads))
    return std::move(*error);
  const Sparsity &sparsity = format.sparsity;
  if (sparsity.kind == Sparsity::Kind::Pattern) {
    KeptValues kept(values, {}, shape, sparsity, threads);
    kept.positions = {};
    return chooser(kept.values, sparsity.keptShape(shape), keptFormat(format));
  }
  std::vector<uint8_t> mask = magnitudeMask(values, shape, sparsity, threads);
  std::vector<float> seen(values.size());
  zeroOthers(values.data(), mask.data(), seen.size(), seen.data());
  return chooser(seen, shape, denseFormat(format));
}

std::vector<float>
lowbit::numerics::weightsOfKept(const ErrorWeights &weights,
                                std::span<const float> values, ShapeRef shape,
                                const Sparsity &sparsity, ThreadCount threads) {
  std::vector<float> result(values.size(), 1.0f);
  if (!weights.elements.empty())
    result.assign(weights.elements.begin(), weights.elements.end());
  if (!weights.channels.empty()) {
    int64_t stride = numElements(shape.subspan(weights.axis + 1));
    int64_t length = shape[weights.axis];
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = weights.channels[i / stride % length];
  }
  if (sparsity.isDense())
    return result;
  std::vector<uint8_t> mask = magnitudeMask(values, shape, sparsity, threads);
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = mask[i] ? result[i] : 0.0f;
  return result;
}

std::optional<Error>
lowbit::numerics::quantizeSparse(std::span<const float> values, ShapeRef shape,
                                 const Format &format, RangeKind kind,
                                 ThreadCount threads, MutablePartsView parts) {
  if (auto error = verifyValues(values, shape, threads))
    return error;
  const Sparsity &sparsity = format.sparsity;
  if (sparsity.kind == Sparsity::Kind::Pattern) {
    KeptValues kept(values, {}, shape, sparsity, threads);
    Shape keptShape = sparsity.keptShape(shape);
    packRows(kept.positions.data(), PackedRows(keptShape),
             sparsity.positionBits(), parts[PartKind::Positions].data(),
             threads);
    kept.positions = {};
    parts[PartKind::Positions] = {};
    return quantizeRoundToNearest(kept.values, keptShape, keptFormat(format),
                                  kind, threads, parts);
  }
  std::vector<uint8_t> mask = magnitudeMask(values, shape, sparsity, threads);
  packRows(reinterpret_cast<const int8_t *>(mask.data()), PackedRows(shape), 1,
           parts[PartKind::Bitmap].data(), threads);
  return quantizeMasked(values, mask, shape, denseFormat(format), kind, threads,
                        parts);
}
