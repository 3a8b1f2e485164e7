//===- OutputFileTest.cpp - Files that appear whole or not at all ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/OutputFile.h"
#include "TestFiles.h"

#include <csignal>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class OutputFileTest : public WithFiles {};

constexpr OutputFile::Scratch scratches[] = {OutputFile::Scratch::Nameless,
                                             OutputFile::Scratch::Named};

/// The name of the `number`th file without a final name.
std::string temporary(int number = 0) {
  std::string name = ".lowbit-" + std::to_string(::getpid());
  return number ? name + "-" + std::to_string(number) : name;
}

/// Writes `bytes` through a whole life of an OutputFile.
Status put(const std::string &path, std::string_view bytes) {
  Result<OutputFile> out = OutputFile::create(path);
  if (!out)
    return out.takeError();
  if (Status status = out->write(0, raw(bytes)); !status)
    return status;
  return out->commit();
}

mode_t modeOf(const std::string &path) {
  struct stat info = {};
  EXPECT_EQ(::stat(path.c_str(), &info), 0);
  return info.st_mode & 07777;
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
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> out = OutputFile::create(path("a"), scratch);
    ASSERT_TRUE(out.ok());
    ASSERT_TRUE(out->write(0, raw("hello")).ok());
    EXPECT_FALSE(std::filesystem::exists(path("a")));
    if (scratch == OutputFile::Scratch::Named)
      EXPECT_EQ(names(), (std::vector<std::string>{temporary()}));
    ASSERT_TRUE(out->commit().ok());
    EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
    EXPECT_EQ(contents(path("a")), "hello");
    std::filesystem::remove(path("a"));
  }
}

// Ctrl-C, or the kernel that needs memory: nothing can be removed any more.
TEST_F(OutputFileTest, KilledWriterLeavesNothing) {
  int probe = ::open(directory.c_str(), O_RDWR | O_TMPFILE, 0600);
  if (probe < 0)
    GTEST_SKIP() << "no files without a name in " << directory;
  ::close(probe);
  pid_t child = ::fork();
  if (child == 0) {
    Result<OutputFile> out = OutputFile::create(path("a"));
    if (out.ok() && out->reserve(1000).ok() && out->write(0, raw("half")).ok())
      ::raise(SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(names().empty());
}

TEST_F(OutputFileTest, TakesTheLongestNames) {
  std::string name(255, 'n');
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> out = OutputFile::create(path(name), scratch);
    ASSERT_TRUE(out.ok()) << out.message();
    ASSERT_TRUE(out->commit().ok());
    EXPECT_EQ(names(), (std::vector<std::string>{name}));
  }
  EXPECT_TRUE(failsWith(OutputFile::create(path(name + "n")), path(name + "n"),
                        "File name too long; choose a shorter name"));
}

TEST_F(OutputFileTest, KeepsTheMode) {
  for (mode_t mode : {0600, 0640, 0444, 0755}) {
    ASSERT_EQ(::chmod(file("a", "old").c_str(), mode), 0);
    ASSERT_TRUE(put(path("a"), "new").ok());
    EXPECT_EQ(modeOf(path("a")), mode);
    EXPECT_EQ(contents(path("a")), "new");
  }
  // The rights of the owner are not lent to what another program wrote.
  ASSERT_EQ(::chmod(file("a", "old").c_str(), 04755), 0);
  ASSERT_TRUE(put(path("a"), "new").ok());
  EXPECT_EQ(modeOf(path("a")), 0755u);
  // A new file has the mode that the user asks for.
  mode_t old = ::umask(027);
  EXPECT_TRUE(put(path("b"), "new").ok());
  ::umask(old);
  EXPECT_EQ(modeOf(path("b")), 0640u);
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
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> out = OutputFile::create(path("a"), scratch);
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
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> first = OutputFile::create(path("a"), scratch);
    Result<OutputFile> second = OutputFile::create(path("a"), scratch);
    ASSERT_TRUE(first.ok() && second.ok());
    ASSERT_TRUE(first->write(0, raw("first")).ok());
    ASSERT_TRUE(second->write(0, raw("second")).ok());
    ASSERT_TRUE(first->commit().ok());
    EXPECT_EQ(contents(path("a")), "first");
    ASSERT_TRUE(second->commit().ok());
    EXPECT_EQ(contents(path("a")), "second");
    EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
  }
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

TEST_F(OutputFileTest, RejectsNoName) {
  EXPECT_TRUE(failsWith(OutputFile::create(""), "", "cannot be written"));
}

TEST_F(OutputFileTest, FollowsLinks) {
  ASSERT_EQ(::mkdir(path("there").c_str(), 0755), 0);
  ASSERT_EQ(::mkdir(path("here").c_str(), 0755), 0);
  file("there/old", "old");
  const std::pair<const char *, std::string> links[] = {
      {"here/absolute", path("there/old")},
      {"here/relative", "../there/old"},
      {"here/twice", "relative"},
      {"here/dangling", "../there/new"},
      {"here/danglingTwice", path("here/dangling")},
  };
  for (const auto &[link, to] : links)
    ASSERT_EQ(::symlink(to.c_str(), path(link).c_str()), 0);
  for (const auto &[link, to] : links) {
    bool dangling = std::string_view(link).starts_with("here/dangling");
    std::string target = path(dangling ? "there/new" : "there/old");
    for (OutputFile::Scratch scratch : scratches) {
      std::filesystem::remove(path("there/new"));
      Result<OutputFile> out = OutputFile::create(path(link), scratch);
      ASSERT_TRUE(out.ok()) << out.message();
      EXPECT_EQ(out->path(), path(link));
      ASSERT_TRUE(out->write(0, raw(link)).ok());
      ASSERT_TRUE(out->commit().ok());
      EXPECT_EQ(std::filesystem::read_symlink(path(link)), to);
      EXPECT_FALSE(std::filesystem::is_symlink(target)) << link;
      EXPECT_EQ(contents(target), link);
    }
  }
}

TEST_F(OutputFileTest, RejectsLinks) {
  ASSERT_EQ(::symlink("none/a", path("lost").c_str()), 0);
  EXPECT_TRUE(failsWith(OutputFile::create(path("lost")), path("lost"),
                        "its directory does not exist"));
  ASSERT_EQ(::symlink("loop", path("loop").c_str()), 0);
  EXPECT_TRUE(failsWith(OutputFile::create(path("loop")), path("loop"),
                        "Too many levels of symbolic links"));
  ASSERT_EQ(::symlink(".", path("self").c_str()), 0);
  EXPECT_TRUE(failsWith(OutputFile::create(path("self")), path("self"),
                        "is a directory"));
}

TEST_F(OutputFileTest, WritesDevices) {
  ASSERT_EQ(::symlink("/dev/null", path("link").c_str()), 0);
  for (const std::string &device : {std::string("/dev/null"), path("link")}) {
    Status status = put(device, "nothing");
    EXPECT_TRUE(status.ok()) << status.message();
    EXPECT_TRUE(std::filesystem::is_character_file(device));
  }
  EXPECT_TRUE(std::filesystem::is_symlink(path("link")));
  EXPECT_EQ(names(), (std::vector<std::string>{"link"}));
  EXPECT_TRUE(
      failsWith(put("/dev/full", "x"), "/dev/full", "No space left on device"));
}

TEST_F(OutputFileTest, WritesPipes) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  // As /dev/stdout is one: a link into /proc.
  std::string to = "/proc/self/fd/" + std::to_string(ends[1]);
  ASSERT_EQ(::symlink(to.c_str(), path("stdout").c_str()), 0);
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> out = OutputFile::create(path("stdout"), scratch);
    ASSERT_TRUE(out.ok()) << out.message();
    // A pipe has no offsets; the order of writes is free all the same.
    ASSERT_TRUE(out->write(3, raw("def")).ok());
    ASSERT_TRUE(out->write(0, raw("abc")).ok());
    ASSERT_TRUE(out->commit().ok());
    char received[7] = {};
    ASSERT_EQ(::read(ends[0], received, 6), 6);
    EXPECT_STREQ(received, "abcdef");
  }
  EXPECT_EQ(names(), (std::vector<std::string>{"stdout"}));
  ::close(ends[0]);
  ::close(ends[1]);
}

