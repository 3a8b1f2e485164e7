//===- Launch.cpp - Runs a kernel on the emulator -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Launch.h"

#include "AccessCounter.h"
#include "Block.h"
#include "Checker.h"
#include "Faults.h"
#include "SumCounters.h"

#include "lowbit/Numerics/Parallel.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

using namespace lowbit;
using namespace lowbit::simt;

namespace {

/// What a host thread needs to run blocks.
struct Worker {
  Block block;
  Checker checker;
  AccessCounter counter;
};

/// Workers that no launch uses: their memory takes long to map.
class WorkerPool {
public:
  std::unique_ptr<Worker> take() {
    std::lock_guard lock(mutex);
    if (idle.empty())
      return std::make_unique<Worker>();
    std::unique_ptr<Worker> worker = std::move(idle.back());
    idle.pop_back();
    return worker;
  }
  void give(std::unique_ptr<Worker> worker) {
    std::lock_guard lock(mutex);
    idle.push_back(std::move(worker));
  }

private:
  std::mutex mutex;
  std::vector<std::unique_ptr<Worker>> idle;
};

WorkerPool &workerPool() {
  static WorkerPool pool;
  return pool;
}

Error invalidLaunch(const Kernel &kernel, std::string reason) {
  return {Detector::InvalidLaunch,
          "kernel '" + kernel.name + "': " + std::move(reason),
          "",
          {},
          {}};
}

std::optional<Error> check(const LaunchPlan &plan) {
  const Kernel &kernel = plan.kernel;
  if (!kernel.entry)
    return invalidLaunch(kernel, "it has no entry");
  if (plan.block.count() == 0 || plan.block.count() > maxThreads)
    return invalidLaunch(kernel, "a block has 1 to 1024 threads, not " +
                                     std::to_string(plan.block.count()));
  if (plan.grid.count() == 0 || plan.grid.x > INT32_MAX ||
      plan.grid.y > UINT16_MAX || plan.grid.z > UINT16_MAX)
    return invalidLaunch(kernel, "the grid " + placeText(plan.grid) +
                                     " is empty or too large");
  if (plan.sharedBytes > SharedArena::maxBytes)
    return invalidLaunch(kernel, std::to_string(plan.sharedBytes) +
                                     " bytes of shared memory are more than " +
                                     "the 256 KiB that there are");
  if (plan.options.stackBytes < (16 << 10))
    return invalidLaunch(kernel, "a stack needs 16 KiB or more");
  if (currentBlock && currentBlock->inFiber)
    return invalidLaunch(kernel, "it is launched from a kernel");
  return std::nullopt;
}

} // namespace

Result<Report> lowbit::simt::launch(const Kernel &kernel, Dim3 grid, Dim3 block,
                                    size_t sharedBytes, void **parameters,
                                    const Options &options) {
  LaunchPlan plan{kernel, grid, block, sharedBytes, parameters, options};
  if (std::optional<Error> error = check(plan))
    return std::move(*error);

  std::mutex mutex;
  std::vector<std::unique_ptr<Worker>> used;
  std::vector<SiteCounters> sites;
  // The first block with an error, so that it does not depend on who is faster.
  std::atomic<int64_t> firstFailed = INT64_MAX;
  Error error{};
  FaultHandlers handlers;
  int64_t blocks = grid.count();

  numerics::parallelFor(
      options.threads, blocks, 1, [&](int64_t index, int64_t) {
        if (index > firstFailed)
          return;
        // A worker is taken for each block: who runs it matters to no one.
        std::unique_ptr<Worker> worker;
        {
          std::lock_guard lock(mutex);
          if (!used.empty()) {
            worker = std::move(used.back());
            used.pop_back();
          }
        }
        if (!worker)
          worker = workerPool().take();
        SignalStack stack;
        bool ok = worker->block.provide(plan);
        if (!ok)
          worker->block.error = invalidLaunch(
              kernel, "no memory for its threads' stacks, or below 2 "
                      "GiB for shared memory");
        else
          ok = worker->block.run(
              plan,
              {static_cast<uint32_t>(index % grid.x),
               static_cast<uint32_t>(index / grid.x % grid.y),
               static_cast<uint32_t>(index / grid.x / grid.y)},
              options.checks ? &worker->checker : nullptr,
              options.counters ? &worker->counter : nullptr);
        std::lock_guard lock(mutex);
        if (!ok && index < firstFailed) {
          firstFailed = index;
          error = std::move(worker->block.error);
        }
        used.push_back(std::move(worker));
      });

  for (std::unique_ptr<Worker> &worker : used) {
    worker->counter.moveTo(sites);
    worker->checker.endLaunch();
    workerPool().give(std::move(worker));
  }
  if (firstFailed != INT64_MAX)
    return error;
  Report report;
  if (options.counters)
    report.counters = sumBySite(std::move(sites));
  return report;
}
