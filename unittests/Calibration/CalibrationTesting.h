//===- CalibrationTesting.h - Statistics for tests --------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_CALIBRATION_CALIBRATIONTESTING_H
#define LOWBIT_UNITTESTS_CALIBRATION_CALIBRATIONTESTING_H

#include "lowbit/Calibration/Statistics.h"

#include <gtest/gtest.h>
#include <random>

namespace lowbit::calibration::test {

inline std::vector<float> gaussian(size_t n, unsigned seed = 3) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0.5f);
  std::vector<float> values(n);
  for (float &x : values)
    x = normal(random);
  return values;
}

/// Of `values`, rows of `channels`.
inline InputStatistics observe(std::vector<std::string> layers,
                               int64_t channels, std::span<const float> values,
                               numerics::ActivationStatistics::Gram gram =
                                   numerics::ActivationStatistics::Gram::Skip) {
  InputStatistics input{
      std::move(layers), numerics::ActivationStatistics(channels, gram), {}};
  EXPECT_FALSE(input.channels.add(values));
  EXPECT_FALSE(input.histogram.add(values));
  return input;
}

/// Equal to the bit.
inline void expectSame(const InputStatistics &a, const InputStatistics &b) {
  const numerics::ChannelStatistics &x = a.channels.channels();
  const numerics::ChannelStatistics &y = b.channels.channels();
  EXPECT_EQ(a.layers, b.layers);
  EXPECT_EQ(x.rows, y.rows);
  EXPECT_EQ(x.minimum, y.minimum);
  EXPECT_EQ(x.maximum, y.maximum);
  EXPECT_EQ(x.sum, y.sum);
  EXPECT_EQ(x.sumOfMagnitudes, y.sumOfMagnitudes);
  EXPECT_EQ(x.sumOfSquares, y.sumOfSquares);
  EXPECT_EQ(a.hasSecondMoments(), b.hasSecondMoments());
  auto mine = a.secondMoments(), theirs = b.secondMoments();
  ASSERT_TRUE(mine && theirs);
  EXPECT_EQ(mine->rows, theirs->rows);
  EXPECT_EQ(mine->values, theirs->values);
  EXPECT_TRUE(std::ranges::equal(a.histogram.counts(), b.histogram.counts()));
  EXPECT_EQ(a.histogram.minimum(), b.histogram.minimum());
  EXPECT_EQ(a.histogram.maximum(), b.histogram.maximum());
  EXPECT_EQ(a.histogram.binWidth(), b.histogram.binWidth());
}

} // namespace lowbit::calibration::test

#endif // LOWBIT_UNITTESTS_CALIBRATION_CALIBRATIONTESTING_H
