//===- Affine.cpp - Codes that are their own value ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Affine.h"

#include "../Multiversion.h"

#include <algorithm>
#include <array>
#include <bit>

using namespace lowbit::numerics;

namespace {

/// Elements per step of a loop. With a constant count the compiler emits
/// straight vector code for a step, so the usual groups of 32, 64 and 128
/// never reach a remainder loop.
constexpr size_t step = 32;

/// saturate(rne(x / scale) + zeroPoint) of one element, where [low, high] is
/// the codec's range less the zero point: the bounds are integers, so clamping
/// before rounding gives the same code as after, and brings the quotient into
/// the range of the rounding trick. NaN compares false and becomes the lowest
/// code.
inline int8_t encodeOne(float x, float scale, float low, float high,
                        int zeroPoint) {
  float q = x / scale;
  q = q > low ? q : low;
  q = q < high ? q : high;
  // Adding 1.5 * 2^23 leaves no bits for a fraction, so the sum's mantissa is
  // the quotient rounded to nearest even. Unlike roundeven() every processor
  // has a vector instruction for this.
  constexpr float shift = 12582912.0f;
  int rounded = std::bit_cast<int>(q + shift) - std::bit_cast<int>(shift);
  return static_cast<int8_t>(rounded + zeroPoint);
}

LOWBIT_MULTIVERSION
void encodeAffine(const float *__restrict x, size_t n, size_t block,
                  const float *__restrict scales,
                  const int8_t *__restrict zeroPoints, int mask, int codeMin,
                  int codeMax, int8_t *__restrict codes) {
  if (block == 1) {
    if (!zeroPoints) {
      float low = codeMin, high = codeMax;
      for (size_t i = 0; i < n; ++i)
        codes[i] = encodeOne(x[i], scales[i], low, high, 0);
      return;
    }
    for (size_t i = 0; i < n; ++i) {
      int zeroPoint = zeroPoints[i] & mask;
      codes[i] = encodeOne(x[i], scales[i], codeMin - zeroPoint,
                           codeMax - zeroPoint, zeroPoint);
    }
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    float scale = *scales++;
    int zeroPoint = zeroPoints ? *zeroPoints++ & mask : 0;
    float low = codeMin - zeroPoint, high = codeMax - zeroPoint;
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        codes[i + k] = encodeOne(x[i + k], scale, low, high, zeroPoint);
    for (; i < end; ++i)
      codes[i] = encodeOne(x[i], scale, low, high, zeroPoint);
  }
}

LOWBIT_MULTIVERSION
void decodeAffine(const int8_t *__restrict codes, size_t n, size_t block,
                  const float *__restrict scales,
                  const int8_t *__restrict zeroPoints, int mask,
                  float *__restrict out) {
  if (block == 1) {
    if (!zeroPoints) {
      for (size_t i = 0; i < n; ++i)
        out[i] = scales[i] * static_cast<float>(codes[i] & mask);
      return;
    }
    for (size_t i = 0; i < n; ++i)
      out[i] = scales[i] *
               static_cast<float>((codes[i] & mask) - (zeroPoints[i] & mask));
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    float scale = *scales++;
    int zeroPoint = zeroPoints ? *zeroPoints++ & mask : 0;
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        out[i + k] =
            scale * static_cast<float>((codes[i + k] & mask) - zeroPoint);
    for (; i < end; ++i)
      out[i] = scale * static_cast<float>((codes[i] & mask) - zeroPoint);
  }
}

class AffineCodec final : public Codec {
public:
  AffineCodec(unsigned bits, bool isSigned)
      : Codec((isSigned ? "i" : "u") + std::to_string(bits), bits,
              /*isAffine=*/true, isSigned ? -(1 << (bits - 1)) : 0,
              (1 << (bits - isSigned)) - 1, isSigned ? -(1 << (bits - 1)) : 0,
              (1 << (bits - isSigned)) - 1) {}

  float decode(int code) const override { return code; }

  void encodeRow(const float *x, size_t n, size_t block, const float *scales,
                 const int8_t *zeroPoints, int8_t *codes) const override {
    encodeAffine(x, n, block, scales, zeroPoints, mask(), codeMin(), codeMax(),
                 codes);
  }

  void decodeRow(const int8_t *codes, size_t n, size_t block,
                 const float *scales, const int8_t *zeroPoints,
                 float *out) const override {
    decodeAffine(codes, n, block, scales, zeroPoints, mask(), out);
  }

private:
  int mask() const { return isSigned() ? -1 : 255; }
};

} // namespace

CodecRef lowbit::numerics::getAffineCodec(unsigned bits, bool isSigned) {
  static const std::array<CodecRef, 16> codecs = [] {
    std::array<CodecRef, 16> all;
    for (unsigned i = 0; i < 16; ++i)
      all[i] = std::make_shared<AffineCodec>(i / 2 + 1, i % 2);
    return all;
  }();
  if (bits < 1 || bits > 8)
    return nullptr;
  return codecs[(bits - 1) * 2 + isSigned];
}
