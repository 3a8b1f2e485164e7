//===- GuardedBuffer.h - Memory that ends where no one may go ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_SIMT_GUARDEDBUFFER_H
#define LOWBIT_SIMT_GUARDEDBUFFER_H

#include <cstddef>
#include <optional>
#include <utility>

namespace lowbit::simt {

/// Memory for a buffer of a kernel, aligned to 16 bytes, zeroed, behind whose
/// last multiple of 16 bytes lies a page that no one can touch: an access
/// beyond its end is an error of the launch even without checks. There is one
/// before it as well, at the most a page away.
class GuardedBuffer {
public:
  /// Nothing without memory.
  static std::optional<GuardedBuffer> allocate(size_t bytes);

  GuardedBuffer(GuardedBuffer &&other)
      : memory(std::exchange(other.memory, nullptr)), mapped(other.mapped),
        start(other.start), bytes(other.bytes) {}
  GuardedBuffer &operator=(GuardedBuffer &&other) {
    std::swap(memory, other.memory);
    std::swap(mapped, other.mapped);
    std::swap(start, other.start);
    std::swap(bytes, other.bytes);
    return *this;
  }
  ~GuardedBuffer();

  void *data() const { return start; }
  size_t size() const { return bytes; }

private:
  GuardedBuffer() = default;

  void *memory = nullptr;
  size_t mapped = 0;
  char *start = nullptr;
  size_t bytes = 0;
};

} // namespace lowbit::simt

#endif // LOWBIT_SIMT_GUARDEDBUFFER_H
