//===- TableTest.cpp - Tables of any size and order, against a plain scan -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Companding.h"
#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/Codec/Logarithmic.h"

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

std::vector<TableCodecRef> tables() {
  std::vector<TableCodecRef> codecs = {getNF4Codec(), getFP4Codec(),
                                       getBnbFP4Codec(), getBinaryCodec()};
  for (FloatKind kind :
       {FloatKind::F8E4M3FN, FloatKind::F8E5M2, FloatKind::F6E2M3FN,
        FloatKind::F6E3M2FN, FloatKind::F4E2M1FN})
    codecs.push_back(getSmallFloatCodec(kind));
  for (unsigned bits = 2; bits <= 8; ++bits) {
    codecs.push_back(*getMuLawCodec(bits, 255));
    codecs.push_back(*getALawCodec(bits, 87.6));
    codecs.push_back(*getLogarithmicCodec(bits, 2));
  }
  std::mt19937 generator(5);
  std::normal_distribution<float> normal;
  for (size_t size : {2, 3, 5, 9, 15, 16, 17, 31, 100, 129, 255, 256}) {
    std::vector<float> levels(size);
    for (float &level : levels)
      level = normal(generator);
    std::sort(levels.begin(), levels.end());
    codecs.push_back(*getCodebookCodec("sorted", levels));
    std::shuffle(levels.begin(), levels.end(), generator);
    codecs.push_back(*TableCodec::get("mixed", levels, TieRule::EvenCode));
  }
  return codecs;
}

/// The definition: the thresholds below x, one by one.
int countOracle(const TableCodec &codec, float x) {
  size_t count = 0;
  for (float threshold : codec.thresholds())
    count += x > threshold;
  return codec.sortedCodes()[count];
}

TEST(Table, RowsCountThresholds_C56) {
  std::mt19937 generator(11);
  std::normal_distribution<float> normal(0, 2);
  for (const TableCodecRef &codec : tables())
    for (size_t n : {0, 1, 5, 31, 32, 33, 64, 100, 257})
      for (size_t block : {1, 3, 32, 40, 64, 1000}) {
        std::vector<float> x(n), s((n + block - 1) / block);
        for (float &value : x) {
          const float special[] = {nan, -nan, inf, -inf, 0.0f, -0.0f, FLT_MAX};
          unsigned pick = generator() % 60;
          value = pick < std::size(special) ? special[pick] : normal(generator);
          // On a threshold, where scales are 1.
          if (pick == 50)
            value =
                codec->thresholds()[generator() % codec->thresholds().size()];
        }
        for (float &scale : s)
          scale = generator() % 2 ? 1.0f : normal(generator);
        std::vector<int8_t> codes(n + 1, 99);
        codec->encodeRow(x.data(), n, block, s.data(), nullptr, codes.data());
        std::vector<float> out(n + 1, -77.0f);
        codec->decodeRow(codes.data(), n, block, s.data(), nullptr, out.data());
        for (size_t i = 0; i < n; ++i) {
          float scale = s[i / block];
          ASSERT_EQ(codec->codeAt(codes.data(), i),
                    countOracle(*codec, x[i] / scale))
              << codec->name() << " " << x[i] << " / " << scale;
          ASSERT_EQ(out[i],
                    scale * codec->levels()[codec->codeAt(codes.data(), i)]);
        }
        EXPECT_EQ(codes[n], 99);
        EXPECT_EQ(out[n], -77.0f);
      }
}

TEST(Table, ThresholdsPartNeighbours) {
  for (const TableCodecRef &codec : tables()) {
    auto codes = codec->sortedCodes();
    auto thresholds = codec->thresholds();
    ASSERT_EQ(codes.size(), thresholds.size() + 1);
    EXPECT_EQ(codec->levels().size(), size_t{1} << codec->bits());
    EXPECT_EQ(codec->minValue(), codec->decode(codes.front()));
    EXPECT_EQ(codec->maxValue(), codec->decode(codes.back()));
    for (size_t i = 0; i < thresholds.size(); ++i) {
      float lower = codec->decode(codes[i]),
            upper = codec->decode(codes[i + 1]);
      EXPECT_LT(lower, upper) << codec->name();
      EXPECT_EQ(codec->encode(thresholds[i]), codes[i]);
      EXPECT_EQ(codec->encode(std::nextafter(thresholds[i], inf)),
                codes[i + 1]);
      EXPECT_EQ(codec->encode(lower), codes[i]);
    }
    EXPECT_EQ(codec->encode(nan), codes.front());
    EXPECT_EQ(codec->encode(-inf), codes.front());
    EXPECT_EQ(codec->encode(inf), codes.back());
  }
}

TEST(Table, CodebooksOfAnySize_C57) {
  std::vector<float> levels = {-2, 0, 1};
  auto codec = getCodebookCodec("three", levels);
  ASSERT_TRUE(codec);
  EXPECT_EQ((*codec)->bits(), 2u);
  EXPECT_EQ((*codec)->codeMax(), 2);
  EXPECT_EQ((*codec)->encode(-1), 0);
  EXPECT_EQ((*codec)->encode(0.5f), 1);
  EXPECT_EQ((*codec)->encode(9), 2);
  EXPECT_TRUE(std::isnan((*codec)->decode(3)));
  for (size_t size = 2; size <= 256; ++size) {
    std::vector<float> many(size);
    for (size_t i = 0; i < size; ++i)
      many[i] = i;
    unsigned bits = 1;
    while (size > size_t{1} << bits)
      ++bits;
    EXPECT_EQ((*getCodebookCodec("many", many))->bits(), bits);
  }
}

