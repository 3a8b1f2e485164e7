//===- RoundToNearest.cpp - Quantize each value to the nearest code -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory traffic decides the speed, so a block's values are read once: the
// tensor is cut into tiles (all rows that share a row of scales, times some of
// their columns) that fit a cache; a tile's ranges are gathered row by row, its
// scales found, and its rows encoded and packed while the values are still in
// cache. Blocks too large for that (a scale per tensor, or per column of a tall
// matrix) are gathered in parallel pieces first, and encoded last pieces first:
// those are the ones a cache still holds. While codes that are computed quickly
// are, the values of a later tile are already asked for.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Packing.h"

#include "../Finite.h"
#include "../KeptRanks.h"
#include "RangeRules.h"
#include "RunEncoder.h"
#include "Sparse.h"
#include "StoredParameters.h"
#include "Tiling.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <utility>

using namespace lowbit::numerics;

namespace {

class Quantizer {
public:
  /// With a mask, what it does not keep counts as zero and has no codes.
  Quantizer(const float *values, const Granularity &granularity,
            const Format &format, RangeKind kind, ThreadCount threads,
            MutablePartsView parts, std::span<const uint8_t> mask = {})
      : mask(mask), ranks(mask, threads), values(values),
        granularity(granularity), format(format), codec(*format.codec),
        kind(kind), threads(threads), parts(parts),
        view(granularity, rowsOfCodes(granularity, format)),
        tiling(view, threads, codec.isAffine() && mask.empty()),
        places(granularity.shape(), codec.bits()), encoder(codec, parameters) {}

  std::optional<Error> run();

private:
  using Tile = Tiling::Tile;
  using Piece = Tiling::Piece;
  /// A thread's memory for one tile at a time.
  struct Scratch {
    Ranges ranges;
    std::vector<float> scales, lows;
  };

  Scratch makeScratch() const;

  template <typename Fn>
  void forEachTile(Fn &&fn);
  void gatherTile(const Tile &tile, Scratch &scratch);
  void gatherLargeTile(const Tile &tile, Scratch &scratch);
  /// Values [first, first + n), in `buffer` if some are not kept.
  const float *read(int64_t first, int64_t n, float *buffer) const {
    if (mask.empty())
      return values + first;
    zeroOthers(values + first, mask.data() + first, n, buffer);
    return buffer;
  }
  void askFor(int64_t first, int64_t n) const;
  void storeKept(const int8_t *codes, int64_t first, int64_t n);
  void encodeTile(const Tile &tile, Scratch &scratch) {
    encode(tile, tiling.wholePiece(tile), scratch.scales.data());
  }
  void encodeLargeTile(const Tile &tile, Scratch &scratch);
  void gather(const Tile &tile, const Piece &piece, Ranges &ranges) const;
  bool findExactScales(const Tile &tile, const Ranges &ranges, float *scales);
  void findShifts(int64_t first, int64_t count, const float *scales,
                  const float *lows);
  void chooseScales(const Tile &tile, Scratch &scratch);
  void fillEmpty();
  void quantizeNested();
  void packSpread();
  void encode(const Tile &tile, const Piece &piece, const float *scales);
  float largestSigned(int64_t scale, const Ranges &ranges, size_t i) const;
  static void note(std::atomic<int64_t> &first, int64_t index);
  std::optional<Error> firstError() const;

  std::span<const uint8_t> mask;
  KeptRanks ranks;
  const float *values;
  const Granularity &granularity;
  const Format &format;
  const Codec &codec;
  const SmallScales small = smallScales(format.scaleType, format.hasZero());
  RangeKind kind;
  ThreadCount threads;
  MutablePartsView parts;
  RowView view;
  Tiling tiling;
  CodePlaces places;
  /// How many values later than those that are encoded memory is read; 0 where
  /// arithmetic, not memory, takes the time, or tiles are not consecutive.
  int64_t readAhead = tiling.distanceToRead();
  /// A byte per code where bytes of packed ones hold codes of several rows;
  /// they are packed at the end.
  std::vector<int8_t> spread;

