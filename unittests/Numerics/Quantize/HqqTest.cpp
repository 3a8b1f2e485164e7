//===- HqqTest.cpp - Half-quadratic quantization --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hqq.h"

#include "QuantizeTesting.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

namespace {

using Floats = std::vector<float>;

/// scale * decode(code) + offset of the nearest code.
Floats decoded(const BlockParameters &parameters, const Floats &values,
               ShapeRef shape, const Format &format) {
  auto granularity = Granularity::get(shape, format.blockShape);
  Floats result;
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t block = granularity->scaleIndex(static_cast<int64_t>(i));
    float scale = parameters.scales[block], offset = parameters.offsets[block];
    int code = format.codec->encode((values[i] - offset) / scale);
    result.push_back(scale * format.codec->decode(code) + offset);
  }
  return result;
}

/// sum |error / deviation|^p.
double lpError(const Floats &values, const Floats &result, double p = 0.7) {
  double sum = 0;
  for (size_t i = 0; i < values.size(); ++i)
    sum += std::pow(std::fabs(static_cast<double>(values[i]) - result[i]), p);
  return sum;
}

Format formatOf(const char *codec, Shape blocks, bool hasZeroPoint = false) {
  return {getNamedCodec(codec), std::move(blocks), ScaleType::F32,
          hasZeroPoint};
}

Format withOffsets(const char *codec, Shape blocks,
                   ScaleType type = ScaleType::F32) {
  Format format = formatOf(codec, std::move(blocks));
  format.offsetType = type;
  return format;
}

// Better than min-max in the norm that it minimises, and in squares too.
TEST(Hqq, GainsOnMinMax) {
  Shape shape{64, 1024};
  for (float deviation : {1.0f, 0.02f}) {
    Floats values = gaussian(64 * 1024, 2);
    for (float &value : values)
      value *= deviation;
    for (const char *codec : {"u4", "u3", "u2", "i4", "nf4"}) {
      Format format = withOffsets(codec, {1, 64});
      auto minMax = solveHqq(values, shape, format, {.iterations = 0});
      auto solved = solveHqq(values, shape, format);
      ASSERT_TRUE(minMax && solved) << codec;
      EXPECT_EQ(solved->scales, minMax->scales);
      Floats before = decoded(*minMax, values, shape, format);
      Floats after = decoded(*solved, values, shape, format);
      EXPECT_LT(lpError(values, after), 0.99 * lpError(values, before))
          << codec;
      EXPECT_GT(sqnrDb(values, after), sqnrDb(values, before) + 0.15) << codec;
    }
  }
  // The figure for 4 bits and groups of 64; min-max gives 20.96.
  Floats values = gaussian(64 * 1024);
  Format format = withOffsets("u4", {1, 64});
  auto solved = solveHqq(values, shape, format);
  ASSERT_TRUE(solved);
  EXPECT_NEAR(sqnrDb(values, decoded(*solved, values, shape, format)), 21.2,
              0.1);
}

// What lies on a grid with any offset is exact.
TEST(Hqq, GridsAreExact) {
  Floats values;
  for (int i = 0; i < 64; ++i)
    values.push_back(5 + 0.5f * static_cast<float>((i * 5) % 16));
  Format format = withOffsets("u4", {0});
  auto solved = solveHqq(values, Shape{64}, format);
  ASSERT_TRUE(solved);
  EXPECT_EQ(solved->scales, Floats{0.5f});
  EXPECT_EQ(solved->offsets, Floats{5});
}

// Without offsets the scale moves, whether there are zero points or not.
TEST(Hqq, Scales) {
  Floats values = gaussian(64 * 1024, 3);
  Shape shape{64, 1024};
  for (bool hasZeroPoint : {false, true})
    for (const char *codec : {"u4", "i4", "i8", "i2", "nf4"}) {
      Format format = formatOf(codec, {64, 1}, hasZeroPoint);
      format.scaleType = ScaleType::F16;
      if (verifyFormat(shape, format))
        continue;
      auto range =
          chooseParameters(values, shape, format, format.defaultRangeKind());
      auto solved = hqqChooser()(values, shape, format);
      ASSERT_TRUE(range && solved);
      EXPECT_EQ(solved->zeroPoints, range->zeroPoints);
      EXPECT_LT(lpError(values, storedValues(*solved, values, shape, format)),
                lpError(values, storedValues(*range, values, shape, format)))
          << codec;
      for (float scale : solved->scales)
        EXPECT_EQ(scale, roundToScaleType(scale, ScaleType::F16));
    }
}

