//===- Sparse.cpp - Quantizing the values that are kept -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The kept values of a pattern are a tensor of their own, with blocks of their
// own (keptFormat), so whatever works on tensors works on them. Those of a
// bitmap have no such shape: they are met run by run of the tensor's blocks.
//
//===----------------------------------------------------------------------===//

#include "Sparse.h"

#include "../Finite.h"
#include "BookCodecs.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"

#include <algorithm>
#include <utility>

using namespace lowbit::numerics;

static std::vector<float> gather(std::span<const float> values,
                                 std::span<const int64_t> indices) {
  std::vector<float> kept(indices.size());
  for (size_t i = 0; i < indices.size(); ++i)
    kept[i] = values[indices[i]];
  return kept;
}

/// A bitmap's format for its tensor with zeros.
static Format denseFormat(Format format) {
  format.sparsity = {};
  return format;
}

/// Calls `fn(codec, element, scale, code)` for each value that a bitmap keeps.
template <typename Fn>
static void forEachKept(std::span<const int8_t> bitmap, ShapeRef shape,
                        const Format &format, const BlockParameters &parameters,
                        Fn &&fn) {
  BookCodecs books(shape, format, parameters.books);
  auto granularity = Granularity::get(shape, format.blockShape);
  int64_t code = 0;
  granularity->forEachRun([&](int64_t scale, int64_t offset, int64_t length) {
    for (int64_t i = offset; i < offset + length; ++i)
      if (bitmap[i] && code < format.sparsity.kept)
        fn(books.ofElement(i), i, scale, code++);
  });
}

static int zeroPointOf(const BlockParameters &parameters, const Codec &codec,
                       int64_t scale) {
  return parameters.zeroPoints.empty()
             ? 0
             : codec.codeFromByte(parameters.zeroPoints[scale]);
}

std::optional<Error> lowbit::numerics::dequantizeSparse(PartsView parts,
                                                        ShapeRef shape,
                                                        const Format &format,
                                                        std::span<float> out,
                                                        ThreadCount threads) {
  Result<UnpackedParts> unpacked = unpackParts(parts, shape, format);
  if (!unpacked)
    return unpacked.error();
  std::fill(out.begin(), out.end(), 0.0f);
  if (format.sparsity.kind == Sparsity::Kind::Bitmap) {
    forEachKept(
        unpacked->bitmap, shape, format, *unpacked,
        [&](const Codec &codec, int64_t element, int64_t scale, int64_t code) {
          codec.decodeRow(unpacked->codes.data() + code * codec.codeBytes(), 1,
                          unpacked->scales[scale],
                          zeroPointOf(*unpacked, codec, scale), &out[element]);
        });
    return std::nullopt;
  }
  Shape keptShape = format.sparsity.keptShape(shape);
  std::vector<int64_t> indices =
      indicesOf(unpacked->positions, shape, format.sparsity);
  std::vector<float> kept(indices.size());
  parts[PartKind::Positions] = {};
  if (auto error =
          dequantize(parts, keptShape, keptFormat(format), kept, threads))
    return error;
  for (size_t i = 0; i < indices.size(); ++i)
    out[indices[i]] = kept[i];
  return std::nullopt;
}

Result<UnpackedParts>
lowbit::numerics::encodeSparse(BlockParameters parameters,
                               std::span<const float> values,
                               std::span<const uint8_t> mask, ShapeRef shape,
                               const Format &format, ThreadCount threads) {
  if (auto error = verifyMask(mask, shape, format.sparsity))
    return std::move(*error);
  if (auto error = checkFinite(values, threads))
    return std::move(*error);
  if (format.sparsity.kind == Sparsity::Kind::Bitmap) {
    UnpackedParts parts{std::move(parameters), {}};
    parts.bitmap.assign(mask.begin(), mask.end());
    parts.codes.resize(format.sparsity.kept * format.codec->codeBytes());
    forEachKept(
        parts.bitmap, shape, format, parts,
        [&](const Codec &codec, int64_t element, int64_t scale, int64_t code) {
          codec.encodeRow(&values[element], 1, parts.scales[scale],
                          zeroPointOf(parts, codec, scale),
                          parts.codes.data() + code * codec.codeBytes());
        });
    return parts;
  }
  std::vector<int64_t> indices = keptIndices(mask, shape, format.sparsity);
  Result<UnpackedParts> parts =
      encodeWith(std::move(parameters), gather(values, indices),
                 format.sparsity.keptShape(shape), keptFormat(format), threads);
  if (parts)
    parts->positions = positionsOf(indices, shape, format.sparsity);
  return parts;
}

Result<BlockParameters>
lowbit::numerics::chooseForKept(std::span<const float> values, ShapeRef shape,
                                const Format &format,
                                const ParameterChooser &chooser) {
  if (std::cmp_not_equal(values.size(), numElements(shape)))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(values.size()) +
                     " values given for a tensor of " +
                     std::to_string(numElements(shape)) + " elements"};
  if (auto error = checkFinite(values, /*threads=*/1))
    return std::move(*error);
  std::vector<uint8_t> mask = magnitudeMask(values, shape, format.sparsity);
  if (format.sparsity.kind == Sparsity::Kind::Pattern)
    return chooser(gather(values, keptIndices(mask, shape, format.sparsity)),
                   format.sparsity.keptShape(shape), keptFormat(format));
  std::vector<float> seen(values.begin(), values.end());
  for (size_t i = 0; i < seen.size(); ++i)
    seen[i] = mask[i] ? seen[i] : 0.0f;
  return chooser(seen, shape, denseFormat(format));
}

std::vector<float>
lowbit::numerics::weightsOfKept(const ErrorWeights &weights,
                                std::span<const float> values, ShapeRef shape,
                                const Sparsity &sparsity) {
  std::vector<float> result(values.size(), 1.0f);
  if (!weights.elements.empty())
    result.assign(weights.elements.begin(), weights.elements.end());
  if (!weights.channels.empty()) {
    int64_t stride = numElements(shape.subspan(weights.axis + 1));
    int64_t length = shape[weights.axis];
    for (size_t i = 0; i < result.size(); ++i)
      result[i] = weights.channels[i / stride % length];
  }
  if (sparsity.isDense())
    return result;
  std::vector<uint8_t> mask = magnitudeMask(values, shape, sparsity);
  for (size_t i = 0; i < result.size(); ++i)
    result[i] = mask[i] ? result[i] : 0.0f;
  return result;
}

std::optional<Error>
lowbit::numerics::quantizeSparse(std::span<const float> values, ShapeRef shape,
                                 const Format &format, RangeKind kind,
                                 ThreadCount threads, MutablePartsView parts) {
  Result<BlockParameters> parameters = chooseForKept(
      values, shape, format,
      [&](std::span<const float> seen, ShapeRef shape, const Format &format) {
        return chooseParameters(seen, shape, format, kind, threads);
      });
  if (!parameters)
    return parameters.error();
  Result<UnpackedParts> unpacked =
      encodeWith(*std::move(parameters), values, shape, format, threads);
  if (!unpacked)
    return unpacked.error();
  Result<Parts> packed = packParts(*unpacked, shape, format);
  if (!packed)
    return packed.error();
  for (PartKind part : allPartKinds)
    std::copy((*packed)[part].begin(), (*packed)[part].end(),
              parts[part].begin());
  return std::nullopt;
}
