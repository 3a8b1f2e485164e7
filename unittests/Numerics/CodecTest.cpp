//===- CodecTest.cpp - Codecs: every code, ties, saturation, odd floats ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cfloat>
#include <cmath>
#include <limits>
#include <random>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

std::vector<CodecRef> affineCodecs() {
  std::vector<CodecRef> codecs;
  for (unsigned bits = 1; bits <= 8; ++bits)
    for (bool isSigned : {false, true})
      codecs.push_back(getAffineCodec(bits, isSigned));
  return codecs;
}

/// The specification of an affine encode, in f64 (exact for f32 quotients).
int encodeAffineOracle(const Codec &codec, float x, float scale,
                       int zeroPoint) {
  float quotient = x / scale;
  if (std::isnan(quotient))
    return codec.codeMin();
  double code = std::nearbyint(static_cast<double>(quotient)) + zeroPoint;
  return static_cast<int>(
      std::clamp<double>(code, codec.codeMin(), codec.codeMax()));
}

/// The specification of a codebook encode: a scan for the nearest level.
int encodeCodebookOracle(const TableCodec &codec, float q) {
  // Far outside the levels f64 does not tell their distances apart.
  q = std::clamp(q, -1e6f, 1e6f);
  int best = 0;
  for (int i = 1; i < static_cast<int>(codec.levels().size()); ++i)
    if (std::fabs(static_cast<double>(q) - codec.levels()[i]) <
        std::fabs(static_cast<double>(q) - codec.levels()[best]))
      best = i;
  return best;
}

TEST(Codec, AffineRangesAndNames) {
  struct {
    unsigned bits;
    bool isSigned;
    const char *name;
    int low, high;
  } expected[] = {{8, true, "i8", -128, 127}, {8, false, "u8", 0, 255},
                  {4, true, "i4", -8, 7},     {4, false, "u4", 0, 15},
                  {3, true, "i3", -4, 3},     {2, true, "i2", -2, 1},
                  {2, false, "u2", 0, 3},     {1, true, "i1", -1, 0},
                  {1, false, "u1", 0, 1}};
  for (const auto &e : expected) {
    CodecRef codec = getAffineCodec(e.bits, e.isSigned);
    ASSERT_TRUE(codec);
    EXPECT_EQ(codec->name(), e.name);
    EXPECT_EQ(codec->bits(), e.bits);
    EXPECT_EQ(codec->codeMin(), e.low) << e.name;
    EXPECT_EQ(codec->codeMax(), e.high) << e.name;
    EXPECT_EQ(codec->isSigned(), e.isSigned);
    EXPECT_TRUE(codec->isAffine());
    EXPECT_EQ(getNamedCodec(e.name), codec);
  }
}

TEST(Codec, UnknownCodecsAreNull) {
  EXPECT_EQ(getAffineCodec(0, true), nullptr);
  EXPECT_EQ(getAffineCodec(9, false), nullptr);
  for (const char *name : {"", "i", "i0", "i9", "s4", "i44", "nf", "nf5"})
    EXPECT_EQ(getNamedCodec(name), nullptr) << name;
}

TEST(Codec, EveryCodeDecodesAndEncodesBack) {
  std::vector<CodecRef> codecs = affineCodecs();
  codecs.push_back(getNF4Codec());
  for (const CodecRef &codec : codecs)
    for (int code = codec->codeMin(); code <= codec->codeMax(); ++code) {
      float value = codec->decode(code);
      if (codec->isAffine()) {
        EXPECT_EQ(value, code);
      }
      EXPECT_EQ(codec->encode(value), code) << codec->name();
    }
}

TEST(Codec, AffineRoundsHalfToEvenAndSaturates) {
  for (const CodecRef &codec : affineCodecs()) {
    int low = codec->codeMin(), high = codec->codeMax();
    for (int code = low; code < high; ++code) {
      float half = code + 0.5f;
      int even = code % 2 == 0 ? code : code + 1;
      EXPECT_EQ(codec->encode(half), even) << codec->name() << " " << half;
      EXPECT_EQ(codec->encode(std::nextafter(half, -inf)), code);
      EXPECT_EQ(codec->encode(std::nextafter(half, inf)), code + 1);
    }
    for (float big :
         {high + 0.5f, high + 1.0f, 1e9f, 2147483648.0f, 1e10f, FLT_MAX, inf}) {
      EXPECT_EQ(codec->encode(big), high) << codec->name() << " " << big;
    }
    for (float big : {low - 0.5f, low - 1.0f, -1e9f, -2147483648.0f, -1e10f,
                      -FLT_MAX, -inf}) {
      EXPECT_EQ(codec->encode(big), low) << codec->name() << " " << big;
    }
    EXPECT_EQ(codec->encode(nan), low);
    EXPECT_EQ(codec->encode(-nan), low);
    EXPECT_EQ(codec->encode(FLT_TRUE_MIN), 0);
    EXPECT_EQ(codec->encode(-FLT_TRUE_MIN), 0);
    EXPECT_EQ(codec->encode(-0.0f), 0);
  }
}

