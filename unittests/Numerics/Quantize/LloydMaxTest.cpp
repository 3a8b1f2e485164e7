//===- LloydMaxTest.cpp - The best levels for Gaussian data ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/LloydMax.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace lowbit::numerics;

namespace {

// Max's table I.
TEST(LloydMax, PublishedLevels) {
  EXPECT_EQ(lloydMaxLevels(1), std::vector<double>{0});
  EXPECT_NEAR(lloydMaxLevels(2)[1], std::sqrt(2 / M_PI), 1e-12);
  EXPECT_NEAR(lloydMaxLevels(3)[2], 1.2240, 5e-5);
  auto expectPositive = [](int count, std::vector<double> expected) {
    std::vector<double> levels = lloydMaxLevels(count);
    ASSERT_EQ(levels.size(), static_cast<size_t>(count));
    for (size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(levels[count - expected.size() + i], expected[i], 1.1e-4);
  };
  expectPositive(4, {0.4528, 1.5104});
  expectPositive(5, {0.7646, 1.7241});
  expectPositive(8, {0.2451, 0.7560, 1.3439, 2.1520});
  expectPositive(
      16, {0.1284, 0.3881, 0.6568, 0.9424, 1.2562, 1.6180, 2.0690, 2.7326});
}

TEST(LloydMax, PublishedDistortion) {
  auto decibels = [](int count) {
    return -10 * std::log10(gaussianDistortion(lloydMaxLevels(count)));
  };
  EXPECT_NEAR(decibels(1), 0, 1e-12);
  EXPECT_NEAR(decibels(2), 4.40, 0.005);
  EXPECT_NEAR(decibels(4), 9.30, 0.005);
  EXPECT_NEAR(decibels(8), 14.62, 0.005);
  EXPECT_NEAR(decibels(16), 20.22, 0.005);
  EXPECT_NEAR(decibels(32), 26.01, 0.01);
  EXPECT_NEAR(decibels(64), 31.89, 0.03);
  // 6.02 dB per bit in the limit.
  EXPECT_NEAR(decibels(256) - decibels(128), 6.0, 0.05);
}

// Every size fulfils the conditions: moving any level makes it worse.
TEST(LloydMax, EverySizeIsAMinimum) {
  double last = 2;
  for (int count = 1; count <= 256; ++count) {
    std::vector<double> levels = lloydMaxLevels(count);
    double distortion = gaussianDistortion(levels);
    EXPECT_LT(distortion, last);
    last = distortion;
    for (int i = 0; i < count; ++i) {
      EXPECT_NEAR(levels[i], -levels[count - 1 - i], 1e-12);
      if (i)
        EXPECT_LT(levels[i - 1], levels[i]);
    }
    for (int i : {0, count / 3, count / 2})
      for (double step : {-1e-4, 1e-4}) {
        std::vector<double> moved = levels;
        moved[i] += step;
        EXPECT_GT(gaussianDistortion(moved), distortion) << count;
      }
  }
}

} // namespace
