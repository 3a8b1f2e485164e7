//===- SparsityTest.cpp - Masks, positions, and formats that keep few -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Sparsity.h"
#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

using namespace lowbit::numerics;

namespace {

TEST(Sparsity, TwoOfFourByHand_C68) {
  // Rows of 6: a run of 4 and a short one of 2.
  Shape shape{2, 6};
  std::vector<float> values = {1, -4, 2, 3, 5, -5, 2, 2, 2, 2, 0, 0};
  Format format{getNamedCodec("i8"), {0, 0}, ScaleType::F32, false};
  format.sparsity = Sparsity::pattern(2, 4, 1);
  EXPECT_EQ(format.sparsity.keptShape(shape), (Shape{2, 4}));
  auto parts = quantizeRoundToNearest(values, shape, format);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  // The first of equal ones stay, and places ascend within a run.
  EXPECT_EQ(unpacked->positions, (std::vector<int8_t>{1, 3, 0, 1, 0, 1, 0, 1}));
  EXPECT_EQ(unpacked->codes.size(), 8u);
  // Two bits each, rows of four.
  EXPECT_EQ((*parts)[PartKind::Positions],
            (std::vector<uint8_t>{0b01'00'11'01, 0b01'00'01'00}));
  std::vector<float> out(12);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  for (int i : {0, 2, 8, 9})
    EXPECT_EQ(out[i], 0);
  EXPECT_NEAR(out[1], -4, 0.02);
  EXPECT_NEAR(out[3], 3, 0.02);

  EXPECT_EQ(partSizes(Shape{64, 64}, format)[PartKind::Codes], 64 * 32);
  EXPECT_EQ(partSizes(Shape{64, 64}, format)[PartKind::Positions], 64 * 8);
}

TEST(Sparsity, BitmapByHand_C69) {
  Shape shape{2, 3};
  std::vector<float> values = {1, -7, 0, 3, 7, 2};
  Format format{getNamedCodec("i4"), {1, 0}, ScaleType::F32, false};
  format.sparsity = Sparsity::bitmap(3);
  auto parts = quantizeRoundToNearest(values, shape, format);
  ASSERT_TRUE(parts);
  EXPECT_EQ((*parts)[PartKind::Bitmap], (std::vector<uint8_t>{0b010, 0b011}));
  // -7, 3 and 7 as one row of nibbles.
  EXPECT_EQ((*parts)[PartKind::Codes], (std::vector<uint8_t>{0x39, 0x07}));
  std::vector<float> out(6);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  EXPECT_EQ(out, (std::vector<float>{0, -7, 0, 3, 7, 0}));
}

// Two rows: what is kept has the offset of its row, what is not is 0.
TEST(Sparsity, BitmapWithOffsets_C136) {
  Shape shape{2, 3};
  std::vector<float> values = {1, 8, 9, -15, 0, 15};
  Format format{getNamedCodec("u4"), {1, 0}, ScaleType::F32, false};
  format.offsetType = ScaleType::F32;
  format.sparsity = Sparsity::bitmap(4);
  auto parts = quantizeRoundToNearest(values, shape, format);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  EXPECT_EQ(unpacked->bitmap, (std::vector<int8_t>{0, 1, 1, 1, 0, 1}));
  // With zeros for what is not kept: from 0 to 9 and from -15 to 15.
  EXPECT_EQ(unpacked->offsets, (std::vector<float>{0, -15}));
  EXPECT_EQ(unpacked->codes, (std::vector<int8_t>{13, 15, 0, 15}));
  std::vector<float> out(6);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  EXPECT_EQ(out[0], 0);
  EXPECT_EQ(out[1], 9.0f / 15 * 13);
  EXPECT_EQ(out[3], -15);
  EXPECT_EQ(out[4], 0);
  EXPECT_EQ(out[5], 15);
}

// (C69) The first of equal ones, whoever counts them.
TEST(Sparsity, LargestOfManyEqualOnes) {
  std::vector<float> values(300'000);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = (i % 2 ? 1.0f : -1.0f) * static_cast<float>(i % 7 / 2);
  Shape shape{static_cast<int64_t>(values.size())};
  std::vector<int64_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](int64_t a, int64_t b) {
    return std::pair(-std::fabs(values[a]), a) <
           std::pair(-std::fabs(values[b]), b);
  });
  for (int64_t kept : {0, 1, 40'000, 150'001, 299'999, 300'000}) {
    std::vector<uint8_t> expected(values.size());
    for (int64_t i = 0; i < kept; ++i)
      expected[order[i]] = 1;
    for (unsigned threads : {1, 3})
      EXPECT_EQ(magnitudeMask(values, shape, Sparsity::bitmap(kept), threads),
                expected)
          << kept;
  }
}

