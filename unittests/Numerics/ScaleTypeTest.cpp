//===- ScaleTypeTest.cpp - Scales of every type, and scales of scales -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/ScaleType.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

const ScaleType allTypes[] = {
    ScaleType::F32,       ScaleType::F16, ScaleType::BF16, ScaleType::F8E4M3FN,
    ScaleType::F8E8M0FNU, ScaleType::U8,  ScaleType::One};

TEST(ScaleType, StoredBytesAreTheRoundedValue) {
  std::mt19937 generator(4);
  std::normal_distribution<float> normal;
  for (ScaleType type : allTypes) {
    std::vector<float> scales;
    for (int i = 0; i < 1000; ++i)
      scales.push_back(
          std::ldexp(std::fabs(normal(generator)), int(generator() % 20) - 10));
    std::vector<uint8_t> bytes(scales.size() * scaleTypeBytes(type));
    storeScales(scales.data(), scales.size(), type, bytes.data());
    std::vector<float> back(scales.size());
    loadScales(bytes.data(), back.size(), type, back.data());
    for (size_t i = 0; i < scales.size(); ++i) {
      if (type == ScaleType::F8E4M3FN && scales[i] > 464) {
        EXPECT_TRUE(std::isnan(back[i]));
        continue;
      }
      EXPECT_EQ(back[i], roundToScaleType(scales[i], type));
      EXPECT_EQ(roundToScaleType(back[i], type), back[i]);
    }
  }
}

TEST(ScaleType, PowersOfTwo_C63) {
  auto round = [](float x) {
    return roundToScaleType(x, ScaleType::F8E8M0FNU);
  };
  EXPECT_EQ(round(1), 1);
  EXPECT_EQ(round(1.49f), 1);
  EXPECT_EQ(round(1.51f), 2);
  // Ties to the even exponent code: that of 1 is 127, of 2 is 128.
  EXPECT_EQ(round(1.5f), 2);
  EXPECT_EQ(round(3), 2);
  EXPECT_EQ(round(6), 8);
  for (int e = -126; e < 127; ++e) {
    float power = std::ldexp(1.0f, e);
    EXPECT_EQ(round(power), power);
    EXPECT_EQ(round(power * 1.5f), (e + 127) % 2 ? 2 * power : power);
    EXPECT_EQ(round(std::nextafter(power * 1.5f, inf)), 2 * power);
    EXPECT_EQ(round(std::nextafter(power * 1.5f, 0.0f)), power);
  }
  EXPECT_EQ(round(0), 0x1p-127f);
  EXPECT_EQ(round(FLT_TRUE_MIN), 0x1p-127f);
  EXPECT_EQ(round(0x1.8p-127f), 0x1p-127f);
  EXPECT_EQ(round(0x1.80001p-127f), 0x1p-126f);
  EXPECT_EQ(round(0x1.8p127f), 0x1p127f);
  for (float bad : {FLT_MAX, inf, nan, -1.0f, -inf})
    EXPECT_TRUE(std::isnan(round(bad))) << bad;
}

TEST(ScaleType, SmallFloatsAndIntegers) {
  auto e4m3 = [](float x) { return roundToScaleType(x, ScaleType::F8E4M3FN); };
  EXPECT_EQ(e4m3(1.0625f), 1);
  EXPECT_EQ(e4m3(-1.1875f), -1.25f);
  EXPECT_EQ(e4m3(464), 448);
  EXPECT_TRUE(std::isnan(e4m3(464.1f)));
  EXPECT_TRUE(std::isnan(e4m3(nan)));
  auto u8 = [](float x) { return roundToScaleType(x, ScaleType::U8); };
  EXPECT_EQ(u8(0.5f), 0);
  EXPECT_EQ(u8(1.5f), 2);
  EXPECT_EQ(u8(300), 255);
  EXPECT_EQ(u8(-1), 0);
  EXPECT_EQ(roundToScaleType(7, ScaleType::One), 1);
}

int64_t roundScalesIn(ScaleType type, std::vector<float> &scales) {
  return roundScales(scales, type, smallScales(type, /*hasZero=*/true));
}

TEST(ScaleType, ZerosBecomeOne_C42) {
  std::vector<float> scales = {0, 1e-20f, 3, -0.0f, 1e30f, inf};
  EXPECT_EQ(roundScalesIn(ScaleType::F16, scales), 4);
  EXPECT_EQ(scales[0], 1);
  EXPECT_EQ(scales[3], 1);
  scales = {0, 1e-45f};
  EXPECT_EQ(roundScalesIn(ScaleType::F8E8M0FNU, scales), -1);
  EXPECT_EQ(scales, (std::vector<float>{1, 0x1p-127f}));
  scales = {0, 5};
  EXPECT_EQ(roundScalesIn(ScaleType::One, scales), -1);
  EXPECT_EQ(scales, (std::vector<float>{1, 1}));
}

TEST(ScaleType, SmallOnesBecomeTheSmallest_C42) {
  for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16,
                         ScaleType::F8E4M3FN, ScaleType::F8E8M0FNU}) {
    // Half of the smallest ties to zero, or in f8E8M0FNU and f32 does not end.
    float least = smallestScale(type);
    std::vector<float> scales = {0x1p-149f, least / 2, least, 2 * least, 0};
    EXPECT_EQ(roundScalesIn(type, scales), -1);
    bool halfIsZero = type == ScaleType::F32;
    EXPECT_EQ(scales, (std::vector<float>{least, halfIsZero ? 1 : least, least,
                                          2 * least, 1}));
  }
  // Above half of the smallest nothing is raised; the sign of what is, is lost.
  std::vector<float> scales = {0x1.1p-25f, -0x1.1p-25f, -0x1p-25f, nan};
  EXPECT_EQ(roundScalesIn(ScaleType::F16, scales), 3);
  scales.pop_back();
  EXPECT_EQ(scales, (std::vector<float>{0x1p-24f, -0x1p-24f, 0x1p-24f}));
}