  /// Zero points, packed at the end since tiles do not end on the byte
  /// boundaries of packed ones, and offsets. Scales only where they have nested
  /// ones; else those of a tile are in scratch.
  BlockParameters parameters;
  RunEncoder encoder;
  std::atomic<bool> notFinite = false;
  static constexpr int64_t none = INT64_MAX;
  std::atomic<int64_t> overflowingScale = none;
  std::atomic<int64_t> overflowingOffset = none;
};

} // namespace

Quantizer::Scratch Quantizer::makeScratch() const {
  size_t blocks = tiling.mostScales();
  return {Ranges(blocks, rangesFor(format, kind)), std::vector<float>(blocks),
          std::vector<float>(kind == RangeKind::MinMax ? blocks : 0)};
}

/// Gathers the ranges of a piece, block by block of the tile. A piece that
/// begins inside a block is part of a tile of one block.
void Quantizer::gather(const Tile &tile, const Piece &piece,
                       Ranges &ranges) const {
  int64_t width = piece.end - piece.begin;
  std::vector<float> buffer(mask.empty() ? 0 : width);
  // Of what is not kept, a buffer holds one row.
  int64_t most = mask.empty() ? Ranges::together : 1;
  std::array<const float *, Ranges::together> rows;
  for (int64_t i = piece.firstRow; i < piece.endRow; i += most) {
    int64_t count = std::min(most, piece.endRow - i);
    for (int64_t k = 0; k < count; ++k) {
      int64_t row = view.rowOf(tile.scaleRow, i + k) * view.rowLength();
      rows[k] = read(row + piece.begin, width, buffer.data());
    }
    ranges.addRows(std::span(rows.data(), count), width, view.rowBlock());
  }
}

/// The first value of largest magnitude in a block.
float Quantizer::largestSigned(int64_t scale, const Ranges &ranges,
                               size_t i) const {
  float low = ranges.low(i), high = ranges.high(i);
  if (-low != high || high == 0)
    return -low > high ? low : high;
  // Both signs reach it: only the order in the block can tell.
  float result = 0;
  granularity.findRunOfBlock(scale, [&](int64_t offset, int64_t length) {
    auto end = values + offset + length;
    auto place = std::find_if(values + offset, end, [&](float value) {
      return std::fabs(value) == high;
    });
    if (place != end)
      result = *place;
    return place != end;
  });
  return result;
}

void Quantizer::note(std::atomic<int64_t> &first, int64_t index) {
  int64_t known = first;
  while (index < known && !first.compare_exchange_weak(known, index)) {
  }
}

/// The scales of a tile's blocks before they are rounded to their type; false
/// if a value is not finite.
bool Quantizer::findExactScales(const Tile &tile, const Ranges &ranges,
                                float *scales) {
  int64_t count = tiling.scales(tile), first = tiling.firstScale(tile);
  if (!ranges.allFinite()) {
    notFinite = true;
    std::fill_n(scales, count, 1.0f);
    return false;
  }
  float middle = format.hasZeroPoint ? codec.midCode() : 0;
  switch (kind) {
  case RangeKind::AbsMax: {
    float divisor = codec.maxValue() - middle;
    for (int64_t i = 0; i < count; ++i)
      scales[i] = ranges.magnitude(i) / divisor;
    break;
  }
  case RangeKind::Full: {
    float divisor = codec.minValue() - middle;
    for (int64_t i = 0; i < count; ++i)
      scales[i] = largestSigned(first + i, ranges, i) / divisor;
    break;
  }
  case RangeKind::MinMax: {
    float divisor = codec.maxValue() - codec.minValue();
    for (int64_t i = 0; i < count; ++i)
      scales[i] = (ranges.high(i) - ranges.low(i)) / divisor;
    break;
  }
  case RangeKind::Mean:
    for (int64_t i = 0; i < count; ++i)
      scales[i] =
          static_cast<float>(ranges.sum(i) / tiling.blockElements(tile, i));
    break;
  case RangeKind::Exponent:
    for (int64_t i = 0; i < count; ++i)
      scales[i] = exponentScale(ranges.magnitude(i), codec.maxValue());
    break;
  }
  return true;
}

