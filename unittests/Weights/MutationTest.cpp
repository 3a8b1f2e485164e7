//===- MutationTest.cpp - Random damage to files of every kind ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Damages valid files at random, from a fixed seed, and reads them: nothing may
// crash (the sanitizer build sees more), and what is accepted must be sound.
//
//===----------------------------------------------------------------------===//

#include "TestFiles.h"
#include "lowbit/Weights/Npz.h"
#include "lowbit/Weights/TensorFile.h"
#include "lowbit/Weights/WeightsFile.h"

#include <random>

using namespace lowbit::weights;
using namespace lowbit::weights::test;

namespace {
constexpr int mutations = 2000;

class Mutator {
public:
  explicit Mutator(uint32_t seed) : random(seed) {}

  /// `bytes` with one to four changes in its first `range` bytes.
  std::string damage(std::string bytes, size_t range) {
    for (unsigned changes = 1 + pick(4); changes > 0; --changes) {
      size_t limit = std::min(range, bytes.size());
      size_t at = limit ? pick(limit) : 0;
      switch (pick(7)) {
      case 0: // flip a bit
        if (limit)
          bytes[at] = static_cast<char>(bytes[at] ^ (1 << pick(8)));
        break;
      case 1: // any byte
        if (limit)
          bytes[at] = static_cast<char>(pick(256));
        break;
      case 2: // another digit: offsets, shapes and lengths that still parse
        at = bytes.find_first_of("0123456789", at);
        if (at != std::string::npos)
          bytes[at] = static_cast<char>('0' + pick(10));
        break;
      case 3: // a piece less
        bytes.erase(at, 1 + pick(8));
        break;
      case 4: { // a piece again
        std::string piece = bytes.substr(at, 1 + pick(40));
        bytes.insert(limit ? pick(limit) : 0, piece);
        break;
      }
      case 5: // a token that means something
        bytes.insert(at, tokens[pick(std::size(tokens))]);
        break;
      case 6: // the end is missing
        if (pick(4) == 0)
          bytes.resize(pick(bytes.size() + 1));
        break;
      }
    }
    return bytes;
  }

  size_t pick(size_t count) { return random() % count; }

private:
  // Not a distribution of the library, whose results differ between libraries.
  std::mt19937 random;
  static constexpr const char *tokens[] = {"0",
                                           "1",
                                           "-1",
                                           "9",
                                           "18446744073709551615",
                                           "9223372036854775808",
                                           "[",
                                           "]",
                                           "{",
                                           "}",
                                           ",",
                                           ":",
                                           "\"",
                                           "'",
                                           "(",
                                           ")",
                                           "\\u0000",
                                           "\xff",
                                           "null",
                                           "1e999",
                                           "F4",
                                           "\"__metadata__\":{}",
                                           "\xff\xff\xff\xff"};
};

class MutationTest : public WithFiles {
protected:
  /// A file with several tensors and metadata, written by this library.
  std::string valid(const std::string &name) {
    TensorMap tensors;
    EXPECT_TRUE(
        tensors.add("b", {DType::F32, {2, 2}, std::vector<std::byte>(16)}));
    EXPECT_TRUE(tensors.add("a", {DType::I8, {3}, std::vector<std::byte>(3)}));
    EXPECT_TRUE(tensors.add("e", {DType::U8, {0}, {}}));
    EXPECT_TRUE(tensors.add("s", {DType::I64, {}, std::vector<std::byte>(8)}));
    EXPECT_TRUE(writeTensors(path(name), tensors).ok());
    return contents(path(name));
  }
};
} // namespace

/// Counts what is accepted, so that a reader that refuses all fails too.
TEST_F(MutationTest, Safetensors) {
  std::string good = valid("good.safetensors");
  Mutator mutator(1);
  int accepted = 0;
  for (int i = 0; i < mutations; ++i) {
    // In half of them the length follows the header, or most would end there.
    std::string bytes = mutator.damage(good, good.size() - 27);
    if (mutator.pick(2) && bytes.size() > 8 + 27) {
      std::string_view body(bytes);
      body.remove_prefix(8);
      bytes = safetensors(body.substr(0, body.size() - 27),
                          body.substr(body.size() - 27));
    }
    Result<WeightsFile> opened = WeightsFile::open(file("bad", bytes));
    if (!opened) {
      ASSERT_TRUE(opened.message().starts_with(path("bad") + ": "));
      continue;
    }
    ++accepted;
    uint64_t total = 0;
    unsigned sum = 0;
    for (const TensorView *view : opened->tensors()) {
      ASSERT_EQ(view->size, *storageSize(view->dtype, view->shape));
      ASSERT_EQ(opened->find(view->name), view);
      for (std::byte byte : view->bytes())
        sum += std::to_integer<unsigned>(byte);
      total += view->size;
      opened->release(*view);
    }
    // The views cover the data, which ends the file.
    uint64_t length;
    std::memcpy(&length, bytes.data(), sizeof(length));
    ASSERT_EQ(8 + length + total, bytes.size());
    ASSERT_LE(sum, 255 * total);
  }
  EXPECT_GT(accepted, mutations / 50);
  EXPECT_LT(accepted, mutations / 2);
}

TEST_F(MutationTest, Index) {
  valid("1.safetensors");
  std::string good =
      R"({"metadata":{"total_size":27},"weight_map":{"a":"1.safetensors",)"
      R"("b":"1.safetensors","s":"1.safetensors"}})";
  Mutator mutator(2);
  int accepted = 0;
  for (int i = 0; i < mutations; ++i) {
    Result<WeightsFile> opened =
        WeightsFile::open(file("bad.json", mutator.damage(good, good.size())));
    if (!opened) {
      ASSERT_TRUE(opened.message().starts_with(directory));
      continue;
    }
    ++accepted;
    for (const TensorView *view : opened->tensors())
      ASSERT_EQ(opened->find(view->name), view);
  }
  EXPECT_GT(accepted, mutations / 50);
  EXPECT_LT(accepted, mutations / 2);
}

TEST_F(MutationTest, Npz) {
  std::string good = valid("good.npz");
  Mutator mutator(3);
  int accepted = 0;
  for (int i = 0; i < mutations; ++i) {
    Result<TensorMap> read =
        readNpz(file("bad", mutator.damage(good, good.size())));
    if (!read) {
      ASSERT_TRUE(read.message().starts_with(path("bad") + ": "));
      continue;
    }
    ++accepted;
    for (const auto &[name, tensor] : *read)
      ASSERT_EQ(tensor.bytes.size(), *storageSize(tensor.dtype, tensor.shape));
  }
  EXPECT_GT(accepted, mutations / 100);
  EXPECT_LT(accepted, mutations / 2);
}

TEST_F(MutationTest, Npy) {
  TensorMap one;
  EXPECT_TRUE(
      one.add("x", {DType::F32, {2, 3, 1}, std::vector<std::byte>(24)}));
  ASSERT_TRUE(writeTensors(path("x.npy"), one).ok());
  std::string good = contents(path("x.npy"));
  Mutator mutator(4);
  int accepted = 0;
  for (int i = 0; i < mutations; ++i) {
    std::string target = file("bad.npy", mutator.damage(good, good.size()));
    Result<TensorMap> read = readTensors(target);
    if (!read) {
      ASSERT_TRUE(read.message().starts_with(target + ": "));
      continue;
    }
    ++accepted;
    const HostTensor &tensor = (*read)[0].tensor;
    ASSERT_EQ(tensor.bytes.size(), *storageSize(tensor.dtype, tensor.shape));
  }
  EXPECT_GT(accepted, mutations / 50);
  EXPECT_LT(accepted, mutations / 2);
}
