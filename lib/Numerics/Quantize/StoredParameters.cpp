//===- StoredParameters.cpp - Parameters of blocks as bytes ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "StoredParameters.h"

#include "lowbit/Numerics/Packing.h"

#include <utility>

using namespace lowbit::numerics;

BlockParameters lowbit::numerics::loadParameters(PartsView parts,
                                                 const Granularity &granularity,
                                                 const Format &format) {
  BlockParameters result;
  int64_t count = granularity.numScales();
  result.scales.resize(count);
  loadScales(parts[PartKind::Scales].data(), count, format.scaleType,
             result.scales.data());
  if (const auto &nesting = format.nestedScales) {
    result.nestedScales.resize(nesting->count(count));
    loadScales(parts[PartKind::NestedScales].data(), result.nestedScales.size(),
               nesting->type, result.nestedScales.data());
    for (int64_t i = 0; i < count; ++i)
      result.scales[i] *= result.nestedScales[nesting->of(i)];
  }
  if (format.offsetType) {
    result.offsets.resize(count);
    loadScales(parts[PartKind::Offsets].data(), count, *format.offsetType,
               result.offsets.data());
  }
  if (format.books) {
    result.books.resize(parts[PartKind::Codebook].size() /
                        scaleTypeBytes(format.books->type));
    loadScales(parts[PartKind::Codebook].data(), result.books.size(),
               format.books->type, result.books.data());
  }
  if (format.hasZeroPoint) {
    result.zeroPoints.resize(count);
    unpackRows(parts[PartKind::ZeroPoints].data(),
               PackedRows(granularity.scaleShape()), format.codec->bits(),
               format.codec->isSigned(), result.zeroPoints.data());
  }
  return result;
}

void lowbit::numerics::packZeroPoints(std::span<const int8_t> zeroPoints,
                                      const Granularity &granularity,
                                      const Format &format,
                                      MutablePartsView parts) {
  packRows(zeroPoints.data(), PackedRows(granularity.scaleShape()),
           format.codec->bits(), parts[PartKind::ZeroPoints].data());
}

void lowbit::numerics::storeParameters(const BlockParameters &parameters,
                                       const Granularity &granularity,
                                       const Format &format,
                                       MutablePartsView parts) {
  int64_t count = granularity.numScales();
  uint8_t *scales = parts[PartKind::Scales].data();
  if (const auto &nesting = format.nestedScales) {
    // The quotient of a product by one factor is the other to within two
    // roundings, so the stored scale, which has few bits, is found again.
    std::vector<float> inner(parameters.scales);
    for (int64_t i = 0; i < count; ++i)
      inner[i] /= parameters.nestedScales[nesting->of(i)];
    storeScales(inner.data(), count, format.scaleType, scales);
    storeScales(parameters.nestedScales.data(), parameters.nestedScales.size(),
                nesting->type, parts[PartKind::NestedScales].data());
  } else {
    storeScales(parameters.scales.data(), count, format.scaleType, scales);
  }
  if (format.offsetType)
    storeScales(parameters.offsets.data(), count, *format.offsetType,
                parts[PartKind::Offsets].data());
  if (format.books)
    storeScales(parameters.books.data(), parameters.books.size(),
                format.books->type, parts[PartKind::Codebook].data());
  if (format.hasZeroPoint)
    packZeroPoints(parameters.zeroPoints, granularity, format, parts);
}

std::optional<Error>
lowbit::numerics::verifyCounts(const BlockParameters &parameters,
                               const Granularity &granularity,
                               const Format &format) {
  std::optional<Error> error;
  auto verify = [&](const char *what, size_t actual, int64_t expected) {
    if (!error && std::cmp_not_equal(actual, expected))
      error = Error{Error::Kind::InvalidFormat,
                    std::to_string(actual) + ' ' + what +
                        " given where the format needs " +
                        std::to_string(expected)};
  };
  int64_t count = granularity.numScales();
  verify("scales", parameters.scales.size(), count);
  verify("nested scales", parameters.nestedScales.size(),
         format.nestedScales ? format.nestedScales->count(count) : 0);
  verify("zero points", parameters.zeroPoints.size(),
         format.hasZeroPoint ? count : 0);
  verify("offsets", parameters.offsets.size(), format.offsetType ? count : 0);
  int64_t levels = 0;
  if (format.books)
    levels = Granularity::get(granularity.shape(), format.books->blockShape)
                 ->numScales() *
             format.books->levels;
  verify("levels", parameters.books.size(), levels);
  return error;
}
