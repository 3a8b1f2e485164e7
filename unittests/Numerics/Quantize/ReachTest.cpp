//===- ReachTest.cpp - Values that are too large for codes ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Reach.h"

#include "lowbit/Numerics/Quantize/RoundToNearest.h"

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

OneSide findOneSide(const std::vector<float> &values, const Format &format,
                    RangeKind range = RangeKind::AbsMax) {
  Shape shape = {2, int64_t(values.size()) / 2};
  OneSide found;
  auto parts = quantizeRoundToNearest(values, shape, format, {}, range);
  EXPECT_TRUE(parts);
  EXPECT_FALSE(found.add(values, *parts, shape, format));
  return found;
}

TEST(Reach, CodesOfOneSign_C194) {
  std::vector<float> values = {1, -2, 3, 0, -1, -2, -3, -4};
  Format format = formatOf("u4", ScaleType::F32);
  format.blockShape = {1, wholeAxis};
  OneSide found = findOneSide(values, format);
  EXPECT_EQ(found.lost, 5);
  EXPECT_EQ(found.describe(format),
            "loses 5 of 8 values (62.5 %), which become 0: codes of 'u4' have "
            "one sign; give its encoding a zero point, or use 'i4'");
  // Those of i1 are -1 and 0, and the scale of a row has its largest value's
  // sign turned.
  format.codec = getNamedCodec("i1");
  found = findOneSide(values, format, RangeKind::Full);
  EXPECT_EQ(found.lost, 1);
  EXPECT_EQ(found.describe(format),
            "loses 1 of 8 values (12.5 %), which become 0: codes of 'i1' have "
            "one sign; give its encoding a zero point");
}

TEST(Reach, NothingOnTheOtherSide_C194) {
  std::vector<float> values = {1, -2, 3, 0, -1, -2, -3, -4};
  Format format = formatOf("u4", ScaleType::F32);
  format.blockShape = {1, wholeAxis};
  EXPECT_EQ(findOneSide({1, 2, 0, 4}, format).describe(format), "");
  Format shifted = format;
  shifted.hasZeroPoint = true;
  EXPECT_EQ(findOneSide(values, shifted, RangeKind::MinMax).describe(shifted),
            "");
  format.codec = getNamedCodec("i4");
  EXPECT_EQ(findOneSide(values, format).describe(format), "");
}

} // namespace