TEST(ScaleType, SmallNestedScalesBecomeTheSmallest_C64) {
  // The largest scale is not zero: its nested scale is 2^-24, not 1, and the
  // one of zeros beside it the smallest that there is.
  std::vector<float> scales = {1e-9f, 0}, nested(1);
  EXPECT_EQ(roundNestedScales(scales, ScaleType::U8, {ScaleType::F16, 0},
                              nested, true),
            -1);
  EXPECT_EQ(nested, (std::vector<float>{0x1p-24f}));
  EXPECT_EQ(scales, (std::vector<float>{0x1p-24f, 0x1p-24f}));
  // Stored, but its product with the smallest of f16 would be 0.
  scales = {1e-37f, 0};
  EXPECT_EQ(roundNestedScales(scales, ScaleType::F16, {ScaleType::F32, 0},
                              nested, true),
            -1);
  EXPECT_EQ(nested, (std::vector<float>{0x1p-125f}));
  EXPECT_GT(scales[1], 0);
}

TEST(ScaleType, ZerosBecomeSmallWithoutALevelZero_C42) {
  std::vector<float> scales = {0, 1e-20f, 3};
  EXPECT_EQ(smallScales(ScaleType::F16, true).ofZeros, 1);
  EXPECT_EQ(
      roundScales(scales, ScaleType::F16, smallScales(ScaleType::F16, false)),
      -1);
  EXPECT_EQ(scales, (std::vector<float>{0x1p-24f, 0x1p-24f, 3}));
  // No product of a nested scale and the smallest scale is 0.
  for (ScaleType type : {ScaleType::U8, ScaleType::F8E4M3FN, ScaleType::F16})
    for (ScaleType outer : {ScaleType::F32, ScaleType::F16, ScaleType::BF16}) {
      NestedScales nesting{outer, 2};
      std::vector<float> nested(1);
      scales = {0, 0};
      EXPECT_EQ(roundNestedScales(scales, type, nesting, nested, false), -1);
      EXPECT_EQ(nested[0], roundToScaleType(nested[0], outer));
      EXPECT_EQ(scales[0], smallestScale(type) * nested[0]);
      EXPECT_GT(scales[0], 0);
      EXPECT_LE(scales[0], 0x1p-24f);
    }
}

TEST(ScaleType, NestedByHand_C64) {
  // Blocks of 3, 3 and 1 scales.
  std::vector<float> scales = {510, 2, 0.5f, 0, 0, 0, 1e30f};
  NestedScales nesting{ScaleType::F32, 3};
  std::vector<float> nested(nesting.count(7));
  EXPECT_EQ(roundNestedScales(scales, ScaleType::U8, nesting, nested, true),
            -1);
  EXPECT_EQ(nested, (std::vector<float>{2, 1, 1e30f / 255}));
  // 0.25 rounds to 0, which is then 1; so do zeros.
  EXPECT_EQ(scales,
            (std::vector<float>{510, 2, 2, 1, 1, 1, 255 * (1e30f / 255)}));
  scales = {1, 2, 3, 4, 1e30f, 5, 6};
  nesting.type = ScaleType::F16;
  EXPECT_EQ(roundNestedScales(scales, ScaleType::U8, nesting, nested, true), 3);
}

TEST(ScaleType, NestedOverAll) {
  std::mt19937 generator(8);
  std::normal_distribution<float> normal;
  for (ScaleType type : {ScaleType::U8, ScaleType::F8E4M3FN, ScaleType::F16})
    for (ScaleType outer : {ScaleType::F32, ScaleType::F16, ScaleType::BF16})
      for (int64_t block : {0, 1, 7, 256}) {
        // 1/65504 of a scale has few bits left in f16.
        if (type == ScaleType::F16 && outer == ScaleType::F16)
          continue;
        NestedScales nesting{outer, block};
        std::vector<float> exact(1000);
        for (float &scale : exact)
          scale = std::fabs(normal(generator)) + 0.01f;
        std::vector<float> scales = exact, nested(nesting.count(1000));
        EXPECT_EQ(roundNestedScales(scales, type, nesting, nested, true), -1);
        for (size_t i = 0; i < exact.size(); ++i) {
          float unit = nested[nesting.of(i)];
          EXPECT_EQ(roundToScaleType(unit, outer), unit);
          // Dividing finds the stored scale again.
          float stored = roundToScaleType(scales[i] / unit, type);
          EXPECT_EQ(stored * unit, scales[i]);
          EXPECT_NEAR(scales[i], exact[i],
                      type == ScaleType::U8 ? unit * 1.01
                                            : exact[i] * 0.07 + unit * 0.001);
        }
      }
}

TEST(ScaleType, Names) {
  for (ScaleType type : allTypes)
    EXPECT_FALSE(scaleTypeName(type).empty());
  EXPECT_EQ(scaleTypeName(ScaleType::F8E8M0FNU), "f8E8M0FNU");
  EXPECT_EQ(scaleTypeBytes(ScaleType::One), 0u);
  for (ScaleType type : allTypes) {
    EXPECT_EQ(roundToScaleType(largestScale(type), type), largestScale(type));
    EXPECT_EQ(roundToScaleType(smallestScale(type), type), smallestScale(type));
  }
}

} // namespace
