//===- Float.cpp - Codes that are small floats ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Float.h"

#include "lowbit/Numerics/FloatTypes.h"

#include "../Multiversion.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// A binary float type with a sign.
struct Layout {
  unsigned exponentBits, mantissaBits;
  int bias;
  enum class Special {
    /// Every code is a finite number.
    None,
    /// The codes of largest magnitude are NaN.
    Last,
    /// The largest exponent is kept for infinities and NaN.
    Exponent,
  } special;

  unsigned bits() const { return 1 + exponentBits + mantissaBits; }
  float decode(unsigned code) const;
};

} // namespace

float Layout::decode(unsigned code) const {
  int mantissa = code & ((1u << mantissaBits) - 1);
  unsigned magnitude = code & ((1u << (bits() - 1)) - 1);
  int exponent = magnitude >> mantissaBits;
  float sign = code >> (bits() - 1) ? -1.0f : 1.0f;
  unsigned last = (1u << (bits() - 1)) - 1;
  if (special == Special::Last && magnitude == last)
    return std::numeric_limits<float>::quiet_NaN();
  if (special == Special::Exponent && exponent == (1 << exponentBits) - 1)
    return mantissa ? std::numeric_limits<float>::quiet_NaN()
                    : sign * std::numeric_limits<float>::infinity();
  // Denormals have the exponent of the smallest normals and no leading one.
  if (exponent == 0)
    exponent = 1;
  else
    mantissa += 1 << mantissaBits;
  int scale = exponent - bias - static_cast<int>(mantissaBits);
  return sign * std::ldexp(static_cast<float>(mantissa), scale);
}

static TableCodecRef makeSmallFloat(FloatKind kind, Layout layout) {
  std::vector<float> levels(1u << layout.bits());
  for (unsigned code = 0; code < levels.size(); ++code)
    levels[code] = layout.decode(code);
  return *TableCodec::get(std::string(floatKindName(kind)), std::move(levels),
                          TieRule::EvenCode);
}

namespace {

inline float saturate(float q, float largest) {
  // In this form NaN stays NaN.
  q = q < -largest ? -largest : q;
  return q > largest ? largest : q;
}

LOWBIT_MULTIVERSION
void divideRow(const float *__restrict x, size_t n, size_t block,
               const float *__restrict scales, float largest,
               float *__restrict out) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      out[i] = saturate(x[i] / scales[i], largest);
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = n - begin < block ? n : begin + block;
    float scale = *scales++;
    for (size_t i = begin; i < end; ++i)
      out[i] = saturate(x[i] / scale, largest);
  }
}

LOWBIT_MULTIVERSION
void multiplyRow(float *__restrict out, size_t n, size_t block,
                 const float *__restrict scales) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      out[i] = scales[i] * out[i];
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = n - begin < block ? n : begin + block;
    float scale = *scales++;
    for (size_t i = begin; i < end; ++i)
      out[i] = scale * out[i];
  }
}

/// Codes of two bytes. What is decoded and encoded goes through small buffers,
/// since codes need no alignment.
class HalfCodec final : public Codec {
public:
  explicit HalfCodec(FloatKind kind)
      : Codec(std::string(floatKindName(kind)), 16, /*isAffine=*/false, 0,
              0xffff, -largestOf(kind), largestOf(kind)),
        isF16(kind == FloatKind::F16) {}

  float decode(int code) const override {
    return isF16 ? f32FromF16(code) : f32FromBF16(code);
  }

  void encodeRow(const float *x, size_t n, size_t block, const float *scales,
                 const int8_t *, int8_t *codes) const override {
    forEachPiece(n, block, [&](size_t i, size_t count, size_t scale) {
      float values[bufferSize];
      uint16_t halves[bufferSize];
      divideRow(x + i, count, block, scales + scale, maxValue(), values);
      isF16 ? f16FromF32(values, count, halves)
            : bf16FromF32(values, count, halves);
      std::memcpy(codes + 2 * i, halves, 2 * count);
    });
  }

