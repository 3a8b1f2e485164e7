//===- Dequantize.cpp - Stored parts back to f32 --------------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Packing.h"

#include "BookCodecs.h"
#include "Offsets.h"
#include "RowChunks.h"
#include "Sparse.h"
#include "StoredParameters.h"

#include <utility>

using namespace lowbit::numerics;

namespace {

/// Chunks per work item; with short rows an item is as many rows.
constexpr int64_t grainElements = 16 * chunkSize;

/// Decodes a tensor chunk by chunk, chunks numbered in row-major order.
class ChunkDecoder {
public:
  ChunkDecoder(PartsView parts, const Granularity &granularity,
               const Format &format)
      : parts(parts), codec(*format.codec), view(granularity),
        rowBytes(packedRowBytes(view.rowLength(), codec.bits())),
        chunksPerRow((view.rowLength() + chunkSize - 1) / chunkSize),
        parameters(loadParameters(parts, granularity, format)),
        books(granularity.shape(), format, parameters.books) {}

  int64_t numChunks() const { return view.numRows() * chunksPerRow; }

  /// How many chunks are worth a work item. Depends on the shape only.
  int64_t grain() const {
    int64_t elements = std::min(view.rowLength(), chunkSize);
    return std::max<int64_t>(grainElements / std::max<int64_t>(elements, 1), 1);
  }

  struct Place {
    int64_t row, begin, length;
  };

  Place place(int64_t chunk) const {
    int64_t begin = chunk % chunksPerRow * chunkSize;
    return {chunk / chunksPerRow, begin,
            std::min(chunkSize, view.rowLength() - begin)};
  }

  /// Row-major index of the first element of a chunk.
  int64_t offset(const Place &place) const {
    return place.row * view.rowLength() + place.begin;
  }

  void decode(const Place &place, float *out) const {
    int8_t codes[2 * chunkSize];
    unpackRow(parts[PartKind::Codes].data() + place.row * rowBytes +
                  place.begin / 8 * codec.bits(),
              place.length, codec.bits(), codec.isSigned(), codes);
    books.forEachRun(place.row, place.begin, place.length,
                     [&](const Codec &codec, int64_t offset, int64_t length) {
                       decodeRun(codec, place.row, place.begin + offset, length,
                                 codes + offset * codec.codeBytes(),
                                 out + offset);
                     });
  }

private:
  void decodeRun(const Codec &codec, int64_t row, int64_t begin, int64_t length,
                 const int8_t *codes, float *out) const {
    int64_t first = view.scaleRow(row) * view.scalesPerRow();
    const BlockParameters &p = parameters;
    forEachAlignedRun(
        begin, length, view.rowBlock(), [&](const AlignedRun &run) {
          int64_t scale = first + run.scale;
          codec.decodeRow(codes + run.offset * codec.codeBytes(), run.length,
                          run.block, p.scales.data() + scale,
                          p.zeroPoints.empty() ? nullptr
                                               : p.zeroPoints.data() + scale,
                          out + run.offset);
          if (!p.offsets.empty())
            addOffsets(out + run.offset, run.length, run.block,
                       p.offsets.data() + scale);
        });
  }

  PartsView parts;
  const Codec &codec;
  RowView view;
  int64_t rowBytes;
  int64_t chunksPerRow;
  BlockParameters parameters;
  BookCodecs books;
};

} // namespace

static std::optional<Error> verify(PartsView parts, ShapeRef shape,
                                   const Format &format, size_t values) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return error;
  if (std::cmp_not_equal(values, numElements(shape)))
    return Error{Error::Kind::InvalidFormat,
                 "room for " + std::to_string(values) +
                     " values given for a tensor of " +
                     std::to_string(numElements(shape)) + " elements"};
  return std::nullopt;
}

std::optional<Error> lowbit::numerics::dequantize(PartsView parts,
                                                  ShapeRef shape,
                                                  const Format &format,
                                                  std::span<float> out,
                                                  ThreadCount threads) {
  if (auto error = verify(parts, shape, format, out.size()))
    return error;
  if (!format.sparsity.isDense())
    return dequantizeSparse(parts, shape, format, out, threads);
  auto granularity = Granularity::get(shape, format.blockShape);
  ChunkDecoder decoder(parts, *granularity, format);
  parallelFor(threads, decoder.numChunks(), decoder.grain(),
              [&](int64_t begin, int64_t end) {
                for (int64_t i = begin; i < end; ++i) {
                  auto place = decoder.place(i);
                  decoder.decode(place, out.data() + decoder.offset(place));
                }
              });
  return std::nullopt;
}

Result<ErrorStatistics> lowbit::numerics::measureQuantization(
    std::span<const float> values, PartsView parts, ShapeRef shape,
    const Format &format, ThreadCount threads) {
  if (auto error = verify(parts, shape, format, values.size()))
    return std::move(*error);
  if (!format.sparsity.isDense()) {
    std::vector<float> decoded(values.size());
    if (auto error = dequantize(parts, shape, format, decoded, threads))
      return std::move(*error);
    return measureError(values, decoded, threads);
  }
  auto granularity = Granularity::get(shape, format.blockShape);
  ChunkDecoder decoder(parts, *granularity, format);
  int64_t chunks = decoder.numChunks(), grain = decoder.grain();
  // One per work item, merged in their order whoever made them.
  std::vector<ErrorStatistics> statistics((chunks + grain - 1) / grain);
  parallelFor(threads, chunks, grain, [&](int64_t begin, int64_t end) {
    float decoded[chunkSize];
    for (int64_t i = begin; i < end; ++i) {
      auto place = decoder.place(i);
      decoder.decode(place, decoded);
      statistics[begin / grain].add(values.data() + decoder.offset(place),
                                    decoded, place.length);
    }
  });
  ErrorStatistics total;
  for (const ErrorStatistics &part : statistics)
    total.merge(part);
  return total;
}
