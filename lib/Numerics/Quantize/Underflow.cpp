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
#include <cmath>
#include <cstdio>
#include <limits>
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

/// The blocks whose parameters are the least there are: of nested scales those
/// of a smallest scale, of books those of zeros alone. In others something is
/// left of values that are not zero.
static std::vector<int64_t> smallestBlocks(PartsView parts,
                                           const Format &format) {
  bool areBooks = !format.nestedScales;
  ScaleType type = areBooks ? format.books->type : format.scaleType;
  std::span<const uint8_t> bytes =
      parts[areBooks ? PartKind::Codebook : PartKind::Scales];
  int64_t each = areBooks ? format.books->levels : 1;
  float least = areBooks ? 0 : smallestScale(type);
  std::vector<float> loaded(bytes.size() / scaleTypeBytes(type));
  loadScales(bytes.data(), loaded.size(), type, loaded.data());
  std::vector<int64_t> found;
  for (size_t i = 0; i < loaded.size(); i += each)
    if (std::all_of(loaded.begin() + i, loaded.begin() + i + each,
                    [&](float number) { return std::fabs(number) == least; }))
      found.push_back(i / each);
  return found;
}

std::optional<Error> Underflow::addBlocks(std::span<const float> values,
                                          PartsView parts, ShapeRef shape,
                                          const Format &format) {
  auto granularity =
      Granularity::get(shape, format.nestedScales ? format.blockShape
                                                  : format.books->blockShape);
  if (!granularity)
    return granularity.error();
  blocks += granularity->numScales();
  std::vector<int64_t> small = smallestBlocks(parts, format);
  std::erase_if(small, [&](int64_t block) {
    return !hasValuesIn(values, *granularity, block, block + 1);
  });
  if (small.empty())
    return std::nullopt;
  std::vector<float> decoded(values.size());
  if (auto error = dequantize(parts, shape, format, decoded, 1))
    return error;
  for (int64_t block : small)
    lost += !hasValuesIn(decoded, *granularity, block, block + 1);
  return std::nullopt;
}

/// The smallest positive number that a code decodes to.
static float smallestLevel(const Codec &codec) {
  float least = std::numeric_limits<float>::infinity();
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    if (float level = codec.decode(code); level > 0)
      least = std::min(least, level);
  return least;
}

std::optional<Error> Underflow::addAxes(std::span<const float> values,
                                        PartsView parts, ShapeRef shape,
                                        const Format &format) {
  elements += values.size();
  if (shape.empty() || values.empty())
    return std::nullopt;
  // Where all are as large as a level, all that are not zero stay so.
  float least = smallestLevel(*format.codec);
  bool isSmall = std::ranges::any_of(
      values, [&](float x) { return x != 0 && std::fabs(x) < least; });
  std::vector<float> storage;
  std::span<const float> decoded = values;
  if (isSmall) {
    storage.resize(values.size());
    if (auto error = dequantize(parts, shape, format, storage, 1))
      return error;
    decoded = storage;
  }
  int64_t rows = shape[0], rowSize = values.size() / rows;
  blocks += rows;
  for (int64_t row = 0; isSmall && row < rows; ++row)
    lost += std::ranges::any_of(values.subspan(row * rowSize, rowSize),
                                isNotZero) &&
            std::ranges::none_of(decoded.subspan(row * rowSize, rowSize),
                                 isNotZero);
  axes.resize(shape.size() - 1);
  int64_t inner = rowSize;
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t size = shape[i + 1];
    inner /= size;
    axes[i].hasValues.resize(size);
    axes[i].hasDecoded.resize(size);
    int64_t left = std::ranges::count(axes[i].hasDecoded, 0);
    // Nearly always the first rows tell that nothing is lost.
    for (int64_t at = 0, e = values.size(); at < e && left; at += inner) {
      int64_t index = at / inner % size;
      if (axes[i].hasDecoded[index])
        continue;
      axes[i].hasValues[index] |=
          std::ranges::any_of(values.subspan(at, inner), isNotZero);
      axes[i].hasDecoded[index] =
          std::ranges::any_of(decoded.subspan(at, inner), isNotZero);
      left -= axes[i].hasDecoded[index];
    }
  }
  return std::nullopt;
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
  bool isPlain = format.scaleType == ScaleType::One && !format.hasZeroPoint;
  if (format.sparsity.kind != Sparsity::Kind::Bitmap &&
      (format.nestedScales || (isPlain && format.books))) {
    if (auto error = addBlocks(values, parts, shape, format))
      return error;
  } else if (isPlain && format.sparsity.isDense() && format.codec->hasZero() &&
             format.codec->minValue() < 0) {
    if (auto error = addAxes(values, parts, shape, format))
      return error;
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

/// "4 of 37 blocks decode to zeros alone", with what to do about it; "" if none
/// does.
std::string Underflow::describeLost(const Format &format) const {
  auto text = [](int64_t number, int64_t all, const std::string &what,
                 const std::string &why) {
    return "loses small values: " + std::to_string(number) + " of " +
           std::to_string(all) + " " + what +
           " decode to zeros alone, though they are not zero: " + why;
  };
  if (format.nestedScales)
    return lost == 0
               ? std::string()
               : text(lost, blocks, "blocks",
                      "their scales are too small for " +
                          std::string(scaleTypeName(format.scaleType)) +
                          " beside the largest of their nested scale; use "
                          "scales that are not nested");
  if (format.books)
    return lost == 0 ? std::string()
                     : text(lost, blocks, "codebooks",
                            "their values are too small for levels in " +
                                std::string(scaleTypeName(format.books->type)) +
                                "; use levels in f32, or scales");
  int64_t most = 0, all = 0;
  size_t axis = 0;
  auto consider = [&](int64_t number, int64_t size, size_t of) {
    // Single values are no blocks.
    if (number > most && size < elements)
      most = number, all = size, axis = of;
  };
  consider(lost, blocks, 0);
  for (size_t i = 0; i < axes.size(); ++i) {
    int64_t number = 0, size = axes[i].hasValues.size();
    for (int64_t at = 0; at < size; ++at)
      number += axes[i].hasValues[at] && !axes[i].hasDecoded[at];
    consider(number, size, i + 1);
  }
  if (most == 0)
    return {};
  return text(most, all, "slices along axis " + std::to_string(axis),
              "their values are too small for codes without a scale; give its "
              "encoding a scale");
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
    return describeLost(format);
  char number[32];
  std::snprintf(number, sizeof(number), "%.3g", double(outer.least));
  // A nested scale has to be large enough for its smallest product.
  std::string which = outer.least == smallestScale(outer.type)
                          ? ", the smallest of " + type
                          : ", the smallest in " + type + " that scales in " +
                                std::string(scaleTypeName(format.scaleType)) +
                                " can be multiplied by";
  return "needs smaller scales than its encoding has: " +
         std::to_string(smallest) + " of " + std::to_string(scales) +
         (format.nestedScales ? " nested scales are " : " scales are ") +
         number + which + ", or were raised to it" + remedy(format, outer.type);
}
