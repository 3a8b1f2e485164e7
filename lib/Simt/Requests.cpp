//===- Requests.cpp - What a warp's access to memory costs ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Requests.h"

#include <algorithm>
#include <vector>

using namespace lowbit::simt;

namespace {
constexpr unsigned bankCount = 32;
constexpr unsigned sectorBytes = 32;

/// One turn: the most words that one bank has to give.
uint64_t turn(std::span<const LaneAccess> lanes) {
  // 32 lanes of 4 bytes, 16 of 8 or 8 of 16.
  uint64_t words[bankCount][32];
  unsigned counts[bankCount] = {};
  uint64_t most = 0;
  for (const LaneAccess &lane : lanes) {
    uint64_t last = (lane.address + lane.bytes - 1) / 4;
    for (uint64_t word = lane.address / 4; word <= last; ++word) {
      unsigned bank = word % bankCount;
      uint64_t *begin = words[bank], *end = begin + counts[bank];
      if (std::find(begin, end, word) == end && counts[bank] < 32)
        *end = word, ++counts[bank];
      most = std::max<uint64_t>(most, counts[bank]);
    }
  }
  return most;
}

} // namespace

SharedCost lowbit::simt::sharedCost(std::span<const LaneAccess> lanes) {
  SharedCost cost;
  uint32_t widest = 0;
  for (const LaneAccess &lane : lanes)
    widest = std::max(widest, lane.bytes);
  unsigned groupSize = widest > 8 ? 8 : widest > 4 ? 16 : 32;
  std::vector<LaneAccess> group;
  for (unsigned first = 0; first < 32; first += groupSize) {
    group.clear();
    for (const LaneAccess &lane : lanes)
      if (lane.lane >= first && lane.lane < first + groupSize)
        group.push_back(lane);
    if (group.empty())
      continue;
    cost.wavefronts += turn(group);
    ++cost.ideal;
  }
  return cost;
}

GlobalCost lowbit::simt::globalCost(std::span<const LaneAccess> lanes) {
  std::vector<LaneAccess> sorted(lanes.begin(), lanes.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const LaneAccess &a, const LaneAccess &b) {
              return a.address < b.address;
            });
  GlobalCost cost;
  uint64_t bytes = 0, reached = 0, nextSector = 0;
  for (const LaneAccess &lane : sorted) {
    uint64_t begin = std::max(lane.address, reached);
    uint64_t end = lane.address + lane.bytes;
    if (end > begin) {
      bytes += end - begin;
      reached = end;
    }
    uint64_t first = std::max(lane.address / sectorBytes, nextSector);
    uint64_t last = (end - 1) / sectorBytes;
    if (lane.bytes && last >= first) {
      cost.sectors += last - first + 1;
      nextSector = last + 1;
    }
  }
  cost.ideal = (bytes + sectorBytes - 1) / sectorBytes;
  return cost;
}
