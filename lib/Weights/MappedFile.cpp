//===- MappedFile.cpp - A file mapped for reading -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/MappedFile.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace lowbit::weights;

Result<MappedFile> MappedFile::open(const std::string &path) {
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno == ENOENT)
      return fileError(path, "no such file; check the path");
    return fileError(path, std::string("cannot be read: ") + strerror(errno) +
                               "; check its permissions");
  }
  // The mapping outlives the descriptor, so large sets need few descriptors.
  struct Closer {
    int descriptor;
    ~Closer() { ::close(descriptor); }
  } closer{descriptor};

  struct stat info;
  if (::fstat(descriptor, &info) != 0)
    return fileError(path, std::string("cannot be read: ") + strerror(errno));
  if (S_ISDIR(info.st_mode))
    return fileError(path, "is a directory; name the file inside it");
  if (!S_ISREG(info.st_mode))
    return fileError(path, "is not a regular file, so it cannot be mapped; "
                           "copy it to a file first");
  size_t size = static_cast<size_t>(info.st_size);
  if (size == 0)
    return MappedFile(path, {});
  void *base =
      ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, /*offset=*/0);
  if (base == MAP_FAILED)
    return fileError(path, std::string("cannot be mapped: ") + strerror(errno));
  return MappedFile(path, {static_cast<const std::byte *>(base), size});
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : filePath(std::move(other.filePath)),
      mapping(std::exchange(other.mapping, {})) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(filePath, other.filePath);
  std::swap(mapping, other.mapping);
  return *this;
}

MappedFile::~MappedFile() {
  if (!mapping.empty())
    ::munmap(const_cast<std::byte *>(mapping.data()), mapping.size());
}

void MappedFile::release(std::span<const std::byte> part) const {
  if (part.empty())
    return;
  assert(part.data() >= mapping.data() &&
         part.data() + part.size() <= mapping.data() + mapping.size() &&
         "released bytes must lie in the mapping");
  // One fault maps the aligned 64 KiB window around it (fault_around_bytes).
  // Windows are aligned by address, and the mapping by page, so clamp.
  constexpr uintptr_t window = 64 * 1024;
  uintptr_t base = reinterpret_cast<uintptr_t>(mapping.data());
  uintptr_t begin = reinterpret_cast<uintptr_t>(part.data());
  uintptr_t end = begin + part.size();
  begin = std::max(base, begin / window * window);
  end = std::min(base + mapping.size(), (end + window - 1) / window * window);
  (void)::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}
