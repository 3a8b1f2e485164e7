//===- RoundToNearest.cpp - Quantize each value to the nearest code -------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Memory traffic decides the speed, so a block's values are read once: the
// tensor is cut into tiles (all rows that share a row of scales, times some of
// their columns) that fit the second-level cache; a tile's ranges are gathered
// row by row, its scales found, and its rows encoded and packed while the
// values are still in cache. Blocks too large for that (a scale per tensor, or
// per column of a tall matrix) are gathered in parallel pieces first.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Packing.h"

#include "Ranges.h"
#include "RowChunks.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// Elements of a tile: 512 KiB of values.
constexpr int64_t tileElements = 128 * 1024;
/// With narrower tiles than this the rows of a tile are too far apart for the
/// caches' associativity and the prefetcher.
constexpr int64_t minTileWidth = 128;
/// Width of the tiles of blocks that do not fit the cache anyhow.
constexpr int64_t streamWidth = 8192;
/// A tile of more elements than this is worked on by several threads.
constexpr int64_t largeTile = 4 * tileElements;

class Quantizer {
public:
  Quantizer(const float *values, const Granularity &granularity,
            const Format &format, RangeKind kind, ThreadCount threads,
            MutablePartsView parts)
      : values(values), granularity(granularity), format(format),
        codec(*format.codec), kind(kind), threads(threads), parts(parts),
        view(granularity, rowsFor(granularity, codec.bits())) {}

  std::optional<Error> run();

private:
  /// The rows of scale row `scaleRow`, columns [begin, end).
  struct Tile {
    int64_t scaleRow, begin, end;
  };
  /// Rows [firstRow, endRow) of a tile's rows, columns [begin, end).
  struct Piece {
    int64_t firstRow, endRow, begin, end;
  };
  /// A thread's memory for one tile at a time.
  struct Scratch {
    Ranges ranges;
    std::vector<float> scales;
  };

  /// Rows can be joined where the packed bytes of one end on a byte boundary.
  static RowView::Rows rowsFor(const Granularity &granularity, unsigned bits) {
    ShapeRef shape = granularity.shape();
    return shape.empty() || shape.back() % 8 * bits % 8 == 0
               ? RowView::Rows::Longest
               : RowView::Rows::LastAxis;
  }

  void chooseTileWidth();
  Scratch makeScratch() const;
  Tile tileAt(int64_t index) const;
  int64_t tileScales(const Tile &tile) const;
  int64_t firstScale(const Tile &tile) const;

  void quantizeTile(const Tile &tile, Scratch &scratch);
  void quantizeLargeTile(const Tile &tile, Scratch &scratch);
  std::vector<Piece> cutTile(const Tile &tile) const;
  void gather(const Tile &tile, const Piece &piece, Ranges &ranges) const;
  void chooseScales(const Tile &tile, Scratch &scratch);
  void encode(const Tile &tile, const Piece &piece, const float *scales);
  float largestSigned(int64_t scale, const Ranges &ranges, size_t i) const;
  void noteOverflow(int64_t scale);
  std::optional<Error> firstError() const;

  const float *values;
  const Granularity &granularity;
  const Format &format;
  const Codec &codec;
  RangeKind kind;
  ThreadCount threads;
  MutablePartsView parts;
  RowView view;

  int64_t tileWidth = 1;
  int64_t tilesPerRow = 0;
  /// A byte per zero point, packed at the end: tiles do not end on the byte
  /// boundaries of packed zero points.
  std::vector<int8_t> zeroPoints;
  std::atomic<bool> notFinite = false;
  static constexpr int64_t none = INT64_MAX;
  std::atomic<int64_t> overflowingScale = none;
};

} // namespace

void Quantizer::chooseTileWidth() {
  int64_t length = view.rowLength(), block = view.rowBlock();
  tileWidth = std::max<int64_t>(length, 1);
  // A tile holds whole blocks and whole packed bytes.
  int64_t unit = std::lcm(block, 8);
  if (block < length && unit < length && view.numScaleRows()) {
    int64_t width = tileElements / std::max<int64_t>(view.numRowsOf(0), 1);
    if (width < minTileWidth)
      width = streamWidth;
    tileWidth = std::min(std::max<int64_t>(width / unit, 1) * unit, length);
  }
  tilesPerRow = (length + tileWidth - 1) / tileWidth;
}

Quantizer::Scratch Quantizer::makeScratch() const {
  size_t blocks = (tileWidth - 1) / view.rowBlock() + 1;
  return {Ranges(blocks, /*onlyMagnitude=*/kind == RangeKind::AbsMax),
          std::vector<float>(blocks)};
}

Quantizer::Tile Quantizer::tileAt(int64_t index) const {
  int64_t begin = index % tilesPerRow * tileWidth;
  return {index / tilesPerRow, begin,
          std::min(begin + tileWidth, view.rowLength())};
}