// (C68) Runs of any length, side by side and one behind the other.
TEST(Sparsity, LargestOfLongRuns_C68) {
  std::vector<float> values(2 * 600 * 3);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>(i * 7919 % 211) - 105;
  for (const Shape &shape : {Shape{2, 600, 3}, Shape{6, 600}, Shape{2, 1800}})
    for (const Sparsity &pattern :
         {Sparsity::pattern(100, 256, 1), Sparsity::pattern(1, 2, 1),
          Sparsity::pattern(5, 7, 1)}) {
      int64_t stride = shape.size() == 3 ? 3 : 1, length = shape[1];
      std::vector<uint8_t> expected(values.size());
      for (int64_t line = 0; line < 3600 / length; ++line) {
        int64_t first = line / stride * length * stride + line % stride;
        for (int64_t begin = 0; begin < length; begin += pattern.run) {
          std::vector<int64_t> run;
          for (int64_t i = begin; i < std::min(begin + pattern.run, length);
               ++i)
            run.push_back(first + i * stride);
          std::ranges::sort(run, [&](int64_t a, int64_t b) {
            return std::pair(-std::fabs(values[a]), a) <
                   std::pair(-std::fabs(values[b]), b);
          });
          run.resize(std::min<size_t>(run.size(), pattern.keep));
          for (int64_t i : run)
            expected[i] = 1;
        }
      }
      EXPECT_EQ(magnitudeMask(values, shape, pattern, 2), expected);
    }
}

TEST(Sparsity, MasksOfOthers) {
  Shape shape{1, 4};
  Format format{getNamedCodec("i8"), {0, 0}, ScaleType::F32, false};
  format.sparsity = Sparsity::pattern(2, 4, 1);
  std::vector<float> values = {1, 2, 3, 4};
  std::vector<uint8_t> mask = {1, 0, 1, 0};
  auto encoded = encodeWith({{1}}, values, shape, format, 1, mask);
  ASSERT_TRUE(encoded);
  EXPECT_EQ(encoded->codes, (std::vector<int8_t>{1, 3}));
  EXPECT_EQ(encoded->positions, (std::vector<int8_t>{0, 2}));
  mask[1] = 1;
  auto bad = encodeWith({{1}}, values, shape, format, 1, mask);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().message,
            "the mask keeps 3 of 4 values from element 0 on, not 2");
  mask.pop_back();
  EXPECT_FALSE(encodeWith({{1}}, values, shape, format, 1, mask));
  format.sparsity = Sparsity::bitmap(2);
  EXPECT_EQ(encodeWith({{1}}, values, shape, format, 1,
                       std::vector<uint8_t>{1, 1, 1, 0})
                .error()
                .message,
            "the mask keeps 3 values, not 2");
}

TEST(Sparsity, NotFiniteNamesThePlaceInTheTensor) {
  Shape shape{2, 4};
  Format format{getNamedCodec("i8"), {0, 0}, ScaleType::F32, false};
  std::vector<float> values = {
      1, 2, 3, 4, 5, 6, std::numeric_limits<float>::infinity(), 8};
  for (const Sparsity &sparsity :
       {Sparsity::pattern(2, 4, 1), Sparsity::bitmap(3)}) {
    format.sparsity = sparsity;
    auto result = quantizeRoundToNearest(values, shape, format);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().index, 6);
  }
}

TEST(Sparsity, WhatDoesNotFitIsAnError) {
  auto messageOf = [](const Sparsity &sparsity, Shape blocks) {
    Format format{getNamedCodec("i8"), std::move(blocks), ScaleType::F32,
                  false};
    format.sparsity = sparsity;
    auto error = verifyFormat(Shape{8, 16}, format);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf(Sparsity::pattern(2, 4, 1), {1, 8}), "");
  EXPECT_EQ(messageOf(Sparsity::pattern(2, 4, 1), {1, 0}), "");
  EXPECT_EQ(
      messageOf(Sparsity::pattern(2, 4, 1), {1, 6}),
      "blocks along the axis of 2:4 sparsity hold a multiple of 4 values");
  EXPECT_EQ(messageOf(Sparsity::pattern(2, 4, 2), {1, 0}),
            "sparsity along axis 2 of a tensor of rank 2");
  EXPECT_EQ(messageOf(Sparsity::pattern(4, 4, 1), {1, 0}),
            "sparsity keeps 1 to m - 1 of m values, m at most 256, not 4 of 4");
  EXPECT_EQ(messageOf(Sparsity::bitmap(129), {1, 0}),
            "a bitmap cannot keep 129 of 128 values");
  Format books{getLearnedCodec(16), {0}, ScaleType::One, false};
  EXPECT_EQ(verifyFormat(Shape{4}, books)->message,
            "codec 'kmeans<16>' needs books");
  books.books = Books{8, {0}};
  EXPECT_EQ(verifyFormat(Shape{4}, books)->message,
            "books of 8 levels need codec 'kmeans<8>', not 'kmeans<16>'");
  books.books = Books{16, {0}};
  EXPECT_FALSE(verifyFormat(Shape{4}, books));
  EXPECT_EQ(verifyRangeKind(books, RangeKind::AbsMax)->message,
            "range 'absmax' does not find the levels of codec 'kmeans<16>'");
}

} // namespace