TEST(Table, BadTablesAreErrors) {
  auto messageOf = [](std::vector<float> levels,
                      std::vector<float> thresholds) {
    auto result =
        TableCodec::get("bad", std::move(levels), std::move(thresholds));
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(messageOf({0, 1, 4}, {0.5f, 1}), "");
  EXPECT_EQ(messageOf({0, 1, 4}, {0.5f}),
            "codec 'bad' has 1 thresholds for 3 levels");
  EXPECT_EQ(messageOf({0, 4, 1}, {0.5f, 1}),
            "codec 'bad' has levels that do not ascend");
  EXPECT_EQ(messageOf({0, 1, 4}, {1, 2}),
            "codec 'bad' has a threshold that "
            "does not part its levels at index 0");
  EXPECT_EQ(messageOf({0}, {}), "codec 'bad' has 1 levels; 2 to 256 are "
                                "possible");
  EXPECT_FALSE(TableCodec::get("bad", {nan, inf}, TieRule::Lower));
  // Learned levels may all be the same.
  auto one = TableCodec::get("one", {1, nan, 1}, TieRule::Lower);
  ASSERT_TRUE(one);
  for (float x : {-inf, 0.0f, 1.0f, inf, nan})
    EXPECT_EQ((*one)->encode(x), 0);
}

/// The quantile function of the normal distribution, by bisection.
double normalQuantile(double p) {
  double low = -10, high = 10;
  for (int i = 0; i < 200; ++i) {
    double middle = (low + high) / 2;
    (std::erfc(-middle / std::sqrt(2.0)) / 2 < p ? low : high) = middle;
  }
  return low;
}

TEST(Table, NF4IsMadeOfNormalQuantiles) {
  // The construction of the paper's code: 8 positive and 7 negative quantiles
  // at equal steps from an offset to 1/2, and a zero. The offset stands for
  // 1 - (1/32 + 1/30) / 2 and was used with these digits.
  double offset = 0.9677083;
  std::vector<double> levels = {0};
  for (int i = 0; i < 8; ++i)
    levels.push_back(normalQuantile(offset + (0.5 - offset) * i / 8));
  for (int i = 0; i < 7; ++i)
    levels.push_back(-normalQuantile(offset + (0.5 - offset) * i / 7));
  std::sort(levels.begin(), levels.end());
  for (int i = 0; i < 16; ++i)
    EXPECT_NEAR(getNF4Codec()->decode(i), levels[i] / levels.back(), 1.2e-7);
}

// The middle of levels whose sum fits no f64 is not the float next to it.
TEST(TableCodec, ThresholdsOfVeryDifferentLevels) {
  float tiny = 1e-30f;
  auto below = TableCodec::get("below", {-tiny, 1}, TieRule::Lower);
  auto above = TableCodec::get("above", {tiny, 1}, TieRule::EvenCode);
  auto zero = TableCodec::get("zero", {0, 1}, TieRule::Lower);
  ASSERT_TRUE(below && above && zero);
  EXPECT_EQ((*below)->encode(0.5f), 1);
  EXPECT_EQ((*above)->encode(0.5f), 0);
  EXPECT_EQ((*zero)->encode(0.5f), 0);
  EXPECT_EQ((*below)->encode(std::nextafter(0.5f, 0.0f)), 0);
  EXPECT_EQ((*above)->encode(std::nextafter(0.5f, 1.0f)), 1);
}

TEST(Table, NamedTables_C58) {
  const double bnb[] = {0,          0.00520833, 0.66666667, 1,
                        0.33333333, 0.5,        0.16666667, 0.25};
  for (int i = 0; i < 8; ++i) {
    EXPECT_NEAR(getBnbFP4Codec()->decode(i), bnb[i], 3e-8);
    EXPECT_EQ(getBnbFP4Codec()->decode(i + 8), -getBnbFP4Codec()->decode(i));
  }
  // The negative zero is never chosen.
  EXPECT_EQ(getBnbFP4Codec()->encode(-0.0f), 0);
  EXPECT_EQ(getBnbFP4Codec()->thresholds().size(), 14u);
  std::vector<float> fp4 = {-6,   -4, -3,   -2, -1.5f, -1, -0.5f, 0,
                            0.5f, 1,  1.5f, 2,  3,     4,  6};
  for (int i = 0; i < 15; ++i)
    EXPECT_EQ(getFP4Codec()->decode(i), fp4[i]);
  EXPECT_EQ(getBinaryCodec()->bits(), 1u);
  EXPECT_EQ(getBinaryCodec()->encode(0.0f), 0);
  EXPECT_EQ(getBinaryCodec()->encode(FLT_TRUE_MIN), 1);
  EXPECT_EQ(getBinaryCodec()->decode(0), -1.0f);
  for (const char *name : {"nf4", "nf4_i8", "fp4", "fp4_bnb", "binary"})
    EXPECT_EQ(getNamedCodec(name)->name(), name);
}

} // namespace
