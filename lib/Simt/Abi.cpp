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
#include "Meet.h"

#include <array>
#include <cstring>

using namespace lowbit::simt;

namespace {

/// Of the ops at which lanes meet: the slot of their mask.
constexpr uint8_t noMask = 0xfe, noMeeting = 0xff;
constexpr std::array<uint8_t, 32> maskSlots = [] {
  std::array<uint8_t, 32> slots;
  slots.fill(noMeeting);
  for (unsigned op :
       {LOWBIT_SIMT_MMA, LOWBIT_SIMT_MMA_SPARSE, LOWBIT_SIMT_LDMATRIX,
        LOWBIT_SIMT_BARRIER, LOWBIT_SIMT_BARRIER_ARRIVE, LOWBIT_SIMT_BATCH})
    slots[op] = noMask;
  for (unsigned op : {LOWBIT_SIMT_SHUFFLE, LOWBIT_SIMT_VOTE, LOWBIT_SIMT_MATCH,
                      LOWBIT_SIMT_ELECT, LOWBIT_SIMT_WARP_BARRIER})
    slots[op] = 0;
  slots[LOWBIT_SIMT_REDUX] = 1;
  return slots;
}();

} // namespace

// What a fiber returns to after a switch is not what the processor's stack of
// return addresses has on top, unless it is the same for all. So the function
// that kernels call is this piece: what it calls always returns to it, and it
// goes back to the kernel by a jump, which is predicted by what came before.
__asm__(R"(
  .pushsection .text
  .globl lowbit_simt_op
  .type lowbit_simt_op, @function
  .p2align 4
lowbit_simt_op:
  .cfi_startproc
  subq $8, %rsp
  .cfi_adjust_cfa_offset 8
  call lowbit_simt_dispatch
  addq $8, %rsp
  .cfi_adjust_cfa_offset -8
  popq %rcx
  .cfi_adjust_cfa_offset -8
  .cfi_register %rip, %rcx
  jmpq *%rcx
  .cfi_endproc
  .size lowbit_simt_op, . - lowbit_simt_op
  .popsection
)");

extern "C" [[gnu::used, gnu::visibility("hidden")]] void
lowbit_simt_dispatch(const LowbitSimtSite *site, const void *operands,
                     void *results) {
  Block &block = *currentBlock;
  uint8_t slot = maskSlots[site->op % maskSlots.size()];
  if (slot == noMask)
    return block.meet(site, allLanes, operands, results);
  if (slot != noMeeting) {
    uint32_t mask;
    std::memcpy(&mask, static_cast<const char *>(operands) + 8 * slot, 4);
    return block.meet(site, mask, operands, results);
  }
  switch (site->op) {
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
  currentBlock->fail(
      Detector::Trap,
      [&] { return std::string(message ? message : "the kernel gave up"); },
      site);
}

void *lowbit_simt_shared(void) { return currentBlock->shared.base(); }

uint32_t lowbit_simt_sreg(uint32_t which) {
  const Block &block = *currentBlock;
  const Lane &lane = *block.current;
  uint32_t bit = lane.bit;
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
  currentBlock->fail(Detector::InvalidSite, [&] {
    return std::string("there is no special register " + std::to_string(which));
  });
}