int64_t Quantizer::tileScales(const Tile &tile) const {
  return (tile.end - tile.begin - 1) / view.rowBlock() + 1;
}

int64_t Quantizer::firstScale(const Tile &tile) const {
  return tile.scaleRow * view.scalesPerRow() + tile.begin / view.rowBlock();
}

/// Gathers the ranges of a piece, block by block of the tile. A piece that
/// begins inside a block is part of a tile of one block.
void Quantizer::gather(const Tile &tile, const Piece &piece,
                       Ranges &ranges) const {
  for (int64_t i = piece.firstRow; i < piece.endRow; ++i) {
    const float *row = values + view.rowOf(tile.scaleRow, i) * view.rowLength();
    ranges.addRow(row + piece.begin, piece.end - piece.begin, view.rowBlock());
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
  granularity.forEachRunOfBlock(scale, [&](int64_t offset, int64_t length) {
    for (int64_t j = offset; result == 0 && j < offset + length; ++j)
      if (std::fabs(values[j]) == high)
        result = values[j];
  });
  return result;
}

void Quantizer::noteOverflow(int64_t scale) {
  int64_t known = overflowingScale;
  while (scale < known &&
         !overflowingScale.compare_exchange_weak(known, scale)) {
  }
}

/// From the ranges of a tile's blocks to stored scales (kept as f32 in
/// scratch) and zero points.
void Quantizer::chooseScales(const Tile &tile, Scratch &scratch) {
  int64_t count = tileScales(tile), first = firstScale(tile);
  Ranges &ranges = scratch.ranges;
  float *scales = scratch.scales.data();
  if (!ranges.allFinite()) {
    notFinite = true;
    std::fill_n(scales, count, 1.0f);
    return;
  }
  int middle = format.hasZeroPoint ? codec.midCode() : 0;
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
    float divisor = codec.codeMax() - codec.codeMin();
    for (int64_t i = 0; i < count; ++i)
      scales[i] = (ranges.high(i) - ranges.low(i)) / divisor;
    break;
  }
  }

  // Through the stored bytes: what is used from here on is what a reader of
  // the file will see.
  size_t bytes = scaleTypeBytes(format.scaleType);
  uint8_t *stored = parts[PartKind::Scales].data() + first * bytes;
  storeScales(scales, count, format.scaleType, stored);
  loadScales(stored, count, format.scaleType, scales);
  for (int64_t i = 0; i < count; ++i) {
    if (std::isinf(scales[i]))
      noteOverflow(first + i);
    if (scales[i] == 0) {
      scales[i] = 1;
      storeScales(scales + i, 1, format.scaleType, stored + i * bytes);
    }
  }

  if (!format.hasZeroPoint)
    return;
  int8_t *bytesOut = zeroPoints.data() + first;
  if (kind != RangeKind::MinMax) {
    std::fill_n(bytesOut, count, static_cast<int8_t>(middle));
    return;
  }
  float low = codec.codeMin(), high = codec.codeMax();
  for (int64_t i = 0; i < count; ++i) {
    float zeroPoint = low - ranges.low(i) / scales[i];
    // Clamped first: the bounds are integers, and the result fits an int.
    zeroPoint = std::nearbyint(std::clamp(zeroPoint, low, high));
    bytesOut[i] = static_cast<int8_t>(static_cast<int>(zeroPoint));
  }
}

/// Encodes and packs a piece. `scales` are the tile's.
void Quantizer::encode(const Tile &tile, const Piece &piece,
                       const float *scales) {
  unsigned bits = codec.bits();
  int64_t block = view.rowBlock();
  int64_t rowBytes = packedRowBytes(view.rowLength(), bits);
  const int8_t *zeros =
      format.hasZeroPoint ? zeroPoints.data() + firstScale(tile) : nullptr;
  int8_t buffer[chunkSize];
  int64_t codeBytes = codec.codeBytes();
  for (int64_t i = piece.firstRow; i < piece.endRow; ++i) {
    int64_t row = view.rowOf(tile.scaleRow, i);
    const float *x = values + row * view.rowLength();
    uint8_t *out = parts[PartKind::Codes].data() + row * rowBytes;
    for (int64_t j = piece.begin; j < piece.end; j += chunkSize) {
      int64_t n = std::min(chunkSize, piece.end - j);
      // j is a multiple of 8, so the chunk begins on a byte.
      uint8_t *bytes = out + j / 8 * bits;
      int8_t *codes = bits >= 8 ? reinterpret_cast<int8_t *>(bytes) : buffer;
      forEachAlignedRun(j - tile.begin, n, block, [&](const AlignedRun &run) {
        codec.encodeRow(x + j + run.offset, run.length, run.block,
                        scales + run.scale, zeros ? zeros + run.scale : nullptr,
                        codes + run.offset * codeBytes);
      });
      if (bits < 8)
        packRow(codes, n, bits, bytes);
    }
  }
}

