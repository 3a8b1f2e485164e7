//===- UncorrelatedOutputsTest.cpp - Output errors without X^T X ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"

#include "CorrelatedData.h"
#include "lowbit/Numerics/Quantize/BiasCorrection.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

TEST(UncorrelatedOutputs, AreCorrelatedByTheirMeansAlone) {
  int64_t inputs = 37, outputs = 20;
  auto x = correlatedRows(50, inputs, 0.7f, 4);
  auto w = gaussianValues(inputs * outputs, 5);
  auto test = gaussianValues(inputs * outputs, 6, 0.1f);
  for (size_t i = 0; i < w.size(); ++i)
    test[i] += w[i];
  ActivationStatistics statistics(inputs);
  ASSERT_FALSE(statistics.add(x));
  GramMatrix diagonal = gramOf(x, inputs);
  std::vector<double> mean = statistics.channels().mean();
  for (int64_t i = 0; i < inputs; ++i)
    for (int64_t j = 0; j < inputs; ++j)
      if (i != j)
        diagonal.values[i * inputs + j] = 50 * mean[i] * mean[j];

  ContractionWeight weight{w, {inputs, outputs}, 0};
  auto expected = measureOutputError(weight, test, diagonal);
  auto measured = measureUncorrelatedOutputError(weight, test,
                                                 statistics.channels(), {}, 1);
  ASSERT_TRUE(expected && measured);
  EXPECT_NEAR(measured->error, expected->error, 1e-5 * expected->error);
  EXPECT_NEAR(measured->signal, expected->signal, 1e-5 * expected->signal);
  auto threaded = measureUncorrelatedOutputError(weight, test,
                                                 statistics.channels(), {}, 3);
  EXPECT_EQ(threaded->error, measured->error);

  auto turned = transposed<float>(w, inputs, outputs);
  auto same = measureUncorrelatedOutputError(
      {turned, {outputs, inputs}, 1}, transposed<float>(test, inputs, outputs),
      statistics.channels());
  ASSERT_TRUE(same);
  EXPECT_NEAR(same->error, measured->error, 1e-12 * measured->error);

  // What takes the shift back leaves less, and what doubles it three times
  // more of that.
  auto correction = correctBias(weight, test, mean);
  ASSERT_TRUE(correction);
  auto corrected = measureUncorrelatedOutputError(
      weight, test, statistics.channels(), *correction);
  for (float &added : *correction)
    added = -added;
  auto doubled = measureUncorrelatedOutputError(
      weight, test, statistics.channels(), *correction);
  ASSERT_TRUE(corrected && doubled);
  double shift = measured->error - corrected->error;
  EXPECT_GT(shift, 0);
  EXPECT_NEAR(doubled->error - measured->error, 3 * shift, 1e-4 * shift);
  EXPECT_EQ(corrected->signal, measured->signal);

  auto other = measureUncorrelatedOutputError({turned, {outputs, inputs}, 0},
                                              turned, statistics.channels());
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().kind, Error::Kind::InvalidStatistics);
}

} // namespace
