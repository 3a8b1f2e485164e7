//===- StoredNumbersTest.cpp - Numbers that parts may not hold ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/StoredNumbers.h"

#include "QuantizeTesting.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <limits>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<uint8_t> stored(const std::vector<float> &numbers, ScaleType type) {
  std::vector<uint8_t> bytes(numbers.size() * scaleTypeBytes(type));
  storeScales(numbers.data(), numbers.size(), type, bytes.data());
  return bytes;
}

std::string findIn(PartKind kind, const std::vector<float> &numbers,
                   ScaleType type) {
  auto bad = findBadNumber(kind, stored(numbers, type), type);
  return bad ? bad->describe() + " " + std::to_string(bad->index) : "";
}

TEST(StoredNumbers, NamesTheFirst_C184) {
  for (PartKind kind : {PartKind::Scales, PartKind::NestedScales})
    for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16}) {
      EXPECT_EQ(findIn(kind, {1, -2, 3}, type), "");
      EXPECT_EQ(findIn(kind, {1, -2, inf, 0}, type), "an infinity 2");
      EXPECT_EQ(findIn(kind, {1, -2, nan, inf}, type), "NaN 2");
      EXPECT_EQ(findIn(kind, {1, -0.0f, 3}, type), "0 1");
    }
  EXPECT_EQ(findIn(PartKind::Scales, {1, 500}, ScaleType::F8E4M3FN), "NaN 1");
  EXPECT_EQ(findIn(PartKind::Scales, {1, -1}, ScaleType::F8E8M0FNU), "NaN 1");
  EXPECT_EQ(findIn(PartKind::Scales, {1, 0}, ScaleType::F8E8M0FNU), "");
  EXPECT_EQ(findIn(PartKind::Scales, {0, 1}, ScaleType::U8), "0 0");
  // Offsets and levels may well be zero.
  for (PartKind kind : {PartKind::Offsets, PartKind::Codebook}) {
    EXPECT_EQ(findIn(kind, {0, 1}, ScaleType::F16), "");
    EXPECT_EQ(findIn(kind, {0, -inf}, ScaleType::F16), "an infinity 1");
  }
  std::vector<float> many(5000, 1.0f);
  many[4321] = 0;
  EXPECT_EQ(findIn(PartKind::Scales, many, ScaleType::F16), "0 4321");
}

TEST(StoredNumbers, PaddingIsAnything) {
  auto bytes = stored({0, 1, nan, 0}, ScaleType::F32);
  auto bad = findBadNumber(PartKind::Scales, bytes, ScaleType::F32,
                           [](int64_t index) { return index < 3; });
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->index, 3);
}

TEST(StoredNumbers, OfAllParts) {
  Format format{getNamedCodec("u4"), {1, wholeAxis}};
  format.scaleType = ScaleType::U8;
  format.nestedScales = NestedScales{ScaleType::F16, 2};
  format.offsetType = ScaleType::F16;
  auto parts = quantizeRoundToNearest(gaussian(64), Shape{4, 16}, format);
  ASSERT_TRUE(parts);
  EXPECT_FALSE(verifyNumbers(*parts, format));
  for (PartKind kind :
       {PartKind::Scales, PartKind::NestedScales, PartKind::Offsets}) {
    Parts bad = *parts;
    float number = kind == PartKind::Scales ? 0 : nan;
    size_t bytes = scaleTypeBytes(*numberType(kind, format));
    storeScales(&number, 1, *numberType(kind, format), &bad[kind][bytes]);
    auto error = verifyNumbers(bad, format);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->message, "number 1 of part '" +
                                  std::string(partKindName(kind)) + "' is " +
                                  (number == 0 ? "0" : "NaN"));
    EXPECT_EQ(error->index, 1);
  }
  for (PartKind kind : {PartKind::Codes, PartKind::ZeroPoints,
                        PartKind::Codebook, PartKind::Bitmap})
    EXPECT_FALSE(numberType(kind, format));
}

} // namespace
