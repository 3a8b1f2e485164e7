//===- Checksum.h - The checksum of zip archives ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_CHECKSUM_H
#define LOWBIT_LIB_WEIGHTS_CHECKSUM_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <zlib.h>

namespace lowbit::weights {

/// The CRC-32 of what had the checksum `start` (0 for nothing) and `data`.
inline uint32_t extendChecksum(uint32_t start,
                               std::span<const std::byte> data) {
  // Given no bytes by a null pointer, zlib forgets the start and returns 0.
  if (data.empty())
    return start;
  return static_cast<uint32_t>(crc32_z(
      start, reinterpret_cast<const Bytef *>(data.data()), data.size()));
}

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_CHECKSUM_H
