//===- TensorDump.cpp - A tensor's codes, scales and values ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TensorDump.h"

#include "StoredValues.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"

using namespace lowbit;

static llvm::Error makeError(const llvm::Twine &message) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), message);
}

static llvm::Error makeError(const StoredTensor &tensor,
                             const numerics::Error &error) {
  return makeError(weights::inQuotes(tensor.name) + ": " + error.message);
}

/// Where among the codes each value's is, or -1 for values that are dropped;
/// empty if the format is dense.
static std::vector<int64_t> codePlaces(const numerics::UnpackedParts &parts,
                                       numerics::ShapeRef shape,
                                       const numerics::Sparsity &sparsity) {
  if (sparsity.isDense())
    return {};
  std::vector<int64_t> places(numerics::numElements(shape), -1);
  int64_t code = 0;
  if (sparsity.kind == numerics::Sparsity::Kind::Bitmap) {
    for (size_t i = 0; i < places.size(); ++i)
      if (parts.bitmap[i] && code < sparsity.kept)
        places[i] = code++;
    return places;
  }
  for (int64_t index : numerics::indicesOf(parts.positions, shape, sparsity))
    places[index] = code++;
  return places;
}

static void countCodes(const numerics::UnpackedParts &parts,
                       const numerics::Codec &codec, TensorDump &dump) {
  if (codec.bits() > 8)
    return;
  std::map<int, int64_t> counts;
  for (size_t i = 0; i < parts.codes.size(); ++i)
    ++counts[codec.codeAt(parts.codes.data(), i)];
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    dump.codeCounts.push_back({code, codec.decode(code), counts[code]});
}

llvm::Expected<TensorDump> TensorDump::read(const StoredTensor &tensor,
                                            const Window &window) {
  numerics::Format format = tensor.format();
  const numerics::Codec &codec = *format.codec;
  numerics::Parts storage;
  auto rows =
      getPartsInRows(tensor.view(), tensor.shape, tensor.encoding, {}, storage);
  if (!rows)
    return makeError(tensor, rows.error());
  auto unpacked = numerics::unpackParts(*rows, tensor.shape, format);
  if (!unpacked)
    return makeError(tensor, unpacked.error());

  TensorDump dump;
  dump.name = tensor.name;
  dump.shape = tensor.shape;
  dump.window = window;
  llvm::raw_string_ostream(dump.type) << mlir::Attribute(tensor.encoding);
  for (const StoredTensor::Part &part : tensor.parts)
    dump.parts.push_back(part.tensor);
  dump.bits = tensor.bitsPerWeight();
  dump.isEncoded = true;
  dump.isAffine = codec.isAffine();
  auto granularity =
      numerics::Granularity::get(tensor.shape, format.blockShape);
  dump.scaleShape = granularity->scaleShape();
  countCodes(*unpacked, codec, dump);

  std::vector<int64_t> places =
      codePlaces(*unpacked, tensor.shape, format.sparsity);
  window.forEach([&](int64_t, int64_t, int64_t element) {
    int64_t place = places.empty() ? element : places[element];
    dump.codes.push_back(
        place < 0 ? std::nullopt
                  : std::optional(codec.codeAt(unpacked->codes.data(), place)));
    int64_t block = granularity->scaleIndex(element);
    dump.blockOfValue.push_back(block);
    auto [it, isNew] = dump.blocks.try_emplace(block);
    if (!isNew)
      return;
    it->second.place = numerics::placeOf(block, dump.scaleShape);
    it->second.scale = unpacked->scales[block];
    if (format.hasZeroPoint)
      it->second.zeroPoint = codec.codeFromByte(unpacked->zeroPoints[block]);
    if (format.offsetType)
      it->second.offset = unpacked->offsets[block];
  });

  dump.values.resize(dump.codes.size());
  constexpr int64_t kPiece = int64_t(1) << 22;
  auto error = numerics::dequantizeInPieces(
      *rows, tensor.shape, format, kPiece, {},
      [&](int64_t first, std::span<const float> piece) {
        size_t i = 0;
        window.forEach([&](int64_t, int64_t, int64_t element) {
          if (element >= first && element - first < int64_t(piece.size()))
            dump.values[i] = piece[element - first];
          ++i;
        });
      });
  if (error)
    return makeError(tensor, *error);
  return dump;
}

