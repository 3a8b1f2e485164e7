//===- Counters.h - What a launch did, counted ------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_COUNTERS_H
#define LOWBIT_SIMT_COUNTERS_H

#include <cstdint>
#include <string>
#include <vector>

namespace lowbit::simt {

/// What one place in the kernel did, in all blocks.
struct SiteCounters {
  /// "mma m16n8k16 bf16 bf16 f32", "ldmatrix x4 trans", "load shared 16", ...
  std::string op;
  std::string location;
  /// By warps: lanes that do it together count once.
  uint64_t executions = 0;
  /// Shared memory: how often it had to be accessed, how often it would have to
  /// be without bank conflicts, and bytes moved.
  uint64_t sharedWavefronts = 0;
  uint64_t sharedIdealWavefronts = 0;
  uint64_t sharedBytes = 0;
  /// Global memory: requests of warps, sectors of 32 bytes that they touch, the
  /// least number of sectors that could hold their bytes, and these bytes.
  uint64_t globalRequests = 0;
  uint64_t globalSectors = 0;
  uint64_t globalIdealSectors = 0;
  uint64_t globalBytes = 0;

  uint64_t bankConflicts() const {
    return sharedWavefronts - sharedIdealWavefronts;
  }
};

/// The counters of a launch, ordered by location, then op.
struct Counters {
  std::vector<SiteCounters> sites;

  /// One entry per kind of op, sums over all sites, without location.
  std::vector<SiteCounters> byOp() const;
  /// All sites added up; `op` and `location` are empty.
  SiteCounters total() const;
  /// A table: a row per site, then the sums by op.
  std::string table() const;
};

} // namespace lowbit::simt

#endif // LOWBIT_SIMT_COUNTERS_H
