//===- ScaleSearchTest.cpp - Scales of least squared error ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ScaleSearch.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "QuantizeTesting.h"

#include <gtest/gtest.h>

#include <limits>
#include <string_view>

using namespace lowbit::numerics;

namespace {

Format formatOf(const char *codec, Shape blocks, bool hasZeroPoint = false,
                ScaleType type = ScaleType::F32) {
  return {getNamedCodec(codec), std::move(blocks), type, hasZeroPoint};
}

/// SQNR of the search on 2^20 standard normal values.
double sqnr(const Format &format) {
  static const std::vector<float> values = gaussian(1 << 20);
  Shape shape{256, 4096};
  auto decoded = storedValues(scaleSearchChooser(), values, shape, format);
  return sqnrDb(values, decoded);
}

// The figures of a search over positive scales alone, range -8..7, are 19.9,
// 20.5, 21.3 and 19.3 at groups of 128, 64, 32 and 4096; choosing the side with
// the longer range gains up to 0.5 dB more.
TEST(ScaleSearch, GaussianSymmetric) {
  EXPECT_NEAR(sqnr(formatOf("i4", {1, 128})), 20.29, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i4", {1, 64})), 20.93, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i4", {1, 32})), 21.83, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i4", {1, 0})), 19.34, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i4", {128, 1})), 20.29, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i2", {1, 128})), 8.79, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i3", {1, 128})), 14.62, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i8", {1, 128})), 44.13, 0.1);
  EXPECT_NEAR(sqnr(formatOf("nf4", {1, 64})), 21.61, 0.1);
}

// A tensor's worth in one block: the best uniform quantizers of 4, 8 and 16
// levels reach 9.25, 14.27 and 19.38 dB with a middle between two codes; a code
// at zero costs most where there are few.
TEST(ScaleSearch, GaussianPerTensorIsTheOptimalUniformQuantizer) {
  EXPECT_NEAR(sqnr(formatOf("i4", {0, 0})), 19.3, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i3", {0, 0})), 14.0, 0.2);
  EXPECT_NEAR(sqnr(formatOf("i2", {0, 0})), 8.3, 0.2);
}

TEST(ScaleSearch, GaussianWithZeroPoint) {
  EXPECT_NEAR(sqnr(formatOf("u4", {1, 128}, true)), 20.42, 0.1);
  EXPECT_NEAR(sqnr(formatOf("i4", {1, 128}, true)), 20.42, 0.1);
  EXPECT_NEAR(sqnr(formatOf("u2", {1, 128}, true)), 8.63, 0.1);
  EXPECT_NEAR(sqnr(formatOf("u8", {128, 1}, true)), 44.82, 0.1);
}

TEST(ScaleSearch, GaussianWithOffset) {
  // One step of a grid more than a zero point, which it need not fall on.
  for (ScaleType type : {ScaleType::F32, ScaleType::F16}) {
    Format format = formatOf("u4", {1, 128}, false, type);
    format.offsetType = type;
    EXPECT_NEAR(sqnr(format), 20.65, 0.1);
    format.codec = getNamedCodec("u2");
    EXPECT_NEAR(sqnr(format), 9.4, 0.3);
  }
}

TEST(ScaleSearch, NoBlockWithOffsetIsWorseThanItsRange) {
  std::vector<float> values = gaussian(6 * 130, 5);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = i % 53 ? values[i] + 100 : 500;
  Shape shape{6, 130};
  for (const char *codec : {"u1", "u4", "i4", "u8", "nf4", "f4E2M1FN", "f16"}) {
    Format format = formatOf(codec, {1, 64}, false, ScaleType::F16);
    format.offsetType = ScaleType::BF16;
    auto found = searchScales(values, shape, format);
    auto range = chooseParameters(values, shape, format, RangeKind::MinMax);
    ASSERT_TRUE(found && range) << codec;
    std::vector<double> searched = blockErrors(*found, values, shape, format);
    std::vector<double> ranged = blockErrors(*range, values, shape, format);
    for (size_t i = 0; i < searched.size(); ++i)
      EXPECT_LE(searched[i], ranged[i] * (1 + 1e-4)) << codec << ' ' << i;
  }
}

TEST(ScaleSearch, NestedScalesAndSparseFormats) {
  std::vector<float> values = gaussian(64 * 512, 6);
  Shape shape{64, 512};
  Format nested = formatOf("nf4", {1, 64}, false, ScaleType::U8);
  nested.nestedScales = NestedScales{ScaleType::F32, 256};
  Format pattern = formatOf("i4", {1, 64}, false, ScaleType::F16);
  pattern.sparsity = Sparsity::pattern(2, 4, 1);
  Format bitmap = pattern;
  bitmap.sparsity = Sparsity::bitmap(64 * 128);
  for (const Format &format : {nested, pattern, bitmap}) {
    auto found = searchScales(values, shape, format);
    auto range =
        chooseParameters(values, shape, format, format.defaultRangeKind());
    ASSERT_TRUE(found && range);
    EXPECT_EQ(found->nestedScales.size(), range->nestedScales.size());
    auto lossOf = [&](const BlockParameters &parameters) {
      auto stored = storedValues(parameters, values, shape, format);
      double error = 0;
      for (size_t i = 0; i < values.size(); ++i)
        if (stored[i] != 0 || format.sparsity.isDense())
          error += (values[i] - stored[i]) * (values[i] - stored[i]);
      return error;
    };
    EXPECT_LT(lossOf(*found), 0.95 * lossOf(*range));
  }
}

// On any data, with any codec and scale type, no block loses by it.
TEST(ScaleSearch, NoBlockIsWorseThanUnderARange) {
  std::vector<float> values = gaussian(6 * 130, 3);
  for (size_t i = 0; i < values.size(); i += 37)
    values[i] *= 40;
  for (size_t i = 260; i < 390; ++i)
    values[i] = std::fabs(values[i]);
  Shape shape{6, 130};
  for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16,
                         ScaleType::F8E4M3FN, ScaleType::F8E8M0FNU})
    for (const char *codec :
         {"i1", "i2", "i4", "i8", "u4", "u8", "nf4", "binary", "f4E2M1FN"})
      for (bool hasZeroPoint : {false, true}) {
        Format format = formatOf(codec, {1, 64}, hasZeroPoint, type);
        // A code below zero alone needs scales below zero.
        if (verifyFormat(shape, format) ||
            (codec == std::string_view("i1") && !hasZeroPoint &&
             type == ScaleType::F8E8M0FNU))
          continue;
        auto found = searchScales(values, shape, format);
        ASSERT_TRUE(found) << codec;
        for (RangeKind kind :
             {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax,
              RangeKind::Mean, RangeKind::Exponent}) {
          auto range = chooseParameters(values, shape, format, kind);
          if (!range)
            continue;
          std::vector<double> searched =
              blockErrors(*found, values, shape, format);
          std::vector<double> ranged =
              blockErrors(*range, values, shape, format);
          for (size_t b = 0; b < searched.size(); ++b)
            EXPECT_LE(searched[b], ranged[b] * 1.00001) << codec << b;
        }
      }
}