// The shell's "> a" with an output of /dev/stdout: what else goes there must
// not go into a file that has lost its name.
TEST_F(OutputFileTest, WritesIntoOpenFiles) {
  int open = ::open(file("a", "older and longer").c_str(), O_RDWR);
  ASSERT_GE(open, 0);
  Status status = put("/proc/self/fd/" + std::to_string(open), "new");
  EXPECT_TRUE(status.ok()) << status.message();
  EXPECT_EQ(contents(path("a")), "new");
  ASSERT_EQ(::pwrite(open, "er", 2, 3), 2);
  EXPECT_EQ(contents(path("a")), "newer");
  EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
  ::close(open);
}

TEST_F(OutputFileTest, RejectsTooManyLeftovers) {
  for (int i = 0; i < 1000; ++i)
    file(temporary(i), "");
  std::string reason = "remove the old temporary files " + path(temporary());
  EXPECT_TRUE(
      failsWith(OutputFile::create(path("a"), OutputFile::Scratch::Named),
                path("a"), reason));
  EXPECT_TRUE(failsWith(put(path("a"), "x"), path("a"), reason));
  EXPECT_EQ(names().size(), 1000u);
  // One place is enough.
  std::filesystem::remove(path(temporary(999)));
  EXPECT_TRUE(put(path("a"), "x").ok());
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
  for (OutputFile::Scratch scratch : scratches) {
    Result<OutputFile> out = OutputFile::create(path("a"), scratch);
    ASSERT_TRUE(out.ok());
    ASSERT_EQ(::mkdir(path("a").c_str(), 0755), 0);
    EXPECT_TRUE(failsWith(out->commit(), path("a"), "cannot be written"));
    EXPECT_EQ(names(), (std::vector<std::string>{"a"}));
    ASSERT_EQ(::rmdir(path("a").c_str()), 0);
  }
}

// By whatever name, and before either exists.
TEST_F(OutputFileTest, KnowsWhatItReplaces) {
  std::string a = file("a", "1"), b = file("b", "1");
  std::filesystem::create_symlink("a", path("link"));
  std::filesystem::create_hard_link(a, path("second"));
  EXPECT_TRUE(replaces(a, a));
  EXPECT_TRUE(replaces(path("./a"), a));
  EXPECT_TRUE(replaces(path("link"), a));
  EXPECT_TRUE(replaces(a, path("link")));
  EXPECT_TRUE(replaces(path("second"), a));
  EXPECT_FALSE(replaces(a, b));
  EXPECT_TRUE(replaces(path("new"), path("./new")));
  EXPECT_FALSE(replaces(path("new"), a));
  EXPECT_FALSE(replaces(a, path("new")));
  EXPECT_FALSE(replaces("", ""));
  EXPECT_FALSE(replaces("/dev/null", "/dev/null"));
}
