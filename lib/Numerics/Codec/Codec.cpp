//===- Codec.cpp - What a stored code means -------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codec.h"

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
  int8_t code[4];
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
