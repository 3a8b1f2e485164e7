//===- TestFiles.h - Files for the tests of Weights -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_WEIGHTS_TESTFILES_H
#define LOWBIT_UNITTESTS_WEIGHTS_TESTFILES_H

#include "lowbit/Weights/Result.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <gtest/gtest.h>
#include <iterator>
#include <span>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace lowbit::weights::test {

/// A test with a directory of its own, removed at its end.
class WithFiles : public testing::Test {
protected:
  WithFiles() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "lowbit-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
  }
  ~WithFiles() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory, ignored);
  }

  std::string path(const std::string &name) const {
    return directory + "/" + name;
  }

  /// Writes a file and returns its path. An old one is removed, not emptied:
  /// ext4 flushes files that are written again.
  std::string file(const std::string &name, std::string_view bytes) const {
    std::filesystem::remove(path(name));
    std::ofstream(path(name), std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }

  static std::string contents(const std::string &path) {
    std::ifstream stream(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  /// The names in the directory, sorted.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto &entry : std::filesystem::directory_iterator(directory))
      names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  std::string directory;
};

/// The file format around a header: its length, the header, the data.
inline std::string safetensors(std::string_view header, std::string_view data) {
  uint64_t length = header.size();
  std::string bytes(sizeof(length), '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes.append(header).append(data);
}

/// Whether `result` failed with a message that names `path` and says `reason`.
template <typename T>
testing::AssertionResult failsWith(const T &result, const std::string &path,
                                   const std::string &reason) {
  if (result.ok())
    return testing::AssertionFailure() << "succeeded";
  const std::string &message = result.message();
  if (!message.starts_with(path + ": "))
    return testing::AssertionFailure() << "names no file: " << message;
  if (message.find(reason) == std::string::npos)
    return testing::AssertionFailure()
           << "says \"" << message << "\", not \"" << reason << "\"";
  return testing::AssertionSuccess();
}

/// What a child process returns that cannot do its test here.
constexpr int skipped = 77;

/// Runs `body` in a child process and returns its exit status.
inline int inChild(const std::function<int()> &body) {
  pid_t child = ::fork();
  if (child == 0)
    ::_exit(body());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status))
    return -1;
  return WEXITSTATUS(status);
}

inline std::string_view text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}
inline std::span<const std::byte> raw(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// The bytes of a list of numbers.
template <typename T>
std::vector<std::byte> bytesOf(std::initializer_list<T> values) {
  auto bytes = std::as_bytes(std::span(values.begin(), values.size()));
  return {bytes.begin(), bytes.end()};
}

} // namespace lowbit::weights::test

#endif // LOWBIT_UNITTESTS_WEIGHTS_TESTFILES_H
