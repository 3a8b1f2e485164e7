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
/// A format of levels alone.
Format formatOf(int64_t k, ShapeRef shape, Shape blocks,
                ScaleType type = ScaleType::F32) {
  Format format{getLearnedCodec(k), Shape(shape.size()), ScaleType::One};
  format.books = Books{k, std::move(blocks), type};
  return format;
}

struct Learned {
  Floats levels;
  std::vector<uint8_t> codes;
};

std::optional<Learned> learn(const Floats &values, ShapeRef shape, Shape blocks,
                             int64_t k, const KMeansOptions &options = {},
                             ThreadCount threads = {},
                             ScaleType type = ScaleType::F32) {
  auto parts =
      quantizeKMeans(values, shape, formatOf(k, shape, std::move(blocks), type),
                     options, threads);
  if (!parts)
    return std::nullopt;
  return Learned{parts->books, {parts->codes.begin(), parts->codes.end()}};
}

Floats decode(const Learned &books, int k, ShapeRef shape,
              ShapeRef blockShape) {
  auto granularity = Granularity::get(shape, blockShape);
  Floats result(books.codes.size());
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = books.levels[granularity->scaleIndex(i) * k + books.codes[i]];
  return result;
}

double sqnr(const Floats &values, Shape shape, Shape blocks, int k,
            const KMeansOptions &options = {}) {
  auto books = learn(values, shape, blocks, k, options);
  EXPECT_TRUE(books);
  return sqnrDb(values, decode(*books, k, shape, blocks));
}

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
    auto books = learn(values, Shape{90}, Shape{0}, k);
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
  auto books = learn(values, Shape{1000}, Shape{0}, 16);
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
  auto books = learn(values, shape, block, 12, {.iterations = 10000});
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
  auto plain = learn(values, shape, block, 8);
  auto weighted = learn(values, shape, block, 8, options);
  ASSERT_TRUE(plain && weighted);
  auto above = [](const Learned &books) {
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
  auto a = learn(first, Shape{300}, block, 5, options);
  auto b = learn(repeated, Shape{300}, block, 5);
  ASSERT_TRUE(a && b);
  for (int i = 0; i < 5; ++i)
    EXPECT_NEAR(a->levels[i], b->levels[i], 0.02);
  // All zero weights count as none.
  Floats zeros(300, 0.0f);
  options.weights.elements = zeros;
  auto none = learn(first, Shape{300}, block, 5, options);
  auto unweighted = learn(first, Shape{300}, block, 5);
  ASSERT_TRUE(none && unweighted);
  EXPECT_EQ(none->levels, unweighted->levels);
}

TEST(KMeans, LevelsAreOfTheirType) {
  Floats values = gaussian(4096);
  auto books = learn(values, Shape{4096}, Shape{0}, 16, {}, {}, ScaleType::F16);
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
    auto one = learn(values, Shape{130, 257}, blocks, 7, {}, 1);
    auto two = learn(values, Shape{130, 257}, blocks, 7, {}, 2);
    ASSERT_TRUE(one && two);
    EXPECT_EQ(one->levels, two->levels);
    EXPECT_EQ(one->codes, two->codes);
  }
}

TEST(KMeans, ShapesAndValuesAtTheEdge) {
  auto levelsOf = [](Floats values, Shape shape, Shape blocks) {
    auto books = learn(values, shape, blocks, 2);
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

// The stored form, byte for byte and back: books beside scales of other blocks.
TEST(KMeans, ScalesAndOffsetsGoWithBooks) {
  Floats values = gaussian(48 * 96, 4);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = values[i] * static_cast<float>(1 + i % 96 / 32 * 50) + 3;
  Shape shape{48, 96};
  Format plain = formatOf(16, shape, {0, 0}, ScaleType::F16);
  Format scaled = plain, shifted = plain;
  scaled.blockShape = shifted.blockShape = {1, 32};
  scaled.scaleType = shifted.scaleType = ScaleType::F16;
  shifted.offsetType = ScaleType::F16;
  auto lossOf = [&](const Format &format) {
    auto encoded = quantizeKMeans(values, shape, format);
    EXPECT_TRUE(encoded);
    auto parts = packParts(*encoded, shape, format);
    EXPECT_TRUE(parts);
    auto back = unpackParts(*parts, shape, format);
    EXPECT_TRUE(back);
    EXPECT_EQ(back->books, encoded->books);
    EXPECT_EQ(back->codes, encoded->codes);
    EXPECT_EQ(back->scales, encoded->scales);
    EXPECT_EQ(back->offsets, encoded->offsets);
    Floats decoded(values.size());
    EXPECT_FALSE(dequantize(*parts, shape, format, decoded));
    return sqnrDb(values, decoded);
  };
  // Three scales of data in one book, then a scale for each of them.
  EXPECT_GT(lossOf(scaled), lossOf(plain) + 0.5);
  EXPECT_GT(lossOf(shifted), lossOf(scaled));
}

TEST(KMeans, OnlyKeptValuesAreLearned) {
  // Ten different values are kept; the others would take levels of their own.
  Floats values;
  for (int i = 0; i < 64; ++i) {
    float large = static_cast<float>((i % 2 ? 8 : -8) + i % 3);
    float small = 0.05f * static_cast<float>(i);
    values.insert(values.end(), {large, small, -large, -small});
  }
  Shape shape{4, 64};
  for (Sparsity sparsity :
       {Sparsity::pattern(2, 4, 1), Sparsity::bitmap(128)}) {
    Format format = formatOf(10, shape, {0, 0});
    format.sparsity = sparsity;
    auto encoded = quantizeKMeans(values, shape, format);
    ASSERT_TRUE(encoded) << encoded.error().message;
    auto parts = packParts(*encoded, shape, format);
    ASSERT_TRUE(parts);
    Floats decoded(values.size());
    ASSERT_FALSE(dequantize(*parts, shape, format, decoded));
    for (size_t i = 0; i < values.size(); ++i)
      EXPECT_EQ(decoded[i], i % 2 ? 0 : values[i]) << i;
  }
}

TEST(KMeans, Errors) {
  Floats values{1, 2, 3, 70000};
  ScaleType type = ScaleType::F32;
  auto errorOf = [&](int k, Shape shape, const KMeansOptions &options = {}) {
    auto books = learnBooks(values, shape, {k, {0}, type}, options);
    EXPECT_FALSE(books);
    return books.error();
  };
  EXPECT_EQ(errorOf(1, {4}).message,
            "a codebook of 1 levels was asked for; 2 to 256 are possible");
  EXPECT_EQ(errorOf(257, {4}).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf(4, {5}).message,
            "4 values given for a tensor of 5 elements");
  EXPECT_EQ(errorOf(4, {2, 2}).kind, Error::Kind::InvalidFormat);
  type = ScaleType::F16;
  EXPECT_EQ(errorOf(4, {4}).message,
            "level 3 of codebook 0 is too large for its type f16");
  type = ScaleType::F32;
  Floats weights{1, 1, -1, 1};
  EXPECT_EQ(errorOf(4, {4}, {.weights = {.elements = weights}}).kind,
            Error::Kind::NotFinite);
  values[1] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf(4, {4}).index, 1);
  auto noBooks = quantizeKMeans(
      values, Shape{4}, {getNamedCodec("i4"), {0}, ScaleType::F32, false});
  ASSERT_FALSE(noBooks);
  EXPECT_EQ(noBooks.error().message, "codec 'i4' has no books to be learned");
}

} // namespace
