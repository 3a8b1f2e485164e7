//===- DTypeTest.cpp - Element types and error messages -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Weights/DType.h"

#include <gtest/gtest.h>

using namespace lowbit::weights;

TEST(DTypeTest, NamesRoundTrip) {
  for (std::string_view text :
       {"BOOL",    "F4",      "F6_E2M3", "F6_E3M2", "U8",  "I8",   "F8_E5M2",
        "F8_E4M3", "F8_E8M0", "I16",     "U16",     "F16", "BF16", "I32",
        "U32",     "F32",     "C64",     "F64",     "I64", "U64"}) {
    std::optional<DType> dtype = parseDType(text);
    ASSERT_TRUE(dtype) << text;
    EXPECT_EQ(name(*dtype), text);
  }
}

TEST(DTypeTest, OtherNamesAreUnknown) {
  for (std::string_view text : {"", "f32", "F3", "F322", "I4"})
    EXPECT_FALSE(parseDType(text)) << text;
}

TEST(DTypeTest, WidthsAreThoseOfTheFormat) {
  EXPECT_EQ(bitWidth(DType::F4), 4u);
  EXPECT_EQ(bitWidth(DType::F6_E3M2), 6u);
  EXPECT_EQ(bitWidth(DType::BOOL), 8u);
  EXPECT_EQ(bitWidth(DType::BF16), 16u);
  EXPECT_EQ(bitWidth(DType::U32), 32u);
  EXPECT_EQ(bitWidth(DType::C64), 64u);
}

static uint64_t sizeOf(DType dtype, std::vector<int64_t> shape) {
  Result<uint64_t> size = storageSize(dtype, shape);
  EXPECT_TRUE(size.ok());
  return size ? *size : ~uint64_t(0);
}

static std::string reason(DType dtype, std::vector<int64_t> shape) {
  Result<uint64_t> size = storageSize(dtype, shape);
  return size ? "" : size.message();
}

TEST(DTypeTest, SizesOfShapes) {
  EXPECT_EQ(sizeOf(DType::F32, {}), 4u);
  EXPECT_EQ(sizeOf(DType::F32, {2, 3}), 24u);
  EXPECT_EQ(sizeOf(DType::F32, {2, 0, 3}), 0u);
  EXPECT_EQ(sizeOf(DType::F4, {3, 2}), 3u);
  EXPECT_EQ(sizeOf(DType::F6_E2M3, {4}), 3u);
  EXPECT_EQ(sizeOf(DType::F4, {0}), 0u);
}

TEST(DTypeTest, NegativeDimensionsHaveNoSize) {
  EXPECT_EQ(reason(DType::F32, {2, -3}),
            "the shape 2x-3 has a negative dimension");
  EXPECT_EQ(reason(DType::F32, {0, -3}),
            "the shape 0x-3 has a negative dimension");
}

TEST(DTypeTest, OverflowHasNoSize) {
  int64_t big = int64_t(1) << 40;
  EXPECT_NE(reason(DType::U8, {big, big}).find("too large"), std::string::npos);
  EXPECT_NE(reason(DType::U8, {0, big, big}).find("too large"),
            std::string::npos);
  EXPECT_NE(reason(DType::F64, {int64_t(1) << 60}).find("too large"),
            std::string::npos);
}

TEST(DTypeTest, PackedTypesNeedWholeBytes) {
  EXPECT_EQ(reason(DType::F4, {3}),
            "the shape 3 of F4 is not a whole number of bytes");
  EXPECT_EQ(reason(DType::F6_E3M2, {2}),
            "the shape 2 of F6_E3M2 is not a whole number of bytes");
}

TEST(DTypeTest, ShapesArePrinted) {
  EXPECT_EQ(shapeText({}), "scalar");
  std::vector<int64_t> many(1000, 1);
  EXPECT_EQ(shapeText(many), "1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x1x...");
}

TEST(ErrorTest, NamesFileTensorAndReason) {
  EXPECT_EQ(fileError("a.bin", "is empty").message, "a.bin: is empty");
  EXPECT_EQ(tensorError("a.bin", "w", "is broken").message,
            "a.bin: tensor 'w': is broken");
}

TEST(ErrorTest, HostileNamesAreEscapedAndCut) {
  EXPECT_EQ(inQuotes("a'\\\n\xff"), "'a\\x27\\x5c\\x0a\\xff'");
  EXPECT_EQ(inQuotes(std::string(300, 'n')),
            "'" + std::string(200, 'n') + "...'");
}
