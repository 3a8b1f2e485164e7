//===- RoundToNearestTest.cpp - Round-to-nearest against its specification ===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/ClipRanges.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/Hqq.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include <gtest/gtest.h>

#include <cfloat>
#include <cmath>
#include <limits>
#include <random>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

/// The specification, written as plainly as possible: element lists per scale,
/// then scalar arithmetic.
UnpackedParts oracle(const std::vector<float> &values, const Shape &shape,
                     const Format &format, RangeKind kind) {
  auto granularity = Granularity::get(shape, format.blockShape);
  const Codec &codec = *format.codec;
  std::vector<std::vector<int64_t>> blocks(granularity->numScales());
  for (int64_t i = 0; i < granularity->numElements(); ++i)
    blocks[granularity->scaleIndex(i)].push_back(i);

  UnpackedParts parts;
  parts.codes.resize(values.size());
  for (const auto &block : blocks) {
    float low = 0, high = 0, largest = 0;
    for (int64_t i : block) {
      low = std::min(low, values[i]);
      high = std::max(high, values[i]);
      if (std::fabs(values[i]) > std::fabs(largest))
        largest = values[i];
    }
    int middle = format.hasZeroPoint ? codec.midCode() : 0;
    float scale = 0;
    if (kind == RangeKind::AbsMax)
      scale = std::fabs(largest) / (codec.decode(codec.codeMax()) - middle);
    else if (kind == RangeKind::Full)
      scale = largest / (codec.decode(codec.codeMin()) - middle);
    else
      scale = (high - low) / (codec.codeMax() - codec.codeMin());
    bool isZero = scale == 0;
    scale = roundToScaleType(scale, format.scaleType);
    if (scale == 0)
      scale = isZero ? 1 : smallestScale(format.scaleType);
    int zeroPoint = middle;
    if (kind == RangeKind::MinMax) {
      float exact = codec.codeMin() - low / scale;
      zeroPoint = static_cast<int>(
          std::clamp<double>(std::nearbyint(static_cast<double>(exact)),
                             codec.codeMin(), codec.codeMax()));
    }
    parts.scales.push_back(scale);
    if (format.hasZeroPoint)
      parts.zeroPoints.push_back(static_cast<int8_t>(zeroPoint));
    for (int64_t i : block) {
      float quotient = values[i] / scale;
      if (codec.isAffine()) {
        double code = std::nearbyint(static_cast<double>(quotient)) + zeroPoint;
        parts.codes[i] = static_cast<int8_t>(static_cast<int>(
            std::clamp<double>(code, codec.codeMin(), codec.codeMax())));
        continue;
      }
      int best = 0;
      for (int c = 1; c <= codec.codeMax(); ++c)
        if (std::fabs(static_cast<double>(quotient) - codec.decode(c)) <
            std::fabs(static_cast<double>(quotient) - codec.decode(best)))
          best = c;
      parts.codes[i] = static_cast<int8_t>(best);
    }
  }
  return parts;
}

