//===- OutputFile.cpp - A file that appears whole or not at all -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/OutputFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lowbit::weights;

static Error writeError(const std::string &path, int code,
                        const std::string &detail = "") {
  const char *advice = "";
  if (code == ENOSPC || code == EDQUOT)
    advice = "; free some space or write to another disk";
  else if (code == EFBIG)
    advice = "; raise the limit on file sizes (ulimit -f)";
  return fileError(path, std::string("cannot be written: ") + strerror(code) +
                             detail + advice);
}

Result<OutputFile> OutputFile::create(const std::string &path) {
  struct stat info;
  if (::stat(path.c_str(), &info) == 0 && !S_ISREG(info.st_mode))
    return fileError(path, S_ISDIR(info.st_mode)
                               ? "is a directory; name a file inside it"
                               : "exists and is not a regular file; name "
                                 "another file to write");
  // A second writer of the same path in this process, or a file left by a
  // killed process of the same number, must be neither shared nor destroyed.
  std::string stem = path + ".tmp-" + std::to_string(::getpid());
  for (unsigned attempt = 0; attempt < 100; ++attempt) {
    std::string temporary =
        attempt ? stem + "-" + std::to_string(attempt) : stem;
    int descriptor = ::open(temporary.c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor >= 0)
      return OutputFile(path, std::move(temporary), descriptor);
    if (errno == ENOENT || errno == ENOTDIR) {
      // Some directories that exist, as /proc, have no place for new files.
      std::string directory = path.substr(0, path.rfind('/') + 1);
      if (::stat((directory + ".").c_str(), &info) == 0)
        return fileError(path, "cannot be written: its directory takes no "
                               "files; name another");
      return fileError(path, "cannot be written: its directory does not exist; "
                             "create it first");
    }
    if (errno != EEXIST)
      return fileError(path, std::string("cannot be written: ") +
                                 strerror(errno) +
                                 "; check the permissions of its directory");
  }
  return fileError(path, "cannot be written: remove the old temporary files " +
                             stem + "*");
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : finalPath(std::move(other.finalPath)),
      temporaryPath(std::move(other.temporaryPath)),
      descriptor(std::exchange(other.descriptor, -1)) {}

OutputFile &OutputFile::operator=(OutputFile &&other) noexcept {
  std::swap(finalPath, other.finalPath);
  std::swap(temporaryPath, other.temporaryPath);
  std::swap(descriptor, other.descriptor);
  return *this;
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (descriptor < 0)
    return;
  ::close(std::exchange(descriptor, -1));
  ::unlink(temporaryPath.c_str());
}

Status OutputFile::reserve(uint64_t size) {
  assert(descriptor >= 0 && "the file is committed");
  if (size == 0)
    return {};
  // Not posix_fallocate: where the file system cannot allocate, that writes to
  // every block, which doubles the work for no gain.
  int result;
  do {
    result = ::fallocate(descriptor, /*mode=*/0, 0, static_cast<off_t>(size));
  } while (result != 0 && errno == EINTR);
  if (result == 0)
    return {};
  if (errno != EOPNOTSUPP && errno != ENOSYS)
    return writeError(finalPath, errno,
                      " (it needs " + std::to_string(size) + " bytes)");
  if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0)
    return writeError(finalPath, errno);
  return {};
}

Status OutputFile::write(uint64_t offset, std::span<const std::byte> data) {
  assert(descriptor >= 0 && "the file is committed");
  // Linux writes at most 2^31 - 4096 bytes at a time in any case.
  constexpr size_t largest = size_t(1) << 30;
  while (!data.empty()) {
    ssize_t written =
        ::pwrite(descriptor, data.data(), std::min(data.size(), largest),
                 static_cast<off_t>(offset));
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return writeError(finalPath, errno);
    }
    // A regular file that takes nothing and reports nothing is out of space.
    if (written == 0)
      return writeError(finalPath, ENOSPC);
    data = data.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
  return {};
}

Status OutputFile::commit() {
  assert(descriptor >= 0 && "the file is committed");
  // Network file systems report a full disk only here. The descriptor is gone
  // even if close fails.
  int closed = ::close(std::exchange(descriptor, -1));
  if (closed == 0 && ::rename(temporaryPath.c_str(), finalPath.c_str()) == 0)
    return {};
  int code = errno;
  ::unlink(temporaryPath.c_str());
  return writeError(finalPath, code);
}
