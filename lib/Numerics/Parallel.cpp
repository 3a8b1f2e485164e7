//===- Parallel.cpp - Work items on threads -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Parallel.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

using namespace lowbit::numerics;

unsigned ThreadCount::get() const {
  return std::max(count ? count : std::thread::hardware_concurrency(), 1u);
}

void lowbit::numerics::parallelFor(
    ThreadCount threads, int64_t count, int64_t grain,
    const std::function<void(int64_t, int64_t)> &fn) {
  if (count <= 0)
    return;
  grain = std::max<int64_t>(grain, 1);
  int64_t ranges = (count - 1) / grain + 1;
  std::atomic<int64_t> next = 0;
  auto work = [&] {
    for (int64_t range; (range = next.fetch_add(1)) < ranges;)
      fn(range * grain, std::min(count, (range + 1) * grain));
  };
  // A thread costs some ten microseconds to start; callers choose a grain that
  // is worth it, so there is no pool to keep (and none to shut down).
  std::vector<std::thread> workers;
  for (int64_t i = 1, e = std::min<int64_t>(threads.get(), ranges); i < e; ++i)
    workers.emplace_back(work);
  work();
  for (std::thread &worker : workers)
    worker.join();
}
