//===- CompandingTest.cpp - mu-law and A-law against their curves ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Companding.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace lowbit::numerics;

namespace {

double compressMu(double x, double mu) {
  return std::copysign(std::log(1 + mu * std::fabs(x)) / std::log(1 + mu), x);
}

double compressA(double x, double a) {
  double m = std::fabs(x), whole = 1 + std::log(a);
  double y = m < 1 / a ? a * m / whole : (1 + std::log(a * m)) / whole;
  return std::copysign(y, x);
}

/// Compress, round to the grid: the definition, away from its ties.
template <typename Compress>
void check(const TableCodec &codec, Compress compress) {
  std::mt19937 generator(2);
  std::uniform_real_distribution<float> uniform(-1.2f, 1.2f);
  int half = (1 << (codec.bits() - 1)) - 1;
  EXPECT_EQ(codec.codeMax(), 2 * half);
  EXPECT_EQ(codec.decode(half), 0.0f);
  EXPECT_FLOAT_EQ(codec.decode(0), -1.0f);
  EXPECT_FLOAT_EQ(codec.decode(2 * half), 1.0f);
  for (int code = 0; code <= 2 * half; ++code)
    EXPECT_NEAR(compress(codec.decode(code)) * half, code - half, 1e-4);
  for (int i = 0; i < 2000; ++i) {
    float x = std::pow(uniform(generator), 5);
    double place = std::clamp(compress(x), -1.0, 1.0) * half;
    if (std::fabs(place - std::floor(place) - 0.5) < 1e-4)
      continue;
    EXPECT_EQ(codec.encode(x), std::nearbyint(place) + half) << x;
  }
}

TEST(Companding, MuLaw_C59) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (double mu : {1e-3, 15.0, 255.0, 1e4}) {
      auto codec = getMuLawCodec(bits, mu);
      ASSERT_TRUE(codec);
      check(**codec, [mu](double x) { return compressMu(x, mu); });
    }
  EXPECT_EQ((*getMuLawCodec(8, 255))->name(), "mulaw<8, 255>");
}

TEST(Companding, ALaw_C60) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (double a : {1.0, 2.5, 87.6, 1e4}) {
      auto codec = getALawCodec(bits, a);
      ASSERT_TRUE(codec);
      check(**codec, [a](double x) { return compressA(x, a); });
    }
  EXPECT_EQ((*getALawCodec(8, 87.6))->name(), "alaw<8, 87.6>");
}

TEST(Companding, BadParametersAreErrors) {
  EXPECT_EQ(getMuLawCodec(8, 0).error().message,
            "codec 'mulaw<8, 0>' needs a finite mu above 0");
  EXPECT_EQ(getALawCodec(8, 0.5).error().message,
            "codec 'alaw<8, 0.5>' needs a finite A of 1 or more");
  EXPECT_EQ(getMuLawCodec(9, 255).error().message,
            "codec 'mulaw<9, 255>' has 9 bits; 2 to 8 are possible");
  EXPECT_FALSE(getALawCodec(1, 87.6));
  EXPECT_FALSE(getALawCodec(8, NAN));
  EXPECT_FALSE(getMuLawCodec(8, INFINITY));
}

} // namespace
