//===- CorrelatedData.h - A synthetic layer for tests -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_CORRELATEDDATA_H
#define LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_CORRELATEDDATA_H

#include "lowbit/Numerics/Statistics.h"

#include <cmath>
#include <random>

namespace lowbit::numerics {

inline std::vector<float> gaussianValues(size_t n, unsigned seed,
                                         float deviation = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> values(n);
  for (float &x : values)
    x = normal(random);
  return values;
}

/// Rows of activations whose neighbouring channels have correlation `rho`, a
/// first-order autoregression, and whose channels differ in size: channel k has
/// standard deviation 2^(k % 5 - 2).
inline std::vector<float> correlatedRows(int64_t rows, int64_t channels,
                                         float rho, unsigned seed) {
  std::vector<float> x = gaussianValues(rows * channels, seed);
  for (int64_t r = 0; r < rows; ++r)
    for (int64_t k = 1; k < channels; ++k)
      x[r * channels + k] = rho * x[r * channels + k - 1] +
                            std::sqrt(1 - rho * rho) * x[r * channels + k];
  for (int64_t i = 0; i < rows * channels; ++i)
    x[i] = std::ldexp(x[i], static_cast<int>(i % channels % 5 - 2));
  return x;
}

inline GramMatrix gramOf(std::span<const float> rows, int64_t channels) {
  ActivationStatistics statistics(channels,
                                  ActivationStatistics::Gram::Collect);
  statistics.add(rows);
  return statistics.gramMatrix();
}

inline GramMatrix identityGram(int64_t channels) {
  GramMatrix gram{channels, channels, std::vector<double>(channels * channels)};
  for (int64_t i = 0; i < channels; ++i)
    gram.values[i * (channels + 1)] = 1;
  return gram;
}

} // namespace lowbit::numerics

#endif // LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_CORRELATEDDATA_H
