//===- HugeBuffer.cpp - Memory in huge pages ------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/HugeBuffer.h"

#include <cstdint>
#include <limits>
#include <sys/mman.h>

using namespace lowbit::runtime;

std::optional<HugeBuffer> HugeBuffer::allocate(size_t size) {
  constexpr size_t page = size_t(2) << 20;
  HugeBuffer buffer;
  if (size == 0)
    return buffer;
  if (size > std::numeric_limits<size_t>::max() - 2 * page)
    return std::nullopt;
  // One page more, to begin at a whole one; the last one is whole too.
  size_t mapped = (size + page - 1) / page * page + page;
  void *base = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, /*fd=*/-1, /*offset=*/0);
  if (base == MAP_FAILED)
    return std::nullopt;
  buffer.mapping = {static_cast<std::byte *>(base), mapped};
  size_t skipped = -reinterpret_cast<uintptr_t>(base) % page;
  buffer.data = buffer.mapping.subspan(skipped, size);
  // Systems without huge pages refuse, and usual ones do.
  (void)::madvise(buffer.data.data(), mapped - page, MADV_HUGEPAGE);
  return buffer;
}

HugeBuffer::~HugeBuffer() {
  if (!mapping.empty())
    ::munmap(mapping.data(), mapping.size());
}
