//===- ScaleType.cpp - The types a scale may be stored in -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/ScaleType.h"

#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

using namespace lowbit::numerics;

static_assert(std::endian::native == std::endian::little,
              "scales are stored little endian");

namespace {

constexpr float nan = std::numeric_limits<float>::quiet_NaN();
constexpr uint8_t nanE4M3 = 0x7f;
constexpr uint8_t nanE8M0 = 0xff;

const TableCodec &e4m3() {
  static const TableCodecRef codec = getSmallFloatCodec(FloatKind::F8E4M3FN);
  return *codec;
}

void narrowToE4M3(const float *scales, size_t n, uint8_t *out) {
  e4m3().encodeRow(scales, n, 1.0f, 0, reinterpret_cast<int8_t *>(out));
  // Above the middle of 448 and 480, which would come next.
  for (size_t i = 0; i < n; ++i)
    out[i] = std::fabs(scales[i]) <= 464 ? out[i] : nanE4M3;
}

uint8_t narrowToE8M0(float scale) {
  uint32_t bits = std::bit_cast<uint32_t>(scale);
  if (bits == 0x80000000)
    bits = 0;
  // Negative, infinite or NaN.
  if (bits >= 0x7f800000)
    return nanE8M0;
  uint32_t code = bits >> 23, fraction = bits & 0x7fffff;
  // Code 0 is 2^-127, a denormal with the highest fraction bit alone; its
  // neighbour begins half as far from there.
  uint32_t middle = code ? 0x400000 : 0x600000;
  code += fraction > middle || (fraction == middle && code % 2);
  return static_cast<uint8_t>(code);
}

float widenFromE8M0(uint8_t code) {
  if (code == nanE8M0)
    return nan;
  return std::bit_cast<float>(code ? uint32_t{code} << 23 : 0x400000u);
}

uint8_t narrowToU8(float scale) {
  // Above 2^23 only integers are left, so the sum is rounded to one; that needs
  // no call. In this order NaN becomes 0.
  constexpr float shift = 0x1.8p23f;
  float rounded = std::min(std::max(0.0f, scale), 255.0f) + shift;
  return static_cast<uint8_t>(static_cast<int>(rounded - shift));
}

/// Scales of one byte.
void narrow(const float *scales, size_t n, ScaleType type, uint8_t *out) {
  if (type == ScaleType::F8E4M3FN)
    return narrowToE4M3(scales, n, out);
  bool isPower = type == ScaleType::F8E8M0FNU;
  for (size_t i = 0; i < n; ++i)
    out[i] = isPower ? narrowToE8M0(scales[i]) : narrowToU8(scales[i]);
}

void widen(const uint8_t *in, size_t n, ScaleType type, float *scales) {
  if (type == ScaleType::F8E4M3FN)
    return e4m3().decodeRow(reinterpret_cast<const int8_t *>(in), n, 1.0f, 0,
                            scales);
  bool isPower = type == ScaleType::F8E8M0FNU;
  for (size_t i = 0; i < n; ++i)
    scales[i] = isPower ? widenFromE8M0(in[i]) : in[i];
}

} // namespace

std::string_view lowbit::numerics::scaleTypeName(ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return "f32";
  case ScaleType::F16:
    return "f16";
  case ScaleType::BF16:
    return "bf16";
  case ScaleType::F8E4M3FN:
    return "f8E4M3FN";
  case ScaleType::F8E8M0FNU:
    return "f8E8M0FNU";
  case ScaleType::U8:
    return "u8";
  case ScaleType::One:
    return "one";
  }
  __builtin_unreachable();
}

float lowbit::numerics::largestScale(ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return std::numeric_limits<float>::max();
  case ScaleType::F16:
    return 65504;
  case ScaleType::BF16:
    return 0x1.fep127f;
  case ScaleType::F8E4M3FN:
    return 448;
  case ScaleType::F8E8M0FNU:
    return 0x1p127f;
  case ScaleType::U8:
    return 255;
  case ScaleType::One:
    return 1;
  }
  __builtin_unreachable();
}

float lowbit::numerics::smallestScale(ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return 0x1p-149f;
  case ScaleType::F16:
    return 0x1p-24f;
  case ScaleType::BF16:
    return 0x1p-133f;
  case ScaleType::F8E4M3FN:
    return 0x1p-9f;
  case ScaleType::F8E8M0FNU:
    return 0x1p-127f;
  case ScaleType::U8:
  case ScaleType::One:
    return 1;
  }
  __builtin_unreachable();
}

SmallScales lowbit::numerics::smallScales(ScaleType type, bool hasZero) {
  float least = smallestScale(type);
  return {hasZero ? 1 : least, least};
}

SmallScales NestedScales::smallScales(ScaleType inner, bool hasZero) const {
  // All of them are powers of two.
  float least = std::max(smallestScale(type),
                         smallestScale(ScaleType::F32) / smallestScale(inner));
  return {hasZero ? 1 : least, least};
}