/// Zero points or offsets of the blocks from `first` on, from their stored
/// scales and, with minmax, the lower ends of their ranges.
void Quantizer::findShifts(int64_t first, int64_t count, const float *scales,
                           const float *lows) {
  if (format.offsetType) {
    float *offsets = parameters.offsets.data() + first;
    int64_t tooLarge =
        findOffsets(codec, *format.offsetType, lows, scales, count, offsets);
    if (tooLarge >= 0)
      note(overflowingOffset, first + tooLarge);
    storeScales(offsets, count, *format.offsetType,
                parts[PartKind::Offsets].data() +
                    first * scaleTypeBytes(*format.offsetType));
  }
  if (format.hasZeroPoint)
    findZeroPoints(codec, kind, lows, scales, count,
                   parameters.zeroPoints.data() + first);
}

/// From the ranges of a tile's blocks to stored scales (kept as f32 in
/// scratch), zero points and offsets.
void Quantizer::chooseScales(const Tile &tile, Scratch &scratch) {
  int64_t count = tiling.scales(tile), first = tiling.firstScale(tile);
  float *scales = scratch.scales.data();
  if (!findExactScales(tile, scratch.ranges, scales))
    return;
  // What is used from here on is what a reader of the file will see.
  int64_t tooLarge =
      roundScales(std::span(scales, count), format.scaleType, small);
  if (tooLarge < 0)
    tooLarge = firstOverflowing(std::span(scales, count), format);
  if (tooLarge >= 0)
    note(overflowingScale, first + tooLarge);
  storeScales(scales, count, format.scaleType,
              parts[PartKind::Scales].data() +
                  first * scaleTypeBytes(format.scaleType));
  for (int64_t i = 0; !scratch.lows.empty() && i < count; ++i)
    scratch.lows[i] = scratch.ranges.low(i);
  findShifts(first, count, scales, scratch.lows.data());
}

/// Begins to read the values that follow those of [first, first + n) at the
/// distance of readAhead. Few at a time: a processor waits when more are asked
/// for than it can keep track of.
void Quantizer::askFor(int64_t first, int64_t n) const {
  constexpr int64_t line = 64 / sizeof(float);
  const float *later = values + first + readAhead;
  if (first + readAhead + n <= granularity.numElements())
    for (int64_t i = 0; i < n; i += line)
      __builtin_prefetch(later + i, /*rw=*/0, /*locality=*/2);
}

/// Encodes and packs a piece. `scales` are the tile's.
void Quantizer::encode(const Tile &tile, const Piece &piece,
                       const float *scales) {
  unsigned bits = codec.bits();
  int8_t buffer[Codec::mostCodeBytes * chunkSize];
  float keptValues[chunkSize];
  int64_t most = readAhead ? chunkSize / 8 : chunkSize;
  for (int64_t i = piece.firstRow; i < piece.endRow; ++i) {
    int64_t row = view.rowOf(tile.scaleRow, i);
    int64_t first = row * view.rowLength();
    for (int64_t j = piece.begin; j < piece.end; j += most) {
      int64_t n = std::min(most, piece.end - j);
      if (readAhead)
        askFor(first + j, n);
      // j is a multiple of 8: where rows begin with a byte, the chunk does.
      int8_t *codes = buffer;
      uint8_t *bytes = nullptr;
      if (mask.empty() && spread.empty()) {
        bytes = parts[PartKind::Codes].data() + places.byte(first + j);
        if (bits >= 8)
          codes = reinterpret_cast<int8_t *>(bytes);
      } else if (mask.empty()) {
        codes = spread.data() + first + j;
      }
      encoder.encode(read(first + j, n, keptValues), j - tile.begin, n,
                     view.rowBlock(), scales, tiling.firstScale(tile), codes);
      if (bytes && bits < 8)
        packRow(codes, n, bits, bytes);
      if (!mask.empty())
        storeKept(codes, first + j, n);
    }
  }
}

