//===- OutputFile.cpp - A file that appears whole or not at all -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/OutputFile.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <vector>

using namespace lowbit::weights;

static std::string directoryOf(const std::string &path) {
  std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

static Error writeError(const std::string &path, int code,
                        const std::string &detail = "") {
  if (code == ENOENT || code == ENOTDIR)
    return fileError(path, "cannot be written: its directory does not exist; "
                           "create it first");
  const char *advice = "";
  if (code == ENOSPC || code == EDQUOT)
    advice = "; free some space or write to another disk";
  else if (code == EFBIG)
    advice = "; raise the limit on file sizes (ulimit -f)";
  else if (code == ENAMETOOLONG)
    advice = "; choose a shorter name";
  else if (code == EACCES || code == EPERM || code == EROFS)
    advice = "; check the permissions of its directory";
  return fileError(path, std::string("cannot be written: ") + strerror(code) +
                             detail + advice);
}

static std::string linkOf(int descriptor) {
  return "/proc/self/fd/" + std::to_string(descriptor);
}

/// Whether `path` is in /proc, whose links stand for open files, not for names.
static bool isInProc(const std::string &path) {
  struct statfs info;
  return ::statfs(directoryOf(path).c_str(), &info) == 0 &&
         info.f_type == PROC_SUPER_MAGIC;
}

/// Calls `make` with `.lowbit-<pid>`, then with a number behind, until it makes
/// a file. The name is short whatever the file is called. A second writer in
/// this process, or a file left by a killed process of the same number, must be
/// neither shared nor destroyed. Returns the name.
template <typename Make>
static Result<std::string> makeTemporary(const std::string &path,
                                         const std::string &target, Make make) {
  std::string stem =
      directoryOf(target) + "/.lowbit-" + std::to_string(::getpid());
  for (unsigned attempt = 0; attempt < 1000; ++attempt) {
    std::string name = attempt ? stem + "-" + std::to_string(attempt) : stem;
    if (make(name.c_str()))
      return name;
    int code = errno;
    if (code == EEXIST)
      continue;
    // Some directories that exist, as /proc, have no place for new files.
    std::error_code ignored;
    if (code == ENOENT &&
        std::filesystem::is_directory(directoryOf(target), ignored))
      return fileError(path, "cannot be written: its directory takes no files; "
                             "name another");
    return writeError(path, code);
  }
  return fileError(path, "cannot be written: remove the old temporary files " +
                             stem + "*");
}

/// Writes all of `data` at `offset`, or where a device stands without one.
static Status writeAll(int descriptor, const std::string &path,
                       std::span<const std::byte> data,
                       std::optional<uint64_t> offset) {
  // Linux writes at most 2^31 - 4096 bytes at a time in any case.
  constexpr size_t largest = size_t(1) << 30;
  while (!data.empty()) {
    size_t size = std::min(data.size(), largest);
    ssize_t written = offset ? ::pwrite(descriptor, data.data(), size,
                                        static_cast<off_t>(*offset))
                             : ::write(descriptor, data.data(), size);
    if (written < 0) {
      if (errno == EINTR)
        continue;
      return writeError(path, errno);
    }
    // A file that takes nothing and reports nothing is out of space.
    if (written == 0)
      return writeError(path, ENOSPC);
    data = data.subspan(static_cast<size_t>(written));
    if (offset)
      *offset += static_cast<uint64_t>(written);
  }
  return {};
}

Result<OutputFile> OutputFile::create(const std::string &path,
                                      Scratch scratch) {
  struct stat info;
  bool exists = ::stat(path.c_str(), &info) == 0;
  if (!exists && (errno != ENOENT || path.empty()))
    return writeError(path, errno);
  if (exists && S_ISDIR(info.st_mode))
    return fileError(path, "is a directory; name a file inside it");

  bool replaced = !exists || S_ISREG(info.st_mode);
  std::filesystem::path target = path;
  std::error_code notALink;
  // stat has found every loop.
  while (replaced) {
    std::filesystem::path next =
        std::filesystem::read_symlink(target, notALink);
    if (notALink)
      break;
    replaced = !isInProc(target);
    target = target.parent_path() / next;
  }

  OutputFile file(path, target);
  if (!replaced)
    if (Status status = file.openDevice(); !status)
      return status.takeError();
  if (Status status = file.openScratch(scratch); !status)
    return status.takeError();
  // Not the bits that lend the owner's rights; and some file systems have no
  // modes to keep.
  if (exists && replaced)
    (void)::fchmod(file.descriptor, info.st_mode & 0777);
  return file;
}

/// Opens what receives the bytes; a FIFO waits here for its reader.
Status OutputFile::openDevice() {
  do {
    device = ::open(shownPath.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
  } while (device < 0 && errno == EINTR);
  if (device < 0)
    return fileError(shownPath,
                     std::string("cannot be written: ") + strerror(errno));
  // Its own directory may be /dev, where no bytes can be kept.
  std::error_code none;
  std::filesystem::path directory = std::filesystem::temp_directory_path(none);
  target = (none ? "/tmp" : directory) / "device";
  return {};
}

Status OutputFile::openScratch(Scratch scratch) {
  if (scratch == Scratch::Nameless) {
    descriptor = ::open(directoryOf(target).c_str(),
                        O_RDWR | O_TMPFILE | O_CLOEXEC, 0666);
    // Only /proc gives it a name later. Errors of any kind are found again, and
    // told, where the file has a name.
    if (descriptor >= 0 && ::access(linkOf(descriptor).c_str(), F_OK) == 0)
      return {};
    if (descriptor >= 0)
      ::close(std::exchange(descriptor, -1));
  }
  Result<std::string> name =
      makeTemporary(shownPath, target, [&](const char *name) {
        descriptor = ::open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        return descriptor >= 0;
      });
  if (!name)
    return name.takeError();
  temporary = std::move(*name);
  return {};
}

bool lowbit::weights::replaces(const std::string &output,
                               const std::string &path) {
  if (output.empty() || path.empty())
    return false;
  struct stat first, second;
  bool exists = ::stat(output.c_str(), &first) == 0;
  if (exists && ::stat(path.c_str(), &second) == 0)
    return S_ISREG(first.st_mode) && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
  if (exists)
    return false;
  // A file that two options will make.
  std::error_code none;
  std::filesystem::path target =
      std::filesystem::weakly_canonical(output, none);
  if (none)
    return false;
  std::filesystem::path other = std::filesystem::weakly_canonical(path, none);
  return !none && target == other;
}

OutputFile::OutputFile(OutputFile &&other) noexcept
    : shownPath(std::move(other.shownPath)), target(std::move(other.target)),
      temporary(std::move(other.temporary)),
      descriptor(std::exchange(other.descriptor, -1)),
      device(std::exchange(other.device, -1)) {}

OutputFile &OutputFile::operator=(OutputFile &&other) noexcept {
  std::swap(shownPath, other.shownPath);
  std::swap(target, other.target);
  std::swap(temporary, other.temporary);
  std::swap(descriptor, other.descriptor);
  std::swap(device, other.device);
  return *this;
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() {
  if (descriptor >= 0) {
    ::close(std::exchange(descriptor, -1));
    if (!temporary.empty())
      ::unlink(temporary.c_str());
  }
  if (device >= 0)
    ::close(std::exchange(device, -1));
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
    return writeError(shownPath, errno,
                      " (it needs " + std::to_string(size) + " bytes)");
  if (::ftruncate(descriptor, static_cast<off_t>(size)) != 0)
    return writeError(shownPath, errno);
  return {};
}

Status OutputFile::write(uint64_t offset, std::span<const std::byte> data) {
  assert(descriptor >= 0 && "the file is committed");
  return writeAll(descriptor, shownPath, data, offset);
}

Status OutputFile::commit() {
  assert(descriptor >= 0 && "the file is committed");
  Status status = device >= 0 ? copyToDevice() : replaceTarget();
  discard();
  return status;
}

Status OutputFile::copyToDevice() {
  // A file behind /dev/stdout ends where the new bytes do.
  struct stat info;
  if (::fstat(device, &info) == 0 && S_ISREG(info.st_mode) &&
      ::ftruncate(device, 0) != 0)
    return writeError(shownPath, errno);
  std::vector<std::byte> piece(size_t(1) << 20);
  for (off_t offset = 0;;) {
    ssize_t size = ::pread(descriptor, piece.data(), piece.size(), offset);
    if (size < 0 && errno == EINTR)
      continue;
    if (size < 0)
      return writeError(shownPath, errno);
    if (size == 0)
      return {};
    if (Status status = writeAll(
            device, shownPath,
            std::span(piece).first(static_cast<size_t>(size)), std::nullopt);
        !status)
      return status;
    offset += size;
  }
}

Status OutputFile::replaceTarget() {
  if (temporary.empty()) {
    Result<std::string> name =
        makeTemporary(shownPath, target, [&](const char *name) {
          return ::linkat(AT_FDCWD, linkOf(descriptor).c_str(), AT_FDCWD, name,
                          AT_SYMLINK_FOLLOW) == 0;
        });
    if (!name)
      return name.takeError();
    temporary = std::move(*name);
  }
  // Network file systems report a full disk only here. The descriptor is gone
  // even if close fails.
  int closed = ::close(std::exchange(descriptor, -1));
  if (closed == 0 && ::rename(temporary.c_str(), target.c_str()) == 0)
    return {};
  int code = errno;
  ::unlink(temporary.c_str());
  return writeError(shownPath, code);
}
