//===- Block.cpp - Fibers of a block: their lives and their turns ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Block.h"

#include "AccessCounter.h"
#include "Checker.h"
#include "CopyAsync.h"
#include "Switch.h"

#include <csignal>

#include <immintrin.h>

#if LOWBIT_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

using namespace lowbit::simt;

constinit thread_local Block *lowbit::simt::currentBlock = nullptr;

namespace {

/// Flush to zero, denormals are zero.
constexpr unsigned flushBits = 0x8040;

uint64_t mix(uint64_t value) {
  // splitmix64.
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

} // namespace

Block::Block() = default;
Block::~Block() = default;

bool Block::provide(const LaunchPlan &plan) {
  return stacks.provide(plan.block.count(), plan.options.stackBytes) &&
         shared.provide(plan.sharedBytes);
}

char *Block::stackTop(const Lane &lane) const {
  // All stacks end at the same offset in a page, so that their hot parts would
  // compete for the same few sets of the cache.
  return stacks[lane.thread].top() - lane.thread * 320 % 4096 / 64 * 64;
}

uint64_t Block::random() { return mix(randomState++); }

void Block::prepare() {
  uint32_t threads = plan->block.count();
  uint32_t warpCount = (threads + warpSize - 1) / warpSize;
  if (lanes.size() != threads) {
    lanes.resize(threads);
    warps.resize(warpCount);
  }
  for (uint32_t thread = 0; thread < threads; ++thread) {
    Lane &lane = lanes[thread];
    lane.warp = &warps[thread / warpSize];
    lane.index = thread % warpSize;
    lane.bit = 1u << lane.index;
    lane.thread = thread;
    lane.place = {thread % plan->block.x,
                  thread / plan->block.x % plan->block.y,
                  thread / plan->block.x / plan->block.y};
    lane.site = nullptr;
    lane.copies.clear();
    lane.spins = 0;
    lane.started = lane.finished = false;
    lane.fakeStack = nullptr;
#if LOWBIT_SIMT_ASAN
    // Frames that were abandoned are still poisoned.
    __asan_unpoison_memory_region(stacks[thread].low, stacks[thread].bytes);
#endif
    lane.stackPointer = makeFiber(stackTop(lane), fiberEntry);
  }
  for (uint32_t i = 0; i < warpCount; ++i) {
    Warp &warp = warps[i];
    uint32_t count = std::min(threads - i * warpSize, warpSize);
    warp.index = i;
    warp.lanes = &lanes[i * warpSize];
    warp.alive = warp.runnable = allLanes >> (warpSize - count);
    warp.waiting = warp.atBarrier = 0;
    warp.mixed = false;
  }
  for (BlockBarrier &barrier : barriers)
    barrier = {};
  livingThreads = threads;
  pendingCopies = 0;
  failed = abandoning = false;
  randomOrder = plan->options.randomOrder;
  randomCompletion = plan->options.completion == Completion::Random;
  uint64_t linear =
      place.x + plan->grid.x * (place.y + uint64_t(plan->grid.y) * place.z);
  randomState = mix(plan->options.seed ^ mix(linear));
  shared.poison();
}

bool Block::run(const LaunchPlan &newPlan, Dim3 newPlace, Checker *newChecker,
                AccessCounter *newCounter) {
  plan = &newPlan;
  place = newPlace;
  checker = newChecker;
  counter = newCounter;
  prepare();
  if (checker)
    checker->begin(*this);
  if (counter)
    counter->begin(*this);

  Block *outer = currentBlock;
  currentBlock = this;
  unsigned state = _mm_getcsr();
  if (plan->kernel.flushDenormals)
    _mm_setcsr(state | flushBits);
  Lane *first = randomOrder ? randomLane() : &lanes[0];
  current = first;
  inFiber = fromMain = true;
  transfer(&mainStackPointer, first->stackPointer, first, &mainFakeStack);
  if (failed)
    abandonFibers();
  inFiber = false;
  _mm_setcsr(state);
  currentBlock = outer;
  return !failed;
}

//===----------------------------------------------------------------------===//
// The life of a fiber
//===----------------------------------------------------------------------===//

// A kernel compiled at run time may begin a page: the sanitizer of calls would
// look for a type in front of it.
#if defined(__clang__)
[[clang::no_sanitize("function")]]
#endif
void Block::fiberEntry() {
  Block &block = *currentBlock;
#if LOWBIT_SIMT_ASAN
  const void *bottom;
  size_t bytes;
  __sanitizer_finish_switch_fiber(nullptr, &bottom, &bytes);
  // The first fiber of all comes from the stack of the host thread.
  if (block.fromMain)
    block.mainStack = {static_cast<char *>(const_cast<void *>(bottom)), bytes};
  block.fromMain = false;
#endif
  block.current->started = true;
  block.plan->kernel.entry(block.plan->parameters);
  block.exitLane();
}

void Block::exitLane() {
  Lane &lane = *current;
  Warp &warp = *lane.warp;
  uint32_t bit = lane.bit;
  warp.alive &= ~bit;
  warp.runnable &= ~bit;
  --livingThreads;
  landAtExit(*this, lane);
  if (warp.waiting)
    completeAfterExit(warp);
  if (!warp.alive) {
    if (counter)
      counter->flush(*this, warp);
    for (unsigned id = 0; id < barrierCount; ++id)
      if (barriers[id].site && barrierComplete(barriers[id]))
        release(id);
  }
  lane.finished = true;
  leave();
}

/// Gives the processor to whoever is next, for good.
void Block::leave() {
  Lane &lane = *current;
  Lane *next = nullptr;
  if (!failed && livingThreads) {
    next = nextLaneElsewhere();
    if (!next) {
      // The report of a deadlock comes back here, with `failed` set.
      lane.finished = true;
      stuck();
    }
  }
  lane.finished = true;
  if (next)
    current = next;
  transfer(&lane.stackPointer, next ? next->stackPointer : mainStackPointer,
           next, nullptr);
  __builtin_unreachable();
}

void Block::note(Detector detector, std::string message, const Site *site) {
  if (!site)
    site = current->site;
  error = {detector, std::move(message),
           site && site->location ? site->location : "", place, current->place};
  if (randomOrder || randomCompletion)
    error.seed = plan->options.seed;
  failed = true;
}

/// Lets each fiber that was left in the middle say goodbye: to the kernel it
/// makes no difference, but AddressSanitizer keeps memory for it.
void Block::abandonFibers() {
#if LOWBIT_SIMT_ASAN
  abandoning = true;
  for (Lane &lane : lanes)
    if (lane.started && !lane.finished) {
      current = &lane;
      transfer(&mainStackPointer, lane.stackPointer, &lane, &mainFakeStack);
    }
#endif
}

//===----------------------------------------------------------------------===//
// Turns
//===----------------------------------------------------------------------===//

Lane *Block::nextLaneElsewhere() {
  if (randomOrder)
    return randomLane();
  size_t own = current->warp->index;
  for (size_t i = 0, e = warps.size(); i < e; ++i) {
    Warp &warp = warps[(own + i) % e];
    if (warp.runnable)
      return &warp.lanes[__builtin_ctz(warp.runnable)];
  }
  return nullptr;
}

Lane *Block::randomLane() {
  size_t start = random() % warps.size();
  for (size_t i = 0, e = warps.size(); i < e; ++i) {
    Warp &warp = warps[(start + i) % e];
    if (!warp.runnable)
      continue;
    uint32_t turn = random() % __builtin_popcount(warp.runnable);
    for (unsigned lane : EachLane(warp.runnable))
      if (turn-- == 0)
        return &warp.lanes[lane];
  }
  return nullptr;
}

void Block::yield() {
  current->spins = 0;
  if (randomOrder)
    return suspend(*current);
  // All lanes of the block in turn: those of the warp may all wait for another.
  Warp &warp = *current->warp;
  uint32_t later = warp.runnable & (~1u << current->index);
  Lane *next = later ? &warp.lanes[__builtin_ctz(later)] : nullptr;
  for (size_t i = 1, e = warps.size(); !next && i <= e; ++i) {
    Warp &other = warps[(warp.index + i) % e];
    if (other.runnable)
      next = &other.lanes[__builtin_ctz(other.runnable)];
  }
  switchTo(*current, next);
}
