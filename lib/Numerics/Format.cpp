//===- Format.cpp - How a tensor is to be stored, and what that costs -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Format.h"
#include "lowbit/Numerics/Packing.h"

#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

using namespace lowbit::numerics;

static Error invalid(std::string message) {
  return {Error::Kind::InvalidFormat, std::move(message)};
}

std::string_view lowbit::numerics::rangeKindName(RangeKind kind) {
  switch (kind) {
  case RangeKind::AbsMax:
    return "absmax";
  case RangeKind::Full:
    return "full";
  case RangeKind::MinMax:
    return "minmax";
  case RangeKind::Mean:
    return "mean";
  case RangeKind::Exponent:
    return "exponent";
  }
  __builtin_unreachable();
}

RangeKind Format::defaultRangeKind() const {
  if (hasZeroPoint || offsetType)
    return RangeKind::MinMax;
  return scaleType == ScaleType::F8E8M0FNU ? RangeKind::Exponent
                                           : RangeKind::AbsMax;
}

bool Format::hasZero() const { return offsetType || codec->hasZero(); }

/// The types that are not made of bytes.
static bool isWideFloat(ScaleType type) {
  return type == ScaleType::F32 || type == ScaleType::F16 ||
         type == ScaleType::BF16;
}

static std::optional<Error> verifyScales(const Format &format) {
  std::string type(scaleTypeName(format.scaleType));
  if (!format.nestedScales) {
    if (format.scaleType == ScaleType::U8)
      return invalid("u8 scales need nested scales");
    return std::nullopt;
  }
  if (format.scaleType != ScaleType::U8 &&
      format.scaleType != ScaleType::F8E4M3FN &&
      format.scaleType != ScaleType::F16)
    return invalid("nested scales multiply u8, f8E4M3FN or f16 scales, not " +
                   type);
  if (!isWideFloat(format.nestedScales->type))
    return invalid("nested scales are f32, f16 or bf16, not " +
                   std::string(scaleTypeName(format.nestedScales->type)));
  if (format.nestedScales->block < 0)
    return invalid("the block of nested scales is negative");
  return std::nullopt;
}

static std::optional<Error> verifyBooks(ShapeRef shape, const Format &format) {
  bool isLearned = std::isnan(format.codec->maxValue());
  if (!format.books) {
    if (isLearned)
      return invalid("codec '" + std::string(format.codec->name()) +
                     "' needs books");
    return std::nullopt;
  }
  const Books &books = *format.books;
  if (!isLearned || format.codec->codeMax() + 1 != books.levels)
    return invalid("books of " + std::to_string(books.levels) +
                   " levels need codec 'kmeans<" +
                   std::to_string(books.levels) + ">', not '" +
                   std::string(format.codec->name()) + "'");
  if (!isWideFloat(books.type))
    return invalid("books are f32, f16 or bf16, not " +
                   std::string(scaleTypeName(books.type)));
  auto granularity = Granularity::get(shape, books.blockShape);
  if (!granularity)
    return granularity.error();
  return std::nullopt;
}

static std::optional<Error> verifyFormatSparsity(ShapeRef shape,
                                                 const Format &format) {
  const Sparsity &sparsity = format.sparsity;
  if (auto error = verifySparsity(shape, sparsity))
    return error;
  if (sparsity.kind != Sparsity::Kind::Pattern)
    return std::nullopt;
  auto hasWholeRuns = [&](ShapeRef blocks) {
    return blocks[sparsity.axis] % sparsity.run == 0 ||
           blocks[sparsity.axis] >= shape[sparsity.axis];
  };
  if (!hasWholeRuns(format.blockShape) ||
      (format.books && !hasWholeRuns(format.books->blockShape)))
    return invalid("blocks along the axis of " + std::to_string(sparsity.keep) +
                   ":" + std::to_string(sparsity.run) +
                   " sparsity hold a multiple of " +
                   std::to_string(sparsity.run) + " values");
  return std::nullopt;
}

