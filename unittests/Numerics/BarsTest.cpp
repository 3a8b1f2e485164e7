//===- BarsTest.cpp - Two histograms in the same bars ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Bars.h"

#include <gtest/gtest.h>

#include <numeric>
#include <random>

using namespace lowbit::numerics;

namespace {

Histogram histogramOf(const std::vector<float> &values) {
  Histogram histogram;
  EXPECT_FALSE(histogram.add(values));
  return histogram;
}

/// How many of `values` each bar of `bars` holds.
std::vector<int64_t> count(const Bars &bars, const std::vector<float> &values) {
  std::vector<int64_t> counts(bars.before.size());
  for (float value : values)
    for (size_t i = 0; i < counts.size(); ++i)
      // A bin below zero has its upper end, not its lower.
      counts[i] += value < 0 ? value > bars.begin + i * bars.width - 1e-30 &&
                                   value <= bars.begin + (i + 1) * bars.width &&
                                   value != bars.begin + i * bars.width
                             : value >= bars.begin + i * bars.width &&
                                   value < bars.begin + (i + 1) * bars.width;
  return counts;
}

TEST(Bars, CountWhatLiesInThem) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal;
  for (float scale : {1e-20f, 0.03f, 1.0f, 700.0f}) {
    std::vector<float> before(1000), after(1000);
    for (float &value : before)
      value = scale * normal(random);
    for (size_t i = 0; i < after.size(); ++i)
      after[i] = before[i] / 8;
    for (int64_t most : {2, 5, 64, 1000}) {
      Bars bars = compareInBars(histogramOf(before), histogramOf(after), most);
      EXPECT_LE(int64_t(bars.before.size()), most);
      EXPECT_GT(2 * int64_t(bars.before.size()) + 2, most / 2);
      EXPECT_EQ(bars.before, count(bars, before));
      EXPECT_EQ(bars.after, count(bars, after));
      EXPECT_TRUE(bars.before.front() + bars.after.front() > 0);
      EXPECT_TRUE(bars.before.back() + bars.after.back() > 0);
    }
  }
}

TEST(Bars, OfZerosAndOfNothing) {
  Bars none = compareInBars({}, {}, 64);
  EXPECT_TRUE(none.before.empty());
  EXPECT_TRUE(none.after.empty());

  Bars zeros = compareInBars(histogramOf({0, 0, 0}), histogramOf({0}), 64);
  EXPECT_EQ(zeros.before, std::vector<int64_t>{3});
  EXPECT_EQ(zeros.after, std::vector<int64_t>{1});
  EXPECT_EQ(zeros.width, 0);

  Bars one = compareInBars(histogramOf({0, 0}), histogramOf({0, 1}), 4);
  EXPECT_EQ(std::accumulate(one.before.begin(), one.before.end(), 0), 2);
  EXPECT_EQ(one.before.front(), 2);
  EXPECT_EQ(one.after.front(), 1);
  EXPECT_EQ(one.after.back(), 1);
}

} // namespace
