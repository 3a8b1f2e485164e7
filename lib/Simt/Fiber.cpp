//===- Fiber.cpp - Memory for the stacks of fibers ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Fiber.h"

#include <sys/mman.h>

using namespace lowbit::simt;

namespace {
constexpr size_t pageSize = 4096;
} // namespace

StackPool::~StackPool() { release(); }

void StackPool::release() {
  if (memory)
    munmap(memory, count * stride);
  memory = nullptr;
  count = stride = 0;
}

bool StackPool::provide(size_t wanted, size_t bytes) {
  size_t wantedStride = (bytes + pageSize - 1) / pageSize * pageSize + pageSize;
  if (wanted <= count && wantedStride == stride)
    return true;
  release();
  void *mapped = mmap(nullptr, wanted * wantedStride, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (mapped == MAP_FAILED)
    return false;
  memory = static_cast<char *>(mapped);
  count = wanted;
  stride = wantedStride;
  for (size_t i = 0; i < count; ++i)
    if (mprotect(memory + i * stride, pageSize, PROT_NONE) != 0) {
      release();
      return false;
    }
  return true;
}

Stack StackPool::operator[](size_t index) const {
  return {memory + index * stride + pageSize, stride - pageSize};
}

bool StackPool::inGuard(const void *address) const {
  auto *byte = static_cast<const char *>(address);
  return contains(address) &&
         static_cast<size_t>(byte - memory) % stride < pageSize;
}
