//===- Requests.h - What a warp's access to memory costs --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_REQUESTS_H
#define LOWBIT_LIB_SIMT_REQUESTS_H

#include <cstdint>
#include <span>

namespace lowbit::simt {

/// What one lane accesses.
struct LaneAccess {
  uint64_t address;
  uint32_t bytes;
  uint32_t lane;
};

struct SharedCost {
  /// Times that the banks are accessed, and that they would be if each lane's
  /// words were in banks of their own.
  uint64_t wavefronts = 0;
  uint64_t ideal = 0;
};

/// Shared memory has 32 banks of 4 bytes, each of which gives one word at a
/// time, to all lanes that want it. Lanes that access 16 bytes take turns in
/// groups of 8, those that access 8 bytes in groups of 16.
SharedCost sharedCost(std::span<const LaneAccess> lanes);

struct GlobalCost {
  /// Sectors of 32 bytes that are touched; that could hold the bytes.
  uint64_t sectors = 0;
  uint64_t ideal = 0;
};

GlobalCost globalCost(std::span<const LaneAccess> lanes);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_REQUESTS_H