Format lowbit::numerics::keptFormat(const Format &format) {
  if (format.sparsity.kind != Sparsity::Kind::Pattern)
    return format;
  Format result = format;
  auto shorten = [&](Shape &blocks) {
    int64_t &block = blocks[format.sparsity.axis];
    block = format.sparsity.keptBlock(block);
  };
  shorten(result.blockShape);
  if (result.books)
    shorten(result.books->blockShape);
  result.sparsity = {};
  return result;
}

/// Sizes of parts, and their sum, are to fit 63 bits: empty tensors may have
/// scales without end.
static std::optional<Error> verifySizes(const Granularity &granularity,
                                        const Format &format) {
  // At most two bytes a code and one a position; with a scale may come a zero
  // point and an offset, and a nested scale.
  __int128 bytes = __int128{granularity.numElements()} * 4;
  bytes += __int128{granularity.numScales()} * 16;
  if (format.books)
    bytes +=
        __int128{Granularity::get(granularity.shape(), format.books->blockShape)
                     ->numScales()} *
        format.books->levels * 4;
  if (bytes <= std::numeric_limits<int64_t>::max())
    return std::nullopt;
  return invalid("the parts of the tensor may have more than 2^63 - 1 bytes");
}

std::optional<Error> lowbit::numerics::verifyFormat(ShapeRef shape,
                                                    const Format &format) {
  if (!format.codec)
    return invalid("the format has no codec");
  if (format.hasZeroPoint && !format.codec->isAffine())
    return invalid("a zero point needs an affine codec, not '" +
                   std::string(format.codec->name()) + "'");
  if (format.offsetType && format.hasZeroPoint)
    return invalid("a format has zero points or offsets, not both");
  if (format.offsetType && !isWideFloat(*format.offsetType))
    return invalid("offsets are f32, f16 or bf16, not " +
                   std::string(scaleTypeName(*format.offsetType)));
  if (auto error = verifyScales(format))
    return error;
  auto granularity = Granularity::get(shape, format.blockShape);
  if (!granularity)
    return granularity.error();
  if (auto error = verifyBooks(shape, format))
    return error;
  if (auto error = verifySizes(*granularity, format))
    return error;
  return verifyFormatSparsity(shape, format);
}

std::optional<Error> lowbit::numerics::verifyRangeKind(const Format &format,
                                                       RangeKind kind) {
  const Codec &codec = *format.codec;
  auto inapplicable = [&](std::string why) {
    return invalid("range '" + std::string(rangeKindName(kind)) + "' " + why);
  };
  if (format.books)
    return inapplicable("does not find the levels of codec '" +
                        std::string(codec.name()) + "'");
  if (kind == RangeKind::Mean && format.sparsity.kind == Sparsity::Kind::Bitmap)
    return inapplicable("is not for bitmaps");
  if (kind == RangeKind::MinMax) {
    if (!format.hasZeroPoint && !format.offsetType)
      return inapplicable("needs a zero point or an offset in the format");
    return std::nullopt;
  }
  if (format.offsetType)
    return inapplicable("has no offset, which the format stores");
  if (kind == RangeKind::Mean || kind == RangeKind::Exponent) {
    if (format.hasZeroPoint)
      return inapplicable("has no zero point, which the format stores");
    if (!(codec.maxValue() > 0))
      return inapplicable("needs a positive code, which codec '" +
                          std::string(codec.name()) + "' does not have");
    return std::nullopt;
  }
  if (kind == RangeKind::Full && format.scaleType != ScaleType::One &&
      !isSignedScaleType(format.scaleType))
    return inapplicable("needs negative scales, which type " +
                        std::string(scaleTypeName(format.scaleType)) +
                        " does not have");
  float middle = format.hasZeroPoint ? codec.midCode() : 0;
  if (kind == RangeKind::AbsMax && !(codec.maxValue() > middle))
    return inapplicable("needs a positive code, which codec '" +
                        std::string(codec.name()) + "' does not have");
  if (kind == RangeKind::Full && !(codec.minValue() < middle))
    return inapplicable("needs a negative code, which codec '" +
                        std::string(codec.name()) + "' does not have");
  return std::nullopt;
}