void Quantizer::quantizeTile(const Tile &tile, Scratch &scratch) {
  Piece whole{0, view.numRowsOf(tile.scaleRow), tile.begin, tile.end};
  scratch.ranges.reset(tileScales(tile));
  gather(tile, whole, scratch.ranges);
  chooseScales(tile, scratch);
  encode(tile, whole, scratch.scales.data());
}

/// Pieces of about tileElements, by rows; by columns where there is one row of
/// one block (a row of several blocks is small, or else left whole).
std::vector<Quantizer::Piece> Quantizer::cutTile(const Tile &tile) const {
  int64_t rows = view.numRowsOf(tile.scaleRow), width = tile.end - tile.begin;
  std::vector<Piece> pieces;
  // Each piece has ranges of its own until they are merged, hence not more
  // pieces than keep the threads busy.
  int64_t most = 8 * static_cast<int64_t>(threads.get());
  int64_t wanted = std::clamp<int64_t>(rows * width / tileElements, 1, most);
  if (rows == 1 && tileScales(tile) == 1) {
    int64_t step = ((width - 1) / wanted / chunkSize + 1) * chunkSize;
    for (int64_t j = tile.begin; j < tile.end; j += step)
      pieces.push_back({0, 1, j, std::min(j + step, tile.end)});
    return pieces;
  }
  int64_t step = (rows - 1) / wanted + 1;
  for (int64_t i = 0; i < rows; i += step)
    pieces.push_back({i, std::min(i + step, rows), tile.begin, tile.end});
  return pieces;
}

void Quantizer::quantizeLargeTile(const Tile &tile, Scratch &scratch) {
  std::vector<Piece> pieces = cutTile(tile);
  int64_t count = pieces.size();
  std::vector<Ranges> partial(
      count, Ranges(tileScales(tile), kind == RangeKind::AbsMax));
  parallelFor(threads, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      gather(tile, pieces[i], partial[i]);
  });
  scratch.ranges.reset(tileScales(tile));
  for (const Ranges &ranges : partial)
    scratch.ranges.merge(ranges);
  chooseScales(tile, scratch);
  parallelFor(threads, count, 1, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      encode(tile, pieces[i], scratch.scales.data());
  });
}

std::optional<Error> Quantizer::firstError() const {
  if (notFinite) {
    auto finite = [](float x) { return std::isfinite(x); };
    const float *place =
        std::find_if_not(values, values + granularity.numElements(), finite);
    return notFiniteError(*place, place - values);
  }
  if (overflowingScale != none) {
    int64_t scale = overflowingScale;
    return Error{Error::Kind::ScaleOverflow,
                 "scale " + std::to_string(scale) +
                     " is too large for its type " +
                     std::string(scaleTypeName(format.scaleType)),
                 scale};
  }
  return std::nullopt;
}

std::optional<Error> Quantizer::run() {
  if (format.hasZeroPoint)
    zeroPoints.resize(granularity.numScales());
  if (granularity.numElements() == 0) {
    // No values, but perhaps scales: those of blocks of zeros.
    std::vector<float> ones(granularity.numScales(), 1.0f);
    storeScales(ones.data(), ones.size(), format.scaleType,
                parts[PartKind::Scales].data());
    int zero = kind == RangeKind::MinMax ? codec.codeMin() : codec.midCode();
    std::fill(zeroPoints.begin(), zeroPoints.end(), static_cast<int8_t>(zero));
  } else {
    chooseTileWidth();
    int64_t tiles = view.numScaleRows() * tilesPerRow;
    int64_t elements = view.numRowsOf(0) * tileWidth;
    if (elements > largeTile) {
      Scratch scratch = makeScratch();
      for (int64_t i = 0; i < tiles; ++i)
        quantizeLargeTile(tileAt(i), scratch);
    } else {
      int64_t grain = std::max<int64_t>(tileElements / elements, 1);
      parallelFor(threads, tiles, grain, [&](int64_t begin, int64_t end) {
        Scratch scratch = makeScratch();
        for (int64_t i = begin; i < end; ++i)
          quantizeTile(tileAt(i), scratch);
      });
    }
  }
  if (auto error = firstError())
    return error;
  if (format.hasZeroPoint) {
    Shape shape = granularity.scaleShape();
    int64_t length = shape.empty() ? 1 : shape.back();
    if (length)
      packRows(zeroPoints.data(), zeroPoints.size() / length, length,
               codec.bits(), parts[PartKind::ZeroPoints].data());
  }
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
  auto granularity = Granularity::get(shape, format.blockShape);
  return Quantizer(values.data(), *granularity, format, kind, threads, parts)
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
