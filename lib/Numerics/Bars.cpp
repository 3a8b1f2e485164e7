//===- Bars.cpp - Two histograms in the same bars -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Bars.h"

#include <cmath>

using namespace lowbit::numerics;

/// Bin `i` of bins of 1 as one of bins of 2^shift: rounded down.
static int64_t joinedBin(int64_t i, int shift) { return i >> shift; }

/// How often bins of `width` double to become as wide as `wider`.
static int doublings(double width, double wider) {
  return width == 0 ? 0 : std::ilogb(wider) - std::ilogb(width);
}

/// Calls `fn(bin, count)` for the bins that have values.
template <typename Fn>
static void forEachBin(const Histogram &histogram, Fn &&fn) {
  for (int64_t i = -Histogram::binsPerSide; i < Histogram::binsPerSide; ++i)
    if (int64_t count = histogram.binCount(i))
      fn(i, count);
}

Bars lowbit::numerics::compareInBars(const Histogram &before,
                                     const Histogram &after, int64_t most) {
  Bars bars;
  if (before.count() + after.count() == 0)
    return bars;
  bars.width = std::max(before.binWidth(), after.binWidth());
  // With zeros alone the width is 0, and all are in bin 0.
  int shifts[] = {doublings(before.binWidth(), bars.width),
                  doublings(after.binWidth(), bars.width)};
  const Histogram *both[] = {&before, &after};
  int64_t first = std::numeric_limits<int64_t>::max();
  int64_t last = std::numeric_limits<int64_t>::min();
  for (int side : {0, 1}) {
    forEachBin(*both[side], [&](int64_t bin, int64_t) {
      first = std::min(first, joinedBin(bin, shifts[side]));
      last = std::max(last, joinedBin(bin, shifts[side]));
    });
  }
  while (last - first >= most) {
    first = joinedBin(first, 1);
    last = joinedBin(last, 1);
    bars.width *= 2;
    for (int &shift : shifts)
      ++shift;
  }
  bars.begin = first * bars.width;
  std::vector<int64_t> *counts[] = {&bars.before, &bars.after};
  for (int side : {0, 1}) {
    counts[side]->resize(last - first + 1);
    forEachBin(*both[side], [&](int64_t bin, int64_t count) {
      (*counts[side])[joinedBin(bin, shifts[side]) - first] += count;
    });
  }
  return bars;
}
