//===- Clocks.h - Which events of a block are ordered by its barriers -*- C++
//-*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vector clocks. Each thread has a clock that advances whenever it arrives at a
// barrier, and a view: of every thread the last clock whose events are before
// what it does now. Threads that left a barrier together share one view.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_CLOCKS_H
#define LOWBIT_LIB_SIMT_CLOCKS_H

#include "Warp.h"

#include <cstdint>
#include <vector>

namespace lowbit::simt {

/// An event: when which thread did something.
struct Epoch {
  uint32_t clock = 0;
  uint32_t thread = 0;
};

class Clocks {
public:
  /// Starts a block of `threads` with no event before any other.
  void begin(unsigned threads);

  Epoch now(unsigned thread) const { return {own[thread], thread}; }

  /// Whether `event` is before what `thread` does now.
  bool before(Epoch event, unsigned thread) const {
    return event.thread == thread || knownToOthers(event, thread);
  }

  /// Whether a barrier made `event` known to `thread`, even if it is its own:
  /// so that those who left the barrier with it know it too.
  bool knownToOthers(Epoch event, unsigned thread) const {
    return views[view[thread]][event.thread] >= event.clock;
  }

  /// `thread` arrives at `barrier`, then advances.
  void arrive(unsigned barrier, unsigned thread);
  /// `thread`, which has arrived, leaves it: all arrivals are before.
  void depart(unsigned barrier, unsigned thread);
  /// All have left.
  void finish(unsigned barrier);

  /// `lanes` of `warp` wait for each other.
  void meet(const Warp &warp, uint32_t lanes);

private:
  using View = std::vector<uint32_t>;

  struct Meeting {
    /// The views and clocks of those who arrived.
    View joined;
    /// The last view that went in: the next thread often has the same.
    int lastView = -1;
    /// The view of those who leave, once the first does.
    int result = -1;
    bool empty = true;
  };

  int allocate();
  void drop(int index);

  unsigned threads = 0;
  std::vector<uint32_t> own;
  std::vector<int> view;
  std::vector<View> views;
  std::vector<uint32_t> uses;
  std::vector<int> unused;
  /// One per barrier, and one for warps.
  Meeting meetings[barrierCount + 1];
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_CLOCKS_H
