//===- HistogramTest.cpp - The distribution of a stream of values ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

using namespace lowbit::numerics;

namespace {

std::vector<float> gaussian(size_t n, float deviation = 1, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(n);
  for (float &x : values)
    x = normal(random);
  return values;
}

void expectSame(const Histogram &a, const Histogram &b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.minimum(), b.minimum());
  EXPECT_EQ(a.maximum(), b.maximum());
  EXPECT_EQ(a.binWidth(), b.binWidth());
  for (int64_t i = -Histogram::binsPerSide; i < Histogram::binsPerSide; ++i)
    ASSERT_EQ(a.binCount(i), b.binCount(i)) << "bin " << i;
}

TEST(Histogram, CountsEachValueInItsBin) {
  Histogram histogram;
  std::vector<float> values{0, -0.0f, 1, -1, 0.75f, -0.25f, 1e-30f, -1e-30f};
  ASSERT_FALSE(histogram.add(values));
  // 1 is the first value of the upper half of [-2, 2].
  EXPECT_EQ(histogram.binWidth(), 2.0 / 4096);
  EXPECT_EQ(histogram.binCount(0), 3);
  EXPECT_EQ(histogram.binCount(-1), 1);
  EXPECT_EQ(histogram.binCount(2048), 1);
  EXPECT_EQ(histogram.binCount(-2049), 1);
  EXPECT_EQ(histogram.binCount(1536), 1);
  EXPECT_EQ(histogram.binCount(-513), 1);
  EXPECT_EQ(histogram.count(), 8);
}

TEST(Histogram, DependsOnTheValuesAlone) {
  std::vector<float> values = gaussian(3 << 20);
  for (size_t i = 0; i < values.size(); i += 1000)
    values[i] *= 1000;
  std::fill_n(values.begin(), 100, 0.0f);
  Histogram whole, threaded, pieces, left, right, back;
  ASSERT_FALSE(whole.add(values, 1));
  ASSERT_FALSE(threaded.add(values, 2));
  expectSame(whole, threaded);
  std::span<const float> rest = values;
  for (size_t size = 1; !rest.empty(); size = size * 3 + 1) {
    size_t taken = std::min(size, rest.size());
    ASSERT_FALSE(pieces.add(rest.first(taken)));
    rest = rest.subspan(taken);
  }
  expectSame(whole, pieces);
  ASSERT_FALSE(left.add(std::span(values).first(50)));
  ASSERT_FALSE(right.add(std::span(values).subspan(50)));
  back = right;
  back.merge(left);
  left.merge(right);
  left.merge({});
  expectSame(whole, left);
  expectSame(whole, back);
}

TEST(Histogram, PercentilesAreThoseOfTheSortedValues) {
  std::vector<float> values = gaussian(1 << 18);
  Histogram histogram;
  ASSERT_FALSE(histogram.add(values));
  std::vector<float> sorted(values), magnitudes(values);
  std::sort(sorted.begin(), sorted.end());
  for (float &x : magnitudes)
    x = std::fabs(x);
  std::sort(magnitudes.begin(), magnitudes.end());
  double size = values.size();
  for (double percent : {0.01, 1.0, 25.0, 50.0, 97.5, 99.9, 99.99}) {
    size_t rank = std::ceil(percent / 100 * size) - 1;
    EXPECT_NEAR(histogram.percentile(percent), sorted[rank],
                histogram.binWidth());
    EXPECT_NEAR(histogram.magnitudePercentile(percent), magnitudes[rank],
                histogram.binWidth());
  }
  EXPECT_EQ(histogram.percentile(0), sorted.front());
  EXPECT_EQ(histogram.percentile(100), sorted.back());
  EXPECT_EQ(histogram.magnitudePercentile(100), magnitudes.back());
}

TEST(Histogram, OddContents) {
  Histogram none;
  ASSERT_FALSE(none.add({}));
  EXPECT_EQ(none.percentile(50), 0);
  EXPECT_EQ(none.magnitudePercentile(50), 0);
  EXPECT_EQ(none.entropyThreshold(), 0);

  Histogram zeros;
  ASSERT_FALSE(zeros.add(std::vector<float>(5)));
  EXPECT_EQ(zeros.binCount(0), 5);
  EXPECT_EQ(zeros.percentile(99), 0);
  EXPECT_EQ(zeros.entropyThreshold(), 0);

  Histogram extremes;
  float least = std::numeric_limits<float>::denorm_min();
  float most = std::numeric_limits<float>::max();
  ASSERT_FALSE(extremes.add(std::vector<float>{least, -least}));
  EXPECT_EQ(extremes.percentile(100), least);
  ASSERT_FALSE(extremes.add(std::vector<float>{most}));
  EXPECT_EQ(extremes.percentile(100), most);
  EXPECT_EQ(extremes.binCount(0), 1);
  EXPECT_EQ(extremes.binCount(-1), 1);

  Histogram one;
  ASSERT_FALSE(one.add(std::vector<float>{-3}));
  EXPECT_EQ(one.percentile(50), -3);
  EXPECT_EQ(one.magnitudePercentile(50), 3);
  EXPECT_EQ(one.entropyThreshold(), 3);
}