// As stored: rounded offsets, scales under nested ones, and what is kept.
TEST(Hqq, StoredForms) {
  Floats values = gaussian(64 * 1024, 9);
  for (float &value : values)
    value += 0.3f;
  Shape shape{64, 1024};
  Format offsets = withOffsets("u4", {1, 64}, ScaleType::F16);
  offsets.scaleType = ScaleType::F16;
  Format nested = withOffsets("u4", {1, 64}, ScaleType::BF16);
  nested.scaleType = ScaleType::U8;
  nested.nestedScales = NestedScales{ScaleType::F32, 256};
  Format nestedOnly = formatOf("i4", {1, 64});
  nestedOnly.scaleType = ScaleType::U8;
  nestedOnly.nestedScales = NestedScales{ScaleType::F32, 256};
  Format sparse = offsets;
  sparse.sparsity = Sparsity::pattern(2, 4, 1);
  for (const Format &format : {offsets, nested, nestedOnly, sparse}) {
    auto range =
        chooseParameters(values, shape, format, format.defaultRangeKind());
    auto solved = hqqChooser()(values, shape, format);
    ASSERT_TRUE(range && solved);
    EXPECT_LT(lpError(values, storedValues(*solved, values, shape, format)),
              lpError(values, storedValues(*range, values, shape, format)));
    for (float offset : solved->offsets)
      EXPECT_EQ(offset, roundToScaleType(offset, *format.offsetType));
    auto parts =
        packParts(*encodeWith(*solved, values, shape, format), shape, format);
    ASSERT_TRUE(parts);
    EXPECT_EQ(unpackParts(*parts, shape, format)->scales, solved->scales);
  }
}

TEST(Hqq, SameForEveryNumberOfThreads) {
  Floats values = gaussian(300 * 301, 1);
  Shape shape{300, 301};
  // Also blocks of several chunks.
  for (Shape blocks : {Shape{1, 64}, Shape{64, 1}, Shape{100, 100}}) {
    for (const Format &format :
         {withOffsets("u4", blocks), formatOf("u4", blocks, true)}) {
      auto one = solveHqq(values, shape, format, {}, 1);
      auto two = solveHqq(values, shape, format, {}, 2);
      ASSERT_TRUE(one && two);
      EXPECT_EQ(one->scales, two->scales);
      EXPECT_EQ(one->offsets, two->offsets);
      EXPECT_EQ(one->zeroPoints, two->zeroPoints);
    }
  }
}

TEST(Hqq, ShapesAndValuesAtTheEdge) {
  auto solve = [](Floats values, Shape shape, Shape blocks) {
    auto solved = solveHqq(values, shape, withOffsets("u4", blocks));
    EXPECT_TRUE(solved);
    return *solved;
  };
  EXPECT_EQ(solve({}, {0, 2}, {0, 1}).offsets, Floats(2));
  EXPECT_EQ(solve({}, {2, 0}, {0, 1}).offsets, Floats());
  EXPECT_EQ(solve({0, 0, 0}, {3}, {0}).scales, Floats{1});
  // A block of one value is that value.
  EXPECT_EQ(solve({-7, -7, 3}, {3}, {2}).offsets, (Floats{-7, 3}));
  EXPECT_EQ(solve({-7}, {}, {}).offsets, Floats{-7});
  float tiny = std::numeric_limits<float>::denorm_min();
  BlockParameters denormal = solve({tiny, -8 * tiny, 0}, {3}, {0});
  EXPECT_TRUE(std::isfinite(denormal.offsets[0]));
  EXPECT_GT(denormal.scales[0], 0);
  BlockParameters large = solve({1.5e38f, -1.5e38f, 1e38f}, {3}, {0});
  EXPECT_TRUE(std::isfinite(large.offsets[0]));
  EXPECT_TRUE(std::isfinite(large.scales[0]));
}

TEST(Hqq, Errors) {
  Floats values{1, 2, 3, 1e6f};
  Format format = withOffsets("u4", {0});
  auto errorOf = [&](const HqqOptions &options = {}) {
    auto solved = solveHqq(values, Shape{4}, format, options);
    EXPECT_FALSE(solved);
    return solved.error();
  };
  for (float bad : {0.0f, 1.5f, std::numeric_limits<float>::quiet_NaN()})
    EXPECT_EQ(errorOf({.norm = bad}).message,
              "the exponent of HQQ's norm must be above 0 and at most 1");
  EXPECT_EQ(errorOf({.beta = 0}).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf({.growth = 0.5f}).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf({.iterations = -1}).kind, Error::Kind::InvalidFormat);
  format.scaleType = ScaleType::F16;
  EXPECT_EQ(errorOf().message, "scale 0 is too large for its type f16");
  format.offsetType.reset();
  EXPECT_EQ(errorOf().kind, Error::Kind::ScaleOverflow);
  values[2] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf().index, 2);
  values.pop_back();
  EXPECT_EQ(errorOf().message, "3 values given for a tensor of 4 elements");
}

} // namespace
