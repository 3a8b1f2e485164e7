//===- RandomFormatsTest.cpp - Any format on any shape, against scalars ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The semantics of section 2.1 of docs/spec.md once more, written for one
// element and one block at a time, and compared bit for bit with what the
// library quantizes, packs, unpacks and decodes.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Companding.h"
#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/Codec/Logarithmic.h"
#include "lowbit/Numerics/Quantize/BlockParameters.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <random>
#include <tuple>

using namespace lowbit::numerics;

namespace {

using Random = std::mt19937;

template <typename Container>
auto pick(Random &random, const Container &choices) {
  return std::data(choices)[random() % std::size(choices)];
}

std::vector<CodecRef> makeCodecs() {
  std::vector<CodecRef> codecs = {
      *getMuLawCodec(8, 255),
      *getMuLawCodec(3, 15),
      *getALawCodec(6, 87.6),
      *getLogarithmicCodec(4, 2),
      *getCodebookCodec("seven", {-1, -0.5f, -0.2f, 0, 0.3f, 0.6f, 1}),
      *getCodebookCodec("twenty", {-9, -8, -7, -6, -5, -4, -3, -2, -1, 0,
                                   1,  2,  3,  4,  5,  6,  7,  8,  9,  10})};
  for (const char *name :
       {"i1",       "i2",       "i3",     "i4",       "i5",     "i8",
        "u1",       "u2",       "u4",     "u7",       "u8",     "nf4",
        "fp4",      "fp4_bnb",  "binary", "f8E4M3FN", "f8E5M2", "f6E2M3FN",
        "f6E3M2FN", "f4E2M1FN", "f16",    "bf16",     "f32"})
    codecs.push_back(getNamedCodec(name));
  return codecs;
}

/// Any format that fits `shape`, with a range that it has.
struct Case {
  Format format;
  RangeKind kind;
};

Case drawCase(Random &random, const Shape &shape) {
  static const std::vector<CodecRef> codecs = makeCodecs();
  const int64_t blockChoices[] = {0, 1, 2, 3, 8, 32, 100};
  const ScaleType types[] = {ScaleType::F32,       ScaleType::F16,
                             ScaleType::BF16,      ScaleType::F8E4M3FN,
                             ScaleType::F8E8M0FNU, ScaleType::U8,
                             ScaleType::One};
  const ScaleType wide[] = {ScaleType::F32, ScaleType::F16, ScaleType::BF16};
  const RangeKind kinds[] = {RangeKind::AbsMax, RangeKind::Full,
                             RangeKind::MinMax, RangeKind::Mean,
                             RangeKind::Exponent};
  while (true) {
    Case c;
    c.format.codec = pick(random, codecs);
    for (size_t i = 0; i < shape.size(); ++i)
      c.format.blockShape.push_back(pick(random, blockChoices));
    c.format.scaleType = pick(random, types);
    c.format.hasZeroPoint = random() % 4 == 0;
    if (random() % 3 == 0)
      c.format.nestedScales =
          NestedScales{pick(random, wide), pick(random, blockChoices)};
    // Beside an offset of maxValue scales such a codec has no precision.
    if (random() % 3 == 0 && c.format.codec->bits() <= 8)
      c.format.offsetType = pick(random, wide);
    c.kind = pick(random, kinds);
    unsigned sparse = random() % 5;
    if (sparse == 0 && !shape.empty())
      c.format.sparsity = Sparsity::pattern(1 + random() % 3, 2 + random() % 7,
                                            random() % shape.size());
    // The oracle takes the square of the size.
    if (sparse == 1 && numElements(shape) < 700)
      c.format.sparsity = Sparsity::bitmap(random() % (numElements(shape) + 1));
    if (!verifyFormat(shape, c.format) && !verifyRangeKind(c.format, c.kind))
      return c;
  }
}

std::vector<float> drawValues(Random &random, size_t n) {
  std::normal_distribution<float> normal;
  std::vector<float> values(n);
  float shift = random() % 3 ? 0.0f : 2.0f;
  for (float &value : values) {
    unsigned special = random() % 20;
    value = special == 0   ? 0.0f
            : special == 1 ? (random() % 2 ? -3.5f : 3.5f)
            : special == 2 ? normal(random) * 1e-6f
                           : normal(random) + shift;
  }
  // Scales that are too small for their type, beside others.
  if (random() % 8 == 0)
    for (size_t i = n / 3; i < n; ++i)
      values[i] *= 0x1p-24f;
  if (random() % 8 == 0)
    std::fill(values.begin(), values.begin() + n / 2, 0.0f);
  return values;
}

float exactScale(const std::vector<float> &x, const Codec &codec,
                 RangeKind kind, bool hasZeroPoint, bool hasOffset) {
  float lo = hasOffset ? x[0] : 0, hi = lo, largest = 0;
  double sum = 0;
  for (float value : x) {
    lo = std::min(lo, value);
    hi = std::max(hi, value);
    if (std::fabs(value) > std::fabs(largest))
      largest = value;
    sum += std::fabs(value);
  }
  int middle = hasZeroPoint ? codec.midCode() : 0;
  switch (kind) {
  case RangeKind::AbsMax:
    return std::fabs(largest) / (codec.maxValue() - middle);
  case RangeKind::Full:
    return largest / (codec.minValue() - middle);
  case RangeKind::MinMax:
    return (hi - lo) / (codec.maxValue() - codec.minValue());
  case RangeKind::Mean:
    return sum / x.size();
  case RangeKind::Exponent:
    return largest == 0 ? 0
                        : std::exp2(std::floor(std::log2(std::fabs(largest))) -
                                    std::ilogb(codec.maxValue()));
  }
  return 0;
}

/// Section 2.1 for a whole tensor: stored scales, shifts, codes.
struct Expected {
  std::vector<float> scales, offsets, decoded;
  std::vector<int> zeroPoints, codes;
};

/// (C42), (C64) The smallest power of two in `type` whose product with `factor`
/// is above 0.
float leastScale(ScaleType type, float factor) {
  float scale = 1;
  while (scale / 2 * factor > 0 &&
         roundToScaleType(scale / 2, type) == scale / 2)
    scale /= 2;
  return scale;
}

/// The stored scale of zeros: 1, or that.
float scaleOfZeros(const Format &format, ScaleType type, float factor) {
  const Codec &codec = *format.codec;
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    if (codec.decode(code) == 0 || format.offsetType)
      return 1;
  return leastScale(type, factor);
}

std::vector<float> storedScales(std::vector<float> scales,
                                const Format &format) {
  if (!format.nestedScales) {
    for (float &scale : scales) {
      float stored = roundToScaleType(scale, format.scaleType);
      scale = scale == 0    ? scaleOfZeros(format, format.scaleType, 1)
              : stored == 0 ? leastScale(format.scaleType, 1)
                            : stored;
    }
    return scales;
  }
  int64_t count = scales.size();
  int64_t block = format.nestedScales->block ? format.nestedScales->block
                                             : std::max<int64_t>(count, 1);
  float end = largestScale(format.scaleType);
  for (int64_t begin = 0; begin < count; begin += block) {
    int64_t last = std::min(count, begin + block);
    float largest = 0;
    for (int64_t i = begin; i < last; ++i)
      largest = std::max(largest, std::fabs(scales[i]));
    ScaleType type = format.nestedScales->type;
    float smallest = smallestScale(format.scaleType);
    float nested = largest / end == 0
                       ? scaleOfZeros(format, type, smallest)
                       : std::max(roundToScaleType(largest / end, type),
                                  leastScale(type, smallest));
    for (int64_t i = begin; i < last; ++i) {
      float code = std::clamp(scales[i] / nested, -end, end);
      code = roundToScaleType(code, format.scaleType);
      if (code == 0)
        code = smallestScale(format.scaleType);
      scales[i] = code * nested;
    }
  }
  return scales;
}

/// Whether a value is among the `keep` largest of those that share its run,
/// where the first of equal ones is larger.
std::vector<bool> expectMask(const std::vector<float> &values,
                             const Shape &shape, const Sparsity &sparsity) {
  std::vector<bool> mask(values.size(), true);
  if (sparsity.isDense())
    return mask;
  bool isPattern = sparsity.kind == Sparsity::Kind::Pattern;
  int64_t count = values.size(), length = 1, stride = 1;
  if (isPattern) {
    length = shape[sparsity.axis];
    for (size_t i = sparsity.axis + 1; i < shape.size(); ++i)
      stride *= shape[i];
  }
  for (int64_t i = 0; i < count; ++i) {
    int64_t larger = 0;
    auto compare = [&](int64_t j) {
      float x = std::fabs(values[i]), y = std::fabs(values[j]);
      larger += y > x || (y == x && j < i);
    };
    if (!isPattern) {
      for (int64_t j = 0; j < count; ++j)
        compare(j);
      mask[i] = larger < sparsity.kept;
      continue;
    }
    int64_t place = i / stride % length;
    int64_t begin = place / sparsity.run * sparsity.run;
    for (int64_t k = begin; k < std::min(begin + sparsity.run, length); ++k)
      compare(i + (k - place) * stride);
    mask[i] = larger < sparsity.keep;
  }
  return mask;
}

/// The values of a tensor in the order of storing: of a pattern those that it
/// keeps, the first of all runs side by side, then the next.
std::vector<int64_t> storedIndices(const std::vector<bool> &mask,
                                   const Shape &shape,
                                   const Sparsity &sparsity) {
  std::vector<int64_t> indices;
  bool isPattern = sparsity.kind == Sparsity::Kind::Pattern;
  for (int64_t i = 0; i < static_cast<int64_t>(mask.size()); ++i)
    if (!isPattern || mask[i])
      indices.push_back(i);
  if (!isPattern)
    return indices;
  int64_t stride = 1, length = shape[sparsity.axis];
  for (size_t i = sparsity.axis + 1; i < shape.size(); ++i)
    stride *= shape[i];
  // Among the kept values of its line the k-th.
  std::map<int64_t, int64_t> kept;
  std::vector<std::tuple<int64_t, int64_t, int64_t, int64_t>> places;
  for (int64_t i : indices) {
    int64_t line = i / stride / length * stride + i % stride;
    places.emplace_back(i / stride / length, kept[line]++, i % stride, i);
  }
  std::sort(places.begin(), places.end());
  for (size_t i = 0; i < places.size(); ++i)
    indices[i] = std::get<3>(places[i]);
  return indices;
}

Expected expect(const std::vector<float> &values, const Shape &shape,
                const Format &format, RangeKind kind) {
  std::vector<bool> mask = expectMask(values, shape, format.sparsity);
  auto granularity = Granularity::get(shape, format.blockShape);
  const Codec &codec = *format.codec;
  std::vector<std::vector<float>> blocks(granularity->numScales());
  // Of several largest values the first counts, in the order of storing.
  for (int64_t i : storedIndices(mask, shape, format.sparsity))
    blocks[granularity->scaleIndex(i)].push_back(mask[i] ? values[i] : 0.0f);
  Expected e;
  for (const auto &block : blocks)
    e.scales.push_back(exactScale(block, codec, kind, format.hasZeroPoint,
                                  format.offsetType.has_value()));
  e.scales = storedScales(std::move(e.scales), format);
  for (size_t b = 0; b < blocks.size(); ++b) {
    float lo = *std::min_element(blocks[b].begin(), blocks[b].end());
    int zeroPoint = 0;
    if (format.hasZeroPoint && kind == RangeKind::MinMax)
      zeroPoint = std::clamp<float>(
          std::nearbyint(codec.codeMin() - std::min(lo, 0.0f) / e.scales[b]),
          codec.codeMin(), codec.codeMax());
    else if (format.hasZeroPoint)
      zeroPoint = codec.midCode();
    e.zeroPoints.push_back(zeroPoint);
    float offset = 0;
    if (format.offsetType)
      offset = roundToScaleType(lo - e.scales[b] * codec.minValue(),
                                *format.offsetType);
    e.offsets.push_back(offset);
  }
  for (size_t i = 0; i < values.size(); ++i) {
    int64_t b = granularity->scaleIndex(i);
    float x = format.offsetType ? values[i] - e.offsets[b] : values[i];
    float q = x / e.scales[b];
    int code;
    if (codec.isAffine())
      code = std::clamp<double>(std::nearbyint(double(q)) + e.zeroPoints[b],
                                codec.codeMin(), codec.codeMax());
    else
      code = codec.encode(q);
    e.codes.push_back(code);
    float decoded = e.scales[b] * (codec.decode(code) - e.zeroPoints[b]);
    if (format.offsetType)
      decoded += e.offsets[b];
    if (!mask[i])
      decoded = 0;
    e.decoded.push_back(decoded);
  }
  return e;
}

std::string describe(const Shape &shape, const Case &c) {
  std::string text = std::string(c.format.codec->name()) + " " +
                     std::string(rangeKindName(c.kind)) + " " +
                     std::string(scaleTypeName(c.format.scaleType)) +
                     " shape " + ::testing::PrintToString(shape) + " block " +
                     ::testing::PrintToString(c.format.blockShape);
  if (c.format.nestedScales)
    text += " nested " + std::to_string(c.format.nestedScales->block) + " " +
            std::string(scaleTypeName(c.format.nestedScales->type));
  if (c.format.offsetType)
    text += " offset " + std::string(scaleTypeName(*c.format.offsetType));
  const Sparsity &sparsity = c.format.sparsity;
  text += " keeps " + std::to_string(sparsity.keep) + ":" +
          std::to_string(sparsity.run) + " along " +
          std::to_string(sparsity.axis) + " or " +
          std::to_string(sparsity.kept);
  return text;
}

void check(const std::vector<float> &values, const Shape &shape,
           const Case &c) {
  SCOPED_TRACE(describe(shape, c));
  auto parts = quantizeRoundToNearest(values, shape, c.format, 1, c.kind);
  ASSERT_TRUE(parts) << parts.error().message;
  PartSizes sizes = partSizes(shape, c.format);
  for (PartKind kind : allPartKinds)
    ASSERT_EQ((*parts)[kind].size(), static_cast<size_t>(sizes[kind]));
  auto unpacked = unpackParts(*parts, shape, c.format);
  ASSERT_TRUE(unpacked);
  auto repacked = packParts(*unpacked, shape, c.format);
  ASSERT_TRUE(repacked);
  ASSERT_EQ(repacked->all, parts->all);
  auto threaded = quantizeRoundToNearest(values, shape, c.format, 2, c.kind);
  ASSERT_TRUE(threaded);
  ASSERT_EQ(threaded->all, parts->all);
  if (values.empty())
    return;

  Expected e = expect(values, shape, c.format, c.kind);
  ASSERT_EQ(unpacked->scales, e.scales);
  if (c.format.offsetType) {
    ASSERT_EQ(unpacked->offsets, e.offsets);
  }
  for (size_t i = 0; i < unpacked->zeroPoints.size(); ++i)
    ASSERT_EQ(c.format.codec->codeFromByte(unpacked->zeroPoints[i]),
              e.zeroPoints[i]);
  for (size_t i = 0; c.format.sparsity.isDense() && i < values.size(); ++i)
    ASSERT_EQ(c.format.codec->codeAt(unpacked->codes.data(), i), e.codes[i])
        << i << ": " << values[i];
  std::vector<float> decoded(values.size());
  ASSERT_FALSE(dequantize(*parts, shape, c.format, decoded, 2));
  ASSERT_EQ(decoded, e.decoded);

  auto measured = measureQuantization(values, *parts, shape, c.format, 2);
  ASSERT_TRUE(measured);
  EXPECT_NEAR(measured->mse(), measureError(values, decoded).mse(),
              1e-12 * measured->mse());

  auto parameters = chooseParameters(values, shape, c.format, c.kind, 1);
  ASSERT_TRUE(parameters);
  auto encoded = encodeWith(*parameters, values, shape, c.format, 2);
  ASSERT_TRUE(encoded);
  ASSERT_EQ(encoded->codes, unpacked->codes);
  ASSERT_EQ(encoded->positions, unpacked->positions);
  ASSERT_EQ(encoded->bitmap, unpacked->bitmap);
}

TEST(RandomFormats, MatchTheSpecification_C65) {
  Random random(2026);
  const Shape shapes[] = {{},        {0},          {1},      {37},    {3, 0},
                          {1, 1},    {5, 7},       {24, 64}, {33, 1}, {130, 17},
                          {3, 4, 5}, {8, 3, 3, 3}, {2, 300}};
  for (int i = 0; i < 3000; ++i) {
    Shape shape =
        pick(random, std::vector<Shape>(std::begin(shapes), std::end(shapes)));
    Case c = drawCase(random, shape);
    check(drawValues(random, numElements(shape)), shape, c);
    if (HasFatalFailure())
      return;
  }
}

TEST(RandomFormats, LargeTensors) {
  Random random(7);
  const Shape shapes[] = {
      {1'100'003}, {3000, 301}, {300, 3001}, {2, 3001, 111}};
  for (const Shape &shape : shapes)
    for (int i = 0; i < 3; ++i) {
      Case c = drawCase(random, shape);

      check(drawValues(random, numElements(shape)), shape, c);
      if (HasFatalFailure())
        return;
    }
}

/// Learned levels in any block shape, with and without scales and sparsity.
TEST(RandomFormats, Books_C72) {
  Random random(70);
  std::normal_distribution<float> normal;
  const Shape shapes[] = {{},       {1},       {37},      {0, 4}, {5, 7},
                          {24, 64}, {3, 4, 5}, {2, 5000}, {33, 1}};
  const int64_t blockChoices[] = {0, 1, 2, 8, 100};
  for (int i = 0; i < 1000; ++i) {
    const Shape &shape = pick(random, shapes);
    int64_t levels = 2 + random() % (random() % 4 ? 16 : 255);
    Format format{getLearnedCodec(levels), {}, ScaleType::One, false};
    format.books = Books{levels, {}, ScaleType::F16};
    for (size_t k = 0; k < shape.size(); ++k) {
      format.blockShape.push_back(pick(random, blockChoices));
      format.books->blockShape.push_back(pick(random, blockChoices));
    }
    if (random() % 2)
      format.scaleType = ScaleType::F32;
    unsigned sparse = random() % 5;
    if (sparse == 0 && !shape.empty())
      format.sparsity = Sparsity::pattern(2, 4, random() % shape.size());
    if (sparse == 1 && numElements(shape) < 700)
      format.sparsity = Sparsity::bitmap(numElements(shape) / 2);
    if (verifyFormat(shape, format))
      continue;
    auto blocks = Granularity::get(shape, format.blockShape);
    auto books = Granularity::get(shape, format.books->blockShape);
    BlockParameters parameters;
    for (int64_t k = 0; k < blocks->numScales(); ++k)
      parameters.scales.push_back(
          format.scaleType == ScaleType::One ? 1 : 0.5f + 0.1f * (k % 7));
    for (int64_t k = 0; k < books->numScales() * levels; ++k)
      parameters.books.push_back(
          roundToScaleType(normal(random), ScaleType::F16));
    std::vector<float> values = drawValues(random, numElements(shape));
    auto encoded = encodeWith(parameters, values, shape, format, 1);
    ASSERT_TRUE(encoded) << encoded.error().message;
    auto threaded = encodeWith(parameters, values, shape, format, 2);
    ASSERT_EQ(threaded->codes, encoded->codes);
    auto parts = packParts(*encoded, shape, format);
    ASSERT_TRUE(parts);
    auto unpacked = unpackParts(*parts, shape, format);
    ASSERT_EQ(unpacked->codes, encoded->codes);
    ASSERT_EQ(unpacked->books, parameters.books);
    std::vector<float> decoded(values.size());
    ASSERT_FALSE(dequantize(*parts, shape, format, decoded, 2));
    std::vector<bool> mask = expectMask(values, shape, format.sparsity);
    for (size_t k = 0; k < values.size(); ++k) {
      float scale = parameters.scales[blocks->scaleIndex(k)];
      const float *book = &parameters.books[books->scaleIndex(k) * levels];
      double q = values[k] / scale, best = INFINITY, level = 0;
      for (int64_t c = 0; c < levels; ++c) {
        double distance = std::fabs(q - book[c]);
        if (distance < best || (distance == best && book[c] < level)) {
          best = distance;
          level = book[c];
        }
      }
      ASSERT_EQ(decoded[k], mask[k] ? scale * float(level) : 0.0f);
    }
  }
}

} // namespace
