//===- HugeBufferTest.cpp - Memory in huge pages --------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/HugeBuffer.h"

#include "gtest/gtest.h"

#include <algorithm>
#include <cstdint>
#include <limits>

using namespace lowbit::runtime;

TEST(HugeBufferTest, IsZeroAndAligned) {
  for (size_t size : {size_t(1), size_t(4097), (size_t(2) << 20) + 1}) {
    std::optional<HugeBuffer> buffer = HugeBuffer::allocate(size);
    ASSERT_TRUE(buffer);
    std::span<std::byte> bytes = buffer->bytes();
    ASSERT_EQ(bytes.size(), size);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes.data()) % (size_t(2) << 20),
              0u);
    EXPECT_TRUE(std::all_of(bytes.begin(), bytes.end(),
                            [](std::byte b) { return b == std::byte(); }));
    bytes.back() = std::byte(1);
  }
}

TEST(HugeBufferTest, MovesAndEnds) {
  std::optional<HugeBuffer> first = HugeBuffer::allocate(100);
  ASSERT_TRUE(first);
  first->bytes()[99] = std::byte(7);
  HugeBuffer moved = std::move(*first);
  EXPECT_TRUE(first->bytes().empty());
  EXPECT_EQ(moved.bytes()[99], std::byte(7));
  HugeBuffer other;
  other = std::move(moved);
  EXPECT_EQ(other.bytes()[99], std::byte(7));
}

TEST(HugeBufferTest, EmptyAndTooLarge) {
  std::optional<HugeBuffer> empty = HugeBuffer::allocate(0);
  ASSERT_TRUE(empty);
  EXPECT_TRUE(empty->bytes().empty());
  EXPECT_FALSE(HugeBuffer::allocate(std::numeric_limits<size_t>::max()));
  EXPECT_FALSE(HugeBuffer::allocate(std::numeric_limits<size_t>::max() / 2));
}
