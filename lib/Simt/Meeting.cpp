//===- Meeting.cpp - Lanes of a warp meet at a collective -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lanes belong together if they bring the same op, attributes and mask. They
// may come from different sites: a compiler may duplicate code.
//
//===----------------------------------------------------------------------===//

#include "AccessCounter.h"
#include "Block.h"
#include "Checker.h"
#include "Collectives/Collectives.h"
#include "CopyAsync.h"

#include <cstring>

using namespace lowbit::simt;

namespace {

bool sameOp(const Site &a, const Site &b) {
  return &a == &b ||
         (a.op == b.op && a.operands == b.operands && a.results == b.results &&
          std::memcmp(a.attributes, b.attributes, sizeof a.attributes) == 0);
}

std::string hex(uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

std::string at(const Site &site) {
  return siteText(site) +
         (site.location ? " (" + std::string(site.location) + ")" : "");
}

/// Whether all lanes of a full warp have to come.
bool needsFullWarp(uint32_t op) {
  return op == LOWBIT_SIMT_MMA || op == LOWBIT_SIMT_MMA_SPARSE ||
         op == LOWBIT_SIMT_LDMATRIX;
}

} // namespace

void Block::meet(const Site *site, uint32_t mask, const void *operands,
                 void *results) {
  Lane &lane = *current;
  Warp &warp = *lane.warp;
  unsigned index = lane.index;
  uint32_t bit = 1u << index;
  lane.site = site;
  lane.mask = mask;
  lane.operands = static_cast<const char *>(operands);
  if (site->operands > Warp::maxOperands || site->results > Warp::maxResults)
      [[unlikely]]
    failInvalidSite(*this, *site, "it has too many slots");
  for (unsigned i = 0, e = site->operands; i < e; ++i)
    std::memcpy(&warp.in[i][index], lane.operands + 8 * i, 4);
  if (!lane.copies.empty() && plan->options.completion == Completion::Random)
      [[unlikely]]
    landSomeCopies(*this, lane);

  if (!warp.waiting) {
    warp.firstSite = site;
    warp.firstMask = mask;
    warp.mixed = false;
  } else {
    warp.mixed |= site != warp.firstSite || mask != warp.firstMask;
  }
  warp.waiting |= bit;
  uint32_t need = mask & warp.alive;
  if (need == warp.waiting && !warp.mixed) {
    if (!complete(warp, need, site) || plan->options.randomOrder)
      suspend();
  } else if (warp.waiting == warp.alive || warp.mixed || !(mask & bit)) {
    meetOthers(warp, site, need);
  } else {
    warp.runnable &= ~bit;
    suspend();
  }

  for (unsigned i = 0, e = site->results; i < e; ++i)
    std::memcpy(static_cast<char *>(results) + 8 * i, &warp.out[i][index], 4);
}

/// The rare case: not all lanes that wait are of one meeting.
void Block::meetOthers(Warp &warp, const Site *site, uint32_t need) {
  uint32_t bit = 1u << current->index;
  if (!(need & bit))
    fail(Detector::Divergence, opName(site->op) + std::string(": mask ") +
                                   hex(current->mask) + " lacks lane " +
                                   std::to_string(current->index) +
                                   ", which executes it");
  if ((need & warp.waiting) == need && agree(warp, need)) {
    if (!complete(warp, need, site) || plan->options.randomOrder)
      suspend();
    return;
  }
  if (warp.waiting == warp.alive)
    failDivergence(warp);
  warp.runnable &= ~bit;
  suspend();
}

/// Whether `lanes`, which all wait, are of one meeting.
bool Block::agree(const Warp &warp, uint32_t lanes) const {
  const Lane &first = warp.lanes[__builtin_ctz(lanes)];
  for (unsigned lane : EachLane(lanes))
    if (warp.lanes[lane].mask != first.mask ||
        !sameOp(*warp.lanes[lane].site, *first.site))
      return false;
  return true;
}

/// Does the op for `lanes` and lets them go on; false if they have to wait for
/// other warps.
bool Block::complete(Warp &warp, uint32_t lanes, const Site *site) {
  warp.waiting &= ~lanes;
  // Of those that are left no one knows whether they agree.
  warp.mixed = true;
  if (counter)
    counter->meeting(*this, warp, lanes, *site);
  bool released = execute(warp, lanes, site);
  if (released)
    warp.runnable |= lanes;
  else
    warp.runnable &= ~lanes;
  return released;
}

bool Block::execute(Warp &warp, uint32_t lanes, const Site *site) {
  if (lanes != allLanes && needsFullWarp(site->op)) [[unlikely]]
    fail(Detector::Divergence,
         opName(site->op) + std::string(" needs all 32 lanes of the warp; ") +
             "lanes " + lanesText(~lanes) + " have exited or never were");
  switch (site->op) {
  case LOWBIT_SIMT_MMA:
    mma(*this, warp, *site);
    return true;
  case LOWBIT_SIMT_MMA_SPARSE:
    mmaSparse(*this, warp, *site);
    return true;
  case LOWBIT_SIMT_LDMATRIX:
    ldmatrix(*this, warp, *site);
    return true;
  case LOWBIT_SIMT_SHUFFLE:
    shuffle(*this, warp, lanes, *site);
    return true;
  case LOWBIT_SIMT_VOTE:
    vote(*this, warp, lanes, *site);
    return true;
  case LOWBIT_SIMT_REDUX:
    redux(*this, warp, lanes, *site);
    return true;
  case LOWBIT_SIMT_MATCH:
    match(*this, warp, lanes, *site);
    return true;
  case LOWBIT_SIMT_ELECT:
    elect(*this, warp, lanes, *site);
    return true;
  case LOWBIT_SIMT_WARP_BARRIER:
    if (checker)
      checker->warpBarrier(warp, lanes);
    return true;
  case LOWBIT_SIMT_BARRIER:
  case LOWBIT_SIMT_BARRIER_ARRIVE:
    return arriveAtBarrier(warp, lanes, site);
  }
  failInvalidSite(*this, *site, "lanes do not meet at it");
}

/// A lane that exits may be the one that others waited for.
void Block::completeAfterExit(Warp &warp) {
  for (uint32_t left = warp.waiting; left;) {
    const Lane &lane = warp.lanes[__builtin_ctz(left)];
    uint32_t need = lane.mask & warp.alive;
    if ((need & warp.waiting) == need && agree(warp, need)) {
      complete(warp, need, lane.site);
      left &= ~need;
    } else {
      left &= left - 1;
    }
  }
  if (warp.waiting && warp.waiting == warp.alive)
    failDivergence(warp);
}

void Block::failDivergence(const Warp &warp) {
  std::string message =
      "lanes of warp " + std::to_string(warp.index) + " do not meet: ";
  const char *separator = "";
  const Site *where = nullptr;
  for (uint32_t left = warp.waiting; left;) {
    const Lane &first = warp.lanes[__builtin_ctz(left)];
    uint32_t same = 0;
    for (unsigned lane : EachLane(left))
      if (warp.lanes[lane].mask == first.mask &&
          warp.lanes[lane].site == first.site)
        same |= 1u << lane;
    left &= ~same;
    where = first.site;
    message += separator + ("lanes " + lanesText(same)) + " at " +
               at(*first.site) + " with mask " + hex(first.mask);
    separator = ", ";
  }
  fail(Detector::Divergence, std::move(message), where);
}

//===----------------------------------------------------------------------===//
// Deadlock
//===----------------------------------------------------------------------===//

/// Who waits where, a part per op and warp.
std::string Block::whoWaits() const {
  constexpr unsigned most = 16;
  unsigned parts = 0;
  std::string text;
  for (const Warp &warp : warps) {
    for (uint32_t left = warp.waiting | warp.atBarrier; left;) {
      const Lane &first = warp.lanes[__builtin_ctz(left)];
      uint32_t same = 0;
      for (unsigned lane : EachLane(left))
        if (warp.lanes[lane].site == first.site)
          same |= 1u << lane;
      left &= ~same;
      if (++parts > most)
        continue;
      text += (parts > 1 ? "; warp " : "warp ") + std::to_string(warp.index) +
              " lanes " + lanesText(same) + " wait at " + at(*first.site);
      if (warp.atBarrier & same) {
        unsigned id = warp.in[0][first.index];
        const BlockBarrier &barrier = barriers[id];
        text += ", barrier " + std::to_string(id) + ": " +
                std::to_string(barrier.arrived * warpSize) + " of " +
                (barrier.all ? "all" : std::to_string(barrier.expected)) +
                " threads came";
      }
    }
  }
  if (parts > most)
    text += "; and " + std::to_string(parts - most) + " more";
  return text;
}

void Block::stuck() {
  const Site *where = nullptr;
  for (const Warp &warp : warps)
    if (uint32_t blocked = warp.waiting | warp.atBarrier; blocked && !where)
      where = warp.lanes[__builtin_ctz(blocked)].site;
  fail(Detector::Deadlock, "no thread of the block can go on: " + whoWaits(),
       where);
}
