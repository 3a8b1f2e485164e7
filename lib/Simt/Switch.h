//===- Switch.h - From one fiber to the next --------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Inline, for it happens for each lane at each collective.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_SWITCH_H
#define LOWBIT_LIB_SIMT_SWITCH_H

#include "Block.h"

#if LOWBIT_SIMT_ASAN
#include <sanitizer/common_interface_defs.h>
#endif

namespace lowbit::simt {

/// Switches to the fiber of `target`, or to the host's own stack if null. A
/// null `fakeStack` says that no one will switch back.
[[gnu::always_inline]] inline void
Block::transfer(void **from, void *to, const Lane *target, void **fakeStack) {
#if LOWBIT_SIMT_ASAN
  Stack stack = target ? stacks[target->thread] : mainStack;
  __sanitizer_start_switch_fiber(fakeStack, stack.low, stack.bytes);
  switchFiber(from, to);
  __sanitizer_finish_switch_fiber(fakeStack ? *fakeStack : nullptr, nullptr,
                                  nullptr);
#else
  switchFiber(from, to);
#endif
}

/// The lane that runs after `lane`, the current one: of its warp if there is
/// one, so that a warp's lanes meet soon. Null if no lane can run.
[[gnu::always_inline]] inline Lane *Block::nextLane(Lane &lane) {
  uint32_t runnable = lane.warp->runnable;
  // Most often the next one, whose address does not depend on `runnable`: the
  // processor goes on before it has the masks of the warp.
  if (runnable & lane.bit << 1 && !randomOrder) [[likely]]
    return &lane + 1;
  if (!runnable || randomOrder)
    return nextLaneElsewhere();
  uint32_t later = runnable & (~1u << lane.index);
  return &lane.warp->lanes[__builtin_ctz(later ? later : runnable)];
}

/// Runs `next` until someone makes `lane`, the current one, runnable and its
/// turn comes.
[[gnu::always_inline]] inline void Block::switchTo(Lane &lane, Lane *next) {
  if (next == &lane)
    return;
  current = next;
  transfer(&lane.stackPointer, next->stackPointer, next, &lane.fakeStack);
#if LOWBIT_SIMT_ASAN
  if (abandoning) {
    lane.finished = true;
    transfer(&lane.stackPointer, mainStackPointer, nullptr, nullptr);
  }
#endif
}

/// Runs others until someone makes `lane`, the current one, runnable and its
/// turn comes.
[[gnu::always_inline]] inline void Block::suspend(Lane &lane) {
  Lane *next = nextLane(lane);
  if (!next) [[unlikely]]
    stuck();
  switchTo(lane, next);
}

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_SWITCH_H
