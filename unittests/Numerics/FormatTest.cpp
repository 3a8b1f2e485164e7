//===- FormatTest.cpp - Formats: what fits, and its exact size ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Format.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

namespace {

Format make(const char *codec, Shape blocks, ScaleType type = ScaleType::F32,
            bool hasZeroPoint = false) {
  return {getNamedCodec(codec), std::move(blocks), type, hasZeroPoint};
}

TEST(Format, Sizes) {
  // 4096x11008 i4 in groups of 128 with f16 scales: 4 + 16/128 bits.
  Format i4 = make("i4", {128, 1}, ScaleType::F16);
  PartSizes sizes = partSizes(Shape{4096, 11008}, i4);
  EXPECT_EQ(sizes[PartKind::Codes], 4096 * 11008 / 2);
  EXPECT_EQ(sizes[PartKind::Scales], 32 * 11008 * 2);
  EXPECT_EQ(sizes[PartKind::ZeroPoints], 0);
  EXPECT_EQ(sizes.total(), sizes[PartKind::Codes] + sizes[PartKind::Scales]);
  EXPECT_DOUBLE_EQ(bitsPerWeight(Shape{4096, 11008}, i4), 4.125);

  Format u4 = make("u4", {128, 1}, ScaleType::F16, /*hasZeroPoint=*/true);
  EXPECT_DOUBLE_EQ(bitsPerWeight(Shape{4096, 11008}, u4), 4.15625);
  EXPECT_DOUBLE_EQ(bitsPerWeight(Shape{4096, 4096}, make("nf4", {64, 1})), 4.5);
  EXPECT_DOUBLE_EQ(bitsPerWeight(Shape{1024}, make("i8", {0})), 8.03125);
}

TEST(Format, PartKindNames) {
  PartArray<int> numbers;
  for (PartKind kind : allPartKinds)
    numbers[kind] = static_cast<int>(kind);
  EXPECT_EQ(std::vector<int>(numbers.begin(), numbers.end()),
            (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(partKindName(PartKind::ZeroPoints), "zero_points");
  EXPECT_EQ(partKindName(PartKind::NestedScales), "nested_scales");
  EXPECT_EQ(partKinds(make("u4", {}, ScaleType::F32, true)),
            (std::vector<PartKind>{PartKind::Codes, PartKind::Scales,
                                   PartKind::ZeroPoints}));
}

TEST(Format, PaddingAndShortBlocksCount) {
  // Rows of 5 nibbles take 3 bytes; ceil(7/4) x ceil(5/1) scales; rows of 5
  // zero points take 3 bytes.
  Format format = make("u4", {4, 1}, ScaleType::BF16, /*hasZeroPoint=*/true);
  PartSizes sizes = partSizes(Shape{7, 5}, format);
  EXPECT_EQ(sizes[PartKind::Codes], 7 * 3);
  EXPECT_EQ(sizes[PartKind::Scales], 2 * 5 * 2);
  EXPECT_EQ(sizes[PartKind::ZeroPoints], 2 * 3);
  EXPECT_DOUBLE_EQ(bitsPerWeight(Shape{7, 5}, format), 8.0 * 47 / 35);
}

TEST(Format, RankZeroAndEmpty) {
  Format scalar = make("u4", {}, ScaleType::F32, /*hasZeroPoint=*/true);
  PartSizes sizes = partSizes(Shape{}, scalar);
  EXPECT_EQ(sizes[PartKind::Codes], 1);
  EXPECT_EQ(sizes[PartKind::Scales], 4);
  EXPECT_EQ(sizes[PartKind::ZeroPoints], 1);

  Format perTensor = make("u4", {0, 0}, ScaleType::F32, /*hasZeroPoint=*/true);
  sizes = partSizes(Shape{0, 4}, perTensor);
  EXPECT_EQ(sizes[PartKind::Codes], 0);
  EXPECT_EQ(sizes[PartKind::Scales], 4);
  EXPECT_EQ(sizes[PartKind::ZeroPoints], 1);
  EXPECT_EQ(bitsPerWeight(Shape{0, 4}, perTensor), 0);
}

TEST(Format, Verify) {
  auto messageOf = [](Shape shape, const Format &format) {
    auto error = verifyFormat(shape, format);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf({4, 4}, make("i4", {2, 1})), "");
  EXPECT_EQ(messageOf({4, 4}, make("none", {2, 1})), "the format has no codec");
  EXPECT_EQ(messageOf({4, 4}, make("i4", {2})),
            "block shape [2] has rank 1, but the tensor's rank is 2");
  EXPECT_EQ(messageOf({4}, make("nf4", {2}, ScaleType::F16, true)),
            "a zero point needs an affine codec, not 'nf4'");
}

TEST(Format, VerifyRangeKind) {
  auto messageOf = [](const char *codec, bool hasZeroPoint, RangeKind kind) {
    auto error =
        verifyRangeKind(make(codec, {}, ScaleType::F32, hasZeroPoint), kind);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf("i8", false, RangeKind::AbsMax), "");
  EXPECT_EQ(messageOf("i8", false, RangeKind::Full), "");
  EXPECT_EQ(messageOf("u8", true, RangeKind::Full), "");
  EXPECT_EQ(messageOf("nf4", false, RangeKind::AbsMax), "");
  EXPECT_EQ(messageOf("i1", false, RangeKind::Full), "");
  EXPECT_EQ(messageOf("i1", false, RangeKind::AbsMax),
            "range 'absmax' needs a positive code, which codec 'i1' does not "
            "have");
  EXPECT_EQ(messageOf("u8", false, RangeKind::Full),
            "range 'full' needs a negative code, which codec 'u8' does not "
            "have");
  EXPECT_EQ(messageOf("u8", false, RangeKind::MinMax),
            "range 'minmax' needs a zero point or an offset in the format");
}

TEST(Format, VerifyScalesAndShifts) {
  auto messageOf = [](auto change) {
    Format format = make("i4", {0}, ScaleType::F16);
    change(format);
    auto error = verifyFormat(Shape{4}, format);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf([](Format &f) { f.scaleType = ScaleType::U8; }),
            "u8 scales need nested scales");
  EXPECT_EQ(messageOf([](Format &f) {
              f.scaleType = ScaleType::F32;
              f.nestedScales = NestedScales{};
            }),
            "nested scales multiply u8, f8E4M3FN or f16 scales, not f32");
  EXPECT_EQ(messageOf([](Format &f) {
              f.nestedScales = NestedScales{ScaleType::U8, 2};
            }),
            "nested scales are f32, f16 or bf16, not u8");
  EXPECT_EQ(messageOf([](Format &f) {
              f.nestedScales = NestedScales{ScaleType::F32, -1};
            }),
            "the block of nested scales is negative");
  EXPECT_EQ(messageOf([](Format &f) { f.offsetType = ScaleType::One; }),
            "offsets are f32, f16 or bf16, not one");
  EXPECT_EQ(messageOf([](Format &f) {
              f.offsetType = ScaleType::F32;
              f.hasZeroPoint = true;
            }),
            "a format has zero points or offsets, not both");
}

TEST(Format, VerifyNewRangeKinds) {
  auto messageOf = [](const Format &format, RangeKind kind) {
    auto error = verifyRangeKind(format, kind);
    return error ? error->message : std::string();
  };
  Format format = make("i4", {}, ScaleType::F8E8M0FNU);
  EXPECT_EQ(messageOf(format, RangeKind::Exponent), "");
  EXPECT_EQ(messageOf(format, RangeKind::Full),
            "range 'full' needs negative scales, which type f8E8M0FNU does not "
            "have");
  format.hasZeroPoint = true;
  EXPECT_EQ(messageOf(format, RangeKind::Mean),
            "range 'mean' has no zero point, which the format stores");
  format.hasZeroPoint = false;
  format.offsetType = ScaleType::F32;
  EXPECT_EQ(messageOf(format, RangeKind::MinMax), "");
  EXPECT_EQ(messageOf(format, RangeKind::AbsMax),
            "range 'absmax' has no offset, which the format stores");
}

// Of empty tensors only the parameters have sizes, which are not to overflow.
TEST(Format, SizesFit63Bits) {
  int64_t many = int64_t{1} << 62;
  Format format{getNamedCodec("i8"), {0, 1}, ScaleType::F32, false};
  EXPECT_EQ(verifyFormat(Shape{0, many}, format)->message,
            "the parts of the tensor may have more than 2^63 - 1 bytes");
  EXPECT_FALSE(verifyFormat(Shape{0, 1 << 30}, format));
  EXPECT_FALSE(verifyFormat(Shape{0, many}, {format.codec, {1, 0}}));
  EXPECT_TRUE(verifyFormat(Shape{many, 1}, {format.codec, {0, 0}}));
  std::vector<float> none;
  EXPECT_EQ(dequantize(PartsView(), Shape{0, many}, format, none)->kind,
            Error::Kind::InvalidFormat);
  Format books{getLearnedCodec(256), {0, 0}, ScaleType::One};
  books.books = Books{256, {0, 1}, ScaleType::F32};
  EXPECT_TRUE(verifyFormat(Shape{0, many >> 9}, books));
  EXPECT_FALSE(verifyFormat(Shape{0, many >> 12}, books));
}

TEST(Format, DefaultRangeKind) {
  EXPECT_EQ(make("i4", {}).defaultRangeKind(), RangeKind::AbsMax);
  EXPECT_EQ(make("u4", {}, ScaleType::F32, true).defaultRangeKind(),
            RangeKind::MinMax);
  EXPECT_EQ(rangeKindName(RangeKind::Full), "full");
}

} // namespace
