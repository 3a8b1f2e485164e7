//===- MappedFile.h - A file mapped for reading -----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_MAPPEDFILE_H
#define LOWBIT_WEIGHTS_MAPPEDFILE_H

#include "lowbit/Weights/Result.h"

#include <cstddef>
#include <span>
#include <string>

namespace lowbit::weights {

/// A regular file, mapped read only. Pages are read when touched and count as
/// resident until given back with `release`. The file must not be truncated
/// while it is mapped (replacing it by a rename, as this library's writers do,
/// is fine: the mapping keeps the old file).
class MappedFile {
public:
  /// Fails if the file is absent, unreadable, or not a regular file. An empty
  /// file opens, with no bytes.
  static Result<MappedFile> open(const std::string &path);

  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::string &path() const { return filePath; }
  std::span<const std::byte> bytes() const { return mapping; }

  /// Gives back the resident pages that hold `part`, which must lie in
  /// `bytes()`. The bytes stay valid; touching them reads the page again. The
  /// range grows outwards to the window that one page fault maps (64 KiB):
  /// rounding inwards would keep every tensor smaller than a page, and pages
  /// mapped around a fault, resident for ever.
  void release(std::span<const std::byte> part) const;

private:
  MappedFile(std::string path, std::span<const std::byte> mapping)
      : filePath(std::move(path)), mapping(mapping) {}

  std::string filePath;
  std::span<const std::byte> mapping;
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_MAPPEDFILE_H