// Scales are stored values already.
TEST(ScaleSearch, ScalesAreOfTheirType) {
  std::vector<float> values = gaussian(4096, 5);
  for (ScaleType type : {ScaleType::F16, ScaleType::BF16}) {
    auto found = searchScales(values, Shape{64, 64},
                              formatOf("i4", {1, 32}, false, type));
    ASSERT_TRUE(found);
    for (float scale : found->scales)
      EXPECT_EQ(scale, roundToScaleType(scale, type));
  }
}

// Values that a format holds exactly are found out.
TEST(ScaleSearch, ExactValuesStayExact) {
  std::vector<float> values;
  for (int i = 0; i < 64; ++i)
    values.push_back(0.375f * ((i * 7) % 16 - 8));
  auto decoded = storedValues(scaleSearchChooser(), values, Shape{64},
                              formatOf("i4", {0}));
  EXPECT_EQ(decoded, values);
  for (float &x : values)
    x = -x;
  decoded = storedValues(scaleSearchChooser(), values, Shape{64},
                         formatOf("i4", {0}));
  EXPECT_EQ(decoded, values);
}

TEST(ScaleSearch, WeightsMoveTheScale) {
  Shape shape{64, 8};
  std::vector<float> values = gaussian(64 * 8, 9);
  Format format = formatOf("i3", {0, 1});
  std::vector<float> channels(64, 1.0f);
  for (size_t k = 0; k < channels.size(); k += 16)
    channels[k] = 100;
  std::vector<float> elements;
  for (float weight : channels)
    elements.insert(elements.end(), 8, weight);
  auto weightedError = [&](const ErrorWeights &weights) {
    auto decoded =
        storedValues(scaleSearchChooser(weights), values, shape, format);
    double error = 0;
    for (size_t i = 0; i < values.size(); ++i)
      error += elements[i] * std::pow(values[i] - decoded[i], 2.0);
    return error;
  };
  double plain = weightedError({});
  double perChannel = weightedError({.channels = channels, .axis = 0});
  EXPECT_LT(perChannel, 0.8 * plain);
  EXPECT_EQ(weightedError({.elements = elements}), perChannel);
  // All weights zero: anything is right, and nothing is not a number.
  std::vector<float> zeros(64, 0.0f);
  auto found =
      searchScales(values, shape, format, {.channels = zeros, .axis = 0});
  ASSERT_TRUE(found);
  for (float scale : found->scales)
    EXPECT_TRUE(std::isfinite(scale) && scale != 0);
}

