//===- Block.h - A thread block in the making: scheduling, meetings -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One host thread runs one block at a time, all its threads as fibers. A fiber
// runs until it has to wait: at a collective for the other lanes of its warp,
// at a barrier for other warps. The lane that comes last does the collective
// for all and goes on; the others find their results when they are resumed.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_BLOCK_H
#define LOWBIT_LIB_SIMT_BLOCK_H

#include "Fiber.h"
#include "SharedArena.h"
#include "Warp.h"

#include "lowbit/Simt/Launch.h"

#include <string>
#include <vector>

namespace lowbit::simt {

class Checker;
class AccessCounter;

/// What all blocks of a launch have in common.
struct LaunchPlan {
  const Kernel &kernel;
  Dim3 grid, block;
  size_t sharedBytes;
  void **parameters;
  const Options &options;
};

/// One of the sixteen barriers of a block, between two completions.
struct BlockBarrier {
  /// Where a warp came to it; null before one did.
  const Site *site = nullptr;
  /// How many threads take part, and whether that is all that have not exited.
  uint32_t threads = 0;
  bool all = true;
  /// Warps that have come, and those of them that wait, a bit each.
  uint32_t arrived = 0;
  uint32_t waitingWarps = 0;
  /// LowbitSimtReduction; how many predicates came, and how many were true.
  uint32_t reduction = LOWBIT_SIMT_NO_REDUCTION;
  uint32_t voters = 0;
  uint32_t trueCount = 0;
};

class Block {
public:
  Block();
  ~Block();
  Block(const Block &) = delete;
  Block &operator=(const Block &) = delete;

  /// Runs the block at `place` of the grid; `plan` has been checked. Null
  /// stands for no checks and for no counters. The error of a block that fails
  /// is in `error`.
  bool run(const LaunchPlan &plan, Dim3 place, Checker *checker,
           AccessCounter *counter);

  /// Memory for blocks of `plan`; false if there is none.
  bool provide(const LaunchPlan &plan);

  //===--------------------------------------------------------------------===//
  // For the ops: all of these act for the running lane.
  //===--------------------------------------------------------------------===//

  /// Brings `site` to a meeting with the lanes of `mask` that have not exited.
  void meet(const Site *site, uint32_t mask, const void *operands,
            void *results);

  /// Lets other lanes run before this one goes on.
  void yield();

  /// Ends the block with an error at `site`, or at the last site of the lane.
  /// `message` is called to make the text: what it leaves on the heap is freed,
  /// while nothing of the fiber is destroyed any more.
  template <typename Message>
  [[noreturn]] void fail(Detector detector, Message message,
                         const Site *site = nullptr) {
    note(detector, message(), site);
    leave();
  }

  /// The lane has met bad luck at `address`; from the handler of signals.
  [[noreturn]] void failAtFault();

  /// A number drawn from the seed.
  uint64_t random();
  /// True once in `n` times.
  bool chance(uint64_t n) { return random() % n == 0; }

  /// What a message calls a lane or a place in memory.
  std::string describeAddress(const void *address) const;
  std::string describeThread(const Lane &lane) const;

  /// Whether `address` is local memory of some thread.
  bool onStacks(const void *address) const { return stacks.contains(address); }

  const LaunchPlan *plan = nullptr;
  Dim3 place;
  Lane *current = nullptr;
  Checker *checker = nullptr;
  AccessCounter *counter = nullptr;
  SharedArena shared;
  std::vector<Lane> lanes;
  std::vector<Warp> warps;
  BlockBarrier barriers[barrierCount];
  uint32_t livingThreads = 0;
  /// Of the plan's options, for those who ask often.
  bool randomOrder = false;
  bool randomCompletion = false;
  /// Copies that no one has waited for yet, of all lanes.
  uint32_t pendingCopies = 0;

  Error error{};

  /// For an op in the making; nothing outlives it.
  static constexpr size_t scratchBytes = 32 << 10;
  alignas(64) char scratch[scratchBytes];

  /// Set by the handler of signals.
  const void *faultAddress = nullptr;
  int faultSignal = 0;
  /// Whether a fiber runs: faults are those of the kernel.
  bool inFiber = false;

  /// The place on the stack of the running lane where a fiber starts.
  char *stackTop(const Lane &lane) const;
  Stack stackOf(const Lane &lane) const { return stacks[lane.thread]; }

private:
  void prepare();
  static void fiberEntry();
  [[noreturn]] void exitLane();
  [[noreturn]] void leave();
  void note(Detector detector, std::string message, const Site *site);
  std::string faultText() const;
  void abandonFibers();

  // Scheduling.
  Lane *nextLane(Lane &lane);
  Lane *nextLaneElsewhere();
  Lane *randomLane();
  void suspend(Lane &lane);
  void switchTo(Lane &lane, Lane *next);
  void transfer(void **from, void *to, const Lane *target, void **fakeStack);
  [[noreturn]] void stuck();

  // Meetings.
  void meetOthers(Warp &warp, const Site *site, uint32_t need);
  bool agree(const Warp &warp, uint32_t lanes) const;
  bool execute(Warp &warp, uint32_t lanes, const Site *site);
  bool complete(Warp &warp, uint32_t lanes, const Site *site);
  bool perform(Warp &warp, uint32_t lanes, const Site *site);
  void executeBatch(Warp &warp, uint32_t lanes, const Site *site);
  void checkFull(uint32_t lanes, const Site *site);
  void giveResults(Warp &warp, uint32_t lanes, unsigned count);
  void completeAfterExit(Warp &warp);
  [[noreturn]] void failDivergence(const Warp &warp);
  std::string whoWaits() const;

  // Barriers.
  bool arriveAtBarrier(Warp &warp, uint32_t lanes, const Site *site);
  bool barrierComplete(const BlockBarrier &barrier) const;
  void release(unsigned id);

  StackPool stacks;
  void *mainStackPointer = nullptr;
  void *mainFakeStack = nullptr;
  Stack mainStack;
  bool fromMain = false;
  uint64_t randomState = 0;
  bool failed = false;
  bool abandoning = false;
};

/// The block that this host thread runs, or null.
extern constinit thread_local Block *currentBlock;

/// "cp.async", "mma.sync": what PTX calls the op.
const char *opName(uint32_t op);
/// With its attributes: "mma.sync m16n8k16 f32 bf16 bf16", "ldmatrix x4 trans".
std::string siteText(const Site &site);
/// The first op of a batch; any other site itself.
const Site &firstPart(const Site &site);
/// "0-15, 20": the bits of `lanes`.
std::string lanesText(uint32_t lanes);

/// The index of the lane's thread in each direction, "(3,0,0)".
std::string placeText(const Dim3 &place);

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_BLOCK_H
