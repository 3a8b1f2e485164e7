//===- PackingTest.cpp - The rows layout is an exact bijection ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Packing.h"

#include <gtest/gtest.h>

#include <random>

using namespace lowbit::numerics;

namespace {

TEST(Packing, RowBytes) {
  EXPECT_EQ(packedRowBytes(0, 4), 0u);
  EXPECT_EQ(packedRowBytes(1, 1), 1u);
  EXPECT_EQ(packedRowBytes(8, 1), 1u);
  EXPECT_EQ(packedRowBytes(9, 1), 2u);
  EXPECT_EQ(packedRowBytes(3, 4), 2u);
  EXPECT_EQ(packedRowBytes(3, 3), 2u);
  EXPECT_EQ(packedRowBytes(8, 3), 3u);
  EXPECT_EQ(packedRowBytes(5, 8), 5u);
  EXPECT_EQ(packedRowBytes(size_t(1) << 62, 4), size_t(1) << 61);
}

// (C14)
TEST(Packing, RowsOfShapes_C14) {
  auto rowsOf = [](std::vector<int64_t> shape) {
    PackedRows rows(shape);
    return std::pair(rows.count, rows.length);
  };
  EXPECT_EQ(rowsOf({}), std::pair(1l, 1l));
  EXPECT_EQ(rowsOf({7}), std::pair(1l, 7l));
  EXPECT_EQ(rowsOf({4, 5}), std::pair(4l, 5l));
  EXPECT_EQ(rowsOf({3, 0}), std::pair(3l, 0l));
  EXPECT_EQ(rowsOf({0, 3}), std::pair(0l, 3l));
  EXPECT_EQ(rowsOf({64, 3, 7, 7}), std::pair(64l, 147l));
  EXPECT_EQ(PackedRows(4, 5).bytes(4), 12);
  EXPECT_EQ(PackedRows(4, 5).bytes(16), 40);
  // 147 nibbles of an output, not 21 padded rows of 7.
  EXPECT_EQ(PackedRows(64, 147).bytes(4), 64 * 74);
  EXPECT_TRUE(PackedRows(5, 6).fillBytes(4));
  EXPECT_FALSE(PackedRows(6, 5).fillBytes(4));
  EXPECT_TRUE(PackedRows(6, 5).fillBytes(8));
}

TEST(Packing, FirstCodeInTheLowestBits) {
  const int8_t nibbles[] = {1, -1, 7, -8, 5};
  uint8_t bytes[3];
  packRow(nibbles, 5, 4, bytes);
  EXPECT_EQ(bytes[0], 0xf1);
  EXPECT_EQ(bytes[1], 0x87);
  EXPECT_EQ(bytes[2], 0x05);

  const int8_t pairs[] = {1, 2, 3, 0, 2};
  packRow(pairs, 5, 2, bytes);
  EXPECT_EQ(bytes[0], 0b00'11'10'01);
  EXPECT_EQ(bytes[1], 0b10);

  // Codes of 3 bits cross bytes: 1, 2, 3 are 001, 010, 011 from the right.
  const int8_t triples[] = {1, 2, 3};
  packRow(triples, 3, 3, bytes);
  EXPECT_EQ(bytes[0], 0b11'010'001);
  EXPECT_EQ(bytes[1], 0b0);

  const int8_t single[] = {1, 0, 0, 0, 0, 0, 0, 1, 1};
  packRow(single, 9, 1, bytes);
  EXPECT_EQ(bytes[0], 0x81);
  EXPECT_EQ(bytes[1], 0x01);
}

TEST(Packing, InverseForEveryWidthAndLength) {
  std::mt19937 generator(5);
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (bool isSigned : {false, true})
      for (size_t n = 0; n <= 130; n += n < 40 ? 1 : 15) {
        int low = isSigned ? -(1 << (bits - 1)) : 0;
        std::vector<int8_t> codes(n);
        for (int8_t &code : codes)
          code = static_cast<int8_t>(low + generator() % (1 << bits));
        size_t size = packedRowBytes(n, bits);
        std::vector<uint8_t> bytes(size + 1, 0xcc);
        packRow(codes.data(), n, bits, bytes.data());
        EXPECT_EQ(bytes[size], 0xcc) << "wrote beyond the row";
        if (size_t used = n * bits % 8) {
          EXPECT_EQ(bytes[size - 1] >> used, 0) << "padding is not zero";
        }
        std::vector<int8_t> back(n + 1, 55);
        unpackRow(bytes.data(), n, bits, isSigned, back.data());
        EXPECT_EQ(back[n], 55) << "wrote beyond the row";
        back.resize(n);
        EXPECT_EQ(back, codes) << bits << " bits, n = " << n;
      }
}

TEST(Packing, RowsArePaddedOneByOne) {
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (int64_t n : {0, 1, 3, 8, 13, 70001}) {
      constexpr int64_t rows = 5;
      std::vector<int8_t> codes(rows * n);
      for (size_t i = 0; i < codes.size(); ++i)
        codes[i] = static_cast<int8_t>(i * 7 % (1 << bits));
      size_t rowBytes = packedRowBytes(n, bits);
      std::vector<uint8_t> together(rows * rowBytes), single(rowBytes);
      packRows(codes.data(), {rows, n}, bits, together.data(), 2);
      for (int64_t row = 0; row < rows; ++row) {
        packRow(codes.data() + row * n, n, bits, single.data());
        EXPECT_TRUE(std::equal(single.begin(), single.end(),
                               together.begin() + row * rowBytes))
            << bits << " bits, n = " << n << ", row " << row;
      }
      std::vector<int8_t> back(rows * n);
      unpackRows(together.data(), {rows, n}, bits, /*isSigned=*/false,
                 back.data(), 2);
      EXPECT_EQ(back, codes);
    }
}

} // namespace
