//===- PruneTest.cpp - Which weights are kept -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Prune.h"

#include "CorrelatedData.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

using namespace lowbit::numerics;

namespace {

Mask magnitude(std::vector<float> values, Shape shape, unsigned axis,
               const Pruning &pruning) {
  auto mask = pruneByMagnitude({values, std::move(shape), axis}, pruning);
  EXPECT_TRUE(mask);
  return mask ? *mask : Mask{};
}

TEST(Prune, TwoOfFourByHand) {
  Pruning twoOfFour = Pruning::keepOf(2, 4);
  EXPECT_EQ(magnitude({1, -5, 3, 2, 9, 8, 7, 6}, {1, 8}, 1, twoOfFour),
            (Mask{0, 1, 1, 0, 1, 1, 0, 0}));
  // The first of equal weights; a short run keeps what fits.
  EXPECT_EQ(magnitude({1, 1, -1, 1, 0, 0, 0}, {1, 7}, 1, twoOfFour),
            (Mask{1, 1, 0, 0, 1, 1, 0}));
  EXPECT_EQ(magnitude({1, 2, 3, 4, 5}, {1, 5}, 1, twoOfFour),
            (Mask{0, 0, 1, 1, 1}));
  // The same along axis 0.
  EXPECT_EQ(magnitude({1, 9, -5, 8, 3, 7, 2, 6}, {4, 2}, 0, twoOfFour),
            (Mask{0, 1, 1, 1, 1, 0, 0, 0}));
  EXPECT_EQ(magnitude({3, 1, 2}, {1, 3}, 1, Pruning::keepOf(1, 3)),
            (Mask{1, 0, 0}));
  EXPECT_EQ(magnitude({3, 1, 2}, {1, 3}, 1, Pruning::keepOf(3, 3)),
            (Mask{1, 1, 1}));
}

TEST(Prune, UnstructuredByHand) {
  EXPECT_EQ(magnitude({1, -5, 3, 2}, {2, 2}, 0, Pruning::prune(0.5)),
            (Mask{0, 1, 1, 0}));
  EXPECT_EQ(magnitude({2, 2, 2, 2, 2}, {5, 1}, 0, Pruning::prune(0.5)),
            (Mask{1, 1, 1, 0, 0}));
  EXPECT_EQ(magnitude({1, 2}, {2, 1}, 0, Pruning::prune(0)), (Mask{1, 1}));
  EXPECT_EQ(magnitude({1, 2}, {2, 1}, 0, Pruning::prune(1)), (Mask{0, 0}));
  EXPECT_EQ(magnitude({}, {0, 3}, 0, Pruning::prune(0.5)), Mask{});
  EXPECT_EQ(magnitude({}, {3, 0}, 1, Pruning::keepOf(2, 4)), Mask{});
}

TEST(Prune, WandaWeighsByTheInput) {
  // A small weight of a large input goes before a large one of a small input;
  // outputs do not compete.
  std::vector<float> values{1, 100, 2, 200, 3, 300, 4, 400};
  std::vector<double> squares{100, 1, 1, 0};
  for (const Pruning &pruning : {Pruning::keepOf(2, 4), Pruning::prune(0.5)}) {
    auto mask = pruneByWanda({values, {4, 2}, 0}, squares, pruning);
    ASSERT_TRUE(mask);
    EXPECT_EQ(*mask, (Mask{1, 1, 0, 0, 1, 1, 0, 0}));
    auto turned = transposed<float>(values, 4, 2);
    auto other = pruneByWanda({turned, {2, 4}, 1}, squares, pruning);
    ASSERT_TRUE(other);
    EXPECT_EQ(*other, (Mask{1, 0, 1, 0, 1, 0, 1, 0}));
  }
}

TEST(Prune, KeepsTheRightNumberOnAnyThreads) {
  for (Shape shape : {Shape{37, 130}, Shape{130, 37}, Shape{1, 1}}) {
    auto values = gaussianValues(numElements(shape), 1);
    for (unsigned axis : {0, 1}) {
      ContractionWeight weight{values, shape, axis};
      std::vector<double> ones(weight.inputs(), 1.0);
      for (const Pruning &pruning :
           {Pruning::keepOf(2, 4), Pruning::keepOf(3, 7),
            Pruning::prune(0.37)}) {
        auto mask = pruneByMagnitude(weight, pruning, 1);
        auto wanda = pruneByWanda(weight, ones, pruning, 1);
        ASSERT_TRUE(mask && wanda);
        EXPECT_EQ(*mask, *pruneByMagnitude(weight, pruning, 2));
        EXPECT_EQ(*wanda, *pruneByWanda(weight, ones, pruning, 2));
        int64_t kept = std::accumulate(mask->begin(), mask->end(), int64_t{0});
        int64_t inputs = weight.inputs(), count = values.size();
        if (pruning.isStructured()) {
          // Inputs that all count alike leave the magnitudes.
          EXPECT_EQ(*mask, *wanda);
          int64_t n = pruning.kept(), m = pruning.runLength();
          EXPECT_EQ(kept, weight.outputs() *
                              (inputs / m * n + std::min(n, inputs % m)));
        } else {
          EXPECT_EQ(kept, count - pruning.prunedOf(count));
        }
      }
    }
  }
}

TEST(Prune, MasksZeroWeights) {
  EXPECT_EQ(applyMask(std::vector<float>{1, 2, 3}, {1, 0, 1}),
            (std::vector<float>{1, 0, 3}));
}

TEST(Prune, BadInput) {
  std::vector<float> values{1, 2, NAN, 4};
  auto messageOf = [&](Shape shape, const Pruning &pruning) {
    auto mask = pruneByMagnitude({values, std::move(shape), 0}, pruning);
    return mask ? "" : mask.error().message;
  };
  EXPECT_EQ(messageOf({4, 1}, Pruning::keepOf(2, 4)),
            "the value at element 2 is NaN");
  EXPECT_EQ(messageOf({4, 1}, Pruning::keepOf(5, 4)),
            "a pattern of 5:4 keeps no part of a run");
  EXPECT_EQ(messageOf({4, 1}, Pruning::keepOf(0, 4)),
            "a pattern of 0:4 keeps no part of a run");
  EXPECT_EQ(messageOf({4, 1}, Pruning::prune(1.5)),
            "the part to prune is between 0 and 1, not 1.500000");
  EXPECT_EQ(messageOf({4, 2}, Pruning::prune(0.5)),
            "4 values given where the shape needs 8");
  values[2] = 3;
  auto mask = pruneByWanda({values, {4, 1}, 0}, std::vector<double>{1, 2},
                           Pruning::prune(0.5));
  ASSERT_FALSE(mask);
  EXPECT_EQ(mask.error().message,
            "statistics of 2 channels are not those of a weight with 4 inputs");
  for (double bad : {-1.0, double(NAN), double(INFINITY)}) {
    mask = pruneByWanda({values, {4, 1}, 0}, std::vector<double>{1, bad, 1, 1},
                        Pruning::keepOf(2, 4));
    ASSERT_FALSE(mask);
    EXPECT_EQ(mask.error().kind, Error::Kind::InvalidStatistics);
    EXPECT_EQ(mask.error().message,
              "the statistics of input channel 1 are negative or not finite");
  }
}

TEST(Prune, WandaTakesInputsOfAnySize) {
  std::vector<float> values{1e30f, 2e30f, 3e30f, 4e30f};
  for (double size : {1e-300, 1.0, 1e300}) {
    std::vector<double> squares{4 * size, size, size, size / 16};
    auto mask =
        pruneByWanda({values, {4, 1}, 0}, squares, Pruning::keepOf(2, 4));
    ASSERT_TRUE(mask);
    // 2, 2, 3 and 1, all times 1e30: the first of equal ones.
    EXPECT_EQ(*mask, (Mask{1, 0, 1, 0}));
  }
}

} // namespace
