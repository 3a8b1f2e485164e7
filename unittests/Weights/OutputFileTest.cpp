//===- OutputFileTest.cpp - Files that appear whole or not at all ---------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions.
// See the LICENSE file for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/OutputFile.h"
#include "TestFiles.h"

#include <csignal>
#include <functional>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class OutputFileTest : public WithFiles {};

constexpr int skipped = 77;

/// Runs `body` in a child process and returns its exit status.
int inChild(const std::function<int()> &body) {
  pid_t child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status))
    return -1;
  return WEXITSTATUS(status);
}

/// Files of this process end at `bytes`, without a signal.
void limitFiles(uint64_t bytes) {
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{bytes, bytes};
  ::setrlimit(RLIMIT_FSIZE, &limit);
}

/// Mounts a disk of 64 KiB that only this process sees, where the system lets
/// us have one. Whoever is not root becomes root of a namespace first.
bool mountSmallDisk(const std::string &directory) {
  std::string map = "0 " + std::to_string(::geteuid()) + " 1";
  if (::geteuid() != 0) {
    if (::unshare(CLONE_NEWUSER) != 0)
      return false;
    std::ofstream("/proc/self/uid_map") << map;
  }
  return ::unshare(CLONE_NEWNS) == 0 &&
         ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("none", directory.c_str(), "tmpfs", 0, "size=64k,mode=777") ==
             0;
}
} // namespace

TEST_F(OutputFileTest, AppearsOnCommit) {
  Result<OutputFile> out = OutputFile::create(path("a"));
  ASSERT_TRUE(out.ok());
  ASSERT_TRUE(out->write(0, raw("hello")).ok());
  EXPECT_EQ(names(),
            (std::vector<std::string>{"a.tmp-" + std::to_string(::getpid())}));
  ASSERT_TRUE(out->commit().ok());
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
  EXPECT_EQ(contents(path("a")), "hello");
}

TEST_F(OutputFileTest, ReplacesOnCommit) {
  file("a", "something longer");
  Result<OutputFile> out = OutputFile::create(path("a"));
  ASSERT_TRUE(out.ok());
  ASSERT_TRUE(out->write(0, raw("new")).ok());
  EXPECT_EQ(contents(path("a")), "something longer");
  ASSERT_TRUE(out->commit().ok());
  EXPECT_EQ(contents(path("a")), "new");
}

