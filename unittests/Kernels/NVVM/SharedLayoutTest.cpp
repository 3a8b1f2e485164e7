//===- SharedLayoutTest.cpp - Banks that tiles lie in ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/SharedLayout.h"

#include <gtest/gtest.h>

#include <set>

using namespace lowbit::nvvm;

namespace {

/// Tiles of 64 rows of 16 to 256 elements, of 16 and 8 bits.
std::vector<SharedTile> getTiles() {
  std::vector<SharedTile> tiles;
  for (int64_t bytes : {1, 2})
    for (int64_t columns = 16; columns <= 256; columns += 16)
      tiles.push_back({64, columns, bytes});
  return tiles;
}

/// 16 bytes are 4 of the 32 banks.
int64_t getBanks(const SharedTile &tile, int64_t row, int64_t chunk) {
  int64_t column = chunk * SharedTile::chunkBytes / tile.elementBytes;
  return tile.getOffset(row, column) / SharedTile::chunkBytes % 8;
}

TEST(SharedLayoutTest, ElementsHavePlacesOfTheirOwn) {
  for (const SharedTile &tile : getTiles()) {
    std::set<int64_t> places;
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t column = 0; column < tile.columns; ++column) {
        int64_t place = tile.getOffset(row, column);
        EXPECT_LE(place + tile.elementBytes, tile.getBytes());
        EXPECT_EQ(place % tile.elementBytes, 0);
        EXPECT_TRUE(places.insert(place).second) << tile.columns;
      }
  }
}

TEST(SharedLayoutTest, ChunksStayWhole) {
  for (const SharedTile &tile : getTiles())
    for (int64_t row = 0; row < tile.rows; ++row)
      for (int64_t column = 0; column < tile.columns; ++column) {
        int64_t inChunk = column * tile.elementBytes % SharedTile::chunkBytes;
        EXPECT_EQ(tile.getOffset(row, column) % SharedTile::chunkBytes,
                  inChunk);
      }
}

// What ldmatrix reads at a time: one chunk of 8 rows.
TEST(SharedLayoutTest, MatricesHaveNoConflicts) {
  for (const SharedTile &tile : getTiles())
    for (int64_t row = 0; row < tile.rows; row += 8)
      for (int64_t chunk = 0; chunk < tile.getChunks(); ++chunk) {
        std::set<int64_t> banks;
        for (int64_t i = 0; i < 8; ++i)
          banks.insert(getBanks(tile, row + i, chunk));
        EXPECT_EQ(banks.size(), 8u) << tile.columns << ", row " << row;
      }
}

// What 8 threads write at a time: `lanes` neighbours of 8 / lanes rows.
TEST(SharedLayoutTest, CopiesHaveNoConflicts) {
  for (const SharedTile &tile : getTiles()) {
    int64_t lanes = int64_t(1) << tile.getSwizzleBits();
    for (int64_t row = 0; row < tile.rows; row += 8 / lanes)
      for (int64_t chunk = 0; chunk < tile.getChunks(); chunk += lanes) {
        std::set<int64_t> banks;
        for (int64_t i = 0; i < 8; ++i)
          banks.insert(getBanks(tile, row + i / lanes, chunk + i % lanes));
        EXPECT_EQ(banks.size(), 8u) << tile.columns << ", row " << row;
      }
  }
}

} // namespace
