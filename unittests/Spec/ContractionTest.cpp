//===- ContractionTest.cpp - Integer contractions and error bounds --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Section 4 of docs/spec.md as a program of scalars, and its bounds checked on
// random operands of many lengths: sums in three orders, group sizes that do
// not divide, scales of both signs.
//
//===----------------------------------------------------------------------===//

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

namespace {

/// One output's operands: an activation row of 8-bit codes and a weight column
/// with zero points, grouped.
struct Operands {
  std::vector<int> a, w;
  int activationZeroPoint;
  float activationScale;
  int64_t group;
  std::vector<int> zeroPoints;
  std::vector<float> scales;
  float init;

  int64_t size() const { return a.size(); }
  int64_t groups() const { return scales.size(); }
  int activation(int64_t k) const { return a[k] - activationZeroPoint; }
  int weight(int64_t k) const { return w[k] - zeroPoints[k / group]; }
};

Operands makeOperands(int64_t size, int64_t group, std::mt19937 &random) {
  Operands operands;
  auto code = [&](int low, int high) {
    return low + static_cast<int>(random() % (high - low + 1));
  };
  auto scale = [&] {
    return std::ldexp(1 + random() * 0x1p-32f, code(-8, 0)) *
           (random() % 4 ? 1.0f : -1.0f);
  };
  for (int64_t k = 0; k < size; ++k) {
    operands.a.push_back(code(0, 255));
    operands.w.push_back(code(0, 15));
  }
  operands.activationZeroPoint = code(0, 255);
  operands.activationScale = scale();
  operands.group = group;
  for (int64_t g = 0; g < (size + group - 1) / group; ++g) {
    operands.zeroPoints.push_back(code(0, 15));
    operands.scales.push_back(scale());
  }
  operands.init = scale();
  return operands;
}

/// (C52)
float contractIntegers(const Operands &x) {
  float f = 0;
  for (int64_t g = 0; g < x.groups(); ++g) {
    int32_t acc = 0;
    for (int64_t k = g * x.group; k < std::min((g + 1) * x.group, x.size());
         ++k)
      acc += x.activation(k) * x.weight(k);
    f = std::fma(static_cast<float>(acc), x.scales[g], f);
  }
  return std::fma(f, x.activationScale, x.init);
}

/// Section 4.1 in three orders: ascending, pairwise as vector code has it with
/// 16 partial sums, and descending with fma.
std::vector<float> contractReals(const Operands &x) {
  std::vector<float> a, w;
  for (int64_t k = 0; k < x.size(); ++k) {
    a.push_back(x.activationScale * x.activation(k));
    w.push_back(x.scales[k / x.group] * x.weight(k));
  }
  float ascending = x.init, lanes[16] = {}, descending = x.init;
  for (int64_t k = 0; k < x.size(); ++k) {
    ascending += a[k] * w[k];
    lanes[k % 16] += a[k] * w[k];
    int64_t back = x.size() - 1 - k;
    descending = std::fma(a[back], w[back], descending);
  }
  for (int width = 8; width; width /= 2)
    for (int i = 0; i < width; ++i)
      lanes[i] += lanes[i + width];
  return {ascending, lanes[0] + x.init, descending};
}

/// The exact result and S of section 4.3, in f64: with these sizes each term is
/// exact, and the sum's own error does not count beside u = 2^-24.
std::pair<double, double> contractExactly(const Operands &x) {
  double sum = x.init, magnitude = std::fabs(x.init);
  for (int64_t k = 0; k < x.size(); ++k) {
    double term = double(x.activationScale) * x.scales[k / x.group] *
                  x.activation(k) * x.weight(k);
    sum += term;
    magnitude += std::fabs(term);
  }
  return {sum, magnitude};
}

double gammaFactor(double n) { return n * 0x1p-24 / (1 - n * 0x1p-24); }

} // namespace

// (C51) The condition is exactly that no sum leaves i32.
TEST(ContractionSpec, Eligible_C51) {
  // i8 against i8 without zero points: -128 * -128.
  int64_t largest = 128 * 128, limit = std::numeric_limits<int32_t>::max();
  int64_t longest = limit / largest;
  EXPECT_EQ(longest, 131071);
  EXPECT_LE(longest * largest, limit);
  EXPECT_GT((longest + 1) * largest, limit);
  // Zero points widen the range of a code: 255 for 8 bits.
  EXPECT_EQ(limit / (255 * 255), 33025);
}

// (C52) Where nothing is rounded the result is the exact one.
TEST(ContractionSpec, Exact_C52) {
  Operands x{{10, 20, 30}, {3, 5, 7}, 12, 0.5f, 2, {4, 8}, {0.25f, -2}, 1};
  // Groups: -2 * -1 + 8 * 1 = 10 and 18 * -1 = -18.
  EXPECT_EQ(contractIntegers(x), (10 * 0.25f + -18 * -2.0f) * 0.5f + 1);
}

// (C52) The sum of a group is rounded once, as it becomes f32.
TEST(ContractionSpec, OneRounding_C52) {
  Operands x;
  // 255 * 255 * 259 = 16841475 is odd and more than 2^24: a tie.
  x.a.assign(260, 255), x.w.assign(260, 255);
  x.a[259] = 0;
  x.activationZeroPoint = 0, x.activationScale = 1, x.group = 260;
  x.zeroPoints = {0}, x.scales = {1}, x.init = 0;
  int32_t acc = 255 * 255 * 259;
  EXPECT_NE(static_cast<int64_t>(static_cast<float>(acc)), acc);
  EXPECT_EQ(contractIntegers(x), 16841476.0f);
}

// An empty sum is +0, whatever the scales' signs.
TEST(ContractionSpec, PositiveZero_C52) {
  Operands x{{5}, {3}, 5, 1, 1, {0}, {-1}, 0};
  EXPECT_FALSE(std::signbit(contractIntegers(x)));
}

// (C53), (C54)
TEST(ContractionSpec, Bounds_C53) {
  std::mt19937 random(53);
  for (int64_t size : {1, 2, 17, 128, 384, 1536, 4096})
    for (int64_t group : {size, int64_t(32), int64_t(100)})
      for (int round = 0; round < 50; ++round) {
        Operands x = makeOperands(size, group, random);
        auto [exact, magnitude] = contractExactly(x);
        double realBound = gammaFactor(size + 3) * magnitude;
        double integerBound = gammaFactor(x.groups() + 2) * magnitude;
        float integers = contractIntegers(x);
        EXPECT_LE(std::fabs(integers - exact), integerBound);
        std::vector<float> reals = contractReals(x);
        for (float y : reals) {
          EXPECT_LE(std::fabs(y - exact), realBound);
          EXPECT_LE(std::fabs(double(y) - reals[0]), 2 * realBound);
          EXPECT_LE(std::fabs(double(y) - integers), realBound + integerBound);
        }
      }
}
