//===- OutputErrorTest.cpp - Errors of weights seen at the outputs --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/OutputError.h"

#include "CorrelatedData.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

TEST(OutputError, IsThatOfTheOutputs) {
  for (auto [inputs, outputs] : {std::pair{1, 1}, {7, 3}, {300, 150}}) {
    int64_t rows = 40;
    auto x = correlatedRows(rows, inputs, 0.7f, 4);
    auto w = gaussianValues(inputs * outputs, 5);
    auto test = gaussianValues(inputs * outputs, 6, 0.1f);
    for (size_t i = 0; i < w.size(); ++i)
      test[i] += w[i];
    double error = 0, signal = 0;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t j = 0; j < outputs; ++j) {
        double y = 0, e = 0;
        for (int64_t k = 0; k < inputs; ++k) {
          double input = x[r * inputs + k], weight = w[k * outputs + j];
          y += input * weight;
          e += input * (test[k * outputs + j] - weight);
        }
        error += e * e;
        signal += y * y;
      }
    }
    GramMatrix gram = gramOf(x, inputs);
    ContractionWeight weight{w, {inputs, outputs}, 0};
    auto measured = measureOutputError(weight, test, gram, 1);
    ASSERT_TRUE(measured);
    EXPECT_NEAR(measured->error, error, 1e-5 * error);
    EXPECT_NEAR(measured->signal, signal, 1e-5 * signal);
    EXPECT_NEAR(measured->sqnrDb(), 10 * std::log10(signal / error), 1e-4);

    auto threaded = measureOutputError(weight, test, gram, 2);
    EXPECT_EQ(threaded->error, measured->error);
    EXPECT_EQ(threaded->signal, measured->signal);

    auto turned = transposed<float>(w, inputs, outputs);
    ContractionWeight other{turned, {outputs, inputs}, 1};
    auto same = measureOutputError(
        other, transposed<float>(test, inputs, outputs), gram);
    ASSERT_TRUE(same);
    EXPECT_EQ(same->error, measured->error);
  }
}

TEST(OutputError, NoErrorAndNoOutputs) {
  std::vector<float> w{1, 2};
  auto none = measureOutputError({w, {2, 1}, 0}, w, identityGram(2));
  ASSERT_TRUE(none);
  EXPECT_EQ(none->sqnrDb(), INFINITY);
  EXPECT_EQ(none->signal, 5);
  auto empty = measureOutputError({{}, {2, 0}, 0}, {}, identityGram(2));
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->sqnrDb(), INFINITY);
}

TEST(OutputError, BadInput) {
  std::vector<float> w{1, 2, NAN}, one{1};
  auto messageOf = [&](const ContractionWeight &weight,
                       std::span<const float> test, int64_t channels) {
    auto result = measureOutputError(weight, test, identityGram(channels));
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(messageOf({w, {3, 1}, 0}, w, 3), "the value at element 2 is NaN");
  EXPECT_EQ(messageOf({one, {1, 1}, 0}, one, 2),
            "statistics of 2 channels are not those of a weight with 1 inputs");
  EXPECT_EQ(messageOf({one, {1, 1}, 0}, w, 1),
            "3 values cannot replace a weight of 1");
  EXPECT_EQ(messageOf({one, {1, 2}, 0}, w, 1),
            "1 values given where the shape needs 2");
  EXPECT_EQ(messageOf({one, {1}, 0}, one, 1),
            "the weight of a contraction has rank 2, not 1");
  EXPECT_EQ(messageOf({one, {1, 1}, 2}, one, 1),
            "there is no axis 2 to reduce");
}

} // namespace
