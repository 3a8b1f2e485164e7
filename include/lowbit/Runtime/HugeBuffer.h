//===- HugeBuffer.h - Memory in huge pages ----------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_HUGEBUFFER_H
#define LOWBIT_RUNTIME_HUGEBUFFER_H

#include <cstddef>
#include <optional>
#include <span>
#include <utility>

namespace lowbit::runtime {

/// Memory in huge pages where the system has them, else in usual ones. A core
/// that streams weights through usual pages stops fetching ahead at the end of
/// each. How large those of a mapped file are is the file system's choice;
/// these are not (docs/cpu-kernels.md has what it gives).
class HugeBuffer {
public:
  HugeBuffer() = default;
  HugeBuffer(HugeBuffer &&other) noexcept
      : mapping(std::exchange(other.mapping, {})),
        data(std::exchange(other.data, {})) {}
  HugeBuffer &operator=(HugeBuffer &&other) noexcept {
    std::swap(mapping, other.mapping);
    std::swap(data, other.data);
    return *this;
  }
  ~HugeBuffer();

  /// `size` bytes of zeros, at a multiple of 2 MiB; nothing if there is no
  /// memory.
  static std::optional<HugeBuffer> allocate(size_t size);

  std::span<std::byte> bytes() const { return data; }

private:
  std::span<std::byte> mapping, data;
};

} // namespace lowbit::runtime

#endif // LOWBIT_RUNTIME_HUGEBUFFER_H
