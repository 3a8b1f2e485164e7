//===- OutputFile.h - A file that appears whole or not at all ---*- C++ -*-===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_WEIGHTS_OUTPUTFILE_H
#define LOWBIT_WEIGHTS_OUTPUTFILE_H

#include "lowbit/Weights/Result.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace lowbit::weights {

/// Writes `<path>.tmp-<pid>` in the directory of `path` and renames it to
/// `path` on commit, so that a reader never sees half a file and a failed run
/// leaves what was there before. Without commit the temporary file is removed.
class OutputFile {
public:
  /// Fails if the directory is absent or not writable, or if `path` exists and
  /// is not a regular file (a rename would replace even a device).
  static Result<OutputFile> create(const std::string &path);

  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&other) noexcept;
  ~OutputFile();

  const std::string &path() const { return finalPath; }

  /// Allocates `size` bytes on the disk now, so that a disk too small for the
  /// whole file is reported before the work starts, and sets the file's size.
  /// On file systems without allocation only the size is set.
  Status reserve(uint64_t size);

  /// Writes all of `data` at `offset`. Safe from several threads at once.
  Status write(uint64_t offset, std::span<const std::byte> data);

  /// Closes the file and renames it into place. Nothing may be written after.
  Status commit();

private:
  OutputFile(std::string path, std::string temporary, int descriptor)
      : finalPath(std::move(path)), temporaryPath(std::move(temporary)),
        descriptor(descriptor) {}
  void discard();

  std::string finalPath;
  std::string temporaryPath;
  int descriptor = -1;
};

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_OUTPUTFILE_H
