//===- ZipDirectory.h - The directory of zip archives -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_ZIPDIRECTORY_H
#define LOWBIT_LIB_WEIGHTS_ZIPDIRECTORY_H

#include "lowbit/Weights/MappedFile.h"

#include <cstdint>
#include <vector>

namespace lowbit::weights {

/// The compression methods that we read.
enum class ZipMethod : uint16_t { Stored = 0, Deflated = 8 };

/// A member of an archive.
struct ZipMember {
  std::string name;
  ZipMethod method;
  uint32_t checksum;               // CRC-32 of the contents
  uint64_t size;                   // of the contents, as the archive says
  std::span<const std::byte> data; // as stored
};

/// Reads the central directory of a zip archive (PKWARE APPNOTE 6.3.9), zip64
/// included. The members lie in the file and do not overlap; a deflated one
/// claims no more than deflate can reach. Fails on archives in several parts,
/// encryption, and other methods; the error names the file.
Result<std::vector<ZipMember>> readZipDirectory(const MappedFile &file);

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_ZIPDIRECTORY_H
