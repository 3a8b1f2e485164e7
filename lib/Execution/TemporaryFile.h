//===- TemporaryFile.h - A file that goes with its owner --------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_TEMPORARYFILE_H
#define LOWBIT_EXECUTION_TEMPORARYFILE_H

#include "llvm/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Signals.h"

#include <string>

namespace lowbit {

/// A name in the directory for temporary files that is removed on destruction.
/// What was mapped stays mapped.
class TemporaryFile {
public:
  TemporaryFile() = default;
  TemporaryFile(TemporaryFile &&other) : path(std::exchange(other.path, {})) {}
  TemporaryFile &operator=(TemporaryFile &&other) {
    std::swap(path, other.path);
    return *this;
  }
  ~TemporaryFile() {
    if (path.empty())
      return;
    llvm::sys::fs::remove(path);
    llvm::sys::DontRemoveFileOnSignal(path);
  }

  /// `what` is what it will hold, in the words of an error.
  static llvm::Expected<TemporaryFile>
  create(const char *what, llvm::StringRef suffix = "safetensors") {
    llvm::SmallString<128> name;
    if (std::error_code code =
            llvm::sys::fs::createTemporaryFile("lowbit", suffix, name))
      return llvm::createStringError(
          code,
          "cannot create a temporary file for %s (TMPDIR chooses the "
          "directory)",
          what);
    TemporaryFile file;
    file.path = name.str().str();
    // It may be as large as the model: an interrupt must not leave it behind.
    llvm::sys::RemoveFileOnSignal(file.path);
    return file;
  }

  const std::string &getPath() const { return path; }

private:
  std::string path;
};

} // namespace lowbit

#endif // LOWBIT_EXECUTION_TEMPORARYFILE_H
