//===- ZipWriter.h - Writing stored zip archives ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_WEIGHTS_ZIPWRITER_H
#define LOWBIT_LIB_WEIGHTS_ZIPWRITER_H

#include "lowbit/Weights/OutputFile.h"

#include <vector>

namespace lowbit::weights {

/// Writes a zip archive of stored members, byte for byte as NumPy does through
/// Python's zipfile: every local header has zip64 sizes, the directory has them
/// where a number is over `zip64Threshold`, dates are 1980-01-01.
class ZipWriter {
public:
  /// Python's limit; tests lower it to reach zip64 with small files.
  static constexpr uint64_t defaultThreshold = (uint64_t(1) << 31) - 1;

  explicit ZipWriter(OutputFile file,
                     uint64_t zip64Threshold = defaultThreshold)
      : file(std::move(file)), zip64Threshold(zip64Threshold) {}

  /// Appends a member of two pieces, such as a header and data. The name is
  /// UTF-8 of at most 65,535 bytes, new in this archive.
  Status add(const std::string &name, std::span<const std::byte> head,
             std::span<const std::byte> body);

  /// Writes the directory and puts the file in place.
  Status commit();

private:
  Status append(std::span<const std::byte> data);

  OutputFile file;
  uint64_t zip64Threshold;
  uint64_t position = 0;
  uint64_t count = 0;
  std::string directory;
};

} // namespace lowbit::weights

#endif // LOWBIT_LIB_WEIGHTS_ZIPWRITER_H
