//===- Faults.cpp - Signals that a kernel raises become errors ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The handler only notes what happened and moves the fiber on to a function
// that reports it, on its own stack from the top: what was there is of no use
// any more, and it may have been used up.
//
//===----------------------------------------------------------------------===//

#include "Faults.h"

#include "Block.h"

#include <csignal>
#include <cstdlib>
#include <mutex>

#include <sys/ucontext.h>

#if LOWBIT_SIMT_ASAN
#include <sanitizer/asan_interface.h>
#endif

using namespace lowbit::simt;

// In front of a call that does not return, a sanitizer looks at the stacks of
// the host thread, of which one that a fault has left is none.
#if LOWBIT_SIMT_ASAN
#define NOT_SANITIZED [[clang::no_sanitize("address")]]
#else
#define NOT_SANITIZED
#endif

namespace {

constexpr int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL};
constexpr size_t signalCount = sizeof signals / sizeof signals[0];

std::mutex mutex;
unsigned users = 0;
struct sigaction previousActions[signalCount];

/// Of the fiber that is given up: what its frames left poisoned.
void unpoisonStack(const Block &block) {
#if LOWBIT_SIMT_ASAN
  Stack stack = block.stackOf(*block.current);
  __asan_unpoison_memory_region(stack.low, stack.bytes);
#endif
}

NOT_SANITIZED [[noreturn]] void reportFault() {
  unpoisonStack(*currentBlock);
  currentBlock->failAtFault();
}

void passOn(int signal, siginfo_t *info, void *context) {
  for (size_t i = 0; i < signalCount; ++i) {
    if (signals[i] != signal)
      continue;
    const struct sigaction &action = previousActions[i];
    if (action.sa_flags & SA_SIGINFO)
      return action.sa_sigaction(signal, info, context);
    if (action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
      return action.sa_handler(signal);
    // Comes again on return, and then does what it does by default.
    sigaction(signal, &action, nullptr);
  }
}

void handle(int signal, siginfo_t *info, void *context) {
  Block *block = currentBlock;
  if (!block || !block->inFiber)
    return passOn(signal, info, context);
  block->faultSignal = signal;
  block->faultAddress = info->si_addr;
  auto *registers = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
  auto top = reinterpret_cast<uintptr_t>(block->stackTop(*block->current));
  registers[REG_RIP] = reinterpret_cast<greg_t>(reportFault);
  // As if called.
  registers[REG_RSP] = static_cast<greg_t>(top - 8);
  registers[REG_RBP] = 0;
}

} // namespace

FaultHandlers::FaultHandlers() {
  std::lock_guard lock(mutex);
  if (users++)
    return;
  struct sigaction action = {};
  action.sa_sigaction = handle;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (size_t i = 0; i < signalCount; ++i)
    sigaction(signals[i], &action, &previousActions[i]);
}

FaultHandlers::~FaultHandlers() {
  std::lock_guard lock(mutex);
  if (--users)
    return;
  for (size_t i = 0; i < signalCount; ++i)
    sigaction(signals[i], &previousActions[i], nullptr);
}

SignalStack::SignalStack() {
  memory = std::malloc(bytes);
  stack_t stack = {}, old = {};
  stack.ss_sp = memory;
  stack.ss_size = bytes;
  sigaltstack(&stack, &old);
  previous = old.ss_sp;
  previousBytes = old.ss_size;
  previousFlags = old.ss_flags;
}

SignalStack::~SignalStack() {
  stack_t stack = {};
  stack.ss_sp = previous;
  stack.ss_size = previousBytes;
  stack.ss_flags = previousFlags;
  sigaltstack(&stack, nullptr);
  std::free(memory);
}

std::string Block::faultText() const {
  std::string after =
      current->site ? "after " + siteText(*current->site) : "at its beginning";
  if (faultSignal == SIGFPE)
    return "the thread raised SIGFPE (an integer division by zero) " + after;
  if (faultSignal == SIGILL)
    return "the thread raised SIGILL (a trap) " + after;
  if (stacks.inGuard(faultAddress))
    return "the thread used up its stack of " +
           std::to_string(stacks[0].bytes) + " bytes " + after;
  return "the thread accessed " + describeAddress(faultAddress) +
         ", where there is no memory, " + after;
}

NOT_SANITIZED void Block::failAtFault() {
  bool isTrap = faultSignal == SIGFPE || faultSignal == SIGILL;
  note(isTrap ? Detector::Trap : Detector::OutOfBounds, faultText(),
       /*site=*/nullptr);
  leave();
}