namespace {

/// Codes whose levels lie with the tensor.
class LearnedCodec final : public Codec {
  static constexpr float none = std::numeric_limits<float>::quiet_NaN();

public:
  explicit LearnedCodec(unsigned levels)
      : Codec("kmeans<" + std::to_string(levels) + ">",
              std::bit_width(levels - 1), /*isAffine=*/false, 0, levels - 1,
              none, none) {}

  float decode(int) const override { return none; }
  void encodeRow(const float *, size_t n, size_t, const float *, const int8_t *,
                 int8_t *codes) const override {
    std::fill_n(codes, n, 0);
  }
  void decodeRow(const int8_t *, size_t n, size_t, const float *,
                 const int8_t *, float *out) const override {
    std::fill_n(out, n, none);
  }
};

} // namespace

CodecRef lowbit::numerics::getLearnedCodec(int64_t levels) {
  static const std::array<CodecRef, 257> codecs = [] {
    std::array<CodecRef, 257> all;
    for (unsigned i = 2; i <= 256; ++i)
      all[i] = std::make_shared<LearnedCodec>(i);
    return all;
  }();
  return levels < 2 || levels > 256 ? nullptr : codecs[levels];
}

std::vector<PartKind> lowbit::numerics::partKinds(const Format &format) {
  std::vector<PartKind> kinds = {PartKind::Codes};
  auto addIf = [&](bool has, PartKind kind) {
    if (has)
      kinds.push_back(kind);
  };
  addIf(format.scaleType != ScaleType::One, PartKind::Scales);
  addIf(format.nestedScales.has_value(), PartKind::NestedScales);
  addIf(format.hasZeroPoint, PartKind::ZeroPoints);
  addIf(format.offsetType.has_value(), PartKind::Offsets);
  addIf(format.books.has_value(), PartKind::Codebook);
  addIf(format.sparsity.kind == Sparsity::Kind::Pattern, PartKind::Positions);
  addIf(format.sparsity.kind == Sparsity::Kind::Bitmap, PartKind::Bitmap);
  return kinds;
}

int64_t PartSizes::total() const {
  return std::accumulate(begin(), end(), int64_t{0});
}

PartSizes lowbit::numerics::partSizes(ShapeRef shape, const Format &format) {
  auto granularity = Granularity::get(shape, format.blockShape);
  unsigned bits = format.codec->bits();
  PartSizes sizes;
  const Sparsity &sparsity = format.sparsity;
  Shape kept = sparsity.keptShape(shape);
  sizes[PartKind::Codes] = PackedRows(kept).bytes(bits);
  if (sparsity.kind == Sparsity::Kind::Pattern)
    sizes[PartKind::Positions] =
        PackedRows(kept).bytes(sparsity.positionBits());
  if (sparsity.kind == Sparsity::Kind::Bitmap)
    sizes[PartKind::Bitmap] = PackedRows(shape).bytes(1);
  if (format.books)
    sizes[PartKind::Codebook] =
        Granularity::get(shape, format.books->blockShape)->numScales() *
        format.books->levels * scaleTypeBytes(format.books->type);
  int64_t scales = granularity->numScales();
  sizes[PartKind::Scales] = scales * scaleTypeBytes(format.scaleType);
  if (format.nestedScales)
    sizes[PartKind::NestedScales] = format.nestedScales->count(scales) *
                                    scaleTypeBytes(format.nestedScales->type);
  if (format.offsetType)
    sizes[PartKind::Offsets] = scales * scaleTypeBytes(*format.offsetType);
  if (format.hasZeroPoint)
    sizes[PartKind::ZeroPoints] =
        PackedRows(granularity->scaleShape()).bytes(bits);
  return sizes;
}

double lowbit::numerics::bitsPerWeight(ShapeRef shape, const Format &format) {
  int64_t elements = numElements(shape);
  if (elements == 0)
    return 0;
  return 8.0 * partSizes(shape, format).total() / elements;
}
