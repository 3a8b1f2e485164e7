//===- Copy.h - Tiles between global and shared memory ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_COPY_H
#define LOWBIT_KERNELS_NVVM_COPY_H

#include "lowbit/Kernels/NVVM/SharedLayout.h"

namespace lowbit::nvvm {

/// The threads of a block move rows of a matrix in global memory to a tile in
/// shared memory, and back. Threads that are neighbours move 16 bytes each that
/// are neighbours, in global memory as in the tile.
class TileCopy {
public:
  /// Rows have `columns` elements in global memory, which begin at multiples of
  /// `pieceBytes` (16, 8 or 4) and are multiples of it long; the tile's are
  /// longer by less than 16 elements. Where there are more threads than pieces
  /// of a column of rows, the last ones have none.
  TileCopy(KernelBuilder &kernel, const SharedTile &tile, int64_t columns,
           int64_t pieceBytes, int64_t threads);

  /// Where a row (i32) begins in global memory.
  using GetRow = llvm::function_ref<mlir::Value(mlir::Value row)>;

  /// Starts copying rows from `global` on, `stride` bytes (i64) apart, to the
  /// tile at `base`. Rows from the `rows`th on, and columns that are only in
  /// the tile, become zeros; nothing is read for them.
  void read(KernelBuilder &kernel, mlir::Value global, mlir::Value stride,
            mlir::Value rows, mlir::Value base);

  /// The same with rows that lie anywhere.
  void read(KernelBuilder &kernel, GetRow getRow, mlir::Value rows,
            mlir::Value base);

  /// Writes rows, less than `rows`, and columns that are in global memory.
  void write(KernelBuilder &kernel, mlir::Value base, GetRow getRow,
             mlir::Value rows);

private:
  /// One piece of one thread.
  struct Piece {
    mlir::Value global, shared;
    /// Whether the row is in global memory; and the columns, null if they are
    /// for all threads.
    mlir::Value hasRow, hasColumns;
  };
  /// `getStart` says where the thread's row begins that is so many further.
  void forEachPiece(KernelBuilder &kernel,
                    llvm::function_ref<mlir::Value(int64_t)> getStart,
                    mlir::Value rows, mlir::Value base, bool withZeros,
                    llvm::function_ref<void(const Piece &)> body);
  void start(KernelBuilder &kernel,
             llvm::function_ref<mlir::Value(int64_t)> getStart,
             mlir::Value rows, mlir::Value base);

  SharedTile tile;
  int64_t columnBytes, pieceBytes;
  /// Threads beside each other in a row, and rows that all threads have.
  int64_t lanes, rowsPerStep;
  mlir::Value row, chunk;
  /// Whether the thread has rows; null if all have.
  mlir::Value isBusy;
  ChunkPlaces places;
};

/// Ends a group of copies that have been started; groups end in order.
void commitCopies(KernelBuilder &kernel);

/// Waits until all but the last `pending` groups of this thread have landed.
/// The data of other threads is there after a barrier.
void waitForCopies(KernelBuilder &kernel, int64_t pending);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_COPY_H
