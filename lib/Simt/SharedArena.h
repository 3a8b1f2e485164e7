//===- SharedArena.h - Memory that plays shared memory ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_SIMT_SHAREDARENA_H
#define LOWBIT_LIB_SIMT_SHAREDARENA_H

#include <cstddef>
#include <cstdint>

namespace lowbit::simt {

/// The shared memory of the block that a host thread runs. It begins below 2
/// GiB at a multiple of 256 KiB, so that an address survives as 32 bits and its
/// low 18 bits are the offset, as hardware's descriptors want it. What lies
/// around it cannot be touched.
class SharedArena {
public:
  static constexpr size_t maxBytes = 256 << 10;

  SharedArena() = default;
  SharedArena(const SharedArena &) = delete;
  SharedArena &operator=(const SharedArena &) = delete;
  ~SharedArena();

  /// Makes room for `bytes`, at most maxBytes; false without memory there.
  bool provide(size_t bytes);

  /// Fills it with 0xff: NaN in every float type.
  void poison();

  char *base() const { return memory; }
  size_t size() const { return bytes; }

  /// Offset of `address`, negative before the base; meaningful where inReach.
  int64_t offset(const void *address) const {
    return static_cast<const char *>(address) - memory;
  }

  /// Whether `address` is in shared memory, or in what is kept free around it.
  bool inReach(const void *address) const {
    return static_cast<uint64_t>(offset(address)) + guardBytes <
           maxBytes + 2 * guardBytes;
  }

private:
  static constexpr size_t guardBytes = 256 << 10;

  char *memory = nullptr;
  size_t bytes = 0;
};

} // namespace lowbit::simt

#endif // LOWBIT_LIB_SIMT_SHAREDARENA_H