/// Quantizes with 1 and 3 threads and compares with the specification; also
/// that decoding gives scale * (code - zero point).
void check(const std::vector<float> &values, const Shape &shape,
           const Format &format, RangeKind kind) {
  SCOPED_TRACE(std::string(format.codec->name()) + " " +
               std::string(rangeKindName(kind)) + " " +
               std::string(scaleTypeName(format.scaleType)) + " shape " +
               ::testing::PrintToString(shape) + " block " +
               ::testing::PrintToString(format.blockShape));
  auto parts = quantizeRoundToNearest(values, shape, format, 1, kind);
  ASSERT_TRUE(parts) << parts.error().message;
  UnpackedParts expected = oracle(values, shape, format, kind);
  auto unpacked = unpackParts(*parts, shape, format);
  ASSERT_TRUE(unpacked);
  ASSERT_EQ(unpacked->scales, expected.scales);
  ASSERT_EQ(unpacked->zeroPoints, expected.zeroPoints);
  ASSERT_EQ(unpacked->codes, expected.codes);

  auto threaded = quantizeRoundToNearest(values, shape, format, 3, kind);
  ASSERT_TRUE(threaded);
  ASSERT_EQ((*threaded)[PartKind::Codes], (*parts)[PartKind::Codes]);
  ASSERT_EQ((*threaded)[PartKind::Scales], (*parts)[PartKind::Scales]);
  ASSERT_EQ((*threaded)[PartKind::ZeroPoints], (*parts)[PartKind::ZeroPoints]);

  std::vector<float> decoded(values.size());
  ASSERT_FALSE(dequantize(*parts, shape, format, decoded, 3));
  auto granularity = Granularity::get(shape, format.blockShape);
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t scale = granularity->scaleIndex(i);
    int zeroPoint = format.hasZeroPoint
                        ? format.codec->codeFromByte(expected.zeroPoints[scale])
                        : 0;
    ASSERT_EQ(decoded[i], expected.scales[scale] *
                              (format.codec->decode(format.codec->codeFromByte(
                                   expected.codes[i])) -
                               zeroPoint));
  }
  auto measured = measureQuantization(values, *parts, shape, format, 2);
  ASSERT_TRUE(measured);
  EXPECT_EQ(measured->count(), static_cast<int64_t>(values.size()));
  EXPECT_NEAR(measured->mse(), measureError(values, decoded).mse(),
              1e-12 * measured->mse());
}

/// Values with zeros, denormals, ties of magnitude and blocks of zeros.
std::vector<float> randomValues(size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal;
  std::vector<float> values(n);
  for (size_t i = 0; i < n; ++i) {
    float value = normal(generator);
    switch (generator() % 16) {
    case 0:
      value = 0;
      break;
    case 1:
      value = -0.0f;
      break;
    case 2:
      value *= 1e-41f;
      break;
    case 3:
      value = std::round(value);
      break;
    case 4:
      // Where |x| is the largest of a block, both signs often occur.
      value = value < 0 ? -3.5f : 3.5f;
      break;
    default:
      break;
    }
    values[i] = i % 97 < 13 ? 0.0f : value;
  }
  return values;
}

struct Scheme {
  const char *codec;
  bool hasZeroPoint;
  RangeKind kind;
};

const Scheme schemes[] = {
    {"i8", false, RangeKind::AbsMax}, {"i4", false, RangeKind::AbsMax},
    {"i4", false, RangeKind::Full},   {"u4", true, RangeKind::MinMax},
    {"i8", true, RangeKind::MinMax},  {"u8", true, RangeKind::AbsMax},
    {"u4", true, RangeKind::Full},    {"nf4", false, RangeKind::AbsMax},
    {"nf4", false, RangeKind::Full},  {"i3", false, RangeKind::AbsMax},
    {"u2", true, RangeKind::MinMax},  {"i1", false, RangeKind::Full},
    {"u8", false, RangeKind::AbsMax}, {"u5", true, RangeKind::MinMax},
};

TEST(RoundToNearest, MatchesTheSpecificationOnManyShapes) {
  const Shape shapes[] = {
      {},        {0},       {1},          {37},         {3, 0},
      {1, 1},    {5, 7},    {64, 24},     {33, 1},      {1, 33},
      {130, 17}, {3, 4, 5}, {8, 3, 3, 3}, {2, 1, 6, 8}, {2, 2, 2, 2, 3}};
  std::mt19937 generator(17);
  for (const Shape &shape : shapes)
    for (const Scheme &scheme : schemes)
      for (int trial = 0; trial < 6; ++trial) {
        Shape blocks;
        for (size_t i = 0; i < shape.size(); ++i) {
          const int64_t choices[] = {0, 1, 2, 3, 8, 32, 128};
          blocks.push_back(choices[generator() % std::size(choices)]);
        }
        ScaleType type = static_cast<ScaleType>(generator() % 3);
        check(randomValues(numElements(shape), generator()), shape,
              {getNamedCodec(scheme.codec), blocks, type, scheme.hasZeroPoint},
              scheme.kind);
      }
}

