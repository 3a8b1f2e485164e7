//===- StoredNumbers.cpp - Numbers that parts may not hold ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/StoredNumbers.h"

#include <algorithm>
#include <cmath>

using namespace lowbit::numerics;

std::optional<ScaleType> lowbit::numerics::numberType(PartKind kind,
                                                      const Format &format) {
  switch (kind) {
  case PartKind::Scales:
    return format.scaleType;
  case PartKind::NestedScales:
    return format.nestedScales ? std::optional(format.nestedScales->type)
                               : std::nullopt;
  case PartKind::Offsets:
    return format.offsetType;
  case PartKind::Codebook:
    return format.books ? std::optional(format.books->type) : std::nullopt;
  case PartKind::Codes:
  case PartKind::ZeroPoints:
  case PartKind::Positions:
  case PartKind::Bitmap:
    return std::nullopt;
  }
  __builtin_unreachable();
}

std::string BadNumber::describe() const {
  return value == 0 ? "0" : std::isnan(value) ? "NaN" : "an infinity";
}

std::optional<BadNumber>
lowbit::numerics::findBadNumber(PartKind kind, std::span<const uint8_t> bytes,
                                ScaleType type,
                                const std::function<bool(int64_t)> &isPadding) {
  if (type == ScaleType::One)
    return std::nullopt;
  bool mayBeZero = kind != PartKind::Scales && kind != PartKind::NestedScales;
  int64_t count = bytes.size() / scaleTypeBytes(type);
  constexpr int64_t pieceSize = 1024;
  float numbers[pieceSize];
  for (int64_t begin = 0; begin < count; begin += pieceSize) {
    int64_t size = std::min(pieceSize, count - begin);
    loadScales(bytes.data() + begin * scaleTypeBytes(type), size, type,
               numbers);
    for (int64_t i = 0; i < size; ++i)
      if (!std::isfinite(numbers[i]) || (numbers[i] == 0 && !mayBeZero))
        if (!isPadding || !isPadding(begin + i))
          return BadNumber{begin + i, numbers[i]};
  }
  return std::nullopt;
}

std::optional<Error> lowbit::numerics::verifyNumbers(PartsView parts,
                                                     const Format &format) {
  for (PartKind kind : partKinds(format)) {
    auto type = numberType(kind, format);
    if (!type)
      continue;
    if (auto bad = findBadNumber(kind, parts[kind], *type))
      return Error{Error::Kind::InvalidFormat,
                   "number " + std::to_string(bad->index) + " of part '" +
                       std::string(partKindName(kind)) + "' is " +
                       bad->describe(),
                   bad->index};
  }
  return std::nullopt;
}
