//===- KMeansTest.cpp - Codebooks learned from the values -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/KMeans.h"

#include "QuantizeTesting.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

using namespace lowbit::numerics;

namespace {

using Floats = std::vector<float>;

/// The level of each element.
Floats decode(const KMeansBooks &books, int k, ShapeRef shape,
              ShapeRef blockShape) {
  auto granularity = Granularity::get(shape, blockShape);
  Floats result(books.codes.size());
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = books.levels[granularity->scaleIndex(i) * k + books.codes[i]];
  return result;
}

double sqnr(const Floats &values, Shape shape, Shape blocks, int k,
            const KMeansOptions &options = {}) {
  auto books = learnBooks(values, shape, blocks, k, options);
  EXPECT_TRUE(books);
  return sqnrDb(values, decode(*books, k, shape, blocks));
}

// Dynamic programming finds books that are 0.05 dB better at 4096 values, 0.5
// dB at 256; a start from quantiles stalls up to 1.8 dB lower.
TEST(KMeans, GaussianDoesNotStall) {
  Floats values = gaussian(1 << 18);
  Shape shape{64, 4096};
  EXPECT_NEAR(sqnr(values, shape, {1, 0}, 16), 20.33, 0.1);
  EXPECT_NEAR(sqnr(values, shape, {1, 1024}, 16), 20.6, 0.1);
  EXPECT_NEAR(sqnr(values, shape, {1, 256}, 16), 21.7, 0.1);
  EXPECT_NEAR(sqnr(values, shape, {0, 0}, 16), 20.22, 0.1);
  EXPECT_NEAR(sqnr(values, shape, {0, 1}, 16), 24.7, 0.15);
  // Per tensor the other sizes are the Lloyd-Max quantizers.
  EXPECT_NEAR(sqnr(values, shape, {0, 0}, 2), 4.40, 0.05);
  EXPECT_NEAR(sqnr(values, shape, {0, 0}, 4), 9.30, 0.05);
  EXPECT_NEAR(sqnr(values, shape, {0, 0}, 8), 14.62, 0.05);
  EXPECT_NEAR(sqnr(values, shape, {0, 0}, 64), 31.9, 0.1);
}

TEST(KMeans, HeavyTails) {
  std::mt19937 random(1);
  std::student_t_distribution<float> heavy(4);
  Floats values(64 * 4096);
  for (float &value : values)
    value = heavy(random);
  // Dynamic programming gains another 0.1 dB or so.
  EXPECT_NEAR(sqnr(values, {64, 4096}, {1, 0}, 16), 17.5, 0.1);
}

// With no more different values than levels nothing is lost.
TEST(KMeans, FewValuesAreExact) {
  Floats values;
  for (int i = 0; i < 90; ++i)
    values.push_back(std::ldexp(1.0f, (i * 7) % 15));
  for (int k : {15, 16, 40, 256}) {
    auto books = learnBooks(values, Shape{90}, Shape{0}, k);
    ASSERT_TRUE(books);
    EXPECT_EQ(decode(*books, k, Shape{90}, Shape{0}), values) << k;
    EXPECT_TRUE(std::is_sorted(books->levels.begin(), books->levels.end()));
  }
}

// Two far clusters and one outlier: levels without values find some.
TEST(KMeans, EmptyClustersAreFilled) {
  Floats values = gaussian(1000);
  for (size_t i = 0; i < 500; ++i)
    values[i] += 1e5f;
  values[7] = -1e7f;
  auto books = learnBooks(values, Shape{1000}, Shape{0}, 16);
  ASSERT_TRUE(books);
  std::set<uint8_t> used(books->codes.begin(), books->codes.end());
  EXPECT_EQ(used.size(), 16u);
  Floats decoded = decode(*books, 16, Shape{1000}, Shape{0});
  for (size_t i = 0; i < values.size(); ++i)
    EXPECT_NEAR(decoded[i], values[i], 2) << i;
}

// Each level is the mean of its values: the condition for a minimum.
TEST(KMeans, LevelsAreMeans) {
  Floats values = gaussian(3000, 8);
  Shape shape{3000}, block{0};
  auto books = learnBooks(values, shape, block, 12, {.iterations = 10000});
  ASSERT_TRUE(books);
  std::vector<double> sums(12), counts(12);
  for (size_t i = 0; i < values.size(); ++i) {
    sums[books->codes[i]] += values[i];
    ++counts[books->codes[i]];
  }
  for (int i = 0; i < 12; ++i)
    EXPECT_NEAR(books->levels[i], sums[i] / counts[i], 1e-6);
}

TEST(KMeans, Weights) {
  Floats values = gaussian(2000, 6), weights(2000);
  for (size_t i = 0; i < values.size(); ++i)
    weights[i] = values[i] > 1 ? 1000 : 1;
  Shape shape{2000}, block{0};
  KMeansOptions options{.weights = {.elements = weights}};
  auto plain = learnBooks(values, shape, block, 8);
  auto weighted = learnBooks(values, shape, block, 8, options);
  ASSERT_TRUE(plain && weighted);
  auto above = [](const KMeansBooks &books) {
    return std::count_if(books.levels.begin(), books.levels.end(),
                         [](float level) { return level > 1; });
  };
  EXPECT_EQ(above(*plain), 2);
  EXPECT_GE(above(*weighted), 5);
  // Integer weights are repetitions.
  Floats repeated;
  for (size_t i = 0; i < 300; ++i) {
    weights[i] = static_cast<float>(i % 3);
    repeated.insert(repeated.end(), i % 3, values[i]);
  }
  Floats first(values.begin(), values.begin() + 300);
  options.weights.elements = std::span(weights).first(300);
  auto a = learnBooks(first, Shape{300}, block, 5, options);
  auto b = learnBooks(repeated, Shape{300}, block, 5);
  ASSERT_TRUE(a && b);
  for (int i = 0; i < 5; ++i)
    EXPECT_NEAR(a->levels[i], b->levels[i], 0.02);
  // All zero weights count as none.
  Floats zeros(300, 0.0f);
  options.weights.elements = zeros;
  auto none = learnBooks(first, Shape{300}, block, 5, options);
  auto unweighted = learnBooks(first, Shape{300}, block, 5);
  ASSERT_TRUE(none && unweighted);
  EXPECT_EQ(none->levels, unweighted->levels);
}

TEST(KMeans, LevelsAreOfTheirType) {
  Floats values = gaussian(4096);
  auto books = learnBooks(values, Shape{4096}, Shape{0}, 16,
                          {.levelType = ScaleType::F16});
  ASSERT_TRUE(books);
  for (float level : books->levels)
    EXPECT_EQ(level, roundToScaleType(level, ScaleType::F16));
  // Codes know the rounded levels.
  for (size_t i = 0; i < values.size(); ++i)
    for (float level : books->levels)
      EXPECT_LE(std::fabs(values[i] - books->levels[books->codes[i]]),
                std::fabs(values[i] - level) + 1e-7f);
}

TEST(KMeans, SameForEveryNumberOfThreads) {
  Floats values = gaussian(130 * 257);
  for (Shape blocks : {Shape{0, 1}, Shape{1, 64}, Shape{50, 50}}) {
    auto one = learnBooks(values, Shape{130, 257}, blocks, 7, {}, 1);
    auto two = learnBooks(values, Shape{130, 257}, blocks, 7, {}, 2);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->levels, two->levels);
    EXPECT_EQ(one->codes, two->codes);
  }
}

