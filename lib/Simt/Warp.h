//===- Warp.h - The state of emulated threads and warps ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_WARP_H
#define LOWBIT_LIB_SIMT_WARP_H

#include "lowbit/Simt/Abi.h"
#include "lowbit/Simt/Result.h"

#include <cstdint>
#include <vector>

namespace lowbit::simt {

using Site = LowbitSimtSite;

constexpr unsigned warpSize = 32;
constexpr unsigned maxThreads = 1024;
constexpr unsigned maxWarps = maxThreads / warpSize;
constexpr unsigned barrierCount = 16;
constexpr uint32_t allLanes = 0xffffffff;

struct Warp;

/// An asynchronous copy that its thread has not waited for.
struct PendingCopy {
  const Site *site;
  char *destination;
  const char *source;
  /// Written, and of these read from the source; the rest are zeros.
  uint32_t bytes;
  uint32_t bytesRead;
  /// How many groups its thread had committed before.
  uint32_t group;
  bool landed;
};

/// The copies of a thread, in the order of issue; those before `first` are
/// done.
struct CopyQueue {
  std::vector<PendingCopy> copies;
  size_t first = 0;
  uint32_t committed = 0;

  bool empty() const { return first == copies.size(); }
  void clear() {
    copies.clear();
    first = 0;
    committed = 0;
  }
};

/// An emulated thread.
struct alignas(64) Lane {
  /// Where its fiber goes on.
  void *stackPointer = nullptr;
  Warp *warp = nullptr;
  /// Its number in the warp, also as a bit of masks, and in the block.
  uint32_t index = 0;
  uint32_t bit = 0;
  uint32_t thread = 0;
  /// The op that it came to last, its slots, and the lanes it meets.
  const Site *site = nullptr;
  const char *operands = nullptr;
  char *results = nullptr;
  uint32_t mask = 0;
  /// Its registers tid.x, tid.y and tid.z.
  Dim3 place;
  CopyQueue copies;
  /// Atomics since it last let others run.
  uint32_t spins = 0;
  bool started = false;
  bool finished = false;
  /// What AddressSanitizer keeps of a fiber that does not run.
  void *fakeStack = nullptr;
};

/// 32 threads. Masks have a bit per lane.
struct Warp {
  static constexpr unsigned maxOperands = 16;
  static constexpr unsigned maxResults = 8;

  /// The low words of what the lanes brought to a collective and take from it:
  /// a row per slot, so that a register of all lanes lies together.
  alignas(64) uint32_t in[maxOperands][warpSize];
  alignas(64) uint32_t out[maxResults][warpSize];

  uint32_t index = 0;
  /// Not exited; able to run; waiting for other lanes at a collective; waiting
  /// for other warps at a barrier. Each living lane is in one of the last
  /// three.
  uint32_t alive = 0;
  uint32_t runnable = 0;
  uint32_t waiting = 0;
  uint32_t atBarrier = 0;
  /// What the first of the waiting lanes brought, and whether any of the others
  /// brought something else.
  const Site *firstSite = nullptr;
  uint32_t firstMask = 0;
  bool mixed = false;

  Lane *lanes = nullptr;
};

/// The bits of `lanes` one by one: `for (unsigned lane : EachLane(mask))`.
class EachLane {
public:
  explicit EachLane(uint32_t mask) : mask(mask) {}

  struct Iterator {
    uint32_t rest;
    unsigned operator*() const { return __builtin_ctz(rest); }
    Iterator &operator++() {
      rest &= rest - 1;
      return *this;
    }
    bool operator!=(const Iterator &other) const { return rest != other.rest; }
  };
  Iterator begin() const { return {mask}; }
  Iterator end() const { return {0}; }

private:
  uint32_t mask;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_WARP_H
