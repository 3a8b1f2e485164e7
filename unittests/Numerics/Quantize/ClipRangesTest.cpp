//===- ClipRangesTest.cpp - Scales of ranges that leave values out --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ClipRanges.h"

#include "QuantizeTesting.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

namespace {

using Floats = std::vector<float>;

TEST(ClipRanges, PercentilesByHand) {
  // Two columns: 0, 10, .., 100 and -5 for all.
  Floats values;
  for (int i = 0; i <= 10; ++i) {
    values.push_back(static_cast<float>(10 * ((i * 3) % 11)));
    values.push_back(-5);
  }
  Shape shape{11, 2}, columns{0, 1};
  auto magnitude =
      percentileRanges(values, shape, columns, 95, PercentileKind::Magnitude);
  ASSERT_TRUE(magnitude);
  EXPECT_EQ(magnitude->high, (Floats{95, 5}));
  EXPECT_EQ(magnitude->low, (Floats{-95, -5}));
  auto twoSided =
      percentileRanges(values, shape, columns, 90, PercentileKind::TwoSided);
  ASSERT_TRUE(twoSided);
  EXPECT_EQ(twoSided->low, (Floats{5, -5}));
  EXPECT_EQ(twoSided->high, (Floats{95, -5}));
  auto all =
      percentileRanges(values, shape, columns, 100, PercentileKind::TwoSided);
  ASSERT_TRUE(all);
  EXPECT_EQ(all->low, (Floats{0, -5}));
  EXPECT_EQ(all->high, (Floats{100, -5}));
}

TEST(ClipRanges, Clamp) {
  Floats values{-9, 1, 9, -9, 1, 9};
  BlockRanges ranges{{-2, 0}, {3, 20}};
  EXPECT_FALSE(clampToRanges(values, Shape{2, 3}, Shape{1, 0}, ranges));
  EXPECT_EQ(values, (Floats{-2, 1, 3, 0, 1, 9}));
  EXPECT_EQ(clampToRanges(values, Shape{2, 3}, Shape{1, 1}, ranges)->message,
            "2 ranges given for 6 blocks");
}

// All of the values is the plain range.
TEST(ClipRanges, HundredPercentClipsNothing) {
  Floats values = gaussian(30 * 50);
  Shape shape{30, 50};
  for (RangeKind kind :
       {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax}) {
    bool hasZeroPoint = kind == RangeKind::MinMax;
    Format format{getNamedCodec("i4"), {7, 16}, ScaleType::F16, hasZeroPoint};
    auto plain = chooseParameters(values, shape, format, kind);
    auto clipped = percentileChooser(100, kind)(values, shape, format);
    ASSERT_TRUE(plain && clipped);
    EXPECT_EQ(clipped->scales, plain->scales);
    EXPECT_EQ(clipped->zeroPoints, plain->zeroPoints);
  }
}

// One outlier in 10,000 takes the whole range from INT8 per tensor; the
// 99.9th percentile leaves it out.
TEST(ClipRanges, OutliersNoLongerSetTheScale) {
  Floats values = gaussian(10000);
  values[1234] = 500;
  Shape shape{10000};
  Format format{getNamedCodec("i8"), {0}, ScaleType::F32, false};
  auto clipped = percentileChooser(99.9)(values, shape, format);
  ASSERT_TRUE(clipped);
  EXPECT_NEAR(clipped->scales[0], 3.29 / 127, 0.2 / 127);
  format.codec = getNamedCodec("u8");
  format.hasZeroPoint = true;
  clipped = percentileChooser(99.9)(values, shape, format);
  ASSERT_TRUE(clipped);
  EXPECT_NEAR(clipped->scales[0], 6.6 / 255, 0.5 / 255);
}

// Ranges with an offset do not include zero.
TEST(ClipRanges, Offsets) {
  Floats values = gaussian(10000);
  for (float &value : values)
    value += 50;
  values[77] = 500;
  Shape shape{10000};
  Format format{getNamedCodec("u8"), {0}, ScaleType::F32, false};
  format.offsetType = ScaleType::F32;
  auto clipped = percentileChooser(99.9)(values, shape, format);
  ASSERT_TRUE(clipped);
  EXPECT_NEAR(clipped->scales[0], 6.6 / 255, 0.5 / 255);
  EXPECT_NEAR(clipped->offsets[0], 50 - 3.3, 0.4);
  auto plain = chooseParameters(values, shape, format, RangeKind::MinMax);
  auto all = percentileChooser(100)(values, shape, format);
  ASSERT_TRUE(plain && all);
  EXPECT_EQ(all->scales, plain->scales);
  EXPECT_EQ(all->offsets, plain->offsets);
  // Of a sparse format only what is kept has percentiles.
  format.sparsity = Sparsity::pattern(1, 2, 0);
  auto kept = percentileChooser(100)(values, shape, format);
  auto keptPlain = chooseParameters(values, shape, format, RangeKind::MinMax);
  ASSERT_TRUE(kept && keptPlain);
  EXPECT_EQ(kept->offsets, keptPlain->offsets);
}

TEST(ClipRanges, SameForEveryNumberOfThreads) {
  Floats values = gaussian(300 * 301);
  Shape shape{300, 301};
  Format format{getNamedCodec("i4"), {32, 1}, ScaleType::F32, true};
  auto one = percentileChooser(97, {}, 1)(values, shape, format);
  auto two = percentileChooser(97, {}, 2)(values, shape, format);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->scales, two->scales);
  EXPECT_EQ(one->zeroPoints, two->zeroPoints);
}

TEST(ClipRanges, ShapesAtTheEdge) {
  auto rangesOf = [](Floats values, Shape shape, Shape blocks) {
    auto ranges =
        percentileRanges(values, shape, blocks, 50, PercentileKind::Magnitude);
    EXPECT_TRUE(ranges);
    return ranges ? ranges->high : Floats();
  };
  EXPECT_EQ(rangesOf({}, {0, 2}, {0, 1}), (Floats{0, 0}));
  EXPECT_EQ(rangesOf({}, {2, 0}, {1, 0}), (Floats{0, 0}));
  EXPECT_EQ(rangesOf({-3}, {}, {}), Floats{3});
  EXPECT_EQ(rangesOf({1, -2, 3, 4, 5}, {5}, {3}), (Floats{2, 4.5}));
}

TEST(ClipRanges, Errors) {
  Floats values(6, 1.0f);
  Shape shape{2, 3};
  Format format{getNamedCodec("i4"), {1, 0}, ScaleType::F32, false};
  auto errorOf = [&](double percentile, std::optional<RangeKind> kind = {}) {
    auto result = percentileChooser(percentile, kind)(values, shape, format);
    EXPECT_FALSE(result);
    return result.error();
  };
  for (double bad :
       {0.0, -1.0, 100.5, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_EQ(errorOf(bad).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf(99, RangeKind::MinMax).kind, Error::Kind::InvalidFormat);
  values[4] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(errorOf(99).message, "the value at element 4 is NaN");
  values.pop_back();
  EXPECT_EQ(errorOf(99).message, "5 values given for a tensor of 6 elements");
}

} // namespace
