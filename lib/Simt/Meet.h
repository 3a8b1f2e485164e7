//===- Meet.h - A lane comes to a collective --------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_MEET_H
#define LOWBIT_LIB_SIMT_MEET_H

#include "CopyAsync.h"
#include "Switch.h"

namespace lowbit::simt {

[[gnu::always_inline]] inline void Block::meet(const Site *site, uint32_t mask,
                                               const void *operands,
                                               void *results) {
  Lane &lane = *current;
  Warp &warp = *lane.warp;
  uint32_t bit = lane.bit;
  lane.site = site;
  lane.mask = mask;
  lane.operands = static_cast<const char *>(operands);
  lane.results = static_cast<char *>(results);
  if (randomCompletion && !lane.copies.empty()) [[unlikely]]
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
  if (need != warp.waiting && warp.waiting != warp.alive && !warp.mixed &&
      (mask & bit)) [[likely]] {
    warp.runnable &= ~bit;
    return suspend(lane);
  }
  if (need != warp.waiting || warp.mixed)
    return meetOthers(warp, site, need);
  if (!complete(warp, need, site) || randomOrder)
    suspend(lane);
}

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_MEET_H
