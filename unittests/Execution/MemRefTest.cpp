//===- MemRefTest.cpp - Memref descriptors --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MemRef.h"

#include "gtest/gtest.h"
#include <numeric>

using namespace lowbit;

namespace {

int64_t addressOf(void *data) { return reinterpret_cast<int64_t>(data); }

/// The elements of a descriptor, row-major.
std::vector<int32_t> elementsOf(const MemRef &memref, size_t count) {
  std::vector<int32_t> values(count);
  memref.copyTo(reinterpret_cast<std::byte *>(values.data()), sizeof(int32_t));
  return values;
}

TEST(MemRefTest, DescribesADenseTensor) {
  float data[24];
  MemRef memref(data, {2, 3, 4});
  const auto *words = static_cast<const int64_t *>(memref.getDescriptor());
  std::vector<int64_t> expected = {
      addressOf(data), addressOf(data), 0, 2, 3, 4, 12, 4, 1};
  EXPECT_EQ(std::vector<int64_t>(words, words + MemRef::getNumWords(3)),
            expected);
  EXPECT_EQ(memref.getAllocated(), data);
  EXPECT_EQ(memref.getShape(), (llvm::ArrayRef<int64_t>{2, 3, 4}));
}

TEST(MemRefTest, ReadsOneAfterTheOther) {
  int32_t scalar = 7, row[2] = {1, 2};
  std::vector<int64_t> words = {addressOf(&scalar),
                                addressOf(&scalar),
                                0,
                                addressOf(row),
                                addressOf(row),
                                0,
                                2,
                                1};
  const int64_t *next = words.data();
  MemRef first = MemRef::read(next, 0), second = MemRef::read(next, 1);
  EXPECT_EQ(next, words.data() + words.size());
  EXPECT_EQ(elementsOf(first, 1), (std::vector<int32_t>{7}));
  EXPECT_EQ(elementsOf(second, 2), (std::vector<int32_t>{1, 2}));
}

TEST(MemRefTest, CopiesStridedElements) {
  std::vector<int32_t> data(20);
  std::iota(data.begin(), data.end(), 0);
  // The 2x3 tensor with offset 1, row stride 10 and column stride 3.
  std::vector<int64_t> words = {0, addressOf(data.data()), 1, 2, 3, 10, 3};
  const int64_t *next = words.data();
  MemRef memref = MemRef::read(next, 2);
  EXPECT_EQ(elementsOf(memref, 6), (std::vector<int32_t>{1, 4, 7, 11, 14, 17}));
}

TEST(MemRefTest, EmptyTensorsNeedNoMemory) {
  std::vector<int64_t> words = {0, 0, 0, 0, 3, 3, 1};
  const int64_t *next = words.data();
  MemRef memref = MemRef::read(next, 2);
  std::byte guard{42};
  memref.copyTo(&guard, 4);
  EXPECT_EQ(guard, std::byte{42});
}

} // namespace