/// Moves the codes of kept values [first, first + n) to where they are stored,
/// or packed from.
void Quantizer::storeKept(const int8_t *codes, int64_t first, int64_t n) {
  int64_t bytes = codec.codeBytes();
  int8_t kept[Codec::mostCodeBytes * chunkSize];
  int64_t count = compactKept(codes, mask.data() + first, n, bytes, kept);
  int8_t *out = spread.empty()
                    ? reinterpret_cast<int8_t *>(parts[PartKind::Codes].data())
                    : spread.data();
  std::copy_n(kept, count * bytes, out + ranks.before(first) * bytes);
}

void Quantizer::gatherTile(const Tile &tile, Scratch &scratch) {
  scratch.ranges.reset(tiling.scales(tile));
  gather(tile, tiling.wholePiece(tile), scratch.ranges);
}

void Quantizer::gatherLargeTile(const Tile &tile, Scratch &scratch) {
  // A sum has an order, so it is not cut.
  if (kind == RangeKind::Mean)
    return gatherTile(tile, scratch);
  std::vector<Piece> pieces = tiling.cut(tile);
  int64_t count = pieces.size();
  std::vector<Ranges> partial(
      count, Ranges(tiling.scales(tile), rangesFor(format, kind)));
  parallelFor(threads, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      gather(tile, pieces[i], partial[i]);
  });
  scratch.ranges.reset(tiling.scales(tile));
  for (const Ranges &ranges : partial)
    scratch.ranges.merge(ranges);
}

void Quantizer::encodeLargeTile(const Tile &tile, Scratch &scratch) {
  std::vector<Piece> pieces = tiling.cut(tile);
  parallelFor(threads, pieces.size(), 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      encode(tile, pieces[pieces.size() - 1 - i], scratch.scales.data());
  });
}

/// Calls `fn(tile, scratch, isLarge)`; large tiles one after the other, since
/// several threads work on each.
template <typename Fn>
void Quantizer::forEachTile(Fn &&fn) {
  bool isLarge = tiling.areLarge();
  parallelFor(isLarge ? 1 : threads, tiling.count(), tiling.grain(),
              [&](int64_t begin, int64_t end) {
                Scratch scratch = makeScratch();
                for (int64_t i = begin; i < end; ++i)
                  fn(tiling.tile(i), scratch, isLarge);
              });
}

std::optional<Error> Quantizer::firstError() const {
  if (notFinite)
    return checkFinite(std::span(values, granularity.numElements()), threads);
  if (overflowingScale != none)
    return scaleOverflowError(overflowingScale, format);
  if (overflowingOffset != none) {
    int64_t index = overflowingOffset;
    return Error{Error::Kind::ScaleOverflow,
                 "the offset of block " + std::to_string(index) +
                     " is too large for its type " +
                     std::string(scaleTypeName(*format.offsetType)),
                 index};
  }
  return std::nullopt;
}

/// Scales of scales depend on all blocks, so the values are read twice: for
/// all scales, and for the codes.
void Quantizer::quantizeNested() {
  std::vector<float> lows(kind == RangeKind::MinMax ? granularity.numScales()
                                                    : 0);
  forEachTile([&](const Tile &tile, Scratch &scratch, bool isLarge) {
    isLarge ? gatherLargeTile(tile, scratch) : gatherTile(tile, scratch);
    int64_t first = tiling.firstScale(tile);
    findExactScales(tile, scratch.ranges, parameters.scales.data() + first);
    for (int64_t i = 0; !lows.empty() && i < tiling.scales(tile); ++i)
      lows[first + i] = scratch.ranges.low(i);
  });
  if (auto error = roundScales(parameters, format))
    overflowingScale = error->index;
  if (firstError())
    return;
  findShifts(0, granularity.numScales(), parameters.scales.data(), lows.data());
  forEachTile([&](const Tile &tile, Scratch &scratch, bool isLarge) {
    std::copy_n(parameters.scales.data() + tiling.firstScale(tile),
                tiling.scales(tile), scratch.scales.data());
    isLarge ? encodeLargeTile(tile, scratch) : encodeTile(tile, scratch);
  });
  storeParameters(parameters, granularity, format, parts);
}

