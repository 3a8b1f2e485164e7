//===- ByteReader.h - Bytes read from front to back -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_BYTEREADER_H
#define LOWBIT_LIB_WEIGHTS_BYTEREADER_H

#include "lowbit/Weights/Result.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace lowbit::weights {

/// A source of bytes of known length, such as a file or a member of an archive.
/// Errors are bare reasons; the caller knows the file and the tensor.
class ByteReader {
public:
  virtual ~ByteReader() = default;

  /// Bytes not yet read. A promise of the source, not yet kept: allocate in
  /// proportion to it only after checking it against the header.
  virtual uint64_t remaining() const = 0;

  /// Fills `out`, or fails if the bytes are fewer or broken.
  virtual Status read(std::span<std::byte> out) = 0;
};

/// Reads bytes that lie in memory.
class MemoryReader final : public ByteReader {
public:
  explicit MemoryReader(std::span<const std::byte> bytes) : bytes(bytes) {}

  uint64_t remaining() const override { return bytes.size(); }
  Status read(std::span<std::byte> out) override {
    if (out.size() > bytes.size())
      return Error{"ends too early"};
    if (!out.empty())
      std::memcpy(out.data(), bytes.data(), out.size());
    bytes = bytes.subspan(out.size());
    return {};
  }

private:
  std::span<const std::byte> bytes;
};

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_BYTEREADER_H
