//===- ReachTest.cpp - Values that are too large for codes ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Reach.h"

#include <gtest/gtest.h>

#include <vector>

using namespace lowbit::numerics;

namespace {

Format formatOf(const char *codec, ScaleType scale) {
  Format format{getNamedCodec(codec), {wholeAxis}};
  format.scaleType = scale;
  return format;
}

TEST(Reach, FirstBeyondFloatsWithoutScale) {
  Format half = formatOf("f16", ScaleType::One);
  EXPECT_EQ(firstBeyondReach(std::vector{1.0f, 65504.0f, -65504.0f}, half), -1);
  EXPECT_EQ(firstBeyondReach(std::vector{1.0f, -1e6f, 1e5f}, half), 1);
  EXPECT_EQ(describeBeyondReach(-1e6f, "[1]", half),
            "holds -1e+06 at [1], too large for codes in f16 without a scale, "
            "which end at 65504; use bf16, or give its encoding a scale");
  Format small = formatOf("f8E4M3FN", ScaleType::One);
  EXPECT_EQ(firstBeyondReach(std::vector{448.0f, 449.0f}, small), 1);
  EXPECT_EQ(
      describeBeyondReach(449, "[1]", small),
      "holds 449 at [1], too large for codes in f8E4M3FN without a scale, "
      "which end at 448; give its encoding a scale");
}

TEST(Reach, ScalesAndOtherCodecsReachOrSaturate) {
  std::vector<float> values = {1e6f};
  EXPECT_EQ(firstBeyondReach(values, formatOf("f16", ScaleType::F32)), -1);
  EXPECT_EQ(firstBeyondReach(values, formatOf("bf16", ScaleType::One)), -1);
  EXPECT_EQ(firstBeyondReach(values, formatOf("i8", ScaleType::One)), -1);
  EXPECT_EQ(firstBeyondReach(values, formatOf("nf4", ScaleType::One)), -1);
}

} // namespace
