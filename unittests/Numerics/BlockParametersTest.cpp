//===- BlockParametersTest.cpp - Parameters and codes apart ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

using namespace lowbit::numerics;

namespace {

// Finding parameters and encoding one after the other is round-to-nearest.
TEST(BlockParameters, TheTwoStepsAreRoundToNearest) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  struct Case {
    const char *codec;
    Shape shape, block;
    ScaleType scaleType;
    RangeKind kind;
  };
  for (const Case &c : std::initializer_list<Case>{
           {"i8", {33, 17}, {0, 1}, ScaleType::F32, RangeKind::AbsMax},
           {"u4", {70, 9}, {32, 1}, ScaleType::F16, RangeKind::MinMax},
           {"i3", {5, 130}, {1, 64}, ScaleType::BF16, RangeKind::Full},
           {"nf4", {4, 6, 11}, {0, 0, 0}, ScaleType::F32, RangeKind::AbsMax},
           {"i2", {}, {}, ScaleType::F32, RangeKind::AbsMax},
           {"i8", {0, 4}, {0, 1}, ScaleType::F32, RangeKind::AbsMax}}) {
    Format format{getNamedCodec(c.codec), c.block, c.scaleType,
                  c.kind == RangeKind::MinMax};
    std::vector<float> values(numElements(c.shape));
    for (float &x : values)
      x = normal(random);
    auto expected = quantizeRoundToNearest(values, c.shape, format, 1, c.kind);
    ASSERT_TRUE(expected);
    for (unsigned threads : {1, 2}) {
      auto parameters =
          chooseParameters(values, c.shape, format, c.kind, threads);
      ASSERT_TRUE(parameters);
      auto encoded = encodeWith(*parameters, values, c.shape, format, threads);
      ASSERT_TRUE(encoded);
      auto packed = packParts(*encoded, c.shape, format);
      ASSERT_TRUE(packed);
      EXPECT_EQ((*packed)[PartKind::Codes], (*expected)[PartKind::Codes])
          << c.codec;
      EXPECT_EQ((*packed)[PartKind::Scales], (*expected)[PartKind::Scales])
          << c.codec;
      EXPECT_EQ((*packed)[PartKind::ZeroPoints],
                (*expected)[PartKind::ZeroPoints])
          << c.codec;
    }
  }
}

TEST(BlockParameters, WrongSizesAndValuesAreErrors) {
  Shape shape{2, 3};
  Format format{getNamedCodec("i8"), {0, 1}, ScaleType::F32, false};
  std::vector<float> values(6, 1.0f);
  BlockParameters good{{1, 1, 1}, {}};
  EXPECT_TRUE(encodeWith(good, values, shape, format));
  auto kindOf = [&](BlockParameters parameters) {
    auto result = encodeWith(std::move(parameters), values, shape, format);
    EXPECT_FALSE(result);
    return result.error().kind;
  };
  EXPECT_EQ(kindOf({{1, 1}, {}}), Error::Kind::InvalidFormat);
  EXPECT_EQ(kindOf({{1, 1, 1}, {0, 0, 0}}), Error::Kind::InvalidFormat);
  values[4] = std::numeric_limits<float>::quiet_NaN();
  values[5] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(kindOf(good), Error::Kind::NotFinite);
  auto result = encodeWith(good, values, shape, format);
  EXPECT_EQ(result.error().index, 4);
  EXPECT_EQ(result.error().message, "the value at element 4 is NaN");
  values.pop_back();
  EXPECT_EQ(kindOf(good), Error::Kind::InvalidFormat);
}

} // namespace
