//===- Bars.h - Two histograms in the same bars -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_BARS_H
#define LOWBIT_NUMERICS_BARS_H

#include "lowbit/Numerics/Histogram.h"

namespace lowbit::numerics {

/// Two distributions as bars to be drawn over each other: bar i counts the
/// values in [begin + i * width, begin + (i + 1) * width).
struct Bars {
  double begin = 0;
  /// A power of two; 0 for one bar of zeros.
  double width = 0;
  /// Of one size, which is 0 if neither histogram has values.
  std::vector<int64_t> before, after;
};

/// At most `most` bars, from the first that either histogram needs to the last.
/// Bars are bins joined, so every count is exact. `most` is at least 2.
Bars compareInBars(const Histogram &before, const Histogram &after,
                   int64_t most);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_BARS_H