/// Awkward divisors and values, in random order so that every vector lane and
/// the remainder see each kind.
std::vector<float> awkwardValues(size_t n, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0, 40);
  const float special[] = {nan,   inf,          -inf,          0.0f,
                           -0.0f, FLT_TRUE_MIN, -FLT_MIN,      FLT_MAX,
                           0.5f,  -127.5f,      -2147483648.0f};
  std::vector<float> values(n);
  for (float &value : values) {
    unsigned pick = generator() % 40;
    value = pick < std::size(special) ? special[pick] : normal(generator);
    if (pick == 20)
      value = std::round(value) + 0.5f;
  }
  return values;
}

TEST(Codec, AffineRowsMatchTheSpecification) {
  std::mt19937 generator(7);
  const float scales[] = {1.0f, 0.1f, -0.37f, 3e-39f, 1e30f, 0.5f};
  for (const CodecRef &codec : affineCodecs())
    for (size_t n : {0, 1, 5, 31, 32, 33, 64, 100, 257})
      for (size_t block : {1, 2, 7, 32, 40, 1000})
        for (bool withZeroPoints : {false, true}) {
          std::vector<float> x = awkwardValues(n, generator());
          size_t blocks = (n + block - 1) / block;
          std::vector<float> s(blocks);
          std::vector<int8_t> z(blocks);
          for (size_t i = 0; i < blocks; ++i) {
            s[i] = scales[generator() % std::size(scales)];
            z[i] = static_cast<int8_t>(codec->codeMin() +
                                       generator() % (1 << codec->bits()));
          }
          const int8_t *zeros = withZeroPoints ? z.data() : nullptr;
          std::vector<int8_t> codes(n + 1, 99);
          codec->encodeRow(x.data(), n, block, s.data(), zeros, codes.data());
          std::vector<float> out(n + 1, -77.0f);
          codec->decodeRow(codes.data(), n, block, s.data(), zeros, out.data());
          for (size_t i = 0; i < n; ++i) {
            int zero = zeros ? codec->codeFromByte(z[i / block]) : 0;
            int code = codec->codeFromByte(codes[i]);
            ASSERT_EQ(code,
                      encodeAffineOracle(*codec, x[i], s[i / block], zero))
                << codec->name() << " x=" << x[i] << " s=" << s[i / block]
                << " z=" << zero << " block=" << block << " i=" << i;
            ASSERT_EQ(out[i], s[i / block] * (codec->decode(code) -
                                              static_cast<float>(zero)));
          }
          // Nothing beyond the row is written.
          EXPECT_EQ(codes[n], 99);
          EXPECT_EQ(out[n], -77.0f);
        }
}

TEST(Codec, NF4MatchesThePublishedTable) {
  const double published[] = {-1.0,
                              -0.6961928009986877,
                              -0.5250730514526367,
                              -0.39491748809814453,
                              -0.28444138169288635,
                              -0.18477343022823334,
                              -0.09105003625154495,
                              0.0,
                              0.07958029955625534,
                              0.16093020141124725,
                              0.24611230194568634,
                              0.33791524171829224,
                              0.44070982933044434,
                              0.5626170039176941,
                              0.7229568362236023,
                              1.0};
  auto codec = getNF4Codec();
  EXPECT_EQ(codec->name(), "nf4");
  EXPECT_EQ(codec->bits(), 4u);
  EXPECT_FALSE(codec->isAffine());
  ASSERT_EQ(codec->levels().size(), 16u);
  for (int i = 0; i < 16; ++i)
    EXPECT_NEAR(codec->decode(i), published[i], 1.2e-7) << i;
  EXPECT_EQ(codec->decode(0), -1.0f);
  EXPECT_EQ(codec->decode(7), 0.0f);
  EXPECT_EQ(codec->decode(15), 1.0f);
}

