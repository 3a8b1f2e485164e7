//===- Meeting.cpp - Lanes of a warp meet at a collective -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lanes belong together if they bring the same op, attributes and mask. Those
// of an aligned op must also bring the same site: hardware wants the whole warp
// at one instruction. The others may come from different places.
//
//===----------------------------------------------------------------------===//

#include "AccessCounter.h"
#include "Block.h"
#include "Checker.h"
#include "Collectives/Collectives.h"
#include "CopyAsync.h"
#include "Switch.h"

#include <cstring>
#include <utility>

using namespace lowbit::simt;

namespace {

const LowbitSimtBatch &batchOf(const Site &site) {
  return reinterpret_cast<const LowbitSimtBatch &>(site);
}

/// Whether all lanes of a full warp have to come.
bool needsFullWarp(uint32_t op) {
  return op == LOWBIT_SIMT_MMA || op == LOWBIT_SIMT_MMA_SPARSE ||
         op == LOWBIT_SIMT_LDMATRIX || op == LOWBIT_SIMT_BATCH;
}

/// Whether PTX calls the instruction `.aligned`: the lanes of a warp execute
/// one and the same. A site is an instruction: what a compiler for the host
/// copies still names the same one.
bool isAligned(uint32_t op) {
  return needsFullWarp(op) || op == LOWBIT_SIMT_BARRIER ||
         op == LOWBIT_SIMT_BARRIER_ARRIVE;
}

bool sameOp(const Site &a, const Site &b) {
  if (&a == &b)
    return true;
  return !isAligned(a.op) && a.op == b.op && a.operands == b.operands &&
         a.results == b.results &&
         std::memcmp(a.attributes, b.attributes, sizeof a.attributes) == 0;
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

/// Reads the first `count` slots of `lanes` to Warp::in.
template <unsigned count>
void gatherSlots(Warp &warp, uint32_t lanes) {
  for (unsigned lane : EachLane(lanes)) {
    const char *slots = warp.lanes[lane].operands;
#pragma clang loop unroll(full)
    for (unsigned i = 0; i < count; ++i)
      std::memcpy(&warp.in[i][lane], slots + 8 * i, 4);
  }
}

template <unsigned... counts>
void gather(Warp &warp, uint32_t lanes, unsigned count,
            std::integer_sequence<unsigned, counts...>) {
  using Gather = void (*)(Warp &, uint32_t);
  static constexpr Gather gathers[] = {gatherSlots<counts>...};
  gathers[count](warp, lanes);
}

} // namespace

/// The rare case: not all lanes that wait are of one meeting.
void Block::meetOthers(Warp &warp, const Site *site, uint32_t need) {
  uint32_t bit = current->bit;
  if (!(need & bit))
    fail(Detector::Divergence, [&] {
      return std::string(opName(site->op) + std::string(": mask ") +
                         hex(current->mask) + " lacks lane " +
                         std::to_string(current->index) +
                         ", which executes it");
    });
  if ((need & warp.waiting) == need && agree(warp, need)) {
    if (!complete(warp, need, site) || randomOrder)
      suspend(*current);
    return;
  }
  if (warp.waiting == warp.alive)
    failDivergence(warp);
  warp.runnable &= ~bit;
  suspend(*current);
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
  if (site->op == LOWBIT_SIMT_BATCH) {
    executeBatch(warp, lanes, site);
  } else if (!perform(warp, lanes, site)) {
    warp.runnable &= ~lanes;
    return false;
  }
  warp.runnable |= lanes;
  return true;
}

/// From the slots of `lanes` and back; false if they have to wait.
bool Block::perform(Warp &warp, uint32_t lanes, const Site *site) {
  unsigned operands = site->operands;
  if (operands > Warp::maxOperands || site->results > Warp::maxResults)
      [[unlikely]]
    failInvalidSite(*this, *site, "it has too many slots");
  gather(warp, lanes, operands,
         std::make_integer_sequence<unsigned, Warp::maxOperands + 1>());
  if (counter)
    counter->meeting(*this, warp, lanes, *site);
  if (!execute(warp, lanes, site))
    return false;
  giveResults(warp, lanes, site->results);
  return true;
}

void Block::executeBatch(Warp &warp, uint32_t lanes, const Site *site) {
  checkFull(lanes, site);
  unsigned operands = 0, results = 0;
  for (uint32_t i = 0; i < site->attributes[0]; ++i) {
    const Site *part = batchOf(*site).sites[i];
    if (!needsFullWarp(part->op) || part->op == LOWBIT_SIMT_BATCH)
      failInvalidSite(*this, *part, "it cannot be part of a batch");
    operands += part->operands;
    results += part->results;
    if (operands > site->operands || results > site->results)
      failInvalidSite(*this, *site, "its parts have more slots than it");
    perform(warp, lanes, part);
    for (unsigned lane : EachLane(lanes)) {
      warp.lanes[lane].operands += 8 * part->operands;
      warp.lanes[lane].results += 8 * part->results;
    }
  }
}

/// Writes what Warp::out has to the slots of `lanes`.
void Block::giveResults(Warp &warp, uint32_t lanes, unsigned count) {
  if (!count)
    return;
  for (unsigned lane : EachLane(lanes)) {
    char *slots = warp.lanes[lane].results;
    for (unsigned i = 0; i < count; ++i)
      std::memcpy(slots + 8 * i, &warp.out[i][lane], 4);
  }
}

/// Ends the block unless a full warp does `site`.
void Block::checkFull(uint32_t lanes, const Site *site) {
  if (lanes != allLanes) [[unlikely]]
    fail(
        Detector::Divergence,
        [&] {
          return opName(firstPart(*site).op) +
                 std::string(" needs all 32 lanes of the warp; lanes ") +
                 lanesText(~lanes) + " have exited or never were";
        },
        site);
}

bool Block::execute(Warp &warp, uint32_t lanes, const Site *site) {
  if (needsFullWarp(site->op))
    checkFull(lanes, site);
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

/// The groups of lanes that wait at one place each.
static std::string divergenceText(const Warp &warp) {
  std::string text =
      "lanes of warp " + std::to_string(warp.index) + " do not meet: ";
  const char *separator = "";
  for (uint32_t left = warp.waiting; left;) {
    const Lane &first = warp.lanes[__builtin_ctz(left)];
    uint32_t same = 0;
    for (unsigned lane : EachLane(left))
      if (warp.lanes[lane].mask == first.mask &&
          warp.lanes[lane].site == first.site)
        same |= 1u << lane;
    left &= ~same;
    text += separator + ("lanes " + lanesText(same)) + " at " +
            at(*first.site) + " with mask " + hex(first.mask);
    separator = ", ";
  }
  return text;
}

void Block::failDivergence(const Warp &warp) {
  const Lane &last = warp.lanes[31 - __builtin_clz(warp.waiting)];
  fail(Detector::Divergence, [&] { return divergenceText(warp); }, last.site);
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
                (barrier.all ? "all " : "") + std::to_string(barrier.threads) +
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
  fail(
      Detector::Deadlock,
      [&] {
        return std::string("no thread of the block can go on: " + whoWaits());
      },
      where);
}
