//===- Clocks.cpp - Which events of a block are ordered by its barriers ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Clocks.h"

#include <algorithm>

using namespace lowbit::simt;

void Clocks::begin(unsigned count) {
  threads = count;
  own.assign(threads, 1);
  view.assign(threads, 0);
  unused.clear();
  for (View &each : views)
    each.assign(threads, 0);
  if (views.empty())
    views.emplace_back(threads, 0);
  uses.assign(views.size(), 0);
  uses[0] = threads;
  for (size_t i = views.size(); i-- > 1;)
    unused.push_back(i);
  for (Meeting &meeting : meetings)
    meeting = {};
}

int Clocks::allocate() {
  if (unused.empty()) {
    views.emplace_back(threads, 0);
    uses.push_back(0);
    return views.size() - 1;
  }
  int index = unused.back();
  unused.pop_back();
  // Its old contents may have been joined somewhere.
  for (Meeting &meeting : meetings)
    if (meeting.lastView == index)
      meeting.lastView = -1;
  return index;
}

void Clocks::drop(int index) {
  if (--uses[index] == 0)
    unused.push_back(index);
}

void Clocks::arrive(unsigned barrier, unsigned thread) {
  Meeting &meeting = meetings[barrier];
  if (meeting.empty)
    meeting.joined.assign(threads, 0);
  meeting.empty = false;
  if (view[thread] != meeting.lastView) {
    const View &from = views[view[thread]];
    for (unsigned i = 0; i < threads; ++i)
      meeting.joined[i] = std::max(meeting.joined[i], from[i]);
    meeting.lastView = view[thread];
  }
  meeting.joined[thread] = std::max(meeting.joined[thread], own[thread]);
  ++own[thread];
}

void Clocks::depart(unsigned barrier, unsigned thread) {
  Meeting &meeting = meetings[barrier];
  if (meeting.result < 0) {
    int index = allocate();
    meeting.result = index;
    views[index] = meeting.joined;
    // Kept until finish.
    ++uses[index];
  }
  ++uses[meeting.result];
  drop(view[thread]);
  view[thread] = meeting.result;
}

void Clocks::finish(unsigned barrier) {
  Meeting &meeting = meetings[barrier];
  if (meeting.result >= 0)
    drop(meeting.result);
  meeting.lastView = meeting.result = -1;
  meeting.empty = true;
}

void Clocks::meet(const Warp &warp, uint32_t lanes) {
  for (unsigned lane : EachLane(lanes))
    arrive(barrierCount, warp.lanes[lane].thread);
  for (unsigned lane : EachLane(lanes))
    depart(barrierCount, warp.lanes[lane].thread);
  finish(barrierCount);
}
