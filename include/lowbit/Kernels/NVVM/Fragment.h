//===- Fragment.h - Matrices in the registers of a warp ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_FRAGMENT_H
#define LOWBIT_KERNELS_NVVM_FRAGMENT_H

#include "lowbit/Kernels/NVVM/SharedLayout.h"

namespace lowbit::nvvm {

/// 16-bit floating-point numbers that tensor cores multiply.
enum class Half { F16, BF16 };

mlir::Type getType(KernelBuilder &kernel, Half half);

/// What ldmatrix hands out: 8x8 matrices of 16-bit elements, of which each
/// thread has two neighbours of one row as an i32.
///
/// A tile in shared memory is read as four such matrices at once, as operands
/// of mma.m16n8k16.
class FragmentReader {
public:
  enum class Operand {
    /// A: 16 rows by 16 columns of the tile.
    A,
    /// B of two products: the tile has a row for each column of B; 16 rows by
    /// 16 columns, {b0, b1} of the first 8 rows, then of the others.
    Transposed,
    /// B of two products: rows of the tile are rows of B; 16 rows by 16
    /// columns, {b0, b1} of the first 8 columns, then of the others.
    B,
    /// 32 rows by 16 bytes. Word i is of rows 8 i on: of row lane / 4 the 4
    /// bytes from 4 (lane mod 4) on.
    RowWords,
    /// The same of rows 2 (lane mod 4) and the next: of each the 2 bytes from
    /// 2 (lane / 4) on.
    ColumnWords,
  };

  /// The rows begin at `row`, a multiple of 8, or at the tile's first.
  FragmentReader(KernelBuilder &kernel, const SharedTile &tile, Operand operand,
                 mlir::Value row = {});

  /// What lies from (row, column) on, multiples of 16 (rows of words: of 32),
  /// of the tile at `base`: four i32.
  Values read(KernelBuilder &kernel, mlir::Value base, int64_t row,
              int64_t column);

private:
  int64_t elementBytes;
  bool isTransposed;
  ChunkPlaces places;
};

/// Accumulators of mma.m16n8k16: each thread has two neighbours of row
/// lane / 4, and two of the row 8 below, in columns 2 (lane mod 4) on.
struct Accumulator {
  static constexpr int64_t rows = 16, columns = 8;
  static constexpr int64_t size = 4;
  /// Of value i: 0 or 1 for the row or the one 8 below, and the neighbour.
  static int64_t rowOf(int64_t i) { return i / 2; }
  static int64_t columnOf(int64_t i) { return i % 2; }
};

/// The row and the first column of a thread in an accumulator.
mlir::Value getAccumulatorRow(KernelBuilder &kernel);
mlir::Value getAccumulatorColumn(KernelBuilder &kernel);

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_FRAGMENT_H
