//===- SharedArena.cpp - Memory that plays shared memory ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedArena.h"

#include <cstring>

#include <sys/mman.h>

using namespace lowbit::simt;

namespace {

constexpr size_t pageSize = 4096;
// Above where executables without PIE lie, below 2 GiB and what
// AddressSanitizer keeps there.
constexpr uintptr_t firstPlace = 0x10000000;
constexpr uintptr_t lastPlace = 0x7e000000;

size_t wholePages(size_t bytes) {
  return (bytes + pageSize - 1) / pageSize * pageSize;
}

} // namespace

SharedArena::~SharedArena() {
  if (memory)
    munmap(memory - guardBytes, maxBytes + 2 * guardBytes);
}

bool SharedArena::provide(size_t wanted) {
  if (!memory) {
    constexpr size_t reach = maxBytes + 2 * guardBytes;
    for (uintptr_t place = firstPlace; place + reach <= lastPlace;
         place += reach) {
      void *hint = reinterpret_cast<void *>(place);
      void *mapped = mmap(hint, reach, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                              MAP_FIXED_NOREPLACE,
                          -1, 0);
      if (mapped == hint) {
        memory = static_cast<char *>(mapped) + guardBytes;
        break;
      }
      // An old kernel takes the flag for a hint.
      if (mapped != MAP_FAILED)
        munmap(mapped, reach);
    }
    if (!memory)
      return false;
    bytes = 0;
  }
  size_t used = wholePages(wanted);
  if (used != wholePages(bytes) &&
      ((used && mprotect(memory, used, PROT_READ | PROT_WRITE) != 0) ||
       (used < maxBytes &&
        mprotect(memory + used, maxBytes - used, PROT_NONE) != 0)))
    return false;
  bytes = wanted;
  return true;
}

void SharedArena::poison() {
  if (bytes)
    std::memset(memory, 0xff, wholePages(bytes));
}
