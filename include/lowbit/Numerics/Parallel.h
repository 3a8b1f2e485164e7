//===- Parallel.h - Work items on threads -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_PARALLEL_H
#define LOWBIT_NUMERICS_PARALLEL_H

#include <cstdint>
#include <functional>

namespace lowbit::numerics {

/// How many threads a function may use. Results never depend on it.
struct ThreadCount {
  /// 0 means one per processor.
  unsigned count = 0;

  constexpr ThreadCount() = default;
  constexpr ThreadCount(unsigned count) : count(count) {}

  /// The number itself, at least 1.
  unsigned get() const;
};

/// Calls `fn(begin, end)` on ranges that together cover [0, count) once, from
/// at most `threads` threads, the calling one among them. Ranges hold `grain`
/// items (the last may hold fewer) and are handed out in ascending order as
/// threads become free, so `fn` must not depend on who runs what. Returns when
/// all are done.
void parallelFor(ThreadCount threads, int64_t count, int64_t grain,
                 const std::function<void(int64_t begin, int64_t end)> &fn);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_PARALLEL_H
