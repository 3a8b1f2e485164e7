//===- StatisticsTest.cpp - What calibration learns about an input --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

using namespace lowbit::numerics;

namespace {

using Gram = ActivationStatistics::Gram;

std::vector<float> gaussian(size_t n) {
  std::mt19937 random(11);
  std::normal_distribution<float> normal(0.5f);
  std::vector<float> values(n);
  for (float &x : values)
    x = normal(random);
  return values;
}

void expectSame(const ActivationStatistics &a, const ActivationStatistics &b) {
  EXPECT_EQ(a.channels().rows, b.channels().rows);
  EXPECT_EQ(a.channels().minimum, b.channels().minimum);
  EXPECT_EQ(a.channels().maximum, b.channels().maximum);
  EXPECT_EQ(a.channels().sum, b.channels().sum);
  EXPECT_EQ(a.channels().sumOfMagnitudes, b.channels().sumOfMagnitudes);
  EXPECT_EQ(a.channels().sumOfSquares, b.channels().sumOfSquares);
  EXPECT_EQ(a.gramMatrix().rows, b.gramMatrix().rows);
  EXPECT_EQ(a.gramMatrix().values, b.gramMatrix().values);
}

TEST(Statistics, SmallExampleByHand) {
  ActivationStatistics statistics(3, Gram::Collect);
  ASSERT_FALSE(statistics.add(std::vector<float>{1, -2, 0, 3, 4, 0}));
  const ChannelStatistics &channels = statistics.channels();
  EXPECT_EQ(channels.rows, 2);
  EXPECT_EQ(channels.minimum, (std::vector<float>{1, -2, 0}));
  EXPECT_EQ(channels.maximum, (std::vector<float>{3, 4, 0}));
  EXPECT_EQ(channels.maxMagnitude(), (std::vector<float>{3, 4, 0}));
  EXPECT_EQ(channels.mean(), (std::vector<double>{2, 1, 0}));
  EXPECT_EQ(channels.meanMagnitude(), (std::vector<double>{2, 3, 0}));
  EXPECT_EQ(channels.sumOfSquares, (std::vector<double>{10, 20, 0}));
  GramMatrix gram = statistics.gramMatrix();
  EXPECT_EQ(gram.rows, 2);
  EXPECT_EQ(gram.channels, 3);
  EXPECT_EQ(gram.values, (std::vector<double>{10, 10, 0, 10, 20, 0, 0, 0, 0}));
  EXPECT_EQ(gram.diagonal(1), 20);
}

TEST(Statistics, GramMatrixIsThatOfExactProducts) {
  // More than one tile of channels and two blocks of rows, neither full.
  int64_t rows = 1100, channels = 300;
  std::vector<float> x = gaussian(rows * channels);
  ActivationStatistics statistics(channels, Gram::Collect);
  ASSERT_FALSE(statistics.add(x));
  GramMatrix gram = statistics.gramMatrix();
  for (int64_t i = 0; i < channels; i += 23) {
    for (int64_t j = 0; j < channels; j += 17) {
      double exact = 0;
      for (int64_t r = 0; r < rows; ++r)
        exact += double(x[r * channels + i]) * x[r * channels + j];
      // Sums of 512 products of size 1 in f32, with room for bad luck.
      EXPECT_NEAR(gram.values[i * channels + j], exact, rows * 1e-6);
      EXPECT_EQ(gram.values[i * channels + j], gram.values[j * channels + i]);
    }
  }
}

TEST(Statistics, ThreadsAndPiecesDoNotMatter) {
  int64_t rows = 1300, channels = 270;
  std::vector<float> x = gaussian(rows * channels);
  ActivationStatistics whole(channels, Gram::Collect), threaded(whole),
      pieces(whole);
  ASSERT_FALSE(whole.add(x, 1));
  ASSERT_FALSE(threaded.add(x, 2));
  expectSame(whole, threaded);
  std::span<const float> rest = x;
  for (int64_t size = 1; !rest.empty(); size = size * 2 + 1) {
    size_t taken = std::min<size_t>(size * channels, rest.size());
    ASSERT_FALSE(pieces.add(rest.first(taken)));
    // Looking at the matrix must not disturb what follows.
    EXPECT_EQ(pieces.gramMatrix().rows, pieces.channels().rows);
    rest = rest.subspan(taken);
  }
  expectSame(whole, pieces);
}

TEST(Statistics, MergingIsAddingAndGoesOn) {
  int64_t rows = 700, channels = 5;
  std::vector<float> x = gaussian(rows * channels);
  std::span<const float> values = x;
  ActivationStatistics whole(channels, Gram::Collect), left(whole),
      right(whole);
  ASSERT_FALSE(whole.add(values));
  ASSERT_FALSE(left.add(values.first(100 * channels)));
  ASSERT_FALSE(right.add(values.subspan(100 * channels)));
  ASSERT_FALSE(left.merge(right));
  EXPECT_EQ(left.channels().rows, rows);
  EXPECT_EQ(left.channels().minimum, whole.channels().minimum);
  EXPECT_EQ(left.gramMatrix().rows, rows);
  for (int64_t i = 0; i < channels * channels; ++i)
    EXPECT_NEAR(left.gramMatrix().values[i], whole.gramMatrix().values[i],
                rows * 3e-6);

  ActivationStatistics again(left.channels(), left.gramMatrix());
  ASSERT_FALSE(again.add(values));
  EXPECT_EQ(again.channels().rows, 2 * rows);
  EXPECT_EQ(again.gramMatrix().rows, 2 * rows);
}

TEST(Statistics, OddSizes) {
  ActivationStatistics none(0, Gram::Collect);
  EXPECT_FALSE(none.add({}));
  EXPECT_TRUE(none.gramMatrix().values.empty());

  ActivationStatistics empty(2);
  EXPECT_FALSE(empty.hasGram());
  EXPECT_FALSE(empty.add({}));
  EXPECT_EQ(empty.channels().mean(), (std::vector<double>{0, 0}));
  EXPECT_EQ(empty.channels().maxMagnitude(), (std::vector<float>{0, 0}));
  EXPECT_EQ(empty.gramMatrix().channels, 0);

  ActivationStatistics one(1, Gram::Collect);
  EXPECT_FALSE(one.add(std::vector<float>{1e-42f}));
  EXPECT_EQ(one.channels().maximum[0], 1e-42f);
  EXPECT_GT(one.channels().sumOfSquares[0], 0);
}

TEST(Statistics, BadInput) {
  ActivationStatistics statistics(2, Gram::Collect);
  auto error = statistics.add(std::vector<float>{1, 2, 3});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Error::Kind::InvalidStatistics);
  EXPECT_EQ(error->message, "3 values are no whole rows of 2 channels");

  error = statistics.add(std::vector<float>{1, 2, INFINITY, NAN});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Error::Kind::NotFinite);
  EXPECT_EQ(error->index, 2);
  EXPECT_EQ(statistics.channels().rows, 0);

  error = statistics.merge(ActivationStatistics(3, Gram::Collect));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message, "statistics of 3 channels cannot join those of 2");
  error = statistics.merge(ActivationStatistics(2));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->message,
            "statistics with second moments cannot join those without");
}

} // namespace
