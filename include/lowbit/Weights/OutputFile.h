//===- OutputFile.h - A file that appears whole or not at all ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
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

/// Writes a file without a name in the directory of `path` and puts it in place
/// on commit, so that a reader never sees half a file, a failed run leaves what
/// was there before, and a killed one leaves nothing. Where the file system has
/// no such files (NFS, some FUSE), the file has the name `.lowbit-<pid>` until
/// commit; a kill leaves that behind, all else removes it.
///
/// A link is followed: the file that it names is replaced, or made. What is
/// replaced keeps its mode. Devices, pipes and what a link in /proc stands for
/// (such as /dev/stdout) are not replaced: they receive the bytes on commit.
class OutputFile {
public:
  /// How the bytes are kept until commit. Named is what Nameless falls back to.
  enum class Scratch { Nameless, Named };

  /// Fails if the directory is absent or not writable, or if `path` is a
  /// directory.
  static Result<OutputFile> create(const std::string &path,
                                   Scratch scratch = Scratch::Nameless);

  OutputFile(OutputFile &&other) noexcept;
  OutputFile &operator=(OutputFile &&other) noexcept;
  ~OutputFile();

  const std::string &path() const { return shownPath; }

  /// Allocates `size` bytes on the disk now, so that a disk too small for the
  /// whole file is reported before the work starts, and sets the file's size.
  /// On file systems without allocation only the size is set.
  Status reserve(uint64_t size);

  /// Writes all of `data` at `offset`. Safe from several threads at once.
  Status write(uint64_t offset, std::span<const std::byte> data);

  /// Puts the file in place and closes it. Nothing may be written after.
  Status commit();

private:
  OutputFile(std::string path, std::string target)
      : shownPath(std::move(path)), target(std::move(target)) {}
  Status openScratch(Scratch scratch);
  Status openDevice();
  Status copyToDevice();
  Status replaceTarget();
  void discard();

  std::string shownPath; // as the user wrote it
  std::string target;    // the same without links
  std::string temporary; // the scratch file's name, if it has one
  int descriptor = -1;   // of the scratch file
  int device = -1;       // what receives the bytes, if nothing is replaced
};

/// Whether a file written to `output` would take the place of `path`: the two
/// are one file, by whatever names and links, or will be. Devices, which are
/// not replaced, never are.
bool replaces(const std::string &output, const std::string &path);

} // namespace lowbit::weights

#endif // LOWBIT_WEIGHTS_OUTPUTFILE_H