TEST(Histogram, NonFiniteValuesAreErrorsAndAddNothing) {
  Histogram histogram;
  auto error = histogram.add(std::vector<float>{1, NAN, INFINITY});
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Error::Kind::NotFinite);
  EXPECT_EQ(error->index, 1);
  EXPECT_EQ(histogram.count(), 0);
}

TEST(Histogram, EntropyKeepsAUniformDistributionAndClipsATail) {
  // Nothing can be gained by clipping values that are evenly spread.
  std::vector<float> values(1 << 16);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = (i + 0.5f) / values.size();
  Histogram uniform;
  ASSERT_FALSE(uniform.add(values));
  EXPECT_NEAR(uniform.entropyThreshold(), 1, 0.01);

  // A few values at ten times the range of the others are not worth 128 levels
  // of which only a tenth would be used.
  std::vector<float> tailed = gaussian(1 << 20);
  for (int i = 0; i < 20; ++i)
    tailed[i * 1000] = 40 + i * 0.5f;
  Histogram tail;
  ASSERT_FALSE(tail.add(tailed));
  double threshold = tail.entropyThreshold();
  EXPECT_GT(threshold, 3);
  EXPECT_LT(threshold, 6);
  // Fewer levels clip more.
  EXPECT_LT(tail.entropyThreshold(8), threshold);

  // The zeros of a ReLU change nothing.
  ASSERT_FALSE(tail.add(std::vector<float>(1 << 20)));
  EXPECT_EQ(tail.entropyThreshold(), threshold);
}

TEST(Histogram, IsRestoredFromItsCountsToTheBit) {
  Histogram none, zeros, some;
  ASSERT_FALSE(zeros.add(std::vector<float>{0, -0.0f, 0}));
  ASSERT_FALSE(some.add(gaussian(1000)));
  for (const Histogram *histogram : {&none, &zeros, &some}) {
    Result<Histogram> restored = Histogram::restore(
        histogram->counts(), histogram->minimum(), histogram->maximum());
    ASSERT_TRUE(restored) << restored.error().message;
    expectSame(*restored, *histogram);
    EXPECT_EQ(std::signbit(restored->minimum()),
              std::signbit(histogram->minimum()));
    // It goes on as if nothing had happened.
    Histogram more = *histogram;
    ASSERT_FALSE(more.add(gaussian(500, 100)));
    ASSERT_FALSE(restored->add(gaussian(500, 100)));
    expectSame(*restored, more);
  }
}

TEST(Histogram, IsNotRestoredFromCountsThatNoValuesHave) {
  Histogram some;
  ASSERT_FALSE(some.add(std::vector<float>{-3, 1, 2}));
  std::vector<int64_t> counts(some.counts().begin(), some.counts().end());
  auto restore = [&](float minimum, float maximum) {
    Result<Histogram> restored = Histogram::restore(counts, minimum, maximum);
    return restored ? "" : restored.error().message;
  };
  EXPECT_EQ(restore(-3, 2), "");
  for (auto [minimum, maximum] : {std::pair{-3.5f, 2.0f}, {-3, 1}, {-3, 100}})
    EXPECT_EQ(restore(minimum, maximum),
              "the extremes of the histogram lie in other bins than its "
              "outermost");
  for (auto [minimum, maximum] :
       {std::pair{-3.0f, NAN}, {NAN, 2}, {2, -3}, {-INFINITY, 2}})
    EXPECT_EQ(restore(minimum, maximum),
              "the extremes of the histogram are no range");
  counts[5000] = -1;
  EXPECT_EQ(restore(-3, 2), "a bin of the histogram holds less than nothing");
  counts[5000] = int64_t(1) << 62;
  EXPECT_EQ(restore(-3, 2),
            "the histogram holds more values than can be counted");
  counts.assign(counts.size(), 0);
  EXPECT_EQ(restore(-3, 2),
            "a histogram of no values has a smallest or largest one");
  counts.pop_back();
  EXPECT_EQ(restore(-3, 2), "a histogram has another number of bins");
}

} // namespace
