//===- Dequantize.cpp - Stored parts back to f32 --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Packing.h"

#include "BookCodecs.h"
#include "RunEncoder.h"
#include "Sparse.h"
#include "StoredParameters.h"

#include <algorithm>
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
      : parts(parts), codec(*format.codec),
        view(granularity, rowsOfCodes(granularity, format)),
        places(granularity.shape(), codec.bits()),
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
    int8_t buffer[Codec::mostCodeBytes * (chunkSize + 8)];
    int64_t element = offset(place), before = places.codesBefore(element);
    unpackRow(parts[PartKind::Codes].data() + places.byte(element),
              before + place.length, codec.bits(), codec.isSigned(), buffer);
    const int8_t *codes = buffer + before * this->codec.codeBytes();
    int64_t first = view.scaleRow(place.row) * view.scalesPerRow();
    books.forEachRun(place.row, place.begin, place.length,
                     [&](const Codec &codec, int64_t offset, int64_t length) {
                       RunDecoder(codec, parameters)
                           .decode(codes + offset * codec.codeBytes(),
                                   place.begin + offset, length,
                                   view.rowBlock(), first, out + offset);
                     });
  }

private:
  PartsView parts;
  const Codec &codec;
  RowView view;
  CodePlaces places;
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

std::optional<Error> lowbit::numerics::dequantizeInPieces(
    PartsView parts, ShapeRef shape, const Format &format,
    int64_t pieceElements, ThreadCount threads,
    const std::function<void(int64_t, std::span<const float>)> &fn) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return error;
  std::vector<float> piece;
  if (!format.sparsity.isDense()) {
    piece.resize(numElements(shape));
    if (auto error = dequantizeSparse(parts, shape, format, piece, threads))
      return error;
    fn(0, piece);
    return std::nullopt;
  }
  auto granularity = Granularity::get(shape, format.blockShape);
  ChunkDecoder decoder(parts, *granularity, format);
  int64_t chunks = decoder.numChunks();
  for (int64_t chunk = 0; chunk < chunks;) {
    int64_t first = decoder.offset(decoder.place(chunk)), size = 0;
    int64_t begin = chunk;
    for (; chunk < chunks && size < pieceElements; ++chunk)
      size += decoder.place(chunk).length;
    piece.resize(size);
    parallelFor(
        threads, chunk - begin, decoder.grain(), [&](int64_t from, int64_t to) {
          for (int64_t i = begin + from; i < begin + to; ++i) {
            auto place = decoder.place(i);
            decoder.decode(place, piece.data() + decoder.offset(place) - first);
          }
        });
    fn(first, piece);
  }
  return std::nullopt;
}

Result<bool> lowbit::numerics::decodesToZeros(PartsView parts, ShapeRef shape,
                                              const Format &format) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return std::move(*error);
  auto areZeros = [](std::span<const float> values) {
    return std::ranges::all_of(values, [](float x) { return x == 0; });
  };
  if (!format.sparsity.isDense()) {
    std::vector<float> decoded(numElements(shape));
    if (auto error = dequantizeSparse(parts, shape, format, decoded, 1))
      return std::move(*error);
    return areZeros(decoded);
  }
  auto granularity = Granularity::get(shape, format.blockShape);
  ChunkDecoder decoder(parts, *granularity, format);
  for (int64_t i = 0; i < decoder.numChunks(); ++i) {
    float decoded[chunkSize];
    auto place = decoder.place(i);
    decoder.decode(place, decoded);
    if (!areZeros({decoded, static_cast<size_t>(place.length)}))
      return false;
  }
  return true;
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
