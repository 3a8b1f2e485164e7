//===- MetricsTest.cpp - Error measures -----------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Metrics.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace lowbit::numerics;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

struct Pair {
  std::vector<float> reference, test;
};

Pair randomPair(size_t n) {
  std::mt19937 generator(1);
  std::normal_distribution<float> normal;
  Pair pair{std::vector<float>(n), std::vector<float>(n)};
  for (size_t i = 0; i < n; ++i) {
    pair.reference[i] = normal(generator);
    pair.test[i] = pair.reference[i] + 0.01f * normal(generator);
  }
  return pair;
}

ErrorStatistics statistics(const std::vector<float> &reference,
                           const std::vector<float> &test) {
  ErrorStatistics result;
  result.add(reference.data(), test.data(), reference.size());
  return result;
}

/// Bit for bit, NaN included.
void expectSame(const ErrorStatistics &a, const ErrorStatistics &b) {
  EXPECT_EQ(a.count(), b.count());
  EXPECT_EQ(a.mse(), b.mse());
  EXPECT_EQ(a.sqnrDb(), b.sqnrDb());
  EXPECT_EQ(a.psnrDb(), b.psnrDb());
  EXPECT_EQ(a.cosine(), b.cosine());
  EXPECT_EQ(a.relativeError(), b.relativeError());
  EXPECT_EQ(a.maxAbsError(), b.maxAbsError());
  EXPECT_EQ(a.maxAbsReference(), b.maxAbsReference());
}

TEST(Metrics, ByHand) {
  ErrorStatistics s = statistics({3, -4}, {3, -2});
  EXPECT_EQ(s.count(), 2);
  EXPECT_DOUBLE_EQ(s.mse(), 2);
  EXPECT_DOUBLE_EQ(s.sqnrDb(), 10 * std::log10(25.0 / 4));
  EXPECT_DOUBLE_EQ(s.psnrDb(), 10 * std::log10(16.0 / 2));
  EXPECT_DOUBLE_EQ(s.maxAbsError(), 2);
  EXPECT_DOUBLE_EQ(s.maxAbsReference(), 4);
  EXPECT_DOUBLE_EQ(s.relativeError(), 2.0 / 5);
  EXPECT_DOUBLE_EQ(s.cosine(), 17 / (5 * std::sqrt(13.0)));
}

TEST(Metrics, Degenerate) {
  ErrorStatistics empty;
  EXPECT_EQ(empty.mse(), 0);
  EXPECT_EQ(empty.sqnrDb(), inf);
  EXPECT_EQ(empty.cosine(), 1);

  ErrorStatistics equal = statistics({1, 2}, {1, 2});
  EXPECT_EQ(equal.sqnrDb(), inf);
  EXPECT_EQ(equal.psnrDb(), inf);
  EXPECT_DOUBLE_EQ(equal.cosine(), 1);

  ErrorStatistics lost = statistics({1, 2}, {0, 0});
  EXPECT_EQ(lost.sqnrDb(), 0);
  EXPECT_EQ(lost.cosine(), 0);
  EXPECT_EQ(lost.relativeError(), 1);

  ErrorStatistics invented = statistics({0, 0}, {0, 1});
  EXPECT_EQ(invented.sqnrDb(), -inf);
  EXPECT_EQ(invented.relativeError(), inf);
}

TEST(Metrics, CosineOfParallelTensors) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  for (size_t n = 1; n < 200; ++n) {
    // Sums such as 3, whose root squared is less.
    std::vector<float> x(n, 1.0f);
    EXPECT_EQ(statistics(x, x).cosine(), 1) << n;
    for (float &value : x)
      value = normal(generator);
    EXPECT_EQ(statistics(x, x).cosine(), 1) << n;
    std::vector<float> scaled = x;
    for (float &value : scaled)
      value *= -0.3f;
    EXPECT_GE(statistics(x, scaled).cosine(), -1) << n;
    EXPECT_NEAR(statistics(x, scaled).cosine(), -1, 1e-6) << n;
  }
  for (float x : {0x1p-149f, std::numeric_limits<float>::max()})
    EXPECT_EQ(statistics({x, -x, x}, {x, -x, x}).cosine(), 1) << x;
  EXPECT_TRUE(std::isnan(statistics({1, 2}, {1, NAN}).cosine()));
}

TEST(Metrics, NaNIsNotHidden) {
  for (size_t place : {0, 20}) {
    std::vector<float> reference(32, 1.0f), test(32, 1.0f);
    test[place] = NAN;
    ErrorStatistics s = statistics(reference, test);
    EXPECT_TRUE(std::isnan(s.mse()));
    EXPECT_TRUE(std::isnan(s.maxAbsError()));
    EXPECT_TRUE(std::isnan(s.sqnrDb()));
    EXPECT_EQ(s.maxAbsReference(), 1);
  }
}

TEST(Metrics, MatchesANaiveSum) {
  Pair pair = randomPair(100'003);
  double error = 0, reference = 0, test = 0, product = 0;
  for (size_t i = 0; i < pair.reference.size(); ++i) {
    double r = pair.reference[i], t = pair.test[i];
    error += (r - t) * (r - t);
    reference += r * r;
    test += t * t;
    product += r * t;
  }
  ErrorStatistics s = statistics(pair.reference, pair.test);
  EXPECT_NEAR(s.mse(), error / pair.reference.size(), 1e-15);
  EXPECT_NEAR(s.sqnrDb(), 10 * std::log10(reference / error), 1e-9);
  EXPECT_NEAR(s.cosine(), product / std::sqrt(reference * test), 1e-12);
  EXPECT_NEAR(s.sqnrDb(), 40, 0.1);
}

TEST(Metrics, CutsOfTheStreamDoNotShow) {
  Pair pair = randomPair(10'007);
  ErrorStatistics whole = statistics(pair.reference, pair.test);
  std::mt19937 generator(2);
  ErrorStatistics pieces;
  for (size_t i = 0; i < pair.reference.size();) {
    size_t n = std::min<size_t>(generator() % 70, pair.reference.size() - i);
    pieces.add(pair.reference.data() + i, pair.test.data() + i, n);
    i += n;
  }
  expectSame(pieces, whole);
}

TEST(Metrics, ThreadsDoNotShow) {
  Pair pair = randomPair(500'001);
  ErrorStatistics one = measureError(pair.reference, pair.test, 1);
  for (unsigned threads : {2, 3, 8})
    expectSame(measureError(pair.reference, pair.test, threads), one);
  EXPECT_NEAR(one.mse(), statistics(pair.reference, pair.test).mse(), 1e-15);
}

TEST(Parallel, EveryItemOnce) {
  for (unsigned threads : {0, 1, 2, 5})
    for (int64_t count : {0, 1, 7, 100})
      for (int64_t grain : {0, 1, 3, 1000}) {
        std::vector<std::atomic<int>> visits(count);
        parallelFor(threads, count, grain, [&](int64_t begin, int64_t end) {
          EXPECT_LT(begin, end);
          EXPECT_EQ(begin % std::max<int64_t>(grain, 1), 0);
          for (int64_t i = begin; i < end; ++i)
            ++visits[i];
        });
        for (auto &visit : visits)
          EXPECT_EQ(visit, 1);
      }
  EXPECT_EQ(ThreadCount(3).get(), 3u);
  EXPECT_GE(ThreadCount().get(), 1u);
}

} // namespace
