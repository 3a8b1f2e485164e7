//===- Abi.cpp - What a lowered kernel calls in the emulator --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/Abi.h"

#include "AccessCounter.h"
#include "Atomic.h"
#include "Block.h"
#include "Checker.h"
#include "Collectives/Collectives.h"
#include "CopyAsync.h"

#include <cstring>

using namespace lowbit::simt;

namespace {

/// Of the ops with a mask: its slot.
uint32_t maskAt(const void *operands, unsigned slot) {
  uint32_t mask;
  std::memcpy(&mask, static_cast<const char *>(operands) + 8 * slot, 4);
  return mask;
}

} // namespace

void lowbit_simt_op(const LowbitSimtSite *site, const void *operands,
                    void *results) {
  Block &block = *currentBlock;
  switch (site->op) {
  case LOWBIT_SIMT_MMA:
  case LOWBIT_SIMT_MMA_SPARSE:
  case LOWBIT_SIMT_LDMATRIX:
  case LOWBIT_SIMT_BARRIER:
  case LOWBIT_SIMT_BARRIER_ARRIVE:
    return block.meet(site, allLanes, operands, results);
  case LOWBIT_SIMT_SHUFFLE:
  case LOWBIT_SIMT_VOTE:
  case LOWBIT_SIMT_MATCH:
  case LOWBIT_SIMT_ELECT:
  case LOWBIT_SIMT_WARP_BARRIER:
    return block.meet(site, maskAt(operands, 0), operands, results);
  case LOWBIT_SIMT_REDUX:
    return block.meet(site, maskAt(operands, 1), operands, results);
  case LOWBIT_SIMT_COPY_ASYNC:
    return copyAsync(block, *site, static_cast<const char *>(operands));
  case LOWBIT_SIMT_COPY_COMMIT:
    return copyCommit(block, *site);
  case LOWBIT_SIMT_COPY_WAIT:
    return copyWait(block, *site);
  case LOWBIT_SIMT_ATOMIC:
    return atomic(block, *site, static_cast<const char *>(operands), results);
  case LOWBIT_SIMT_FENCE:
    return lowbit_simt_count(site);
  case LOWBIT_SIMT_YIELD:
    lowbit_simt_count(site);
    return block.yield();
  }
  failInvalidSite(block, *site, "lowbit_simt_op does not do it");
}

void lowbit_simt_access(const LowbitSimtSite *site, const void *address) {
  Block &block = *currentBlock;
  Lane &lane = *block.current;
  lane.site = site;
  if (block.checker)
    block.checker->access(lane, *site, address);
  if (block.counter)
    block.counter->access(block, lane, *site, address, site->attributes[0],
                          site->attributes[2]);
}

void lowbit_simt_count(const LowbitSimtSite *site) {
  Block &block = *currentBlock;
  block.current->site = site;
  if (block.counter)
    block.counter->count(block, *block.current, *site);
}

void lowbit_simt_trap(const LowbitSimtSite *site, const char *message) {
  currentBlock->fail(Detector::Trap, message ? message : "the kernel gave up",
                     site);
}

void *lowbit_simt_shared(void) { return currentBlock->shared.base(); }

uint32_t lowbit_simt_sreg(uint32_t which) {
  const Block &block = *currentBlock;
  const Lane &lane = *block.current;
  uint32_t bit = 1u << lane.index;
  switch (which) {
  case LOWBIT_SIMT_TID_X:
    return lane.place.x;
  case LOWBIT_SIMT_TID_Y:
    return lane.place.y;
  case LOWBIT_SIMT_TID_Z:
    return lane.place.z;
  case LOWBIT_SIMT_NTID_X:
    return block.plan->block.x;
  case LOWBIT_SIMT_NTID_Y:
    return block.plan->block.y;
  case LOWBIT_SIMT_NTID_Z:
    return block.plan->block.z;
  case LOWBIT_SIMT_CTAID_X:
    return block.place.x;
  case LOWBIT_SIMT_CTAID_Y:
    return block.place.y;
  case LOWBIT_SIMT_CTAID_Z:
    return block.place.z;
  case LOWBIT_SIMT_NCTAID_X:
    return block.plan->grid.x;
  case LOWBIT_SIMT_NCTAID_Y:
    return block.plan->grid.y;
  case LOWBIT_SIMT_NCTAID_Z:
    return block.plan->grid.z;
  case LOWBIT_SIMT_LANEID:
    return lane.index;
  case LOWBIT_SIMT_WARPID:
    return lane.warp->index;
  case LOWBIT_SIMT_NWARPID:
    return block.warps.size();
  case LOWBIT_SIMT_WARPSIZE:
    return warpSize;
  case LOWBIT_SIMT_LANEMASK_EQ:
    return bit;
  case LOWBIT_SIMT_LANEMASK_LE:
    return bit | (bit - 1);
  case LOWBIT_SIMT_LANEMASK_LT:
    return bit - 1;
  case LOWBIT_SIMT_LANEMASK_GE:
    return ~(bit - 1);
  case LOWBIT_SIMT_LANEMASK_GT:
    return ~(bit | (bit - 1));
  case LOWBIT_SIMT_DYNAMIC_SMEM_SIZE:
    return block.plan->sharedBytes;
  }
  currentBlock->fail(Detector::InvalidSite,
                     "there is no special register " + std::to_string(which));
}
