//===- Tiling.h - Pieces of a tensor that caches hold ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_TILING_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_TILING_H

#include "lowbit/Numerics/Granularity.h"
#include "lowbit/Numerics/Parallel.h"

namespace lowbit::numerics {

/// The rows of a tensor in tiles of whole blocks and whole packed bytes: all
/// rows that share a row of scales, times some of their columns.
class Tiling {
public:
  /// The rows of scale row `scaleRow`, columns [begin, end).
  struct Tile {
    int64_t scaleRow, begin, end;
  };
  /// Rows [firstRow, endRow) of a tile's rows, columns [begin, end).
  struct Piece {
    int64_t firstRow, endRow, begin, end;
  };

  /// `view` is to outlive this. With `readsAhead` memory and not arithmetic
  /// takes the time, and whoever walks over the tiles asks for values before
  /// their use.
  Tiling(const RowView &view, ThreadCount threads, bool readsAhead);

  int64_t count() const { return view.numScaleRows() * tilesPerRow; }
  Tile tile(int64_t index) const;
  /// Whether several threads are to work on each.
  bool areLarge() const;
  /// How many are a work item where they are not.
  int64_t grain() const;
  /// How many values before their use they are to be asked for, where that is a
  /// later tile; 0 if they are not.
  int64_t distanceToRead() const;

  /// Blocks of a tile, and of the largest one.
  int64_t scales(const Tile &tile) const {
    return (tile.end - tile.begin - 1) / view.rowBlock() + 1;
  }
  int64_t mostScales() const { return (width - 1) / view.rowBlock() + 1; }
  int64_t firstScale(const Tile &tile) const {
    return tile.scaleRow * view.scalesPerRow() + tile.begin / view.rowBlock();
  }
  /// Elements of the i-th block of a tile.
  int64_t blockElements(const Tile &tile, int64_t i) const {
    int64_t rest = tile.end - tile.begin - i * view.rowBlock();
    return std::min(view.rowBlock(), rest) * view.numRowsOf(tile.scaleRow);
  }

  Piece wholePiece(const Tile &tile) const {
    return {0, view.numRowsOf(tile.scaleRow), tile.begin, tile.end};
  }
  /// Pieces of a large tile, by rows; by columns where there is one row of one
  /// block (a row of several blocks is small, or else left whole).
  std::vector<Piece> cut(const Tile &tile) const;

private:
  int64_t elements() const { return view.numRowsOf(0) * width; }

  const RowView &view;
  ThreadCount threads;
  bool readsAhead;
  int64_t width = 1;
  int64_t tilesPerRow = 0;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_TILING_H
