//===- QualityTest.cpp - Signal to noise of known formats on known data ---===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Published and recomputed figures for round-to-nearest on Gaussian data; an
// error in a scale rule, a rounding or a table shows here as lost decibels.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Presets.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <random>

using namespace lowbit::numerics;

namespace {

const std::vector<float> &gaussian() {
  static const std::vector<float> values = [] {
    std::mt19937 generator(42);
    std::normal_distribution<float> normal;
    std::vector<float> result(1 << 20);
    for (float &value : result)
      value = normal(generator);
    return result;
  }();
  return values;
}

double sqnr(const char *codec, Shape blocks, bool hasZeroPoint = false,
            RangeKind kind = RangeKind::AbsMax,
            ScaleType type = ScaleType::F32) {
  Shape shape{1024, 1024};
  Format format{getNamedCodec(codec), std::move(blocks), type, hasZeroPoint};
  auto parts = quantizeRoundToNearest(gaussian(), shape, format, {}, kind);
  EXPECT_TRUE(parts);
  auto statistics = measureQuantization(gaussian(), *parts, shape, format);
  EXPECT_TRUE(statistics);
  return statistics->sqnrDb();
}

TEST(Quality, SymmetricInteger) {
  EXPECT_NEAR(sqnr("i8", {1, 0}), 42.1, 0.3);
  EXPECT_NEAR(sqnr("i8", {1, 128}), 43.8, 0.3);
  EXPECT_NEAR(sqnr("i8", {128, 1}), 43.8, 0.3);
  EXPECT_NEAR(sqnr("i8", {1, 32}), 45.4, 0.3);
  EXPECT_NEAR(sqnr("i4", {1, 0}), 16.9, 0.3);
  EXPECT_NEAR(sqnr("i4", {1, 128}), 18.6, 0.3);
  EXPECT_NEAR(sqnr("i4", {128, 1}), 18.6, 0.3);
  EXPECT_NEAR(sqnr("i4", {32, 1}), 20.3, 0.3);
  EXPECT_NEAR(sqnr("i3", {128, 1}), 11.3, 0.3);
  EXPECT_NEAR(sqnr("i2", {128, 1}), 2.3, 0.3);
}

TEST(Quality, AsymmetricInteger) {
  EXPECT_NEAR(sqnr("u8", {128, 1}, true, RangeKind::MinMax), 44.6, 0.3);
  EXPECT_NEAR(sqnr("i8", {128, 1}, true, RangeKind::MinMax), 44.6, 0.3);
  EXPECT_NEAR(sqnr("u4", {128, 1}, true, RangeKind::MinMax), 20.0, 0.3);
  EXPECT_NEAR(sqnr("i4", {1, 128}, true, RangeKind::MinMax), 20.0, 0.3);
  EXPECT_NEAR(sqnr("u3", {128, 1}, true, RangeKind::MinMax), 13.3, 0.3);
  EXPECT_NEAR(sqnr("u2", {128, 1}, true, RangeKind::MinMax), 6.0, 0.3);
}

TEST(Quality, SymmetricFullRange) {
  // ggml's Q4_0: signed maximum over -8, f16 scale, groups of 32.
  EXPECT_NEAR(sqnr("i4", {1, 32}, false, RangeKind::Full, ScaleType::F16), 21.3,
              0.3);
  // The same stored as unsigned codes with zero point 8.
  EXPECT_NEAR(sqnr("u4", {1, 32}, true, RangeKind::Full, ScaleType::F16), 21.3,
              0.3);
}

TEST(Quality, NormalFloat) {
  EXPECT_NEAR(sqnr("nf4", {64, 1}), 20.7, 0.3);
  EXPECT_NEAR(sqnr("nf4", {1, 64}), 20.7, 0.3);
  EXPECT_NEAR(sqnr("nf4", {128, 1}), 20.4, 0.3);
  EXPECT_NEAR(sqnr("nf4", {1, 0}), 19.6, 0.3);
}

TEST(Quality, NarrowScalesCostLittle) {
  double f32 = sqnr("i4", {128, 1});
  EXPECT_NEAR(sqnr("i4", {128, 1}, false, RangeKind::AbsMax, ScaleType::F16),
              f32, 0.02);
  EXPECT_NEAR(sqnr("i4", {128, 1}, false, RangeKind::AbsMax, ScaleType::BF16),
              f32, 0.1);
}

double presetSqnr(const char *name) {
  Shape shape{1024, 1024};
  auto preset = getPreset(name, 2, 1);
  auto parts = quantizeRoundToNearest(gaussian(), shape, preset->format, {},
                                      preset->range);
  EXPECT_TRUE(parts);
  return measureQuantization(gaussian(), *parts, shape, preset->format)
      ->sqnrDb();
}

// The tolerance of what is published with one digit.
constexpr double tight = 0.1;

TEST(Quality, Presets) {
  EXPECT_NEAR(presetSqnr("mxfp4"), 18.8, tight);
  EXPECT_NEAR(presetSqnr("q4_0"), 21.3, tight);
  EXPECT_NEAR(presetSqnr("q8_0"), 45.4, tight);
  EXPECT_NEAR(presetSqnr("nf4-g64-dq"), 20.7, tight);
  // Double quantization of the scales costs next to nothing.
  EXPECT_NEAR(presetSqnr("nf4-g64-dq"), sqnr("nf4", {1, 64}), 0.01);
}

TEST(Quality, SmallFloats) {
  EXPECT_NEAR(sqnr("f4E2M1FN", {1, 128}), 19.3, tight);
  EXPECT_NEAR(sqnr("f4E2M1FN", {1, 64}), 19.5, tight);
  EXPECT_NEAR(sqnr("f4E2M1FN", {1, 32}), 19.9, tight);
  EXPECT_NEAR(sqnr("f4E2M1FN", {16, 1}), 20.5, tight);
  EXPECT_NEAR(sqnr("fp4", {1, 32}), 19.9, tight);
  EXPECT_NEAR(sqnr("fp4_bnb", {1, 256}), 17.4, tight);
  EXPECT_NEAR(sqnr("fp4_bnb", {1, 128}), 17.8, tight);
  EXPECT_NEAR(sqnr("fp4_bnb", {1, 64}), 18.3, tight);
  EXPECT_NEAR(sqnr("fp4_bnb", {1, 32}), 18.9, tight);
}

// Keeping two of four by magnitude, without quantizing.
TEST(Quality, TwoOfFour) {
  Shape shape{1024, 1024};
  Format format{getNamedCodec("bf16"), {0, 0}, ScaleType::One, false};
  format.sparsity = Sparsity::pattern(2, 4, 1);
  auto parts = quantizeRoundToNearest(gaussian(), shape, format);
  ASSERT_TRUE(parts);
  EXPECT_NEAR(measureQuantization(gaussian(), *parts, shape, format)->sqnrDb(),
              8.78, tight);
}

// The best two levels of a normal distribution are -mean|x| and mean|x|.
TEST(Quality, Binary) {
  EXPECT_NEAR(sqnr("binary", {0, 0}, false, RangeKind::Mean), 4.40, tight);
}

} // namespace
