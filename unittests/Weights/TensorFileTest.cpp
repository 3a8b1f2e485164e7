//===- TensorFileTest.cpp - Tensor files of any kind ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/TensorFile.h"
#include "TestFiles.h"

#include <sys/resource.h>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
class TensorFileTest : public WithFiles {};

TensorMap someTensors() {
  TensorMap tensors;
  EXPECT_TRUE(
      tensors.add("b", {DType::F32, {2, 2}, bytesOf<float>({1, 2, 3, 4})}));
  EXPECT_TRUE(tensors.add("a", {DType::I64, {}, bytesOf<int64_t>({-1})}));
  EXPECT_TRUE(tensors.add("empty", {DType::U8, {0, 3}, {}}));
  return tensors;
}

/// The same tensors under the same names, in any order.
bool sameTensors(const TensorMap &a, const TensorMap &b) {
  return a.size() == b.size() &&
         std::ranges::all_of(a, [&](const TensorMap::Entry &entry) {
           const HostTensor *other = b.find(entry.name);
           return other && *other == entry.tensor;
         });
}
} // namespace

TEST_F(TensorFileTest, RoundTripsNpz) {
  std::string target = path("x.npz");
  Status status = writeTensors(target, someTensors());
  ASSERT_TRUE(status.ok()) << status.message();
  Result<TensorMap> read = readTensors(target);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(*read, someTensors());
}

TEST_F(TensorFileTest, RoundTripsSafetensors) {
  std::string target = path("x.safetensors");
  Status status = writeTensors(target, someTensors());
  ASSERT_TRUE(status.ok()) << status.message();
  Result<TensorMap> read = readTensors(target);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_TRUE(sameTensors(*read, someTensors()));
}

TEST_F(TensorFileTest, ReadsShards) {
  ASSERT_TRUE(writeTensors(path("1.safetensors"), someTensors()).ok());
  std::string index =
      file("m.safetensors.index.json",
           R"({"weight_map":{"a":"1.safetensors","b":"1.safetensors"}})");
  Result<TensorMap> read = readTensors(index);
  ASSERT_TRUE(read.ok()) << read.message();
  EXPECT_EQ(read->size(), 2u);
  EXPECT_EQ(*read->find("a"), *someTensors().find("a"));
}

TEST_F(TensorFileTest, NpyIsNamedAfterTheFile) {
  TensorMap one;
  EXPECT_TRUE(one.add("whatever", someTensors()[0].tensor));
  ASSERT_TRUE(writeTensors(path("input.ids.npy"), one).ok());
  Result<TensorMap> read = readTensors(path("input.ids.npy"));
  ASSERT_TRUE(read.ok()) << read.message();
  ASSERT_EQ(read->size(), 1u);
  EXPECT_EQ((*read)[0].name, "input.ids");
  EXPECT_EQ((*read)[0].tensor, one[0].tensor);
}

TEST_F(TensorFileTest, RejectsUnknownExtension) {
  for (std::string name : {"x", "x.txt", "npy", "x.json"}) {
    std::string target = file(name, "");
    EXPECT_TRUE(failsWith(readTensors(target), target, "unknown extension"));
    EXPECT_TRUE(
        failsWith(writeTensors(target, {}), target, "unknown extension"));
  }
}

TEST_F(TensorFileTest, RejectsSeveralTensorsInNpy) {
  std::string target = path("x.npy");
  EXPECT_TRUE(failsWith(writeTensors(target, someTensors()), target,
                        "a .npy file holds one tensor, not 3"));
  EXPECT_TRUE(failsWith(writeTensors(target, {}), target,
                        "a .npy file holds one tensor, not 0"));
}

TEST_F(TensorFileTest, HandsErrorsOn) {
  for (std::string name :
       {"x.npy", "x.npz", "x.safetensors", "x.safetensors.index.json"}) {
    EXPECT_TRUE(failsWith(readTensors(path(name)), path(name), "no such file"));
  }
  std::string target = path("none/x.safetensors");
  EXPECT_TRUE(failsWith(writeTensors(target, {}), target,
                        "its directory does not exist"));
}

TEST_F(TensorFileTest, RejectsTensorOfWrongSize) {
  for (DType dtype : {DType::U8, DType::F32}) {
    TensorMap tensors;
    EXPECT_TRUE(tensors.add("w", {dtype, {2}, std::vector<std::byte>(4)}));
    EXPECT_TRUE(failsWith(writeTensors(path("x.safetensors"), tensors),
                          path("x.safetensors"), "tensor 'w'"));
    EXPECT_TRUE(failsWith(writeTensors(path("x.npz"), tensors), path("x.npz"),
                          "tensor 'w': it has 4 bytes"));
  }
  EXPECT_TRUE(names().empty());
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define LOWBIT_TEST_ASAN
#endif
#endif

namespace {
/// This process may map `more` bytes more than it has.
bool limitMemory(uint64_t more) {
  uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  rlimit limit = {};
  limit.rlim_cur = limit.rlim_max =
      pages * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) + more;
  return pages != 0 && ::setrlimit(RLIMIT_AS, &limit) == 0;
}
} // namespace

// A file of any size costs no disk: what is not written of it is a hole.
TEST_F(TensorFileTest, RejectsWhatMemoryCannotHold) {
#ifdef LOWBIT_TEST_ASAN
  GTEST_SKIP() << "the address sanitizer needs memory without limit";
#endif
  constexpr uint64_t size = 64 << 20;
  auto npy = [&](const std::string &order) {
    std::string header = "{'descr': '|u1', 'fortran_order': " + order +
                         ", 'shape': (1024, 65536), }";
    std::string bytes("\223NUMPY\1\0", 8);
    bytes += static_cast<char>(header.size());
    return bytes + '\0' + header;
  };
  struct Case {
    std::string path;
    uint64_t copies; // of the tensor that reading holds, the mapped one aside
    std::string who;
  };
  const Case cases[] = {
      {file("c.npy", npy("False")), 1, ""},
      {file("f.npy", npy("True")), 2, ""},
      {file("s.safetensors",
            safetensors(R"({"w":{"dtype":"U8","shape":[1024,65536],)"
                        R"("data_offsets":[0,67108864]}})",
                        "")),
       1, "tensor 'w': "}};
  for (const Case &test : cases) {
    std::filesystem::resize_file(test.path,
                                 std::filesystem::file_size(test.path) + size);
    int status = inChild([&] {
      // The mapping and half a copy less than it takes.
      if (!limitMemory(size + test.copies * size - size / 2))
        return skipped;
      return failsWith(readTensors(test.path), test.path,
                       test.who + "needs 67108864 bytes of memory")
                 ? 0
                 : 1;
    });
    if (status == skipped)
      GTEST_SKIP() << "cannot limit the memory of a process";
    EXPECT_EQ(status, 0) << test.path;
    status = inChild([&] {
      return limitMemory(size + test.copies * size + size / 2) &&
                     readTensors(test.path)
                 ? 0
                 : 1;
    });
    EXPECT_EQ(status, 0) << test.path;
  }
}
