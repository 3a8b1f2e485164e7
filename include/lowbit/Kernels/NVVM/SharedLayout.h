//===- SharedLayout.h - Tiles in shared memory ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_SHAREDLAYOUT_H
#define LOWBIT_KERNELS_NVVM_SHAREDLAYOUT_H

#include "lowbit/Kernels/NVVM/KernelBuilder.h"

namespace lowbit::nvvm {

/// Rows of equal length in shared memory, one after the other without padding.
/// What is read together by ldmatrix, 16 bytes at one place of each of 8 rows,
/// lies in different banks: the 16-byte chunks of a row are swizzled.
///
/// 8 chunks are one round through the banks. Rows of c chunks begin at c * row
/// modulo 8; with c = odd * 2^s these are 2^(3 - s) different places, multiples
/// of 2^s, before they repeat. So chunk q of a row lies at
///
///     q xor ((row >> (3 - s)) mod 2^s),    s at most 3,
///
/// which stays in the row and gives 8 different places to any 8 rows from a
/// multiple of 8 on. Nor do 8 chunks in a row, or at the starts of rows,
/// collide that begin at a multiple of 8 in the order of the unswizzled tile.
struct SharedTile {
  int64_t rows;
  /// Elements, a multiple of 16 bytes.
  int64_t columns;
  /// 2 or 1.
  int64_t elementBytes = 2;

  static constexpr int64_t chunkBytes = 16;

  int64_t getRowBytes() const { return columns * elementBytes; }
  int64_t getBytes() const { return rows * getRowBytes(); }
  int64_t getChunks() const { return getRowBytes() / chunkBytes; }

  /// s: bits of a chunk's number that the swizzle changes.
  int64_t getSwizzleBits() const;

  /// What the numbers of chunks of a row are xored with.
  int64_t getSwizzle(int64_t row) const;

  /// The place of an element in bytes from the start of the tile.
  int64_t getOffset(int64_t row, int64_t column) const;

  /// The same as IR, for rows that are not known.
  mlir::Value getSwizzle(KernelBuilder &kernel, mlir::Value row) const;
};

/// Places in the chunks of a row that is different for each thread, with few
/// registers: chunk numbers q are known, and so are steps of rows from the
/// thread's, multiples of 8. `offset` is what a thread adds within a chunk, or
/// null.
class ChunkPlaces {
public:
  /// `chunk` is the thread's first chunk, less than some power of 2; q are
  /// multiples of that then.
  ChunkPlaces(KernelBuilder &kernel, const SharedTile &tile, mlir::Value row,
              mlir::Value chunk, mlir::Value offset);

  /// The chunk q further, `rows` rows further, in the tile at `base`.
  mlir::Value get(KernelBuilder &kernel, mlir::Value base, int64_t q,
                  int64_t rows);

private:
  SharedTile tile;
  mlir::Value rowOffset;
  /// The thread's chunk, swizzled.
  mlir::Value swizzled;
  /// By the bits of q that the swizzle changes.
  llvm::SmallVector<mlir::Value, 8> offsets;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_SHAREDLAYOUT_H
