//===- EncodeTest.cpp - Encode and decode, as docs/spec.md says -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Section 2.1 as a program of scalars, one block at a time, compared bit for
// bit with the library; and each constraint by an example worked by hand.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/FloatTypes.h"
#include "lowbit/Numerics/Packing.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace lowbit::numerics;

namespace {

constexpr float infinity = std::numeric_limits<float>::infinity();
constexpr float quietNaN = std::numeric_limits<float>::quiet_NaN();

Format makeFormat(const char *codec, Shape block, ScaleType type,
                  bool hasZeroPoint = false) {
  return {getNamedCodec(codec), std::move(block), type, hasZeroPoint};
}

/// A block of one dimension, encoded.
UnpackedParts encode(std::vector<float> values, const char *codec,
                     RangeKind kind, ScaleType type = ScaleType::F32) {
  Shape shape = {static_cast<int64_t>(values.size())};
  Format format = makeFormat(codec, {0}, type, kind == RangeKind::MinMax);
  auto parts = quantizeRoundToNearest(values, shape, format, {}, kind);
  EXPECT_TRUE(parts) << (parts ? "" : parts.error().message);
  if (!parts)
    return {};
  return *unpackParts(*parts, shape, format);
}

std::vector<int> codesOf(const UnpackedParts &parts, const char *codec) {
  std::vector<int> codes;
  for (int8_t byte : parts.codes)
    codes.push_back(getNamedCodec(codec)->codeFromByte(byte));
  return codes;
}

/// What section 2.1 makes of one block of an affine encoding.
struct Block {
  float scale;
  int zeroPoint = 0;
  std::vector<int> codes;
};

Block encodeBlock(const std::vector<float> &x, int codeMin, int codeMax,
                  RangeKind kind, ScaleType type) {
  Block block;
  float absMax = 0, largest = 0, lo = 0, hi = 0;
  for (float value : x) {
    absMax = std::max(absMax, std::fabs(value));
    if (std::fabs(value) > std::fabs(largest))
      largest = value;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  float exact = kind == RangeKind::AbsMax ? absMax / codeMax
                : kind == RangeKind::Full ? largest / codeMin
                                          : (hi - lo) / (codeMax - codeMin);
  block.scale = roundToScaleType(exact, type);
  if (block.scale == 0)
    block.scale = exact == 0 ? 1 : smallestScale(type);
  if (kind == RangeKind::MinMax) {
    float place = std::nearbyintf(codeMin - lo / block.scale);
    block.zeroPoint = std::clamp<float>(place, float(codeMin), float(codeMax));
  }
  for (float value : x) {
    float code = std::nearbyintf(value / block.scale) + block.zeroPoint;
    block.codes.push_back(std::clamp<float>(code, codeMin, codeMax));
  }
  return block;
}

} // namespace

// (C39) scale = max|x| / decode(codeMax).
TEST(EncodeSpec, AbsMax_C39) {
  UnpackedParts parts = encode({1, -4, 2}, "i8", RangeKind::AbsMax);
  EXPECT_EQ(parts.scales[0], 4.0f / 127);
  EXPECT_EQ(codesOf(parts, "i8"), (std::vector<int>{32, -127, 64}));
  // The highest level of NF4 is 1.
  EXPECT_EQ(encode({1, -4, 2}, "nf4", RangeKind::AbsMax).scales[0], 4.0f);
}

// (C40) The first value of largest magnitude takes the lowest code.
TEST(EncodeSpec, Full_C40) {
  UnpackedParts parts = encode({-1, 4, 3}, "i4", RangeKind::Full);
  EXPECT_EQ(parts.scales[0], -0.5f);
  EXPECT_EQ(codesOf(parts, "i4"), (std::vector<int>{2, -8, -6}));
  EXPECT_EQ(encode({-4, 4}, "i4", RangeKind::Full).scales[0], 0.5f);
  EXPECT_EQ(encode({4, -4}, "i4", RangeKind::Full).scales[0], -0.5f);
}

// (C41) The range contains zero.
TEST(EncodeSpec, MinMax_C41) {
  EXPECT_EQ(encode({-1, 2}, "u4", RangeKind::MinMax).scales[0], 3.0f / 15);
  EXPECT_EQ(encode({1, 3}, "u4", RangeKind::MinMax).scales[0], 3.0f / 15);
  EXPECT_EQ(encode({-3, -2}, "u4", RangeKind::MinMax).scales[0], 3.0f / 15);
}

// (C42) Everything uses the scale as it is stored.
TEST(EncodeSpec, StoredScale_C42) {
  // 1/7 is 0x1.248p-3 in f16, less by one part in 4096: 0.9285 is 6.4995 exact
  // scales, but 6.5011 stored ones.
  UnpackedParts parts =
      encode({1, 0.9285f}, "i4", RangeKind::AbsMax, ScaleType::F16);
  float stored = f32FromF16(f16FromF32(1.0f / 7));
  EXPECT_NE(stored, 1.0f / 7);
  EXPECT_EQ(parts.scales[0], stored);
  EXPECT_EQ(std::nearbyintf(0.9285f / (1.0f / 7)), 6);
  EXPECT_EQ(codesOf(parts, "i4")[1], 7);
  // No scale is zero: that of zeros is 1, one too small for its type the
  // smallest that there is.
  EXPECT_EQ(encode({0, 0}, "i4", RangeKind::AbsMax).scales[0], 1.0f);
  UnpackedParts tiny = encode({1e-9f}, "i4", RangeKind::AbsMax, ScaleType::F16);
  EXPECT_EQ(tiny.scales[0], 0x1p-24f);
  EXPECT_EQ(tiny.codes[0], 0);
  // Half of it ties to zero; four of seven steps are left.
  UnpackedParts half =
      encode({7 * 0x1p-25f}, "i4", RangeKind::AbsMax, ScaleType::F16);
  EXPECT_EQ(half.scales[0], 0x1p-24f);
  EXPECT_EQ(half.codes[0], 4);
  // Without a level 0 the smallest scale is what comes nearest to zeros.
  EXPECT_EQ(
      encode({0, 0}, "binary", RangeKind::AbsMax, ScaleType::F16).scales[0],
      0x1p-24f);
  EXPECT_EQ(
      encode({1e-9f}, "binary", RangeKind::AbsMax, ScaleType::F16).scales[0],
      0x1p-24f);
  // Denormal scales stay.
  float denormal = 7 * 0x1p-24f;
  EXPECT_EQ(
      encode({denormal}, "i4", RangeKind::AbsMax, ScaleType::F16).scales[0],
      0x1p-24f);
}

// (C43) Found with the stored scale, and brought into the range of the codes.
TEST(EncodeSpec, ZeroPoint_C43) {
  EXPECT_EQ(encode({-1, 2}, "u4", RangeKind::MinMax).zeroPoints[0], 5);
  EXPECT_EQ(encode({1, 3}, "u4", RangeKind::MinMax).zeroPoints[0], 0);
  EXPECT_EQ(encode({-3, -2}, "u4", RangeKind::MinMax).zeroPoints[0], 15);
  EXPECT_EQ(encode({-1, 2}, "i4", RangeKind::MinMax).zeroPoints[0], -3);
}

// (C44) Half to even, then saturated.
TEST(EncodeSpec, Affine_C44) {
  CodecRef codec = getNamedCodec("i4");
  const float x[] = {0.5f, 1.5f, 2.5f, -0.5f, -1.5f, 7.4f, 7.6f, 99, -99};
  int8_t codes[9];
  codec->encodeRow(x, 9, 1.0f, 0, codes);
  EXPECT_EQ((std::vector<int>(codes, codes + 9)),
            (std::vector<int>{0, 2, 2, 0, -2, 7, 7, 7, -8}));
}

// (C45) The nearest level, ties to the lower code.
TEST(EncodeSpec, Codebook_C45) {
  auto codec = getNF4Codec();
  std::span<const float> levels = codec->levels();
  ASSERT_EQ(levels[7], 0.0f);
  float middle = levels[8] / 2;
  EXPECT_EQ(codec->encode(middle), 7);
  EXPECT_EQ(codec->encode(std::nextafter(middle, 1.0f)), 8);
  for (int code = 0; code < 16; ++code)
    EXPECT_EQ(codec->encode(levels[code]), code);
}

// (C55) The published table, to the bit.
TEST(EncodeSpec, NF4_C55) {
  const float levels[] = {
      -1.0f,
      -0.6961928009986877f,
      -0.5250730514526367f,
      -0.39491748809814453f,
      -0.28444138169288635f,
      -0.18477343022823334f,
      -0.09105003625154495f,
      0.0f,
      0.07958029955625534f,
      0.16093020141124725f,
      0.24611230194568634f,
      0.33791524171829224f,
      0.44070982933044434f,
      0.5626170039176941f,
      0.7229568362236023f,
      1.0f,
  };
  for (int code = 0; code < 16; ++code)
    EXPECT_EQ(getNF4Codec()->decode(code), levels[code]) << code;
}

// (C46) What is not finite, under a finite scale.
TEST(EncodeSpec, NotFinite_C46) {
  for (const char *name : {"i8", "u4", "nf4"}) {
    CodecRef codec = getNamedCodec(name);
    EXPECT_EQ(codec->encode(quietNaN), codec->codeMin()) << name;
    EXPECT_EQ(codec->encode(infinity), codec->codeMax()) << name;
    EXPECT_EQ(codec->encode(-infinity), codec->codeMin()) << name;
  }
}

// (C47) One rounding. The product of an f32 and 9 bits is exact in f64.
TEST(EncodeSpec, Decode_C47) {
  std::mt19937 random(47);
  CodecRef codec = getNamedCodec("u8");
  for (int i = 0; i < 1000; ++i) {
    float scale = std::ldexp(1 + random() * 0x1p-32f, int(random() % 40) - 20);
    int8_t code = random(), zeroPoint = random();
    float decoded;
    codec->decodeRow(&code, 1, scale, codec->codeFromByte(zeroPoint), &decoded);
    double exact = double(scale) *
                   (codec->codeFromByte(code) - codec->codeFromByte(zeroPoint));
    ASSERT_EQ(decoded, static_cast<float>(exact));
  }
}

// (C48) The first code in the lowest bits, codes across bytes.
TEST(EncodeSpec, Rows_C48) {
  const int8_t codes[] = {1, -2, 3, -4, 0};
  uint8_t bytes[2];
  packRow(codes, 5, 3, bytes);
  // 001, 110, 011, 100, 000 from the lowest bit up.
  EXPECT_EQ(bytes[0], 0b11'110'001);
  EXPECT_EQ(bytes[1], 0b0'000'100'0);
}

// (C49) At compile time an error that names the place.
TEST(EncodeSpec, Errors_C49) {
  Format format = makeFormat("i8", {1, 0}, ScaleType::F16);
  auto bad = quantizeRoundToNearest({{1, 2, 3, 4, quietNaN, 6, 7, infinity}},
                                    Shape{2, 4}, format);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, Error::Kind::NotFinite);
  EXPECT_EQ(bad.error().index, 4);
  // 65520 is the first f32 that is infinite in f16.
  auto large =
      quantizeRoundToNearest({{1, 2, 65520.0f * 127, 3}}, Shape{2, 2}, format);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, Error::Kind::ScaleOverflow);
  EXPECT_EQ(large.error().index, 1);
  // 2^127 is a scale, but -2 times that is no f32.
  format = makeFormat("i2", {1, 0}, ScaleType::F8E8M0FNU);
  large = quantizeRoundToNearest({{1, 2, -3e38f, 3}}, Shape{2, 2}, format);
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().kind, Error::Kind::ScaleOverflow);
  EXPECT_EQ(large.error().index, 1);
}

