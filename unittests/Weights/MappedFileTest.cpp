//===- MappedFileTest.cpp - Mapping files ---------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/MappedFile.h"
#include "TestFiles.h"

#include <cstdio>
#include <fcntl.h>
#include <sys/wait.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class MappedFileTest : public WithFiles {};

/// Resident bytes of this process; 0 where the system does not tell. Allocates
/// nothing: freed memory stays resident under the address sanitizer.
uint64_t resident() {
  int descriptor = ::open("/proc/self/statm", O_RDONLY);
  if (descriptor < 0)
    return 0;
  char text[128] = {};
  ssize_t length = ::read(descriptor, text, sizeof(text) - 1);
  ::close(descriptor);
  unsigned long long pages = 0;
  if (length <= 0 || ::sscanf(text, "%*u %llu", &pages) != 1)
    return 0;
  return pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

/// Touches every page.
unsigned touch(std::span<const std::byte> bytes) {
  unsigned sum = 0;
  for (size_t i = 0; i < bytes.size(); i += 4096)
    sum += std::to_integer<unsigned>(bytes[i]);
  return sum;
}
} // namespace

TEST_F(MappedFileTest, MapsTheBytes) {
  Result<MappedFile> mapped = MappedFile::open(file("a", "hello"));
  ASSERT_TRUE(mapped.ok());
  EXPECT_EQ(text(mapped->bytes()), "hello");
  EXPECT_EQ(mapped->path(), path("a"));
}

TEST_F(MappedFileTest, EmptyFileHasNoBytes) {
  Result<MappedFile> mapped = MappedFile::open(file("a", ""));
  ASSERT_TRUE(mapped.ok());
  EXPECT_TRUE(mapped->bytes().empty());
  mapped->release(mapped->bytes());
}

TEST_F(MappedFileTest, MovesKeepTheMapping) {
  Result<MappedFile> first = MappedFile::open(file("a", "first"));
  Result<MappedFile> second = MappedFile::open(file("b", "second"));
  ASSERT_TRUE(first.ok() && second.ok());
  MappedFile moved = std::move(*first);
  EXPECT_EQ(text(moved.bytes()), "first");
  moved = std::move(*second);
  EXPECT_EQ(text(moved.bytes()), "second");
}

TEST_F(MappedFileTest, KeepsTheOldFileWhenReplaced) {
  Result<MappedFile> mapped = MappedFile::open(file("a", "old"));
  ASSERT_TRUE(mapped.ok());
  std::filesystem::rename(file("b", "new"), path("a"));
  EXPECT_EQ(text(mapped->bytes()), "old");
}

TEST_F(MappedFileTest, RejectsAbsentFile) {
  EXPECT_TRUE(
      failsWith(MappedFile::open(path("a")), path("a"), "no such file"));
}

TEST_F(MappedFileTest, RejectsDirectory) {
  EXPECT_TRUE(
      failsWith(MappedFile::open(directory), directory, "is a directory"));
}

TEST_F(MappedFileTest, RejectsFifoWithoutWaiting) {
  ASSERT_EQ(::mkfifo(path("a").c_str(), 0600), 0);
  EXPECT_TRUE(
      failsWith(MappedFile::open(path("a")), path("a"), "not a regular file"));
}

TEST_F(MappedFileTest, RejectsUnreadableFile) {
  std::string locked = file("a", "secret");
  ASSERT_EQ(::chmod(directory.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(locked.c_str(), 0), 0);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    // Permissions do not hold for root.
    if (::geteuid() == 0 && ::setuid(65534) != 0)
      ::_exit(77);
    ::_exit(failsWith(MappedFile::open(locked), locked, "check its permissions")
                ? 0
                : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == 77)
    GTEST_SKIP() << "cannot become a user without rights";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(MappedFileTest, ReleaseGivesPagesBack) {
  constexpr size_t size = 32 << 20;
  Result<MappedFile> mapped =
      MappedFile::open(file("a", std::string(size, 'x')));
  ASSERT_TRUE(mapped.ok());
  uint64_t before = resident();
  if (before == 0)
    GTEST_SKIP() << "no /proc/self/statm";
  unsigned sum = touch(mapped->bytes());
  uint64_t touched = resident();
  ASSERT_GE(touched, before + size / 4 * 3);
  mapped->release(mapped->bytes());
  EXPECT_LT(resident(), before + size / 8);
  // The bytes are still there.
  EXPECT_EQ(touch(mapped->bytes()), sum);
}

TEST_F(MappedFileTest, ReleasingPiecesGivesAllPagesBack) {
  constexpr size_t size = 32 << 20;
  constexpr size_t piece = 1021; // never ends at a page
  Result<MappedFile> mapped =
      MappedFile::open(file("a", std::string(size, 'x')));
  ASSERT_TRUE(mapped.ok());
  uint64_t before = resident();
  if (before == 0)
    GTEST_SKIP() << "no /proc/self/statm";
  uint64_t most = before;
  for (size_t at = 0; at < size; at += piece) {
    std::span<const std::byte> part =
        mapped->bytes().subspan(at, std::min(piece, size - at));
    touch(part);
    mapped->release(part);
    if (at % (64 * piece) == 0)
      most = std::max(most, resident());
  }
  EXPECT_LT(most, before + size / 8);
}