llvm::Expected<TensorDump> TensorDump::read(const weights::TensorView &tensor,
                                            const Window &window) {
  std::string type(weights::name(tensor.dtype));
  if (!hasRealElements(tensor.dtype))
    return makeError(weights::inQuotes(tensor.name) + ": elements of type " +
                     type + " are no real numbers");
  TensorDump dump;
  dump.name = tensor.name;
  dump.shape = tensor.shape;
  dump.window = window;
  dump.type = type;
  dump.parts.push_back(&tensor);
  dump.bits = weights::bitWidth(tensor.dtype);
  window.forEach([&](int64_t, int64_t, int64_t element) {
    dump.values.push_back(storedValue(tensor, element));
  });
  return dump;
}

/// Fails unless `original` can be compared with a tensor of this shape.
static llvm::Error checkOriginal(llvm::ArrayRef<int64_t> shape,
                                 const weights::TensorView &original,
                                 const std::string &path) {
  if (llvm::ArrayRef(original.shape) != shape)
    return makeError(path + ": " + weights::inQuotes(original.name) + " has " +
                     weights::shapeText(original.shape) + " values, not " +
                     weights::shapeText(shape));
  if (!hasRealElements(original.dtype))
    return makeError(
        path + ": " + weights::inQuotes(original.name) + ": elements of type " +
        std::string(weights::name(original.dtype)) + " are no real numbers");
  return llvm::Error::success();
}

/// `count` values of `tensor` from number `first` on, as f32.
static std::span<const float> readPiece(const weights::TensorView &tensor,
                                        int64_t first, int64_t count,
                                        std::vector<float> &storage,
                                        const RealSteps *steps = nullptr) {
  if (StoredReals::isReal(tensor.dtype))
    return StoredReals{tensor.dtype, tensor.bytes(), steps}.read(first, count,
                                                                 storage);
  storage.resize(count);
  for (int64_t i = 0; i < count; ++i)
    storage[i] = static_cast<float>(storedValue(tensor, first + i));
  return storage;
}

llvm::Error TensorDump::compare(const StoredTensor &tensor,
                                const weights::TensorView &original,
                                std::string path) {
  if (llvm::Error error =
          checkOriginal(getSourceShape(shape, tensor.steps), original, path))
    return error;
  againstPath = std::move(path);
  std::vector<float> piece;
  window.forEach([&](int64_t, int64_t, int64_t element) {
    originals.push_back(
        readPiece(original, element, 1, piece, &tensor.steps)[0]);
  });
  numerics::Parts storage;
  auto rows =
      getPartsInRows(tensor.view(), tensor.shape, tensor.encoding, {}, storage);
  if (!rows)
    return makeError(tensor, rows.error());
  auto measured = numerics::summarizeQuantization(
      [&](int64_t first, int64_t count) {
        return readPiece(original, first, count, piece, &tensor.steps);
      },
      *rows, tensor.shape, tensor.format());
  if (!measured)
    return makeError(tensor, measured.error());
  summary = *std::move(measured);
  return llvm::Error::success();
}

llvm::Error TensorDump::compare(const weights::TensorView &tensor,
                                const weights::TensorView &original,
                                std::string path) {
  if (llvm::Error error = checkOriginal(shape, original, path))
    return error;
  againstPath = std::move(path);
  window.forEach([&](int64_t, int64_t, int64_t element) {
    originals.push_back(storedValue(original, element));
  });
  summary.emplace();
  summary->elements = numerics::numElements(shape);
  constexpr int64_t kPiece = int64_t(1) << 20;
  std::vector<float> storage[2];
  for (int64_t i = 0; i < summary->elements; i += kPiece) {
    int64_t count = std::min(kPiece, summary->elements - i);
    summary->error.merge(
        numerics::measureError(readPiece(original, i, count, storage[0]),
                               readPiece(tensor, i, count, storage[1])));
  }
  return llvm::Error::success();
}
