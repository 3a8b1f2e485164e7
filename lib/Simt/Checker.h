//===- Checker.h - Finds accesses to memory that may go wrong ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_CHECKER_H
#define LOWBIT_LIB_SIMT_CHECKER_H

#include "Block.h"
#include "Clocks.h"
#include "SharedShadow.h"

#include <vector>

namespace lowbit::simt {

/// Told of all that a block does to memory; ends the block at a fault.
class Checker {
public:
  /// A block begins.
  void begin(Block &block);
  /// The launch is over, and its plan is gone.
  void endLaunch() { plan = nullptr; }

  /// The load or store `site` by `lane`.
  void access(const Lane &lane, const Site &site, const void *address);
  void atomic(const Lane &lane, const Site &site, const void *address,
              uint32_t bytes);
  /// A read of shared memory by a warp, for which `lane` names the address.
  void readByWarp(const Lane &lane, const Site &site, const void *address,
                  uint32_t bytes);
  void issueCopy(const Lane &lane, const PendingCopy &copy);
  void finishCopy(const Lane &lane, const PendingCopy &copy);

  /// Lanes wait for each other; arrive at a barrier; leave it.
  void warpBarrier(const Warp &warp, uint32_t lanes) {
    clocks.meet(warp, lanes);
  }
  void arrive(unsigned barrier, const Warp &warp, uint32_t lanes);
  void depart(unsigned barrier, const Warp &warp, uint32_t lanes);
  void barrierDone(unsigned barrier) { clocks.finish(barrier); }

private:
  void checkGlobal(const Site &site, const void *address, uint32_t bytes,
                   bool writes);
  void checkSources(const Site &site, const char *address, uint32_t bytes);
  void report(const Conflict &conflict, const Lane &lane, const Site &site,
              uint32_t bytes, const char *what);

  Block *block = nullptr;
  Clocks clocks;
  SharedShadow shadow;
  /// Of the launch, ordered by address.
  std::vector<const Buffer *> buffers;
  const LaunchPlan *plan = nullptr;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_CHECKER_H
