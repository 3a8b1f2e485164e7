//===- PresetsTest.cpp - Named formats: sizes and known results -----------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Presets.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

using namespace lowbit::numerics;

namespace {

TEST(Presets, BitsPerWeight) {
  struct {
    const char *name;
    double bits;
  } expected[] = {{"mxfp4", 4.25},
                  {"mxfp8", 8.25},
                  {"q4_0", 4.5},
                  {"q4_1", 5},
                  {"q8_0", 8.5}};
  for (const auto &e : expected)
    for (unsigned axis : {0, 1})
      EXPECT_DOUBLE_EQ(
          bitsPerWeight(Shape{4096, 4096}, getPreset(e.name, 2, axis)->format),
          e.bits)
          << e.name;
  // One f32 for the tensor.
  EXPECT_DOUBLE_EQ(
      bitsPerWeight(Shape{4096, 4096}, getPreset("nvfp4", 2, 0)->format),
      4.5 + 32.0 / (4096 * 4096));
  // 4 + 8/64 + 32/(64 * 256): QLoRA's 4.127.
  EXPECT_DOUBLE_EQ(
      bitsPerWeight(Shape{4096, 4096}, getPreset("nf4-g64-dq", 2, 0)->format),
      4.126953125);
}

TEST(Presets, AllNamesFitAndQuantize) {
  std::vector<float> values(6 * 70);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = std::sin(i * 0.7f);
  auto names = presetNames();
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (std::string_view name : names) {
    auto preset = getPreset(name, 2, 1);
    ASSERT_TRUE(preset) << name;
    Shape shape{6, 70};
    EXPECT_FALSE(verifyFormat(shape, preset->format)) << name;
    EXPECT_FALSE(verifyRangeKind(preset->format, preset->range)) << name;
    auto parts =
        quantizeRoundToNearest(values, shape, preset->format, 1, preset->range);
    ASSERT_TRUE(parts) << name;
    auto measured = measureQuantization(values, *parts, shape, preset->format);
    EXPECT_GT(measured->sqnrDb(), 14) << name;
    EXPECT_EQ(preset->format.blockShape[0], 1);
  }
  EXPECT_FALSE(getPreset("q5_0", 2, 0));
  EXPECT_FALSE(getPreset("q4_0", 2, 2));
}

} // namespace
