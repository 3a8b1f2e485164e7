//===- Reach.cpp - Values that are too large for codes --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Reach.h"

#include "lowbit/Numerics/Codec/Float.h"

#include <algorithm>
#include <cstdio>

using namespace lowbit::numerics;

static bool isFloatCodec(const Codec &codec) {
  using enum FloatKind;
  constexpr FloatKind kinds[] = {F8E4M3FN, F8E5M2, F6E2M3FN, F6E3M2FN,
                                 F4E2M1FN, F16,    BF16};
  return std::ranges::any_of(kinds, [&](FloatKind kind) {
    return codec.name() == floatKindName(kind);
  });
}

int64_t lowbit::numerics::firstBeyondReach(std::span<const float> values,
                                           const Format &format) {
  if (format.scaleType != ScaleType::One || format.books ||
      !isFloatCodec(*format.codec))
    return -1;
  float least = format.codec->minValue(), largest = format.codec->maxValue();
  auto first = std::ranges::find_if(
      values, [&](float value) { return value < least || value > largest; });
  return first == values.end() ? -1 : first - values.begin();
}

std::string lowbit::numerics::describeBeyondReach(float value,
                                                  std::string_view place,
                                                  const Format &format) {
  const Codec &codec = *format.codec;
  auto numberText = [](float number) {
    char text[32];
    std::snprintf(text, sizeof(text), "%g", double(number));
    return std::string(text);
  };
  std::string text = "holds " + numberText(value) + " at ";
  text += place;
  text += ", too large for codes in ";
  text += codec.name();
  text += " without a scale, which end at " + numberText(codec.maxValue());
  bool isHalf = codec.name() == floatKindName(FloatKind::F16);
  return text + (isHalf ? "; use bf16, or give its encoding a scale"
                        : "; give its encoding a scale");
}
