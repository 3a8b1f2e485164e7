//===- Codec.cpp - What a stored code means -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codec.h"
#include "lowbit/Numerics/Codec/Affine.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Codec/Float.h"

#include <algorithm>

using namespace lowbit::numerics;

Codec::Codec(std::string name, unsigned bits, bool isAffine, int codeMin,
             int codeMax, float minValue, float maxValue)
    : codecName(std::move(name)), width(bits), affine(isAffine),
      lowest(codeMin), highest(codeMax), least(minValue), largest(maxValue) {}

// Out of line: this file is the home of the vtable.
Codec::~Codec() = default;

bool Codec::hasZero() const {
  for (int code = lowest; code <= highest; ++code)
    if (decode(code) == 0)
      return true;
  return false;
}

int Codec::encode(float normalized) const {
  int8_t code[2];
  encodeRow(&normalized, 1, 1.0f, 0, code);
  return codeAt(code, 0);
}

void Codec::encodeRow(const float *x, size_t n, float scale, int zeroPoint,
                      int8_t *codes) const {
  int8_t zeroPointByte = static_cast<int8_t>(zeroPoint);
  encodeRow(x, n, std::max<size_t>(n, 1), &scale,
            zeroPoint ? &zeroPointByte : nullptr, codes);
}

void Codec::decodeRow(const int8_t *codes, size_t n, float scale, int zeroPoint,
                      float *out) const {
  int8_t zeroPointByte = static_cast<int8_t>(zeroPoint);
  decodeRow(codes, n, std::max<size_t>(n, 1), &scale,
            zeroPoint ? &zeroPointByte : nullptr, out);
}

CodecRef lowbit::numerics::getNamedCodec(std::string_view name) {
  if (name == "nf4")
    return getNF4Codec();
  if (name == "fp4")
    return getFP4Codec();
  if (name == "fp4_bnb")
    return getBnbFP4Codec();
  if (name == "binary")
    return getBinaryCodec();
  for (FloatKind kind : {FloatKind::F8E4M3FN, FloatKind::F8E5M2,
                         FloatKind::F6E2M3FN, FloatKind::F6E3M2FN,
                         FloatKind::F4E2M1FN, FloatKind::F16, FloatKind::BF16})
    if (name == floatKindName(kind))
      return getFloatCodec(kind);
  if (name.size() == 2 && (name[0] == 'i' || name[0] == 'u') &&
      name[1] >= '1' && name[1] <= '8')
    return getAffineCodec(name[1] - '0', /*isSigned=*/name[0] == 'i');
  return nullptr;
}
