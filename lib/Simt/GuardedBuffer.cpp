//===- GuardedBuffer.cpp - Memory that ends where no one may go -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Simt/GuardedBuffer.h"

#include <sys/mman.h>

using namespace lowbit::simt;

std::optional<GuardedBuffer> GuardedBuffer::allocate(size_t bytes) {
  constexpr size_t pageSize = 4096, alignment = 16;
  size_t used = (bytes + alignment - 1) / alignment * alignment;
  size_t pages = (used + pageSize - 1) / pageSize * pageSize;
  size_t mapped = pages + 2 * pageSize;
  void *memory = mmap(nullptr, mapped, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    return std::nullopt;
  char *begin = static_cast<char *>(memory) + pageSize;
  if (pages && mprotect(begin, pages, PROT_READ | PROT_WRITE) != 0) {
    munmap(memory, mapped);
    return std::nullopt;
  }
  GuardedBuffer buffer;
  buffer.memory = memory;
  buffer.mapped = mapped;
  buffer.start = begin + (pages - used);
  buffer.bytes = bytes;
  return buffer;
}

GuardedBuffer::~GuardedBuffer() {
  if (memory)
    munmap(memory, mapped);
}