// (C50) No elements, but a scale.
TEST(EncodeSpec, Empty_C50) {
  Format format = makeFormat("i8", {0, 1}, ScaleType::F32);
  auto parts = quantizeRoundToNearest({}, Shape{0, 3}, format);
  ASSERT_TRUE(parts);
  EXPECT_EQ(unpackParts(*parts, Shape{0, 3}, format)->scales,
            (std::vector<float>{1, 1, 1}));
}

// (C39) to (C44) together, on random blocks, bit for bit.
TEST(EncodeSpec, Random) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (const char *name : {"i8", "u8", "i4", "u4", "i3", "u2"})
    for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16})
      for (RangeKind kind :
           {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax}) {
        CodecRef codec = getNamedCodec(name);
        if (kind == RangeKind::Full && !codec->isSigned())
          continue;
        for (int round = 0; round < 20; ++round) {
          std::vector<float> x(1 + random() % 70);
          for (float &value : x)
            value = normal(random) + (round % 3);
          Block expected =
              encodeBlock(x, codec->codeMin(), codec->codeMax(), kind, type);
          UnpackedParts actual = encode(x, name, kind, type);
          ASSERT_EQ(actual.scales[0], expected.scale) << name;
          if (kind == RangeKind::MinMax)
            ASSERT_EQ(codec->codeFromByte(actual.zeroPoints[0]),
                      expected.zeroPoint)
                << name;
          ASSERT_EQ(codesOf(actual, name), expected.codes) << name;
        }
      }
}
