//===- BitOrderTest.cpp - Orders of packed codes, by hand and back --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Layout/BitOrder.h"
#include "lowbit/Numerics/Packing.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace lowbit::numerics;

namespace {

std::vector<uint8_t> ordered(const std::vector<int8_t> &codes, unsigned bits,
                             BitOrder order) {
  std::vector<uint8_t> packed(packedRowBytes(codes.size(), bits));
  packRow(codes.data(), codes.size(), bits, packed.data());
  std::vector<uint8_t> out(packed.size());
  auto error = toBitOrder(packed, {1, int64_t(codes.size())}, bits, order, out);
  EXPECT_FALSE(error) << error->message;
  return out;
}

TEST(BitOrder, ByHand_C73) {
  BitOrder high{BitOrder::Kind::HighFirst};
  EXPECT_EQ(ordered({1, 2, 3}, 4, high), (std::vector<uint8_t>{0x12, 0x30}));
  EXPECT_EQ(ordered({1, 0, 1, 1}, 1, high), (std::vector<uint8_t>{0b10110000}));
  // 101, 010, 111 from the highest bit down.
  EXPECT_EQ(ordered({5, 2, 7}, 3, high),
            (std::vector<uint8_t>{0b101'010'11, 0b1'0000000}));
  std::vector<int8_t> codes(32);
  for (int i = 0; i < 32; ++i)
    codes[i] = i % 16 ^ i / 16;
  std::vector<uint8_t> split = ordered(codes, 4, {BitOrder::Kind::Split, 32});
  ASSERT_EQ(split.size(), 16u);
  for (int j = 0; j < 16; ++j)
    EXPECT_EQ(split[j], (codes[j] & 15) | (codes[j + 16] & 15) << 4);
  // A block of 4, and a short one of 3 in two bytes.
  EXPECT_EQ(ordered({1, 2, 3, 4, 5, 6, 7}, 4, {BitOrder::Kind::Split, 4}),
            (std::vector<uint8_t>{0x31, 0x42, 0x75, 0x06}));
}

TEST(BitOrder, BackIsTheInverse) {
  std::mt19937 generator(71);
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (int64_t length : {0, 1, 7, 32, 33, 100, 257})
      for (BitOrder order : {BitOrder{}, BitOrder{BitOrder::Kind::HighFirst},
                             BitOrder{BitOrder::Kind::Split, 8},
                             BitOrder{BitOrder::Kind::Split, 32},
                             BitOrder{BitOrder::Kind::Split, 256}})
        for (int64_t rows : {0, 1, 3, 700}) {
          if (verifyBitOrder(bits, order))
            continue;
          std::vector<int8_t> codes(rows * length);
          for (int8_t &code : codes)
            code = static_cast<int8_t>(generator());
          std::vector<uint8_t> packed(rows * packedRowBytes(length, bits));
          packRows(codes.data(), {rows, length}, bits, packed.data());
          std::vector<uint8_t> there(packed.size()), threaded(packed.size()),
              back(packed.size());
          ASSERT_FALSE(
              toBitOrder(packed, {rows, length}, bits, order, there, 1));
          ASSERT_FALSE(
              toBitOrder(packed, {rows, length}, bits, order, threaded, 2));
          EXPECT_EQ(there, threaded);
          ASSERT_FALSE(
              fromBitOrder(there, {rows, length}, bits, order, back, 2));
          EXPECT_EQ(back, packed);
        }
}

TEST(BitOrder, WhatDoesNotFitIsAnError) {
  EXPECT_EQ(verifyBitOrder(3, {BitOrder::Kind::Split, 32})->message,
            "split codes have 1, 2, 4 or 8 bits, not 3");
  EXPECT_EQ(verifyBitOrder(4, {BitOrder::Kind::Split, 31})->message,
            "split blocks of 31 codes of 4 bits are not whole bytes");
  EXPECT_EQ(verifyBitOrder(16, {})->message,
            "bit orders are of codes of 1 to 8 bits, not of 16");
  std::vector<uint8_t> bytes(4), out(3);
  EXPECT_EQ(toBitOrder(bytes, {2, 4}, 4, {}, out)->message,
            "packed rows of 4 and 3 bytes where 4 are needed");
}

} // namespace
