//===- Format.cpp - How a tensor is to be stored, and what that costs -----===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Format.h"
#include "lowbit/Numerics/Packing.h"

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
  }
  __builtin_unreachable();
}

std::optional<Error> lowbit::numerics::verifyFormat(ShapeRef shape,
                                                    const Format &format) {
  if (!format.codec)
    return invalid("the format has no codec");
  if (format.hasZeroPoint && !format.codec->isAffine())
    return invalid("a zero point needs an affine codec, not '" +
                   std::string(format.codec->name()) + "'");
  auto granularity = Granularity::get(shape, format.blockShape);
  if (!granularity)
    return granularity.error();
  return std::nullopt;
}

std::optional<Error> lowbit::numerics::verifyRangeKind(const Format &format,
                                                       RangeKind kind) {
  const Codec &codec = *format.codec;
  auto inapplicable = [&](std::string why) {
    return invalid("range '" + std::string(rangeKindName(kind)) + "' " + why);
  };
  if (kind == RangeKind::MinMax) {
    if (!format.hasZeroPoint)
      return inapplicable("needs a zero point in the format");
    return std::nullopt;
  }
  float middle = format.hasZeroPoint ? codec.midCode() : 0;
  if (kind == RangeKind::AbsMax && !(codec.maxValue() > middle))
    return inapplicable("needs a positive code, which codec '" +
                        std::string(codec.name()) + "' does not have");
  if (kind == RangeKind::Full && !(codec.minValue() < middle))
    return inapplicable("needs a negative code, which codec '" +
                        std::string(codec.name()) + "' does not have");
  return std::nullopt;
}

/// Bytes of codes of `shape` packed along the last axis.
static int64_t packedBytes(ShapeRef shape, unsigned bits) {
  return shape.empty() ? packedRowBytes(1, bits)
                       : numElements(packedShape(shape, bits));
}

std::vector<PartKind> lowbit::numerics::partKinds(const Format &format) {
  std::vector<PartKind> kinds = {PartKind::Codes, PartKind::Scales};
  if (format.hasZeroPoint)
    kinds.push_back(PartKind::ZeroPoints);
  return kinds;
}

int64_t PartSizes::total() const {
  return std::accumulate(begin(), end(), int64_t{0});
}

PartSizes lowbit::numerics::partSizes(ShapeRef shape, const Format &format) {
  auto granularity = Granularity::get(shape, format.blockShape);
  unsigned bits = format.codec->bits();
  PartSizes sizes;
  sizes[PartKind::Codes] = packedBytes(shape, bits);
  sizes[PartKind::Scales] =
      granularity->numScales() * scaleTypeBytes(format.scaleType);
  if (format.hasZeroPoint)
    sizes[PartKind::ZeroPoints] = packedBytes(granularity->scaleShape(), bits);
  return sizes;
}

double lowbit::numerics::bitsPerWeight(ShapeRef shape, const Format &format) {
  int64_t elements = numElements(shape);
  if (elements == 0)
    return 0;
  return 8.0 * partSizes(shape, format).total() / elements;
}
