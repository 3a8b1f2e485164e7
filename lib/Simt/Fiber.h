//===- Fiber.h - Stacks of their own, and the switch between them -*- C++
//-*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A fiber is a stack pointer: what it needs to go on lies on its stack. All
// fibers of a thread run the same kernel with the same floating-point state, so
// the switch moves none of it.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_FIBER_H
#define LOWBIT_LIB_SIMT_FIBER_H

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOWBIT_SIMT_ASAN 1
#endif
#endif
#ifndef LOWBIT_SIMT_ASAN
#define LOWBIT_SIMT_ASAN 0
#endif

namespace lowbit::simt {

/// A stack, growing from `top()` down to `low`.
struct Stack {
  char *low = nullptr;
  size_t bytes = 0;

  char *top() const { return low + bytes; }
};

/// The fiber that calls `entry` on the stack that ends at `top`, a multiple of
/// 16. `entry` must not return.
inline void *makeFiber(char *top, void (*entry)()) {
  // As if called: 8 below a multiple of 16 once the address is taken.
  void **slot = reinterpret_cast<void **>(top) - 2;
  slot[0] = reinterpret_cast<void *>(entry);
  slot[1] = nullptr;
  return slot;
}

/// Leaves the running fiber, whose stack pointer goes to `from`, for `to`.
/// Returns when someone switches back.
[[gnu::always_inline]] inline void switchFiber(void **from, void *to) {
  // No call, so that returns after the switch are predicted; the compiler saves
  // what it needs, except the frame pointer, which it cannot be asked to. Built
  // with -mno-red-zone.
  __asm__ volatile(R"(
    pushq %%rbp
    leaq 1f(%%rip), %%rax
    pushq %%rax
    movq %%rsp, (%[from])
    movq %[to], %%rsp
    popq %%rax
    jmpq *%%rax
  1:
    popq %%rbp
  )"
                   : [from] "+D"(from), [to] "+S"(to)
                   :
                   : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
                     "r12", "r13", "r14", "r15", "cc", "memory");
}

/// Stacks in one mapping, each with an untouchable page below.
class StackPool {
public:
  StackPool() = default;
  StackPool(const StackPool &) = delete;
  StackPool &operator=(const StackPool &) = delete;
  ~StackPool();

  /// Has at least `count` stacks of at least `bytes`; false without memory.
  bool provide(size_t count, size_t bytes);

  Stack operator[](size_t index) const;

  /// Whether `address` is in one of the stacks or in a page below.
  bool contains(const void *address) const {
    auto *byte = static_cast<const char *>(address);
    return memory && byte >= memory && byte < memory + count * stride;
  }

  /// Whether `address` is in a page below one of the stacks.
  bool inGuard(const void *address) const;

private:
  void release();

  char *memory = nullptr;
  size_t count = 0;
  /// Of a stack with its guard.
  size_t stride = 0;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_FIBER_H
