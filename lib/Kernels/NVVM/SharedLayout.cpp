//===- SharedLayout.cpp - Tiles in shared memory --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/SharedLayout.h"

#include <algorithm>
#include <bit>

using namespace lowbit::nvvm;
using namespace mlir;

int64_t SharedTile::getSwizzleBits() const {
  assert(getRowBytes() % chunkBytes == 0 && getRowBytes() > 0 &&
         "whole chunks");
  return std::min(3, std::countr_zero(static_cast<uint64_t>(getChunks())));
}

int64_t SharedTile::getSwizzle(int64_t row) const {
  int64_t bits = getSwizzleBits();
  return (row >> (3 - bits)) & ((int64_t(1) << bits) - 1);
}

int64_t SharedTile::getOffset(int64_t row, int64_t column) const {
  int64_t byte = column * elementBytes;
  return row * getRowBytes() +
         (byte / chunkBytes ^ getSwizzle(row)) * chunkBytes + byte % chunkBytes;
}

Value SharedTile::getSwizzle(KernelBuilder &kernel, Value row) const {
  int64_t bits = getSwizzleBits();
  return kernel.bitAnd(kernel.shiftRight(row, 3 - bits),
                       (int64_t(1) << bits) - 1);
}

ChunkPlaces::ChunkPlaces(KernelBuilder &kernel, const SharedTile &tile,
                         Value row, Value chunk, Value offset)
    : tile(tile), rowOffset(kernel.mul(row, tile.getRowBytes())),
      swizzled(kernel.bitXor(tile.getSwizzle(kernel, row), chunk)),
      offsets(int64_t(1) << tile.getSwizzleBits()) {
  if (offset)
    rowOffset = kernel.add(rowOffset, offset);
  // Before any branch or loop that asks for them.
  for (auto [low, value] : llvm::enumerate(offsets))
    value = kernel.add(rowOffset, kernel.mul(kernel.bitXor(swizzled, low),
                                             SharedTile::chunkBytes));
}

Value ChunkPlaces::get(KernelBuilder &kernel, Value base, int64_t q,
                       int64_t rows) {
  assert(rows % 8 == 0 && "the swizzle is that of the thread's row");
  int64_t low = q % static_cast<int64_t>(offsets.size());
  Value pointer = kernel.offset(base, offsets[low]);
  return kernel.offset(pointer, rows * tile.getRowBytes() +
                                    (q - low) * SharedTile::chunkBytes);
}