TEST_F(OutputFileTest, VanishesWithoutCommit) {
  file("a", "old");
  {
    Result<OutputFile> out = OutputFile::create(path("a"));
    ASSERT_TRUE(out.ok());
    ASSERT_TRUE(out->write(0, raw("new")).ok());
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
  EXPECT_EQ(contents(path("a")), "old");
}

TEST_F(OutputFileTest, WritesAtOffsets) {
  Result<OutputFile> out = OutputFile::create(path("a"));
  ASSERT_TRUE(out.ok());
  ASSERT_TRUE(out->write(3, raw("def")).ok());
  ASSERT_TRUE(out->write(0, raw("abc")).ok());
  ASSERT_TRUE(out->commit().ok());
  EXPECT_EQ(contents(path("a")), "abcdef");
}

TEST_F(OutputFileTest, ReserveSetsTheSize) {
  Result<OutputFile> out = OutputFile::create(path("a"));
  ASSERT_TRUE(out.ok());
  ASSERT_TRUE(out->reserve(0).ok());
  ASSERT_TRUE(out->reserve(1000).ok());
  ASSERT_TRUE(out->commit().ok());
  EXPECT_EQ(contents(path("a")), std::string(1000, '\0'));
}

TEST_F(OutputFileTest, TwoWritersOfOnePathDoNotMeet) {
  Result<OutputFile> first = OutputFile::create(path("a"));
  Result<OutputFile> second = OutputFile::create(path("a"));
  ASSERT_TRUE(first.ok() && second.ok());
  ASSERT_TRUE(first->write(0, raw("first")).ok());
  ASSERT_TRUE(second->write(0, raw("second")).ok());
  ASSERT_TRUE(first->commit().ok());
  EXPECT_EQ(contents(path("a")), "first");
  ASSERT_TRUE(second->commit().ok());
  EXPECT_EQ(contents(path("a")), "second");
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
}

TEST_F(OutputFileTest, MovesKeepTheFile) {
  Result<OutputFile> first = OutputFile::create(path("a"));
  Result<OutputFile> second = OutputFile::create(path("b"));
  ASSERT_TRUE(first.ok() && second.ok());
  {
    OutputFile moved = std::move(*first);
    moved = std::move(*second);
    ASSERT_TRUE(moved.commit().ok());
  }
  EXPECT_TRUE(std::filesystem::exists(path("b")));
  EXPECT_FALSE(std::filesystem::exists(path("a")));
}

TEST_F(OutputFileTest, RejectsAbsentDirectory) {
  std::string target = path("none/a");
  EXPECT_TRUE(failsWith(OutputFile::create(target), target,
                        "its directory does not exist"));
}

TEST_F(OutputFileTest, RejectsDirectory) {
  EXPECT_TRUE(
      failsWith(OutputFile::create(directory), directory, "is a directory"));
}

TEST_F(OutputFileTest, RejectsDevice) {
  EXPECT_TRUE(failsWith(OutputFile::create("/dev/null"), "/dev/null",
                        "not a regular file"));
}

TEST_F(OutputFileTest, RejectsTooManyLeftovers) {
  std::string stem = "a.tmp-" + std::to_string(::getpid());
  file(stem, "");
  for (int i = 1; i < 100; ++i)
    file(stem + "-" + std::to_string(i), "");
  EXPECT_TRUE(failsWith(OutputFile::create(path("a")), path("a"),
                        "remove the old temporary files"));
}

TEST_F(OutputFileTest, RejectsUnwritableDirectory) {
  ASSERT_EQ(::chmod(directory.c_str(), 0555), 0);
  int status = inChild([&] {
    // Permissions do not hold for root.
    if (::geteuid() == 0 && ::setuid(65534) != 0)
      return skipped;
    return failsWith(OutputFile::create(path("a")), path("a"),
                     "check the permissions of its directory")
               ? 0
               : 1;
  });
  ::chmod(directory.c_str(), 0755);
  if (status == skipped)
    GTEST_SKIP() << "cannot become a user without rights";
  EXPECT_EQ(status, 0);
}

TEST_F(OutputFileTest, ShortWriteIsReported) {
  int status = inChild([&] {
    limitFiles(1000);
    Result<OutputFile> out = OutputFile::create(path("a"));
    return out.ok() && failsWith(out->write(0, raw(std::string(5000, 'x'))),
                                 path("a"), "File too large; raise the limit")
               ? 0
               : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(OutputFileTest, ReserveReportsWhatIsNeeded) {
  int status = inChild([&] {
    limitFiles(1000);
    Result<OutputFile> out = OutputFile::create(path("a"));
    return out.ok() && failsWith(out->reserve(5000), path("a"),
                                 "(it needs 5000 bytes)")
               ? 0
               : 1;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(OutputFileTest, FullDiskIsReported) {
  int status = inChild([&] {
    if (!mountSmallDisk(directory))
      return skipped;
    std::string big(100'000, 'x');
    std::string advice = "No space left on device; free some space";
    {
      Result<OutputFile> out = OutputFile::create(path("a"));
      if (!out.ok() || !failsWith(out->write(0, raw(big)), path("a"), advice))
        return 1;
    }
    if (!names().empty())
      return 2;
    Result<OutputFile> out = OutputFile::create(path("a"));
    return out.ok() && failsWith(out->reserve(100'000), path("a"),
                                 "No space left on device (it needs 100000 "
                                 "bytes); free some space")
               ? 0
               : 3;
  });
  if (status == skipped)
    GTEST_SKIP() << "cannot mount a small disk";
  EXPECT_EQ(status, 0);
}

TEST_F(OutputFileTest, FailedRenameLeavesNothing) {
  Result<OutputFile> out = OutputFile::create(path("a"));
  ASSERT_TRUE(out.ok());
  ASSERT_EQ(::mkdir(path("a").c_str(), 0755), 0);
  EXPECT_TRUE(failsWith(out->commit(), path("a"), "cannot be written"));
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
}