TEST(KMeans, ShapesAndValuesAtTheEdge) {
  auto levelsOf = [](Floats values, Shape shape, Shape blocks) {
    auto books = learnBooks(values, shape, blocks, 2);
    EXPECT_TRUE(books);
    return books ? books->levels : Floats();
  };
  EXPECT_EQ(levelsOf({}, {0, 2}, {0, 1}), Floats(4));
  EXPECT_EQ(levelsOf({}, {2, 0}, {0, 1}), Floats());
  EXPECT_EQ(levelsOf({-3}, {}, {}), (Floats{-3, -3}));
  EXPECT_EQ(levelsOf({0, 0, 0}, {3}, {0}), (Floats{0, 0}));
  EXPECT_EQ(levelsOf({1, 2, 5}, {3}, {2}), (Floats{1, 2, 5, 5}));
  float tiny = std::numeric_limits<float>::denorm_min();
  EXPECT_EQ(levelsOf({tiny, -tiny}, {2}, {0}), (Floats{-tiny, tiny}));
  float large = std::numeric_limits<float>::max();
  EXPECT_EQ(levelsOf({large, -large}, {2}, {0}), (Floats{-large, large}));
}

TEST(KMeans, Errors) {
  Floats values{1, 2, 3, 70000};
  auto errorOf = [&](int k, Shape shape, const KMeansOptions &options = {}) {
    auto books = learnBooks(values, shape, Shape{0}, k, options);
    EXPECT_FALSE(books);
    return books.error();
  };
  EXPECT_EQ(errorOf(1, {4}).message,
            "a codebook of 1 levels was asked for; 2 to 256 are possible");
  EXPECT_EQ(errorOf(257, {4}).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf(4, {5}).message,
            "4 values given for a tensor of 5 elements");
  EXPECT_EQ(errorOf(4, {2, 2}).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf(4, {4}, {.levelType = ScaleType::F16}).message,
            "level 3 of codebook 0 is too large for its type f16");
  Floats weights{1, 1, -1, 1};
  EXPECT_EQ(errorOf(4, {4}, {.weights = {.elements = weights}}).kind,
            Error::Kind::NotFinite);
  values[1] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf(4, {4}).index, 1);
}

} // namespace
