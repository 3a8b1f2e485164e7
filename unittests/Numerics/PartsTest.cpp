//===- PartsTest.cpp - Packed parts and their unpacked form ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <gtest/gtest.h>

#include <random>

using namespace lowbit::numerics;

namespace {

TEST(Parts, PackAndUnpackAreInverse) {
  std::mt19937 generator(9);
  for (const Shape &shape :
       {Shape{}, Shape{7}, Shape{5, 9}, Shape{2, 3, 5}, Shape{0, 3}})
    for (const char *name : {"i8", "u8", "i4", "u4", "i3", "u2", "u1"})
      for (bool hasZeroPoint : {false, true}) {
        Format format{getNamedCodec(name), Shape(shape.size(), 2),
                      ScaleType::F16, hasZeroPoint};
        auto granularity = Granularity::get(shape, format.blockShape);
        auto randomCode = [&] {
          return static_cast<int8_t>(format.codec->codeMin() +
                                     generator() % (1 << format.codec->bits()));
        };
        UnpackedParts parts;
        for (int64_t i = 0; i < granularity->numElements(); ++i)
          parts.codes.push_back(randomCode());
        for (int64_t i = 0; i < granularity->numScales(); ++i) {
          parts.scales.push_back(0.25f * i);
          if (hasZeroPoint)
            parts.zeroPoints.push_back(randomCode());
        }
        auto packed = packParts(parts, shape, format);
        ASSERT_TRUE(packed);
        EXPECT_FALSE(verifyPartSizes(*packed, shape, format));
        auto back = unpackParts(*packed, shape, format);
        ASSERT_TRUE(back);
        EXPECT_EQ(back->codes, parts.codes);
        EXPECT_EQ(back->scales, parts.scales);
        EXPECT_EQ(back->zeroPoints, parts.zeroPoints);
      }
}

TEST(Parts, WrongSizesAreErrors) {
  Shape shape{4, 6};
  Format format{getNamedCodec("u4"), {2, 1}, ScaleType::F16, true};
  Parts good = Parts::allocate(shape, format);
  auto messageOf = [&](auto change) {
    Parts parts = good;
    change(parts);
    auto error = verifyPartSizes(parts, shape, format);
    return error ? error->message : std::string();
  };
  EXPECT_EQ(messageOf([](Parts &) {}), "");
  EXPECT_EQ(messageOf([](Parts &p) { p[PartKind::Codes].pop_back(); }),
            "there are 11 bytes of codes where the format needs 12");
  EXPECT_EQ(messageOf([](Parts &p) { p[PartKind::Scales].push_back(0); }),
            "there are 25 bytes of scales where the format needs 24");
  EXPECT_EQ(messageOf([](Parts &p) { p[PartKind::ZeroPoints].clear(); }),
            "there are 0 bytes of zero_points where the format needs 6");

  Parts bad = good;
  bad[PartKind::Codes].clear();
  EXPECT_FALSE(unpackParts(bad, shape, format));
  std::vector<float> out(24);
  EXPECT_TRUE(dequantize(bad, shape, format, out));
  EXPECT_FALSE(measureQuantization(out, bad, shape, format));
  out.pop_back();
  auto error = dequantize(good, shape, format, out);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(error->message,
            "room for 23 values given for a tensor of 24 elements");

  UnpackedParts unpacked = *unpackParts(good, shape, format);
  unpacked.scales.pop_back();
  auto packed = packParts(unpacked, shape, format);
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().message,
            "11 scales given where the format needs 12");
}

TEST(Parts, DequantizeByHand) {
  // Two groups of two along axis 0 of a 4x3 tensor, rows padded to 2 bytes.
  Shape shape{4, 3};
  Format format{getNamedCodec("u4"), {2, 1}, ScaleType::F32, true};
  UnpackedParts parts;
  parts.codes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15};
  parts.scales = {1, 0.5, -2, 10, 100, 1000};
  parts.zeroPoints = {0, 1, 15, 8, 9, 10};
  auto packed = packParts(parts, shape, format);
  ASSERT_TRUE(packed);
  EXPECT_EQ((*packed)[PartKind::Codes],
            (std::vector<uint8_t>{0x10, 2, 0x43, 5, 0x76, 8, 0xa9, 15}));
  EXPECT_EQ((*packed)[PartKind::ZeroPoints],
            (std::vector<uint8_t>{0x10, 15, 0x98, 10}));
  std::vector<float> out(12);
  ASSERT_FALSE(dequantize(*packed, shape, format, out));
  EXPECT_EQ(out, (std::vector<float>{0, 0, 26, 3, 1.5, 20, -20, -200, -2000, 10,
                                     100, 5000}));
}

} // namespace
