//===- AccessCounter.cpp - Counts what a block does -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AccessCounter.h"

#include "Requests.h"

#include <algorithm>
#include <cstring>
#include <tuple>

using namespace lowbit::simt;

namespace {
/// Of a warp whose lanes do not meet for long.
constexpr size_t maxNotes = 1 << 16;
/// The widest access of one lane.
constexpr uint32_t maxStep = 16;
} // namespace

void AccessCounter::begin(Block &block) { notes.resize(block.warps.size()); }

uint32_t AccessCounter::indexOf(const Site &site) {
  auto [entry, isNew] = indices.try_emplace(&site, sites.size());
  if (isNew) {
    sites.push_back(&site);
    counters.emplace_back();
  }
  return entry->second;
}

void AccessCounter::note(Block &block, const Lane &lane, Note note) {
  std::vector<Note> &all = notes[lane.warp->index];
  note.lane = lane.index;
  note.ordinal = all.size();
  all.push_back(note);
  if (all.size() >= maxNotes)
    flush(block, *lane.warp);
}

void AccessCounter::count(Block &block, const Lane &lane, const Site &site) {
  note(block, lane, {0, indexOf(site), 0, 0, Plain, 0, true});
}

void AccessCounter::pieces(Block &block, const Lane &lane, uint32_t site,
                           Kind kind, const void *address, uint32_t bytes,
                           uint32_t step, bool counts) {
  auto begin = reinterpret_cast<uint64_t>(address);
  for (uint32_t done = 0; done < bytes; done += step)
    note(block, lane,
         {begin + done, site, 0, std::min(step, bytes - done), kind, 0,
          counts && done == 0});
}

void AccessCounter::access(Block &block, const Lane &lane, const Site &site,
                           const void *address, uint32_t bytes,
                           uint32_t alignment) {
  Kind kind = block.shared.inReach(address) ? Shared : Global;
  if (block.onStacks(address))
    return;
  uint32_t step = std::clamp<uint32_t>(alignment, 1, maxStep);
  pieces(block, lane, indexOf(site), kind, address, bytes, step, true);
}

void AccessCounter::copy(Block &block, const Lane &lane,
                         const PendingCopy &copy) {
  uint32_t site = indexOf(*copy.site);
  pieces(block, lane, site, Shared, copy.destination, copy.bytes, maxStep,
         true);
  pieces(block, lane, site, Global, copy.source, copy.bytesRead, maxStep,
         false);
}

void AccessCounter::meeting(Block &block, Warp &warp, uint32_t lanes,
                            const Site &site) {
  // References to `counters` do not outlive the next flush.
  if (lanes == warp.alive)
    flush(block, warp);
  SiteCounters &counter = counters[indexOf(site)];
  ++counter.executions;
  if (site.op != LOWBIT_SIMT_LDMATRIX)
    return;
  for (unsigned first = 0; first < 8 * site.attributes[0]; first += 8) {
    LaneAccess rows[8];
    for (unsigned i = 0; i < 8; ++i) {
      std::memcpy(&rows[i].address, warp.lanes[first + i].operands, 8);
      rows[i].bytes = 16;
      rows[i].lane = i;
    }
    SharedCost cost = sharedCost(rows);
    counter.sharedWavefronts += cost.wavefronts;
    counter.sharedIdealWavefronts += cost.ideal;
    counter.sharedBytes += sizeof rows / sizeof rows[0] * 16;
  }
}

void AccessCounter::flush(Block &block, Warp &warp) {
  std::vector<Note> &all = notes[warp.index];
  if (all.empty())
    return;
  // In the order of each lane, then by its how manieth access at the site.
  auto byLane = [](const Note &note) {
    return std::tie(note.site, note.kind, note.lane);
  };
  std::sort(all.begin(), all.end(), [&](const Note &a, const Note &b) {
    return std::tuple_cat(byLane(a), std::tie(a.ordinal)) <
           std::tuple_cat(byLane(b), std::tie(b.ordinal));
  });
  all[0].ordinal = 0;
  for (size_t i = 1; i < all.size(); ++i)
    all[i].ordinal =
        byLane(all[i]) == byLane(all[i - 1]) ? all[i - 1].ordinal + 1 : 0;
  auto key = [](const Note &note) {
    return std::tie(note.site, note.kind, note.ordinal);
  };
  std::sort(all.begin(), all.end(), [&](const Note &a, const Note &b) {
    return std::tuple_cat(key(a), std::tie(a.lane)) <
           std::tuple_cat(key(b), std::tie(b.lane));
  });
  for (size_t begin = 0, end; begin < all.size(); begin = end) {
    end = begin + 1;
    while (end < all.size() && key(all[end]) == key(all[begin]))
      ++end;
    request(&all[begin], end - begin);
  }
  all.clear();
}

/// What at most 32 lanes do together.
void AccessCounter::request(const Note *group, size_t count) {
  SiteCounters &counter = counters[group[0].site];
  LaneAccess lanes[warpSize];
  uint64_t bytes = 0;
  bool isFirst = false;
  for (size_t i = 0; i < count; ++i) {
    lanes[i] = {group[i].address, group[i].bytes, group[i].lane};
    bytes += group[i].bytes;
    isFirst |= group[i].isFirst;
  }
  counter.executions += isFirst;
  if (group[0].kind == Shared) {
    SharedCost cost = sharedCost({lanes, count});
    counter.sharedWavefronts += cost.wavefronts;
    counter.sharedIdealWavefronts += cost.ideal;
    counter.sharedBytes += bytes;
  } else if (group[0].kind == Global) {
    GlobalCost cost = globalCost({lanes, count});
    ++counter.globalRequests;
    counter.globalSectors += cost.sectors;
    counter.globalIdealSectors += cost.ideal;
    counter.globalBytes += bytes;
  }
}

void AccessCounter::moveTo(std::vector<SiteCounters> &target) {
  for (size_t i = 0; i < sites.size(); ++i) {
    counters[i].op = siteText(*sites[i]);
    counters[i].location = sites[i]->location ? sites[i]->location : "";
    target.push_back(std::move(counters[i]));
  }
  indices.clear();
  sites.clear();
  counters.clear();
  notes.clear();
}