  void decodeRow(const int8_t *codes, size_t n, size_t block,
                 const float *scales, const int8_t *,
                 float *out) const override {
    forEachPiece(n, block, [&](size_t i, size_t count, size_t scale) {
      uint16_t halves[bufferSize];
      std::memcpy(halves, codes + 2 * i, 2 * count);
      isF16 ? f32FromF16(halves, count, out + i)
            : f32FromBF16(halves, count, out + i);
      multiplyRow(out + i, count, block, scales + scale);
    });
  }

private:
  static constexpr size_t bufferSize = 512;

  static float largestOf(FloatKind kind) {
    return kind == FloatKind::F16 ? 65504.0f : 0x1.fep127f;
  }

  /// Calls `fn(first element, count, scale)` for pieces that fit the buffers
  /// and begin with a block, or lie in one.
  template <typename Fn>
  static void forEachPiece(size_t n, size_t block, Fn &&fn) {
    size_t whole = block < bufferSize ? bufferSize / block * block : block;
    for (size_t begin = 0; begin < n; begin += whole)
      for (size_t i = begin, end = n - begin < whole ? n : begin + whole;
           i < end; i += bufferSize)
        fn(i, end - i < bufferSize ? end - i : bufferSize, begin / block);
  }

  bool isF16;
};

/// Codes of four bytes: the number itself. Any bits of an int are a code.
class SingleCodec final : public Codec {
public:
  SingleCodec()
      : Codec(std::string(floatKindName(FloatKind::F32)), 32,
              /*isAffine=*/false, std::numeric_limits<int>::min(),
              std::numeric_limits<int>::max(),
              std::numeric_limits<float>::lowest(),
              std::numeric_limits<float>::max()) {}

  float decode(int code) const override { return std::bit_cast<float>(code); }

  void encodeRow(const float *x, size_t n, size_t block, const float *scales,
                 const int8_t *, int8_t *codes) const override {
    std::vector<float> values(n);
    divideRow(x, n, block, scales, maxValue(), values.data());
    if (n != 0)
      std::memcpy(codes, values.data(), n * sizeof(float));
  }

  void decodeRow(const int8_t *codes, size_t n, size_t block,
                 const float *scales, const int8_t *,
                 float *out) const override {
    if (n != 0)
      std::memcpy(out, codes, n * sizeof(float));
    multiplyRow(out, n, block, scales);
  }
};

} // namespace

std::string_view lowbit::numerics::floatKindName(FloatKind kind) {
  switch (kind) {
  case FloatKind::F8E4M3FN:
    return "f8E4M3FN";
  case FloatKind::F8E5M2:
    return "f8E5M2";
  case FloatKind::F6E2M3FN:
    return "f6E2M3FN";
  case FloatKind::F6E3M2FN:
    return "f6E3M2FN";
  case FloatKind::F4E2M1FN:
    return "f4E2M1FN";
  case FloatKind::F16:
    return "f16";
  case FloatKind::BF16:
    return "bf16";
  case FloatKind::F32:
    return "f32";
  }
  __builtin_unreachable();
}

TableCodecRef lowbit::numerics::getSmallFloatCodec(FloatKind kind) {
  static const TableCodecRef codecs[] = {
      makeSmallFloat(FloatKind::F8E4M3FN, {4, 3, 7, Layout::Special::Last}),
      makeSmallFloat(FloatKind::F8E5M2, {5, 2, 15, Layout::Special::Exponent}),
      makeSmallFloat(FloatKind::F6E2M3FN, {2, 3, 1, Layout::Special::None}),
      makeSmallFloat(FloatKind::F6E3M2FN, {3, 2, 3, Layout::Special::None}),
      makeSmallFloat(FloatKind::F4E2M1FN, {2, 1, 1, Layout::Special::None}),
  };
  return codecs[static_cast<size_t>(kind)];
}

CodecRef lowbit::numerics::getFloatCodec(FloatKind kind) {
  static const CodecRef f16 = std::make_shared<HalfCodec>(FloatKind::F16);
  static const CodecRef bf16 = std::make_shared<HalfCodec>(FloatKind::BF16);
  static const CodecRef f32 = std::make_shared<SingleCodec>();
  switch (kind) {
  case FloatKind::F16:
    return f16;
  case FloatKind::BF16:
    return bf16;
  case FloatKind::F32:
    return f32;
  default:
    return getSmallFloatCodec(kind);
  }
}