TEST(RoundToNearest, MatchesTheSpecificationOnLargeTensors) {
  // Large enough for several tiles, large tiles, and pieces within a row.
  struct {
    Shape shape, blocks;
  } cases[] = {
      {{1'100'003}, {0}},         {{1'100'003}, {33}},
      {{1'100'003}, {600'000}},   {{3000, 301}, {0, 0}},
      {{3000, 301}, {0, 1}},      {{3000, 301}, {128, 1}},
      {{3000, 301}, {1, 0}},      {{3000, 301}, {1, 64}},
      {{3000, 301}, {1500, 7}},   {{300, 3001}, {128, 1}},
      {{300, 3001}, {0, 1}},      {{2, 3001, 111}, {1, 0, 1}},
      {{16, 9, 4099}, {0, 1, 0}}, {{300'000, 3}, {128, 1}},
      {{300'000, 3}, {0, 1}},
  };
  const Scheme some[] = {{"i4", false, RangeKind::Full},
                         {"u8", true, RangeKind::MinMax},
                         {"nf4", false, RangeKind::AbsMax}};
  unsigned seed = 0;
  for (const auto &c : cases) {
    const Scheme &scheme = some[++seed % 3];
    check(randomValues(numElements(c.shape), seed), c.shape,
          {getNamedCodec(scheme.codec), c.blocks, ScaleType::F16,
           scheme.hasZeroPoint},
          scheme.kind);
  }
}

TEST(RoundToNearest, ZeroBlocksGetScaleOne) {
  Shape shape{2, 4};
  std::vector<float> values = {0, -0.0f, 0, 0, 0, 1, 0, 7};
  Format format{getNamedCodec("i4"), {1, 0}, ScaleType::F16, false};
  for (RangeKind kind : {RangeKind::AbsMax, RangeKind::Full}) {
    auto parts = quantizeRoundToNearest(values, shape, format, {}, kind);
    ASSERT_TRUE(parts);
    auto unpacked = unpackParts(*parts, shape, format);
    EXPECT_EQ(unpacked->scales[0], 1);
    EXPECT_EQ(unpacked->codes[1], 0);
  }
  // A scale that underflows its type: 1e-9 / 7 is below half of 2^-24.
  values[0] = 1e-9f;
  auto parts = quantizeRoundToNearest(values, shape, format);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  EXPECT_EQ(unpacked->scales[0], 0x1p-24f);
  EXPECT_EQ(unpacked->codes[0], 0);
}

TEST(RoundToNearest, FullRangeScaleHasTheSignOfMinusTheLargest) {
  Shape shape{3, 2};
  // The last row has both signs at the same size: the first one counts.
  std::vector<float> values = {-8, 1, 8, 1, 4, -4};
  Format format{getNamedCodec("i4"), {1, 0}, ScaleType::F32, false};
  auto parts =
      quantizeRoundToNearest(values, shape, format, {}, RangeKind::Full);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  EXPECT_EQ(unpacked->scales, (std::vector<float>{1, -1, -0.5f}));
  EXPECT_EQ(unpacked->codes, (std::vector<int8_t>{-8, 1, -8, -1, -8, 7}));
}

TEST(RoundToNearest, MinMaxReachesBothEnds) {
  Shape shape{4};
  Format format{getNamedCodec("u4"), {0}, ScaleType::F32, true};
  auto codesOf = [&](std::vector<float> values) {
    auto parts = quantizeRoundToNearest(values, shape, format);
    EXPECT_TRUE(parts);
    return unpackParts(*parts, shape, format)->codes;
  };
  EXPECT_EQ(codesOf({-5, 10, 0, 2}), (std::vector<int8_t>{0, 15, 5, 7}));
  // Zero is always in the range, so all-positive blocks start at code 0.
  EXPECT_EQ(codesOf({15, 5, 1, 10}), (std::vector<int8_t>{15, 5, 1, 10}));
  EXPECT_EQ(codesOf({-15, -5, -1, -10}), (std::vector<int8_t>{0, 10, 14, 5}));
}

TEST(RoundToNearest, NotFiniteNamesTheFirstPlace) {
  Shape shape{100, 300};
  for (float bad : {nan, -nan, inf, -inf})
    for (const Scheme &scheme : schemes)
      for (unsigned threads : {1, 4}) {
        Format format{getNamedCodec(scheme.codec),
                      {32, 1},
                      ScaleType::F32,
                      scheme.hasZeroPoint};
        std::vector<float> values = randomValues(30'000, 1);
        values[29'999] = bad;
        values[12'345] = bad;
        values[20'000] = inf;
        auto result =
            quantizeRoundToNearest(values, shape, format, threads, scheme.kind);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().kind, Error::Kind::NotFinite);
        EXPECT_EQ(result.error().index, 12'345);
        EXPECT_EQ(result.error().message,
                  std::isnan(bad) ? "the value at element 12345 is NaN"
                                  : "the value at element 12345 is infinite");
      }
}

TEST(RoundToNearest, ScaleOverflowNamesTheFirstScale) {
  Shape shape{4, 300};
  std::vector<float> values = randomValues(1200, 2);
  values[2 * 300 + 5] = 1e6f;
  values[3 * 300 + 5] = -1e6f;
  Format format{getNamedCodec("i4"), {1, 0}, ScaleType::F16, false};
  for (unsigned threads : {1, 4}) {
    auto result = quantizeRoundToNearest(values, shape, format, threads);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, Error::Kind::ScaleOverflow);
    EXPECT_EQ(result.error().index, 2);
    EXPECT_EQ(result.error().message,
              "the scale of block 2 is too large for its type f16");
  }
  // The largest scale that fits, exactly: 65504.
  values[2 * 300 + 5] = values[3 * 300 + 5] = 7 * 65504.0f;
  EXPECT_TRUE(quantizeRoundToNearest(values, shape, format));
  format.scaleType = ScaleType::BF16;
  EXPECT_TRUE(quantizeRoundToNearest(values, shape, format));

  // A range as wide as this has no f32 scale either.
  Format wide{getNamedCodec("u8"), {0}, ScaleType::F32, true};
  std::vector<float> extremes = {FLT_MAX, -FLT_MAX};
  auto result = quantizeRoundToNearest(extremes, Shape{2}, wide);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the scale of block 0 is too large: its "
                                    "product with its number of steps, 255, "
                                    "is too large for f32");
  // Where the scale itself, 4.3e37, has a place in f32, its levels have none.
  Format narrow{getNamedCodec("i4"), {0}, ScaleType::F32, false};
  result =
      quantizeRoundToNearest(std::vector<float>{3e38f, 0}, Shape{2}, narrow);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "the scale of block 0 is too large: its "
                                    "product with its largest level, 8, is "
                                    "too large for f32");
}

TEST(RoundToNearest, WrongArgumentsAreErrors) {
  std::vector<float> values(6);
  Format format{getNamedCodec("u4"), {1, 0}, ScaleType::F32, false};
  auto messageOf = [&](Shape shape, std::optional<RangeKind> kind) {
    auto result = quantizeRoundToNearest(values, shape, format, {}, kind);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(messageOf({2, 3}, std::nullopt), "");
  EXPECT_EQ(messageOf({2, 4}, std::nullopt),
            "6 values given for a tensor of 8 elements");
  EXPECT_EQ(messageOf({6}, std::nullopt),
            "block shape [1x0] has rank 2, but the tensor's rank is 1");
  EXPECT_EQ(messageOf({2, 3}, RangeKind::MinMax),
            "range 'minmax' needs a zero point or an offset in the format");
}

TEST(RoundToNearest, Offsets_C65) {
  Shape shape{4};
  Format format{getNamedCodec("u4"), {0}, ScaleType::F32, false};
  format.offsetType = ScaleType::F32;
  auto parts = quantizeRoundToNearest({{10, 25, 12, 13.4f}}, shape, format);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  EXPECT_EQ(unpacked->scales[0], 1);
  EXPECT_EQ(unpacked->offsets[0], 10);
  EXPECT_EQ(unpacked->codes, (std::vector<int8_t>{0, 15, 2, 3}));
  std::vector<float> out(4);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  EXPECT_EQ(out, (std::vector<float>{10, 25, 12, 13}));
  // A constant block has the scale 1 and is exact.
  parts = quantizeRoundToNearest({{3, 3, 3, 3}}, shape, format);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  EXPECT_EQ(out, (std::vector<float>{3, 3, 3, 3}));
  format.offsetType = ScaleType::F16;
  auto bad = quantizeRoundToNearest({{1e6f, 1e6f, 1e6f, 1e6f}}, shape, format);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, Error::Kind::ScaleOverflow);
  EXPECT_EQ(bad.error().message,
            "the offset of block 0 is too large for its type f16");
}

Result<BlockParameters> defaultParameters(std::span<const float> values,
                                          ShapeRef shape,
                                          const Format &format) {
  return chooseParameters(values, shape, format, format.defaultRangeKind());
}

TEST(RoundToNearest, NothingDecodesToInfinity_C49) {
  // What the ends of f32 need, a codec of any ends and any scales have or not.
  constexpr float most = std::numeric_limits<float>::max();
  Shape shape{6, 4};
  std::vector<float> values(24, 1.0f);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = most * (i % 2 ? -1.0f : 1.0f) * (1 - float(i / 4) / 8);
  int decoded = 0, rejected = 0;
  for (const char *codec :
       {"i2", "i4", "i8", "u4", "nf4", "fp4", "binary", "f4E2M1FN", "f8E5M2"})
    for (ScaleType type :
         {ScaleType::F32, ScaleType::BF16, ScaleType::F8E8M0FNU})
      for (bool hasZeroPoint : {false, true})
        for (const ParameterChooser &chooser :
             {ParameterChooser(defaultParameters), percentileChooser(80),
              hqqChooser(), scaleSearchChooser()}) {
          Format format{getNamedCodec(codec), {1, 4}, type, hasZeroPoint};
          if (verifyFormat(shape, format) ||
              verifyRangeKind(format, format.defaultRangeKind()))
            continue;
          SCOPED_TRACE(std::string(format.codec->name()) + " " +
                       std::string(scaleTypeName(type)) + " " +
                       std::to_string(hasZeroPoint) + " of chooser " +
                       std::to_string(rejected + decoded));
          auto parameters = chooser(values, shape, format);
          if (!parameters) {
            EXPECT_EQ(parameters.error().kind, Error::Kind::ScaleOverflow);
            ++rejected;
            continue;
          }
          auto parts = encodeWith(*parameters, values, shape, format);
          ASSERT_TRUE(parts);
          std::vector<float> out(values.size());
          ASSERT_FALSE(dequantize(*packParts(*parts, shape, format), shape,
                                  format, out));
          for (float x : out)
            EXPECT_TRUE(std::isfinite(x));
          ++decoded;
        }
  EXPECT_GT(decoded, 20);
  EXPECT_GT(rejected, 20);
}

TEST(RoundToNearest, Mean_C66) {
  Shape shape{2, 3};
  Format format{getNamedCodec("binary"), {1, 0}, ScaleType::F32, false};
  auto parts = quantizeRoundToNearest({{1, -2, 6, 0, 0, 0}}, shape, format, {},
                                      RangeKind::Mean);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  EXPECT_EQ(unpacked->scales, (std::vector<float>{3, 0x1p-149f}));
  EXPECT_EQ(unpacked->codes, (std::vector<int8_t>{1, 0, 1, 0, 0, 0}));
}

TEST(RoundToNearest, Exponent_C67) {
  Shape shape{4, 1};
  Format format{getNamedCodec("f4E2M1FN"), {1, 0}, ScaleType::F8E8M0FNU, false};
  EXPECT_EQ(format.defaultRangeKind(), RangeKind::Exponent);
  auto parts = quantizeRoundToNearest({{6, 7.99f, 8, 0}}, shape, format);
  ASSERT_TRUE(parts);
  auto unpacked = unpackParts(*parts, shape, format);
  // 7.99 saturates: the largest exponent of the codes is 2.
  EXPECT_EQ(unpacked->scales, (std::vector<float>{1, 1, 2, 1}));
  EXPECT_EQ((*parts)[PartKind::Scales],
            (std::vector<uint8_t>{127, 127, 128, 127}));
  std::vector<float> out(4);
  ASSERT_FALSE(dequantize(*parts, shape, format, out));
  EXPECT_EQ(out, (std::vector<float>{6, 6, 8, 0}));
}

} // namespace
