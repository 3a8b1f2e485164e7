//===- IntegerLevelsTest.cpp - Which tables are of integers ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "lowbit/Numerics/Codec/Spelling.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace lowbit::numerics;

namespace {

std::optional<IntegerLevels> getLevels(std::string_view codec) {
  return IntegerLevels::get(**parseCodec(codec));
}

int getLargest(std::string_view codec, bool hasZeroPoint = false) {
  return largestInteger(**parseCodec(codec), hasZeroPoint);
}

TEST(IntegerLevels, AreThoseOfTheSpecification_C198) {
  auto nf4 = getLevels("nf4_i8");
  ASSERT_TRUE(nf4);
  EXPECT_EQ(nf4->shift, 0u);
  EXPECT_EQ(nf4->levels,
            (std::vector<int8_t>{-127, -88, -67, -50, -36, -23, -12, 0, 10, 20,
                                 31, 43, 56, 71, 92, 127}));
  // The integer nearest to 127 times the level.
  CodecRef reals = getNamedCodec("nf4");
  for (int code = 0; code < 16; ++code)
    EXPECT_LE(std::fabs(nf4->levels[code] - 127 * reals->decode(code)), 0.5);
}

TEST(IntegerLevels, ShiftIsTheSmallest_C199) {
  auto fp4 = getLevels("fp4");
  ASSERT_TRUE(fp4);
  EXPECT_EQ(fp4->shift, 1u);
  EXPECT_EQ(fp4->least(), -12);
  EXPECT_EQ(fp4->largest(), 12);
  // Code 15 stands for nothing.
  EXPECT_EQ(fp4->levels, (std::vector<int8_t>{-12, -8, -6, -4, -3, -2, -1, 0, 1,
                                              2, 3, 4, 6, 8, 12, 0}));
  auto e2m1 = getLevels("f4E2M1FN");
  ASSERT_TRUE(e2m1);
  EXPECT_EQ(e2m1->levels, (std::vector<int8_t>{0, 1, 2, 3, 4, 6, 8, 12, 0, -1,
                                               -2, -3, -4, -6, -8, -12}));
  auto log = getLevels("log<4, 1>");
  ASSERT_TRUE(log);
  EXPECT_EQ(log->shift, 6u);
  EXPECT_EQ(log->largest(), 64);
  for (const char *codec :
       {"nf4_i8", "fp4", "f4E2M1FN", "binary", "log<2, 1>", "log<4, 1>",
        "codebook<[-128, 127]>", "codebook<[-1, 0, 0.5, 1]>"}) {
    auto levels = getLevels(codec);
    ASSERT_TRUE(levels) << codec;
    CodecRef reals = *parseCodec(codec);
    for (int code = 0; code <= reals->codeMax(); ++code)
      EXPECT_EQ(std::ldexp(float(levels->levels[code]), -int(levels->shift)),
                reals->decode(code))
          << codec;
  }
}

TEST(IntegerLevels, NoOtherCodecHasThem_C199) {
  for (const char *codec :
       {"i4", "u8", "nf4", "fp4_bnb", "log<4, 2>", "mulaw<3, 15>", "f8E4M3FN",
        "f6E2M3FN", "f16", "kmeans<16>", "codebook<[-129, 0]>",
        "codebook<[0, 128]>", "codebook<[0.0078125, 1]>"})
    EXPECT_FALSE(getLevels(codec)) << codec;
  // Five bits.
  EXPECT_FALSE(getLevels(
      "codebook<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]>"));
  // 2^-126, and half of it.
  EXPECT_TRUE(getLevels("codebook<[0, 1.1754943508222875e-38]>"));
  EXPECT_FALSE(getLevels("codebook<[0, 5.877471754111438e-39]>"));
}

TEST(IntegerLevels, LargestInteger_C51) {
  EXPECT_EQ(getLargest("i8"), 128);
  EXPECT_EQ(getLargest("u8"), 255);
  EXPECT_EQ(getLargest("i8", true), 255);
  EXPECT_EQ(getLargest("u4", true), 15);
  EXPECT_EQ(getLargest("nf4_i8"), 127);
  EXPECT_EQ(getLargest("f4E2M1FN"), 12);
  EXPECT_EQ(getLargest("codebook<[-128, 127]>"), 128);
  EXPECT_EQ(getLargest("nf4"), 0);
}

} // namespace
