//===- BiasCorrectionTest.cpp - Mean outputs that stay where they were ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/BiasCorrection.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "CorrelatedData.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

TEST(BiasCorrection, SmallExampleByHand) {
  std::vector<float> weight{1, 2, 3, 4}, test{1.5f, 2, 3, 3};
  std::vector<double> mean{2, 10};
  auto rows = correctBias({weight, {2, 2}, 0}, test, mean);
  ASSERT_TRUE(rows);
  EXPECT_EQ(*rows, (std::vector<float>{-1, 10}));
  // The same numbers as [N, K] are another weight.
  auto columns = correctBias({weight, {2, 2}, 1}, test, mean);
  ASSERT_TRUE(columns);
  EXPECT_EQ(*columns, (std::vector<float>{-1, 10}));
  auto other = correctBias({weight, {1, 4}, 0}, test, std::vector<double>{4});
  ASSERT_TRUE(other);
  EXPECT_EQ(*other, (std::vector<float>{-2, 0, 0, 4}));
}

TEST(BiasCorrection, TakesBackTheMeanErrorOfTheOutputs) {
  // Inputs after a ReLU have means, which rounding errors turn into shifts.
  int64_t inputs = 130, outputs = 90, rows = 500;
  auto x = correlatedRows(rows, inputs, 0.5f, 1);
  for (float &value : x)
    value = std::max(value, 0.0f);
  ActivationStatistics statistics(inputs);
  ASSERT_FALSE(statistics.add(x));
  auto values = gaussianValues(inputs * outputs, 2);
  Shape shape{inputs, outputs};
  Format format{getNamedCodec("i3"), {0, 1}, ScaleType::F32, false};
  auto parts = quantizeRoundToNearest(values, shape, format);
  std::vector<float> test(values.size());
  ASSERT_FALSE(dequantize(*parts, shape, format, test));
  ContractionWeight weight{values, shape, 0};
  auto mean = statistics.channels().mean();
  auto correction = correctBias(weight, test, mean, 1);
  ASSERT_TRUE(correction);
  EXPECT_EQ(*correction, *correctBias(weight, test, mean, 2));
  double before = 0, after = 0;
  for (int64_t j = 0; j < outputs; ++j) {
    double shift = 0;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t k = 0; k < inputs; ++k)
        shift += double(x[r * inputs + k]) *
                 (test[k * outputs + j] - values[k * outputs + j]) / rows;
    before = std::max(before, std::fabs(shift));
    after = std::max(after, std::fabs(shift + (*correction)[j]));
  }
  EXPECT_GT(before, 1);
  EXPECT_LT(after, 1e-5);
}

TEST(BiasCorrection, EmptyWeightsAndBadInput) {
  auto none = correctBias({{}, {0, 2}, 0}, {}, {});
  ASSERT_TRUE(none);
  EXPECT_EQ(*none, (std::vector<float>{0, 0}));
  std::vector<float> one{1}, bad{NAN};
  std::vector<double> mean{1};
  auto messageOf = [](const Result<std::vector<float>> &result) {
    return result ? "" : result.error().message;
  };
  EXPECT_EQ(messageOf(correctBias({bad, {1, 1}, 0}, one, mean)),
            "the value at element 0 is NaN");
  EXPECT_EQ(messageOf(correctBias({one, {1, 1}, 0}, {}, mean)),
            "0 values cannot replace a weight of 1");
  EXPECT_EQ(messageOf(correctBias({one, {1, 1}, 0}, one, {})),
            "statistics of 0 channels are not those of a weight with 1 inputs");
  mean[0] = NAN;
  EXPECT_EQ(messageOf(correctBias({one, {1, 1}, 0}, one, mean)),
            "the statistics of input channel 0 are not finite");
}

} // namespace
