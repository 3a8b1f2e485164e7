//===- InputScalesTest.cpp - Scales between a layer and its producer ------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/InputScales.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

using Floats = std::vector<float>;

TEST(InputScales, WeightsOfEitherLayout) {
  Floats values{1, 2, 3, 4, 5, 6}, two{10, 100}, three{1, 10, 100};
  EXPECT_EQ(scaledWeight({values, {2, 3}, 0}, two),
            (Floats{10, 20, 30, 400, 500, 600}));
  EXPECT_EQ(scaledWeight({values, {2, 3}, 1}, three),
            (Floats{1, 20, 300, 4, 50, 600}));
  EXPECT_EQ(scaledWeight({{}, {0, 3}, 0}, {}), Floats());
  Floats many(70000, 2.0f), scales(700, 0.5f);
  EXPECT_EQ(scaledWeight({many, {700, 100}, 0}, scales, 2),
            Floats(70000, 1.0f));
}

// What a run on the scaled inputs would have seen.
TEST(InputScales, Channels) {
  ActivationStatistics before(2), after(2);
  ASSERT_FALSE(before.add(Floats{1, -3, 4, 6}));
  ASSERT_FALSE(after.add(Floats{0.5, -12, 2, 24}));
  ChannelStatistics scaled = scaledChannels(before.channels(), Floats{2, 0.25});
  EXPECT_EQ(scaled.rows, 2);
  EXPECT_EQ(scaled.minimum, after.channels().minimum);
  EXPECT_EQ(scaled.maximum, after.channels().maximum);
  EXPECT_EQ(scaled.sum, after.channels().sum);
  EXPECT_EQ(scaled.sumOfMagnitudes, after.channels().sumOfMagnitudes);
  EXPECT_EQ(scaled.sumOfSquares, after.channels().sumOfSquares);
}

TEST(InputScales, Gram) {
  GramMatrix gram{2, 3, {4, 6, 6, 100}};
  Floats scales{2, 5};
  GramMatrix scaled = scaledGram(gram, scales);
  EXPECT_EQ(scaled.values, (std::vector<double>{1, 0.6, 0.6, 4}));
  EXPECT_EQ(scaled.rows, 3);
}

// A channel that is not read.
TEST(InputScales, Zero) {
  ActivationStatistics seen(2, ActivationStatistics::Gram::Collect);
  ASSERT_FALSE(seen.add(Floats{1, -3, 4, 6}));
  ChannelStatistics channels = scaledChannels(seen.channels(), Floats{2, 0});
  EXPECT_EQ(channels.maxMagnitude(), (Floats{2, 0}));
  EXPECT_EQ(channels.sum, (std::vector<double>{2.5, 0}));
  EXPECT_EQ(channels.sumOfMagnitudes, (std::vector<double>{2.5, 0}));
  EXPECT_EQ(channels.sumOfSquares, (std::vector<double>{4.25, 0}));
  EXPECT_EQ(scaledGram(seen.gramMatrix(), Floats{2, 0}).values,
            (std::vector<double>{4.25, 0, 0, 0}));
}

} // namespace
