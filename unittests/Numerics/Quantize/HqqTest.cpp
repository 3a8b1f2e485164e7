//===- HqqTest.cpp - Half-quadratic quantization --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hqq.h"

#include "QuantizeTesting.h"
#include "lowbit/Numerics/Presets.h"

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

/// The lp norm of each block, or of all together.
Floats blockNorms(const BlockParameters &parameters, const Floats &values,
                  ShapeRef shape, const Format &format) {
  Floats result = storedValues(parameters, values, shape, format);
  auto granularity = Granularity::get(shape, format.blockShape);
  Floats norms(format.nestedScales ? 1 : granularity->numScales());
  for (size_t i = 0; i < values.size(); ++i)
    norms[format.nestedScales ? 0 : granularity->scaleIndex(i)] +=
        std::pow(std::fabs(values[i] - result[i]), 0.7f);
  return norms;
}

// Never worse than rounding to nearest by any range kind, in its own norm:
// with scales that are negative, powers of two, nested, or rounded coarsely.
TEST(Hqq, Case_C153) {
  auto make = [](const char *codec, int64_t block, ScaleType type) {
    Format format = formatOf(codec, {1, block});
    format.scaleType = type;
    return format;
  };
  std::vector<Format> formats;
  for (const char *name : {"q4_0", "q4_1", "q8_0", "mxfp4", "mxfp8", "nvfp4"})
    formats.push_back(getPreset(name, 2, 1)->format);
  for (const char *codec : {"i2", "i3", "i4", "i5", "i8", "nf4"})
    for (int64_t block : {16, 128})
      formats.push_back(make(codec, block, ScaleType::F16));
  for (ScaleType type : {ScaleType::F8E4M3FN, ScaleType::F8E8M0FNU})
    formats.push_back(make("i4", 32, type));
  formats.push_back(make("u4", 64, ScaleType::F16));
  formats.back().hasZeroPoint = true;
  formats.push_back(make("nf4", 64, ScaleType::U8));
  formats.back().nestedScales = NestedScales{ScaleType::F32, 256};
  formats.push_back(make("i4", 32, ScaleType::F16));
  formats.back().sparsity = Sparsity::pattern(2, 4, 1);
  Shape shape{40, 256};
  for (unsigned seed = 0; seed < 3; ++seed) {
    Floats values = gaussian(40 * 256, seed);
    // Blocks of each sign, size and skew, with outliers, and of zeros.
    for (size_t i = 0; i < values.size(); ++i) {
      float x = values[i];
      size_t row = i / 256;
      values[i] = row % 5 == 0   ? x * x * x
                  : row % 5 == 1 ? std::fabs(x)
                  : row % 5 == 2 ? -std::fabs(x) * 1e-3f
                  : row % 5 == 3 ? 100 * x + 30
                  : row < 8      ? 0
                                 : x;
    }
    for (const Format &format : formats) {
      auto solved = solveHqq(values, shape, format);
      ASSERT_TRUE(solved) << format.codec->name();
      Floats norms = blockNorms(*solved, values, shape, format);
      for (RangeKind kind :
           {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax,
            RangeKind::Mean, RangeKind::Exponent}) {
        auto range = chooseParameters(values, shape, format, kind);
        if (!range)
          continue;
        Floats ofRange = blockNorms(*range, values, shape, format);
        for (size_t b = 0; b < norms.size(); ++b)
          EXPECT_LE(norms[b], 1.001f * ofRange[b] + 1e-5f)
              << format.codec->name() << " " << rangeKindName(kind) << " " << b;
      }
    }
  }
}

// What a squared-error search gains on scales of E8M0, HQQ gains in its norm.
TEST(Hqq, MovesPowersOfTwo) {
  Floats values = gaussian(256 * 256, 5);
  Shape shape{256, 256};
  for (const char *name : {"mxfp4", "mxfp8"}) {
    Format format = getPreset(name, 2, 1)->format;
    auto solved = solveHqq(values, shape, format);
    auto range =
        chooseParameters(values, shape, format, format.defaultRangeKind());
    ASSERT_TRUE(solved && range);
    EXPECT_NE(solved->scales, range->scales);
    for (float scale : solved->scales)
      EXPECT_EQ(scale, roundToScaleType(scale, ScaleType::F8E8M0FNU));
    EXPECT_LT(lpError(values, storedValues(*solved, values, shape, format)),
              0.99 *
                  lpError(values, storedValues(*range, values, shape, format)))
        << name;
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
  EXPECT_EQ(errorOf().message,
            "the scale of block 0 is too large for its type f16");
  format.offsetType.reset();
  EXPECT_EQ(errorOf().kind, Error::Kind::ScaleOverflow);
  values[2] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf().index, 2);
  values.pop_back();
  EXPECT_EQ(errorOf().message, "3 values given for a tensor of 4 elements");
}

} // namespace
