//===- MmaTiles.h - Operands of mma.sync as matrices, and their product -*- C++
//-*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A register of all 32 lanes, one after the other, is a matrix of 8 rows of 16
// bytes: lane 4r + c has bytes 4c to 4c + 3 of row r. In A and C, registers
// alternate between rows 0..7 and rows 8..15 of the tile and then go on to the
// right; B is held transposed, its registers go down. That holds for every type
// and every k of mma.sync and mma.sp.sync with m = 16, n = 8.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_COLLECTIVES_MMATILES_H
#define LOWBIT_LIB_SIMT_COLLECTIVES_MMATILES_H

#include "Block.h"

namespace lowbit::simt {

constexpr unsigned maxK = 128;

/// A tile in float or, for integers, in int32_t: exact for every element type.
/// Columns of B and of the accumulators are in the order 0, 2, 4, 6, 1, 3, 5,
/// 7: that of registers of C.
template <typename T>
struct MmaTile {
  alignas(64) T a[16 * maxK]; // [16][k]
  alignas(64) T b[maxK * 8];  // [k][8]
  alignas(64) T d[16 * 8];    // [16][8]
  /// On the way there: elements as they lie in registers; those that a sparse A
  /// stores, [16][k / 2].
  alignas(64) T widened[16 * maxK];
  alignas(64) T stored[16 * maxK / 2];

  /// The one of `block`: on the stacks of fibers it would fill the cache.
  static MmaTile &of(Block &block) {
    static_assert(sizeof(MmaTile) <= Block::scratchBytes);
    return *reinterpret_cast<MmaTile *>(block.scratch);
  }
};

/// An element type of A or B.
struct ElementType {
  uint32_t type;
  unsigned bits;
  bool isInteger;

  /// Elements in a row of a register.
  unsigned perRow() const { return 128 / bits; }
};

/// Describes `type`; 0 bits if no operand can have it.
ElementType elementType(uint32_t type);

/// Reads `k` columns of A (compressed ones, if sparse) from `rows`.
template <typename T>
void readA(const uint32_t (*rows)[warpSize], ElementType type, unsigned k,
           MmaTile<T> &tile, T *a);

/// Reads `k` rows of B from `rows`.
template <typename T>
void readB(const uint32_t (*rows)[warpSize], ElementType type, unsigned k,
           MmaTile<T> &tile, T *b);

/// What follows the operands A and B, which lie in `tile`: takes C from `rows`
/// and leaves C + A * B in Warp::out.
void accumulate(Warp &warp, const Site &site, const uint32_t (*rows)[warpSize],
                MmaTile<float> &tile);
void accumulate(Warp &warp, const Site &site, const uint32_t (*rows)[warpSize],
                MmaTile<int32_t> &tile);

/// Ends the block unless `site` has the slots that its shape and types need.
void checkSlots(Block &block, const Site &site, unsigned a, unsigned b,
                unsigned others);

/// How many registers C has, and D.
unsigned accumulatorRegisters(const Site &site);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_COLLECTIVES_MMATILES_H