void Quantizer::packSpread() {
  PackedRows rows = mask.empty() ? PackedRows(granularity.shape())
                                 : PackedRows(1, ranks.total());
  if (!spread.empty())
    packRows(spread.data(), rows, codec.bits(), parts[PartKind::Codes].data(),
             threads);
}

/// No values, but perhaps scales: those of blocks of zeros.
void Quantizer::fillEmpty() {
  parameters.scales.assign(granularity.numScales(), 0.0f);
  if (roundScales(parameters, format))
    return;
  int zero = kind == RangeKind::MinMax ? codec.codeMin() : codec.midCode();
  std::fill(parameters.zeroPoints.begin(), parameters.zeroPoints.end(),
            static_cast<int8_t>(zero));
  storeParameters(parameters, granularity, format, parts);
}

std::optional<Error> Quantizer::run() {
  int64_t count = granularity.numScales();
  if (format.hasZeroPoint)
    parameters.zeroPoints.resize(count);
  if (format.offsetType)
    parameters.offsets.resize(count);
  if (granularity.numElements() == 0) {
    fillEmpty();
    return std::nullopt;
  }
  if (!mask.empty() && codec.bits() < 8)
    spread.resize(ranks.total());
  else if (mask.empty() && !places.beginWithBytes(view.rowLength()))
    spread.resize(granularity.numElements());
  if (format.nestedScales) {
    parameters.scales.resize(count);
    quantizeNested();
    packSpread();
    return firstError();
  }
  forEachTile([&](const Tile &tile, Scratch &scratch, bool isLarge) {
    isLarge ? gatherLargeTile(tile, scratch) : gatherTile(tile, scratch);
    chooseScales(tile, scratch);
    isLarge ? encodeLargeTile(tile, scratch) : encodeTile(tile, scratch);
  });
  if (auto error = firstError())
    return error;
  packSpread();
  if (format.hasZeroPoint)
    packZeroPoints(parameters.zeroPoints, granularity, format, parts);
  return std::nullopt;
}

std::optional<Error> lowbit::numerics::quantizeRoundToNearest(
    std::span<const float> values, ShapeRef shape, const Format &format,
    RangeKind kind, ThreadCount threads, MutablePartsView parts) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return error;
  if (auto error = verifyRangeKind(format, kind))
    return error;
  if (std::cmp_not_equal(values.size(), numElements(shape)))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(values.size()) +
                     " values given for a tensor of " +
                     std::to_string(numElements(shape)) + " elements"};
  if (!format.sparsity.isDense())
    return quantizeSparse(values, shape, format, kind, threads, parts);
  auto granularity = Granularity::get(shape, format.blockShape);
  return Quantizer(values.data(), *granularity, format, kind, threads, parts)
      .run();
}

std::optional<Error>
lowbit::numerics::quantizeMasked(std::span<const float> values,
                                 std::span<const uint8_t> mask, ShapeRef shape,
                                 const Format &format, RangeKind kind,
                                 ThreadCount threads, MutablePartsView parts) {
  auto granularity = Granularity::get(shape, format.blockShape);
  return Quantizer(values.data(), *granularity, format, kind, threads, parts,
                   mask)
      .run();
}

Result<Parts> lowbit::numerics::quantizeRoundToNearest(
    std::span<const float> values, ShapeRef shape, const Format &format,
    ThreadCount threads, std::optional<RangeKind> kind) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  Parts parts = Parts::allocate(shape, format);
  if (auto error = quantizeRoundToNearest(
          values, shape, format, kind.value_or(format.defaultRangeKind()),
          threads, parts.view()))
    return std::move(*error);
  return parts;
}
