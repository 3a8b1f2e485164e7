//===- FakeQuantizeTest.cpp - What would be left of a tensor --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/FakeQuantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include "QuantizeTesting.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

namespace {

TEST(FakeQuantize, IsStoringAndReading) {
  std::vector<float> values = gaussian(7 * 33);
  Shape shape{7, 33};
  for (bool hasZeroPoint : {false, true}) {
    Format format{getNamedCodec("i3"), {1, 16}, ScaleType::F16, hasZeroPoint};
    std::vector<float> expected(values.size());
    auto parts = quantizeRoundToNearest(values, shape, format);
    ASSERT_TRUE(parts);
    ASSERT_FALSE(dequantize(*parts, shape, format, expected));
    auto nearest = fakeQuantize(values, shape, format);
    ASSERT_TRUE(nearest);
    EXPECT_EQ(*nearest, expected);
    RangeKind kind = format.defaultRangeKind();
    auto chosen = fakeQuantize(
        values, shape, format,
        [&](std::span<const float> x, ShapeRef shape, const Format &format) {
          return chooseParameters(x, shape, format, kind);
        },
        2);
    ASSERT_TRUE(chosen);
    EXPECT_EQ(*chosen, expected);
  }
}

TEST(FakeQuantize, Errors) {
  std::vector<float> values(4, 1.0f);
  Format format{getNamedCodec("i4"), {0}, ScaleType::F32, false};
  EXPECT_TRUE(fakeQuantize({}, Shape{0}, format));
  EXPECT_EQ(fakeQuantize(values, Shape{5}, format).error().kind,
            Error::Kind::InvalidFormat);
  auto failing = [](std::span<const float>, ShapeRef,
                    const Format &) -> Result<BlockParameters> {
    return Error{Error::Kind::InvalidFormat, "no"};
  };
  EXPECT_EQ(fakeQuantize(values, Shape{4}, format, failing).error().message,
            "no");
  values[2] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(fakeQuantize(values, Shape{4}, format).error().index, 2);
}

} // namespace
