//===- HessianTest.cpp - Factors of second moments ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hessian.h"

#include "CorrelatedData.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

std::string messageOf(const GramMatrix &gram, const HessianOptions &options) {
  auto factor = factorizeHessian(gram, options);
  EXPECT_FALSE(factor);
  return factor ? "" : factor.error().message;
}

TEST(Hessian, FactorsGiveBackTheMatrix) {
  for (int64_t n : {1, 2, 65, 150}) {
    GramMatrix gram = gramOf(correlatedRows(4 * n, n, 0.8f, 1), n);
    double mean = 0;
    for (int64_t i = 0; i < n; ++i)
      mean += gram.diagonal(i) / n;
    for (bool activationOrder : {false, true}) {
      auto factor = factorizeHessian(gram, {0.05, activationOrder});
      ASSERT_TRUE(factor);
      EXPECT_EQ(factor->inOrder(), !activationOrder || n == 1);
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (int64_t k = std::max(i, j); k < n; ++k) {
            double left = i == k ? 1 : factor->feedback[i * n + k];
            double right = j == k ? 1 : factor->feedback[j * n + k];
            sum += left * factor->pivots[k] * right;
          }
          double damping = i == j ? 0.05 * mean : 0;
          int64_t place = factor->order[i] * n + factor->order[j];
          ASSERT_NEAR(sum, gram.values[place] + damping, 1e-5 * mean);
          if (i >= j) {
            ASSERT_EQ(factor->feedback[i * n + j], 0);
          }
        }
      }
    }
  }
}

TEST(Hessian, PivotsAreThoseOfTheInverse) {
  // [2 1; 1 2]: the inverse has 2/3 on its diagonal, and 1/2 once the first
  // channel is gone.
  GramMatrix gram{2, 2, {2, 1, 1, 2}};
  auto factor = factorizeHessian(gram, {0.0, false});
  ASSERT_TRUE(factor);
  EXPECT_NEAR(factor->pivots[0], 1.5, 1e-12);
  EXPECT_NEAR(factor->pivots[1], 2, 1e-12);
  EXPECT_EQ(factor->feedback, (std::vector<float>{0, 0.5f, 0, 0}));
}

TEST(Hessian, ActivationOrderIsByDiagonalAndStable) {
  GramMatrix gram = identityGram(4);
  gram.values[2 * 5] = 9;
  auto factor = factorizeHessian(gram, {0.01, true});
  ASSERT_TRUE(factor);
  EXPECT_EQ(factor->order, (std::vector<int64_t>{2, 0, 1, 3}));
}

TEST(Hessian, ThreadsDoNotMatter) {
  GramMatrix gram = gramOf(correlatedRows(300, 200, 0.9f, 2), 200);
  auto one = factorizeHessian(gram, {}, 1), two = factorizeHessian(gram, {}, 2);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->feedback, two->feedback);
  EXPECT_EQ(one->pivots, two->pivots);
}

TEST(Hessian, DeadChannelsStandAlone) {
  GramMatrix gram{3, 5, {4, 0, 2, 0, 0, 0, 2, 0, 4}};
  for (double damping : {0.0, 0.01}) {
    auto factor = factorizeHessian(gram, {damping, false});
    ASSERT_TRUE(factor);
    EXPECT_EQ(factor->deadChannels, 1);
    EXPECT_EQ(factor->feedback[1], 0);
    EXPECT_EQ(factor->feedback[1 * 3 + 2], 0);
    EXPECT_GT(factor->feedback[2], 0);
    EXPECT_NEAR(factor->pivots[1], damping * 8 / 3, 1e-12);
  }
  auto none = factorizeHessian({2, 1, {0, 0, 0, 0}});
  ASSERT_TRUE(none);
  EXPECT_EQ(none->deadChannels, 2);
  auto empty = factorizeHessian({});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->channels, 0);
}

TEST(Hessian, BadInput) {
  EXPECT_EQ(messageOf({2, 0, {0, 0, 0, 0}}, {}),
            "there are no rows of activations to calibrate with");
  EXPECT_EQ(messageOf({2, 1, {1, 1, 1, 1}}, {0.0, false}),
            "too few samples: 1 rows of activations cannot tell 2 channels "
            "apart; use more rows, or a damping above 0");
  EXPECT_EQ(messageOf({2, 7, {1, 1, 1, 1}}, {0.0, false}),
            "the second moments of 7 rows and 2 channels are not positive "
            "definite with damping 0.000000; use more rows or more damping");
  EXPECT_EQ(messageOf({2, 7, {1, 1, 1, INFINITY}}, {}),
            "the second moments of channel 1 are not finite");
  EXPECT_EQ(messageOf({2, 7, {1, 1, 1}}, {}),
            "second moments of 2 channels have 3 values");
  EXPECT_EQ(messageOf({1, 1, {1}}, {-1.0, false}),
            "damping must be finite and not negative, not -1.000000");
  // Damping makes up for missing rows.
  EXPECT_TRUE(factorizeHessian({2, 1, {1, 1, 1, 1}}));
}

} // namespace