float lowbit::numerics::roundToScaleType(float scale, ScaleType type) {
  switch (type) {
  case ScaleType::F32:
    return scale;
  case ScaleType::F16:
    return f32FromF16(f16FromF32(scale));
  case ScaleType::BF16:
    return f32FromBF16(bf16FromF32(scale));
  case ScaleType::One:
    return 1;
  default: {
    uint8_t stored;
    narrow(&scale, 1, type, &stored);
    widen(&stored, 1, type, &scale);
    return scale;
  }
  }
}

void lowbit::numerics::storeScales(const float *scales, size_t n,
                                   ScaleType type, uint8_t *out) {
  if (n == 0 || type == ScaleType::One)
    return;
  if (type == ScaleType::F32) {
    std::memcpy(out, scales, n * sizeof(float));
    return;
  }
  if (scaleTypeBytes(type) == 1)
    return narrow(scales, n, type, out);
  // Stored scales need no alignment, so they go through a buffer.
  constexpr size_t bufferSize = 256;
  uint16_t buffer[bufferSize];
  for (size_t i = 0; i < n; i += bufferSize) {
    size_t count = n - i < bufferSize ? n - i : bufferSize;
    if (type == ScaleType::F16)
      f16FromF32(scales + i, count, buffer);
    else
      bf16FromF32(scales + i, count, buffer);
    std::memcpy(out + i * sizeof(uint16_t), buffer, count * sizeof(uint16_t));
  }
}

void lowbit::numerics::loadScales(const uint8_t *in, size_t n, ScaleType type,
                                  float *scales) {
  if (n == 0)
    return;
  if (type == ScaleType::One) {
    std::fill_n(scales, n, 1.0f);
    return;
  }
  if (type == ScaleType::F32) {
    std::memcpy(scales, in, n * sizeof(float));
    return;
  }
  if (scaleTypeBytes(type) == 1)
    return widen(in, n, type, scales);
  constexpr size_t bufferSize = 256;
  uint16_t buffer[bufferSize];
  for (size_t i = 0; i < n; i += bufferSize) {
    size_t count = n - i < bufferSize ? n - i : bufferSize;
    std::memcpy(buffer, in + i * sizeof(uint16_t), count * sizeof(uint16_t));
    if (type == ScaleType::F16)
      f32FromF16(buffer, count, scales + i);
    else
      f32FromBF16(buffer, count, scales + i);
  }
}

int64_t lowbit::numerics::roundScales(std::span<float> scales, ScaleType type,
                                      const SmallScales &small) {
  int64_t tooLarge = -1;
  // In pieces that storeScales and loadScales do at the speed of memory.
  constexpr size_t pieceSize = 256;
  uint8_t stored[pieceSize * sizeof(float)];
  for (size_t begin = 0; begin < scales.size(); begin += pieceSize) {
    size_t count = std::min(pieceSize, scales.size() - begin);
    std::span<float> piece = scales.subspan(begin, count);
    bool isZero[pieceSize];
    for (size_t i = 0; i < count; ++i)
      isZero[i] = piece[i] == 0;
    storeScales(piece.data(), count, type, stored);
    loadScales(stored, count, type, piece.data());
    for (size_t i = 0; i < count; ++i) {
      if (!std::isfinite(piece[i]) && tooLarge < 0)
        tooLarge = begin + i;
      if (std::fabs(piece[i]) < small.least)
        piece[i] = small.least;
      if (isZero[i])
        piece[i] = small.ofZeros;
    }
  }
  return tooLarge;
}

int64_t NestedScales::count(int64_t scales) const {
  if (block == 0)
    return 1;
  return scales / block + (scales % block != 0);
}

int64_t lowbit::numerics::roundNestedScales(std::span<float> scales,
                                            ScaleType type,
                                            const NestedScales &nesting,
                                            std::span<float> nested,
                                            bool hasZero) {
  // Calls `fn` with the scales that share a nested one, and that.
  auto forEachBlock = [&](auto &&fn) {
    size_t block = nesting.block ? nesting.block : scales.size();
    for (size_t i = 0, begin = 0; begin < scales.size(); ++i, begin += block)
      fn(scales.subspan(begin, std::min(block, scales.size() - begin)),
         nested[i]);
  };
  std::fill(nested.begin(), nested.end(), 0.0f);
  float end = largestScale(type);
  forEachBlock([&](std::span<float> sharing, float &scale) {
    for (float inner : sharing)
      scale = std::max(scale, std::fabs(inner));
    scale /= end;
  });
  int64_t tooLarge =
      roundScales(nested, nesting.type, nesting.smallScales(type, hasZero));
  // A nested scale that was rounded down must not make its largest overflow.
  forEachBlock([&](std::span<float> sharing, float scale) {
    for (float &inner : sharing)
      inner = std::clamp(inner / scale, -end, end);
  });
  std::vector<uint8_t> stored(scales.size() * scaleTypeBytes(type));
  storeScales(scales.data(), scales.size(), type, stored.data());
  loadScales(stored.data(), scales.size(), type, scales.data());
  float smallest = smallestScale(type);
  forEachBlock([&](std::span<float> sharing, float scale) {
    for (float &inner : sharing)
      inner = (inner == 0 ? smallest : inner) * scale;
  });
  return tooLarge < 0 ? -1 : tooLarge * nesting.block;
}
