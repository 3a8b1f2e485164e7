//===- Reach.cpp - Values that are too large for codes --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Reach.h"

#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace lowbit::numerics;

static bool isFloatCodec(const Codec &codec) {
  using enum FloatKind;
  constexpr FloatKind kinds[] = {F8E4M3FN, F8E5M2, F6E2M3FN, F6E3M2FN,
                                 F4E2M1FN, F16,    BF16,     F32};
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

static bool hasOneSide(const Format &format) {
  const Codec &codec = *format.codec;
  return !format.books && !format.hasZeroPoint && !format.offsetType &&
         format.sparsity.isDense() &&
         (codec.minValue() >= 0 || codec.maxValue() <= 0);
}

std::optional<Error> OneSide::add(std::span<const float> values,
                                  PartsView parts, ShapeRef shape,
                                  const Format &format) {
  if (!hasOneSide(format))
    return std::nullopt;
  auto granularity = Granularity::get(shape, format.blockShape);
  if (!granularity)
    return granularity.error();
  std::vector<float> decoded(values.size());
  if (auto error = dequantize(parts, shape, format, decoded, 1))
    return error;
  elements += values.size();
  auto isNegative = [](float value) { return value < 0; };
  auto isPositive = [](float value) { return value > 0; };
  for (int64_t block = 0; block < granularity->numScales(); ++block) {
    // What decodes to zeros alone may have either sign.
    int64_t negative = 0, positive = 0;
    bool turned = format.codec->maxValue() <= 0;
    granularity->forEachRunOfBlock(block, [&](int64_t offset, int64_t length) {
      auto run = values.subspan(offset, length);
      negative += std::ranges::count_if(run, isNegative);
      positive += std::ranges::count_if(run, isPositive);
      auto back = std::span(decoded).subspan(offset, length);
      if (std::ranges::any_of(back, isNegative))
        turned = true;
      else if (std::ranges::any_of(back, isPositive))
        turned = false;
    });
    lost += turned ? positive : negative;
  }
  return std::nullopt;
}

std::string OneSide::describe(const Format &format) const {
  if (lost == 0)
    return {};
  const Codec &codec = *format.codec;
  char percent[32];
  std::snprintf(percent, sizeof(percent), "%.3g", 100.0 * lost / elements);
  std::string text = "loses " + std::to_string(lost) + " of " +
                     std::to_string(elements) + " values (" + percent +
                     " %), which become 0: codes of '" +
                     std::string(codec.name()) + "' have one sign; ";
  if (!codec.isAffine())
    return text + "use a codec with levels of both";
  return text + "give its encoding a zero point" +
         (codec.isSigned()
              ? ""
              : ", or use 'i" + std::to_string(codec.bits()) + "'");
}
