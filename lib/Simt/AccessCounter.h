//===- AccessCounter.h - Counts what a block does ---------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Fibers run one after the other, so what a warp does at once has to be put
// together again: accesses are noted per lane, and when the lanes meet, the
// n-th access of each lane at a site makes one request of the warp.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_ACCESSCOUNTER_H
#define LOWBIT_LIB_SIMT_ACCESSCOUNTER_H

#include "Block.h"

#include "lowbit/Simt/Counters.h"

#include <unordered_map>
#include <vector>

namespace lowbit::simt {

class AccessCounter {
public:
  /// A block begins.
  void begin(Block &block);

  /// `lanes` have met at `site`.
  void meeting(Block &block, Warp &warp, uint32_t lanes, const Site &site);
  /// `lane` accesses `bytes`, of which it moves `alignment` at a time.
  void access(Block &block, const Lane &lane, const Site &site,
              const void *address, uint32_t bytes, uint32_t alignment);
  void copy(Block &block, const Lane &lane, const PendingCopy &copy);
  /// `lane` executes `site`, which touches no memory.
  void count(Block &block, const Lane &lane, const Site &site);

  /// Puts together what the lanes of `warp` did since they last met.
  void flush(Block &block, Warp &warp);

  /// Adds what was counted to `sites`, and forgets it.
  void moveTo(std::vector<SiteCounters> &sites);

private:
  enum Kind : uint8_t { Plain, Shared, Global };
  struct Note {
    uint64_t address;
    uint32_t site;
    uint32_t ordinal;
    uint32_t bytes;
    Kind kind;
    uint8_t lane;
    /// The first part of what its lane moves.
    bool isFirst;
  };

  uint32_t indexOf(const Site &site);
  void note(Block &block, const Lane &lane, Note note);
  void pieces(Block &block, const Lane &lane, uint32_t site, Kind kind,
              const void *address, uint32_t bytes, uint32_t step, bool counts);
  void request(const Note *notes, size_t count);

  std::unordered_map<const Site *, uint32_t> indices;
  std::vector<const Site *> sites;
  std::vector<SiteCounters> counters;
  /// By warp.
  std::vector<std::vector<Note>> notes;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_ACCESSCOUNTER_H
