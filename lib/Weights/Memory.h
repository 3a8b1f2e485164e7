//===- Memory.h - Whether memory is there -----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_MEMORY_H
#define LOWBIT_LIB_WEIGHTS_MEMORY_H

#include "lowbit/Weights/Result.h"

#include <cstdint>
#include <sys/mman.h>

namespace lowbit::weights {

/// Fails if `size` bytes cannot be allocated now. Without exceptions a vector
/// that finds no memory ends the program: ask before a file decides its size.
/// Errors are bare reasons.
inline Status checkMemory(uint64_t size) {
  // What is smaller is not worth the calls.
  if (size < (1 << 20))
    return {};
  // Not operator new: LLVM's tools end where it fails, nothrow or not.
  void *block = ::mmap(nullptr, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED)
    return Error{"needs " + std::to_string(size) +
                 " bytes of memory, more than there is; use a smaller tensor "
                 "or a larger machine"};
  ::munmap(block, size);
  return {};
}

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_MEMORY_H
