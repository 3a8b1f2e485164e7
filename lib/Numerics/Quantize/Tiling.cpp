//===- Tiling.cpp - Pieces of a tensor that caches hold -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Tiling.h"

#include "RowChunks.h"

#include <algorithm>
#include <numeric>

using namespace lowbit::numerics;

namespace {

/// Elements of a tile: 512 KiB of values.
constexpr int64_t tileElements = 128 * 1024;
/// A tile of more elements than this (4 MiB of values) is worked on by several
/// threads. Up to it a tile takes its rows whole and stays in the third-level
/// cache: pieces of rows at a distance of a power of two share few sets of the
/// caches, and prefetchers end with a page.
constexpr int64_t largeTile = 8 * tileElements;
/// Tiles for each thread that whole rows have to leave.
constexpr int64_t tilesPerThread = 4;
/// With narrower tiles than this the rows of a tile are too far apart for the
/// caches' associativity and the prefetcher.
constexpr int64_t minTileWidth = 128;
/// Width of the tiles of blocks that do not fit the cache anyhow.
constexpr int64_t streamWidth = 8192;
/// Values at this distance (2 MiB) come in time, and what the processor itself
/// reads ahead is nearer.
constexpr int64_t readAhead = 4 * tileElements;
/// A tile of one row that is read ahead: the first-level cache has room for it
/// (32 KiB), and the next ones are on their way to the second.
constexpr int64_t rowTileElements = 8 * 1024;
constexpr int64_t rowReadAhead = 2 * rowTileElements;

} // namespace

Tiling::Tiling(const RowView &view, ThreadCount threads, bool readsAhead)
    : view(view), threads(threads), readsAhead(readsAhead) {
  int64_t length = view.rowLength(), block = view.rowBlock();
  width = std::max<int64_t>(length, 1);
  // A tile holds whole blocks and whole packed bytes.
  int64_t unit = std::lcm(block, 8);
  int64_t rows = view.numScaleRows() ? view.numRowsOf(0) : 1;
  bool takeRows = rows * length <= largeTile &&
                  view.numScaleRows() >=
                      tilesPerThread * static_cast<int64_t>(threads.get());
  if (block < length && unit < length && view.numScaleRows() && !takeRows) {
    int64_t wanted = rows == 1 && readsAhead
                         ? rowTileElements
                         : tileElements / std::max<int64_t>(rows, 1);
    if (wanted < minTileWidth)
      wanted = streamWidth;
    width = std::min(std::max<int64_t>(wanted / unit, 1) * unit, length);
  }
  tilesPerRow = (length + width - 1) / width;
}

Tiling::Tile Tiling::tile(int64_t index) const {
  int64_t begin = index % tilesPerRow * width;
  return {index / tilesPerRow, begin,
          std::min(begin + width, view.rowLength())};
}

bool Tiling::areLarge() const { return elements() > largeTile; }

int64_t Tiling::grain() const {
  return std::max<int64_t>(tileElements / elements(), 1);
}

int64_t Tiling::distanceToRead() const {
  if (!readsAhead || count() == 0 || areLarge())
    return 0;
  // One row goes on where it ends.
  if (view.numRowsOf(0) == 1)
    return std::max(rowReadAhead, elements());
  // Of narrow tiles the next one is not what follows in memory.
  return tilesPerRow == 1 ? std::max(readAhead, elements()) : 0;
}

std::vector<Tiling::Piece> Tiling::cut(const Tile &tile) const {
  int64_t rows = view.numRowsOf(tile.scaleRow), columns = tile.end - tile.begin;
  std::vector<Piece> pieces;
  // Each piece has ranges of its own until they are merged, hence not more
  // pieces than keep the threads busy.
  int64_t most = 8 * static_cast<int64_t>(threads.get());
  int64_t wanted = std::clamp<int64_t>(rows * columns / tileElements, 1, most);
  if (rows == 1 && scales(tile) == 1) {
    int64_t step = ((columns - 1) / wanted / chunkSize + 1) * chunkSize;
    for (int64_t j = tile.begin; j < tile.end; j += step)
      pieces.push_back({0, 1, j, std::min(j + step, tile.end)});
    return pieces;
  }
  int64_t step = (rows - 1) / wanted + 1;
  for (int64_t i = 0; i < rows; i += step)
    pieces.push_back({i, std::min(i + step, rows), tile.begin, tile.end});
  return pieces;
}
