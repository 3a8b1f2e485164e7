//===- Underflow.cpp - Values that are too small for scales ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Underflow.h"

#include "lowbit/Numerics/Packing.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

#include <algorithm>
#include <cstdio>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// The scales that decide what is representable: nested ones, or the scales.
struct OuterScales {
  PartKind kind;
  ScaleType type;
  float least;
};

} // namespace

static OuterScales outerScales(const Format &format) {
  if (const auto &nesting = format.nestedScales)
    return {PartKind::NestedScales, nesting->type,
            nesting->smallScales(format.scaleType, true).least};
  return {PartKind::Scales, format.scaleType, smallestScale(format.scaleType)};
}

static bool isNotZero(float value) { return value != 0; }

/// Whether a value of the blocks of scales [first, last) is not zero.
static bool hasValuesIn(std::span<const float> values,
                        const Granularity &granularity, int64_t first,
                        int64_t last) {
  bool found = false;
  for (int64_t scale = first; scale < last && !found; ++scale)
    granularity.findRunOfBlock(scale, [&](int64_t offset, int64_t length) {
      return found =
                 std::ranges::any_of(values.subspan(offset, length), isNotZero);
    });
  return found;
}

/// Whether one of the first codes is known to decode to another number than
/// zero: in most tensors one does, and nothing else is to be looked at.
static bool hasOtherCodes(PartsView parts, ShapeRef shape,
                          const Format &format) {
  const Codec &codec = *format.codec;
  if (!format.sparsity.isDense() || format.hasZeroPoint || format.offsetType ||
      format.books || codec.bits() > 8)
    return false;
  constexpr int64_t most = 64;
  int8_t codes[most];
  // A row of packed codes is at least as long as the last axis.
  int64_t count = std::min(most, shape.empty() ? 1 : shape.back());
  unpackRow(parts[PartKind::Codes].data(), count, codec.bits(),
            codec.isSigned(), codes);
  return std::any_of(codes, codes + count, [&](int8_t code) {
    return codec.decode(codec.codeFromByte(code)) != 0;
  });
}

std::optional<Error> Underflow::add(std::span<const float> values,
                                    PartsView parts, ShapeRef shape,
                                    const Format &format) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return error;
  auto granularity = Granularity::get(shape, format.blockShape);
  if (std::cmp_not_equal(values.size(), granularity->numElements()))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(values.size()) +
                     " values given for a tensor of " +
                     std::to_string(granularity->numElements())};
  OuterScales outer = outerScales(format);
  int64_t numScales = granularity->numScales();
  if (outer.type != ScaleType::One) {
    int64_t sharing = 1;
    if (const auto &nesting = format.nestedScales)
      sharing =
          nesting->block ? nesting->block : std::max<int64_t>(numScales, 1);
    // In pieces, at the speed of memory where none is the smallest.
    constexpr int64_t pieceSize = 256;
    float loaded[pieceSize];
    std::span<const uint8_t> bytes = parts[outer.kind];
    int64_t scaleBytes = scaleTypeBytes(outer.type);
    int64_t count = bytes.size() / scaleBytes;
    scales += count;
    for (int64_t begin = 0; begin < count; begin += pieceSize) {
      int64_t size = std::min(pieceSize, count - begin);
      loadScales(bytes.data() + begin * scaleBytes, size, outer.type, loaded);
      bool any = false;
      for (int64_t i = 0; i < size; ++i)
        any |= loaded[i] == outer.least;
      for (int64_t i = 0; any && i < size; ++i)
        if (loaded[i] == outer.least)
          smallest +=
              hasValuesIn(values, *granularity, (begin + i) * sharing,
                          std::min((begin + i + 1) * sharing, numScales));
    }
  }
  if (hasDecoded || std::ranges::none_of(values, isNotZero))
    return std::nullopt;
  hasValues = true;
  hasDecoded = hasOtherCodes(parts, shape, format);
  if (hasDecoded)
    return std::nullopt;
  auto areZeros = decodesToZeros(parts, shape, format);
  if (!areZeros)
    return areZeros.error();
  hasDecoded = !*areZeros;
  return std::nullopt;
}

/// "; use bf16 or f32 scales", or what else has smaller numbers.
static std::string remedy(const Format &format, ScaleType type) {
  std::string what = format.nestedScales ? " nested scales" : " scales";
  switch (type) {
  case ScaleType::F16:
    return "; use bf16 or f32" + what;
  case ScaleType::F8E4M3FN:
    return "; use bf16 or f32 scales, or nested scales";
  case ScaleType::BF16:
  case ScaleType::F8E8M0FNU:
    return "; use f32" + what;
  case ScaleType::F32:
  case ScaleType::U8:
  case ScaleType::One:
    break;
  }
  return "; use larger values";
}

std::string Underflow::describe(const Format &format) const {
  OuterScales outer = outerScales(format);
  bool isLost = hasValues && !hasDecoded;
  if (isLost && format.books)
    return "decodes to zeros alone, though it is not zero: its values are too "
           "small for levels in " +
           std::string(scaleTypeName(format.books->type)) +
           "; use levels in f32, or scales";
  if (isLost && outer.type == ScaleType::One)
    return "decodes to zeros alone, though it is not zero: its values are too "
           "small for codes without a scale; give its encoding a scale";
  std::string type(scaleTypeName(outer.type));
  if (isLost)
    return "decodes to zeros alone, though it is not zero: its values are too "
           "small for scales in " +
           type + remedy(format, outer.type);
  if (smallest == 0)
    return {};
  char number[32];
  std::snprintf(number, sizeof(number), "%.3g", double(outer.least));
  return "needs smaller scales than its encoding has: " +
         std::to_string(smallest) + " of " + std::to_string(scales) +
         (format.nestedScales ? " nested scales are " : " scales are ") +
         number + ", the smallest of " + type + ", or were raised to it" +
         remedy(format, outer.type);
}
