//===- LogarithmicTest.cpp - Powers of a root of two ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Logarithmic.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

TEST(Logarithmic, Levels_C150) {
  for (unsigned bits = 2; bits <= 8; ++bits)
    for (unsigned steps = 1; steps <= 8; ++steps) {
      auto codec = getLogarithmicCodec(bits, steps);
      ASSERT_TRUE(codec);
      int half = (1 << (bits - 1)) - 1;
      EXPECT_EQ((*codec)->bits(), bits);
      EXPECT_EQ((*codec)->codeMax(), 2 * half);
      EXPECT_EQ((*codec)->decode(half), 0.0f);
      EXPECT_EQ((*codec)->decode(2 * half), 1.0f);
      EXPECT_EQ((*codec)->decode(0), -1.0f);
      for (int k = 1; k < half; ++k) {
        float level = (*codec)->decode(2 * half - k);
        EXPECT_NEAR(-std::log2(level) * steps, k, 1e-5);
        EXPECT_EQ((*codec)->decode(k), -level);
        EXPECT_TRUE(std::isnormal(level));
        EXPECT_EQ((*codec)->encode(level), 2 * half - k);
      }
    }
  EXPECT_EQ((*getLogarithmicCodec(4, 2))->name(), "log<4, 2>");
}

// The middle between neighbours decides, and goes to the lower one.
TEST(Logarithmic, NearestLevel_C150) {
  TableCodecRef codec = *getLogarithmicCodec(4, 1);
  auto round = [&](float x) { return codec->decode(codec->encode(x)); };
  EXPECT_EQ(round(0.75f), 0.5f);
  EXPECT_EQ(round(std::nextafter(0.75f, 1.0f)), 1.0f);
  EXPECT_EQ(round(-0.75f), -1.0f);
  EXPECT_EQ(round(0x1p-7f), 0.0f);
  EXPECT_EQ(round(0x1.02p-7f), 0x1p-6f);
  EXPECT_EQ(round(std::numeric_limits<float>::infinity()), 1.0f);
  EXPECT_EQ(round(std::numeric_limits<float>::denorm_min()), 0.0f);
}

TEST(Logarithmic, BadParametersAreErrors_C151) {
  EXPECT_EQ(getLogarithmicCodec(9, 1).error().message,
            "codec 'log<9, 1>' is not one of 2 to 8 bits with 1 to 8 steps");
  for (auto [bits, steps] : {std::pair(1u, 1u), {4u, 0u}, {4u, 9u}})
    EXPECT_FALSE(getLogarithmicCodec(bits, steps));
}

} // namespace
