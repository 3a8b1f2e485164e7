//===- PatternRuns.h - Runs of n:m sparsity, side by side -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_PATTERNRUNS_H
#define LOWBIT_LIB_NUMERICS_PATTERNRUNS_H

#include "lowbit/Numerics/Parallel.h"
#include "lowbit/Numerics/Sparsity.h"

#include <functional>

namespace lowbit::numerics {

/// Runs of equal length that are worked on together, a lane for each.
struct RunLanes {
  /// Enough to fill vectors.
  static constexpr int64_t most = 64;

  /// The first value of the first run, and the first one that it keeps among
  /// the kept ones.
  int64_t first, keptFirst;
  /// From one run to the next.
  int64_t laneStep, keptLaneStep;
  int64_t lanes;
  /// From one value of a run to the next, kept ones among kept ones.
  int64_t step;
  /// Values of a run, and how many of them are kept.
  int64_t count, kept;

  int64_t value(int64_t lane, int64_t i) const {
    return first + lane * laneStep + i * step;
  }
  int64_t keptValue(int64_t lane, int64_t k) const {
    return keptFirst + lane * keptLaneStep + k * step;
  }
};

/// Calls `fn` for all runs of a pattern, from several threads, with up to
/// RunLanes::most of them at a time. What it does must not depend on the order.
void forEachRunLanes(ShapeRef shape, const Sparsity &pattern,
                     ThreadCount threads,
                     const std::function<void(const RunLanes &)> &fn);

/// For each value of some runs, which of those that are kept it is, or -1.
class RunSlots {
public:
  /// Keeps the largest magnitudes, the first of equal ones. All are finite.
  void keepLargest(const float *values, const RunLanes &runs);
  /// Keeps what has another byte than 0 in a mask.
  void keepMarked(const uint8_t *mask, const RunLanes &runs);

  /// The kept values and their places in their runs, to where they are stored.
  void gather(const float *values, const RunLanes &runs, float *kept,
              int8_t *positions);
  /// A byte for each value, 1 where it is kept.
  void mark(const RunLanes &runs, uint8_t *mask) const;

private:
  /// By value of the run, or number of the kept one, and lane; floats as their
  /// bits.
  std::vector<int32_t> slots, magnitudes, loaded, gathered, places;
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_PATTERNRUNS_H
