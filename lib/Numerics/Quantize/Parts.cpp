//===- Parts.cpp - The stored parts of a quantized tensor -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Parts.h"
#include "lowbit/Numerics/Packing.h"

#include "StoredParameters.h"

#include <algorithm>
#include <utility>

using namespace lowbit::numerics;

static Error wrongSize(std::string_view part, size_t actual, int64_t expected) {
  return {Error::Kind::InvalidFormat,
          "there are " + std::to_string(actual) + " " + std::string(part) +
              " where the format needs " + std::to_string(expected)};
}

MutablePartsView::operator PartsView() const {
  PartsView result;
  std::copy(begin(), end(), result.begin());
  return result;
}

Parts Parts::allocate(const PartSizes &sizes) {
  Parts parts;
  for (PartKind kind : allPartKinds)
    parts[kind].resize(sizes[kind]);
  return parts;
}

Parts Parts::allocate(ShapeRef shape, const Format &format) {
  return allocate(partSizes(shape, format));
}

Parts::operator PartsView() const {
  PartsView result;
  std::copy(begin(), end(), result.begin());
  return result;
}

MutablePartsView Parts::view() {
  MutablePartsView result;
  std::copy(begin(), end(), result.begin());
  return result;
}

std::optional<Error> lowbit::numerics::verifyPartSizes(PartsView parts,
                                                       ShapeRef shape,
                                                       const Format &format) {
  if (auto error = verifyFormat(shape, format))
    return error;
  PartSizes sizes = partSizes(shape, format);
  for (PartKind kind : allPartKinds)
    if (std::cmp_not_equal(parts[kind].size(), sizes[kind]))
      return wrongSize("bytes of " + std::string(partKindName(kind)),
                       parts[kind].size(), sizes[kind]);
  return std::nullopt;
}

Result<UnpackedParts> lowbit::numerics::unpackParts(PartsView parts,
                                                    ShapeRef shape,
                                                    const Format &format,
                                                    ThreadCount threads) {
  if (auto error = verifyPartSizes(parts, shape, format))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  const Codec &codec = *format.codec;
  const Sparsity &sparsity = format.sparsity;
  UnpackedParts result{loadParameters(parts, *granularity, format), {}};
  Shape kept = sparsity.keptShape(shape);
  result.codes.resize(numElements(kept) * codec.codeBytes());
  PackedRows rows(kept), allRows(shape);
  unpackRows(parts[PartKind::Codes].data(), rows, codec.bits(),
             codec.isSigned(), result.codes.data(), threads);
  if (sparsity.kind == Sparsity::Kind::Pattern) {
    result.positions.resize(numElements(kept));
    unpackRows(parts[PartKind::Positions].data(), rows, sparsity.positionBits(),
               /*isSigned=*/false, result.positions.data(), threads);
  }
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    result.bitmap.resize(numElements(shape));
    unpackRows(parts[PartKind::Bitmap].data(), allRows, 1,
               /*isSigned=*/false, result.bitmap.data(), threads);
  }
  return result;
}

Result<Parts> lowbit::numerics::packParts(const UnpackedParts &parts,
                                          ShapeRef shape, const Format &format,
                                          ThreadCount threads) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  const Sparsity &sparsity = format.sparsity;
  Shape kept = sparsity.keptShape(shape);
  int64_t codeBytes = numElements(kept) * format.codec->codeBytes();
  if (std::cmp_not_equal(parts.codes.size(), codeBytes))
    return wrongSize("bytes of unpacked codes", parts.codes.size(), codeBytes);
  bool isPattern = sparsity.kind == Sparsity::Kind::Pattern;
  int64_t places = isPattern ? numElements(kept) : 0;
  if (std::cmp_not_equal(parts.positions.size(), places))
    return wrongSize("unpacked positions", parts.positions.size(), places);
  bool isBitmap = sparsity.kind == Sparsity::Kind::Bitmap;
  int64_t bits = isBitmap ? numElements(shape) : 0;
  if (std::cmp_not_equal(parts.bitmap.size(), bits))
    return wrongSize("unpacked bits", parts.bitmap.size(), bits);
  if (auto error = verifyCounts(parts, *granularity, format))
    return std::move(*error);

  Parts result = Parts::allocate(shape, format);
  PackedRows rows(kept), allRows(shape);
  packRows(parts.codes.data(), rows, format.codec->bits(),
           result[PartKind::Codes].data(), threads);
  if (isPattern)
    packRows(parts.positions.data(), rows, sparsity.positionBits(),
             result[PartKind::Positions].data(), threads);
  if (isBitmap)
    packRows(parts.bitmap.data(), allRows, 1, result[PartKind::Bitmap].data(),
             threads);
  storeParameters(parts, *granularity, format, result.view());
  return result;
}