TEST(ScaleSearch, SameForEveryNumberOfThreads) {
  // Small blocks, and one that several threads share.
  for (Shape blocks : {Shape{1, 32}, Shape{7, 1}, Shape{0, 0}})
    for (bool hasZeroPoint : {false, true}) {
      Shape shape{611, 700};
      std::vector<float> values = gaussian(611 * 700, 4);
      Format format = formatOf("i4", blocks, hasZeroPoint);
      auto one = searchScales(values, shape, format, {}, 1);
      auto two = searchScales(values, shape, format, {}, 2);
      ASSERT_TRUE(one && two);
      EXPECT_EQ(one->scales, two->scales);
      EXPECT_EQ(one->zeroPoints, two->zeroPoints);
    }
}

TEST(ScaleSearch, ShapesAndValuesAtTheEdge) {
  auto scalesOf = [](std::vector<float> values, Shape shape, Format format) {
    auto found = searchScales(values, shape, format);
    EXPECT_TRUE(found);
    return found ? found->scales : std::vector<float>();
  };
  using Scales = std::vector<float>;
  EXPECT_EQ(scalesOf({}, {0, 4}, formatOf("i4", {0, 1})), Scales(4, 1.0f));
  EXPECT_EQ(scalesOf({}, {4, 0}, formatOf("i4", {0, 1})), Scales());
  // All zero: 1, as round-to-nearest stores it.
  EXPECT_EQ(scalesOf({0, 0, 0}, {3}, formatOf("i4", {0})), Scales{1});
  EXPECT_EQ(scalesOf({0, 0, 0}, {3}, formatOf("u4", {0}, true)), Scales{1});
  // One element, rank 0, denormals.
  EXPECT_EQ(scalesOf({-3.5f}, {}, formatOf("nf4", {})), Scales{3.5f});
  float tiny = std::numeric_limits<float>::denorm_min();
  for (float scale : scalesOf({tiny, -tiny * 9}, {2}, formatOf("i4", {0})))
    EXPECT_TRUE(std::isfinite(scale) && scale != 0);
  float large = std::numeric_limits<float>::max();
  for (float scale : scalesOf({large, -large}, {2}, formatOf("i4", {0})))
    EXPECT_TRUE(std::isfinite(scale) && scale != 0);
}

TEST(ScaleSearch, ValuesOfAnySize) {
  // A factor of a power of two changes nothing else, though squares leave f32.
  std::vector<float> values = gaussian(4 * 130, 9);
  Shape shape{4, 130};
  Format offsets = formatOf("u4", {1, 64});
  offsets.offsetType = ScaleType::F32;
  for (const Format &format :
       {formatOf("i4", {1, 64}), formatOf("u4", {1, 64}, true), offsets,
        formatOf("nf4", {4, 1}),
        formatOf("i3", {0, 0}, false, ScaleType::BF16)})
    for (int exponent : {-100, -40, 65, 110}) {
      SCOPED_TRACE(exponent);
      std::vector<float> scaled = values;
      for (float &x : scaled)
        x = std::ldexp(x, exponent);
      auto one = searchScales(values, shape, format);
      auto other = searchScales(scaled, shape, format);
      ASSERT_TRUE(one && other);
      for (float &scale : one->scales)
        scale = std::ldexp(scale, exponent);
      for (float &offset : one->offsets)
        offset = std::ldexp(offset, exponent);
      EXPECT_EQ(one->scales, other->scales);
      EXPECT_EQ(one->offsets, other->offsets);
      EXPECT_EQ(one->zeroPoints, other->zeroPoints);
    }
}

TEST(ScaleSearch, Errors) {
  std::vector<float> values(12, 1.0f);
  Shape shape{3, 4};
  Format format = formatOf("i4", {0, 1});
  auto errorOf = [&](const ErrorWeights &weights) {
    auto found = searchScales(values, shape, format, weights);
    EXPECT_FALSE(found);
    return found.error();
  };
  std::vector<float> weights(4, 1.0f), all(12, 1.0f);
  EXPECT_EQ(errorOf({.channels = weights, .axis = 0}).message,
            "4 weights given where the tensor needs 3");
  EXPECT_EQ(errorOf({.elements = weights}).message,
            "4 weights given where the tensor needs 12");
  EXPECT_EQ(errorOf({.channels = weights, .axis = 2}).message,
            "the tensor has no axis 2 for the weights");
  EXPECT_EQ(errorOf({.elements = all, .channels = weights, .axis = 1}).kind,
            Error::Kind::InvalidFormat);
  for (float bad : {-1.0f, std::numeric_limits<float>::quiet_NaN(),
                    std::numeric_limits<float>::infinity()}) {
    weights[2] = bad;
    Error error = errorOf({.channels = weights, .axis = 1});
    EXPECT_EQ(error.kind, Error::Kind::NotFinite);
    EXPECT_EQ(error.index, 2);
  }
  values[7] = std::numeric_limits<float>::infinity();
  Error error = errorOf({});
  EXPECT_EQ(error.kind, Error::Kind::NotFinite);
  EXPECT_EQ(error.index, 7);
  values.pop_back();
  EXPECT_EQ(errorOf({}).kind, Error::Kind::InvalidFormat);
}

} // namespace