TEST(Codec, NF4TakesTheNearestLevel) {
  auto codec = getNF4Codec();
  for (int i = 0; i < 15; ++i) {
    // Around the midpoint, which need not be a float itself.
    float middle = (codec->decode(i) + codec->decode(i + 1)) / 2;
    float x = middle;
    for (int k = 0; k < 4; ++k)
      x = std::nextafter(x, -inf);
    for (int k = 0; k < 9; ++k, x = std::nextafter(x, inf))
      EXPECT_EQ(codec->encode(x), encodeCodebookOracle(*codec, x)) << x;
  }
  for (float low : {-1.5f, -FLT_MAX, -inf, nan})
    EXPECT_EQ(codec->encode(low), 0);
  for (float high : {1.5f, FLT_MAX, inf})
    EXPECT_EQ(codec->encode(high), 15);
}

TEST(Codec, CodebooksOfEverySizeBreakTiesDownwards) {
  for (unsigned bits = 1; bits <= 8; ++bits) {
    int size = 1 << bits;
    std::vector<float> levels;
    for (int i = 0; i < size; ++i)
      levels.push_back((i - size / 2) * 2.0f);
    auto result = getCodebookCodec("even", levels);
    ASSERT_TRUE(result);
    const TableCodec &codec = **result;
    EXPECT_EQ(codec.bits(), bits);
    EXPECT_EQ(codec.codeMin(), 0);
    EXPECT_EQ(codec.codeMax(), size - 1);
    for (int i = 0; i < size; ++i) {
      EXPECT_EQ(codec.encode(levels[i]), i);
      // A tie with the level above stays here; the least bit more does not.
      float tie = levels[i] + 1;
      EXPECT_EQ(codec.encode(tie), i);
      EXPECT_EQ(codec.encode(std::nextafter(tie, inf)),
                std::min(i + 1, size - 1));
    }
    EXPECT_EQ(codec.encode(nan), 0);
    EXPECT_EQ(codec.encode(inf), size - 1);
  }
}

TEST(Codec, CodebookRowsMatchTheSpecification) {
  std::mt19937 generator(11);
  std::normal_distribution<float> normal;
  std::vector<float> many;
  for (int i = 0; i < 64; ++i)
    many.push_back(normal(generator));
  std::sort(many.begin(), many.end());
  auto large = getCodebookCodec("large", many);
  ASSERT_TRUE(large);
  for (auto codec : {getNF4Codec(), *large})
    for (size_t n : {0, 1, 31, 32, 33, 100})
      for (size_t block : {1, 3, 32, 64, 1000}) {
        std::vector<float> x = awkwardValues(n, generator());
        std::vector<float> s((n + block - 1) / block);
        for (float &scale : s)
          scale = normal(generator) * 30;
        std::vector<int8_t> codes(n + 1, 99);
        codec->encodeRow(x.data(), n, block, s.data(), nullptr, codes.data());
        std::vector<float> out(n);
        codec->decodeRow(codes.data(), n, block, s.data(), nullptr, out.data());
        for (size_t i = 0; i < n; ++i) {
          float scale = s[i / block];
          ASSERT_EQ(codec->codeFromByte(codes[i]),
                    std::isnan(x[i] / scale)
                        ? 0
                        : encodeCodebookOracle(*codec, x[i] / scale))
              << x[i] << " / " << scale;
          ASSERT_EQ(out[i],
                    scale * codec->decode(codec->codeFromByte(codes[i])));
        }
        EXPECT_EQ(codes[n], 99);
      }
}

TEST(Codec, CodebookRejectsBadTables) {
  auto messageOf = [](std::vector<float> levels) {
    auto result = getCodebookCodec("bad", std::move(levels));
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(messageOf({0, 1, 2}), "");
  EXPECT_EQ(messageOf({0}),
            "codebook 'bad' has 1 levels; 2 to 256 are possible");
  EXPECT_EQ(messageOf(std::vector<float>(257)),
            "codebook 'bad' has 257 levels; 2 to 256 are possible");
  EXPECT_EQ(messageOf({0, nan}),
            "codebook 'bad' has a level that is not finite at index 1");
  EXPECT_EQ(messageOf({0, 1, 1, 2}),
            "codebook 'bad' does not ascend at index 2");
}

TEST(Codec, OneScaleForTheRow) {
  CodecRef codec = getNamedCodec("u8");
  const float x[] = {-1.0f, 0.0f, 0.25f, 10.0f};
  int8_t codes[4];
  codec->encodeRow(x, 4, 0.1f, 200, codes);
  const int expected[] = {190, 200, 202, 255};
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(codec->codeFromByte(codes[i]), expected[i]);
  float out[4];
  codec->decodeRow(codes, 4, 0.1f, 200, out);
  EXPECT_EQ(out[0], 0.1f * -10);
  EXPECT_EQ(out[3], 0.1f * 55);
}

} // namespace
