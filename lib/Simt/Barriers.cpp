//===- Barriers.cpp - The sixteen barriers of a block ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Barriers count warps: "aligned" says that the lanes of a warp come together,
// and so they have met when this begins.
//
//===----------------------------------------------------------------------===//

#include "AccessCounter.h"
#include "Block.h"
#include "Checker.h"
#include "Collectives/Collectives.h"

using namespace lowbit::simt;

/// Whether everyone is there that is awaited.
bool Block::barrierComplete(const BlockBarrier &barrier) const {
  if (!barrier.all)
    return barrier.arrived * warpSize >= barrier.threads;
  uint32_t living = 0;
  for (const Warp &warp : warps)
    living += warp.alive != 0;
  return barrier.arrived >= living;
}

/// Counts `warp` at its barrier; false if it has to wait there.
bool Block::arriveAtBarrier(Warp &warp, uint32_t arriving, const Site *site) {
  unsigned first = __builtin_ctz(arriving);
  bool waits = site->op == LOWBIT_SIMT_BARRIER;
  uint32_t reduction = waits ? site->attributes[0] : LOWBIT_SIMT_NO_REDUCTION;
  uint32_t id = warp.in[0][first];
  uint32_t expected = warp.in[1][first];
  for (unsigned lane : EachLane(arriving))
    if (warp.in[0][lane] != id || warp.in[1][lane] != expected)
      fail(Detector::Divergence,
           "lanes of warp " + std::to_string(warp.index) +
               " bring different barriers or numbers of threads to " +
               opName(site->op),
           site);
  uint32_t all = warps.size() * warpSize;
  if (id >= barrierCount)
    failInvalidSite(*this, *site, "barriers are numbered 0 to 15");
  if (site->results != (reduction == LOWBIT_SIMT_NO_REDUCTION ? 0u : 1u) ||
      reduction > LOWBIT_SIMT_OR)
    failInvalidSite(*this, *site, "no barrier has this reduction");
  if (expected % warpSize || expected > all || (!waits && !expected))
    failInvalidSite(*this, *site,
                    "the number of threads is no multiple of 32 in the block");

  BlockBarrier &barrier = barriers[id];
  uint32_t threads = expected ? expected : all;
  if (barrier.arrived &&
      (barrier.threads != threads ||
       (waits && barrier.waitingWarps && barrier.reduction != reduction)))
    fail(Detector::Divergence,
         "barrier " + std::to_string(id) + ": warp " +
             std::to_string(warp.index) +
             " brings another number of threads or reduction than those that "
             "came before",
         site);
  barrier.site = site;
  barrier.threads = threads;
  barrier.all &= expected == 0;
  if (waits)
    barrier.reduction = reduction;
  ++barrier.arrived;
  if (reduction != LOWBIT_SIMT_NO_REDUCTION)
    for (unsigned lane : EachLane(arriving)) {
      barrier.trueCount += warp.in[2][lane] != 0;
      ++barrier.voters;
    }
  if (checker)
    checker->arrive(id, warp, arriving);
  if (counter)
    counter->flush(*this, warp);
  if (waits) {
    barrier.waitingWarps |= 1u << warp.index;
    warp.atBarrier = arriving;
  }
  if (barrierComplete(barrier)) {
    release(id);
    return true;
  }
  return !waits;
}

/// Lets those that wait go on, with the result of the reduction.
void Block::release(unsigned id) {
  BlockBarrier &barrier = barriers[id];
  uint32_t result = barrier.trueCount;
  if (barrier.reduction == LOWBIT_SIMT_AND)
    result = barrier.trueCount == barrier.voters;
  else if (barrier.reduction == LOWBIT_SIMT_OR)
    result = barrier.trueCount != 0;
  for (unsigned index : EachLane(barrier.waitingWarps)) {
    Warp &warp = warps[index];
    uint32_t released = warp.atBarrier;
    warp.atBarrier = 0;
    warp.runnable |= released;
    for (unsigned lane : EachLane(released)) {
      warp.out[0][lane] = result;
      giveResults(warp, 1u << lane, warp.lanes[lane].site->results);
    }
    if (checker)
      checker->depart(id, warp, released);
  }
  if (checker)
    checker->barrierDone(id);
  barrier = {};
}
