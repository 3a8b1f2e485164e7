//===- FloatTypes.cpp - The 16-bit float types ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/FloatTypes.h"

#include "Multiversion.h"

#include <bit>

using namespace lowbit::numerics;

namespace {

// The conversions are integer code with selects only, so that loops over them
// vectorise and every machine gives the same bits. NaN payloads follow the
// F16C and AVX512-BF16 instructions: upper bits kept, quiet bit set.

inline uint16_t narrowToF16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t sign = bits >> 16 & 0x8000;
  uint32_t magnitude = bits & 0x7fffffff;
  // Normal results: move the exponent bias from 127 to 15 and round the 13
  // dropped bits to even; a carry out of the mantissa enters the exponent and
  // turns 65520 and more into infinity, as it should.
  uint32_t odd = magnitude >> 13 & 1;
  uint32_t normal = (magnitude - (112u << 23) + 0xfff + odd) >> 13;
  // Denormal results: adding 0.5 leaves, in the lowest bits of the sum, the
  // value in units of 2^-24, rounded to even.
  uint32_t denormal =
      std::bit_cast<uint32_t>(std::bit_cast<float>(magnitude) + 0.5f) -
      std::bit_cast<uint32_t>(0.5f);
  uint32_t nan = 0x7e00 | (magnitude >> 13 & 0x3ff);
  uint32_t result = magnitude < (113u << 23) ? denormal : normal;
  result = magnitude >= (143u << 23) ? 0x7c00 : result;
  result = magnitude > 0x7f800000 ? nan : result;
  return static_cast<uint16_t>(sign | result);
}

inline float widenFromF16(uint16_t half) {
  uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  uint32_t magnitude = half & 0x7fff;
  uint32_t normal = (magnitude << 13) + (112u << 23);
  // An integer number of 2^-24; both steps are exact.
  uint32_t denormal = std::bit_cast<uint32_t>(
      static_cast<float>(static_cast<int>(magnitude)) * 0x1p-24f);
  uint32_t special = (magnitude << 13) | 0x7f800000;
  special = magnitude > 0x7c00 ? special | 0x400000 : special;
  uint32_t result = magnitude < 0x400 ? denormal : normal;
  result = magnitude >= 0x7c00 ? special : result;
  return std::bit_cast<float>(sign | result);
}

inline uint16_t narrowToBF16(float value) {
  uint32_t bits = std::bit_cast<uint32_t>(value);
  uint32_t rounded = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
  uint32_t nan = bits >> 16 | 0x40;
  return static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? nan
                                                                : rounded);
}

inline float widenFromBF16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

LOWBIT_MULTIVERSION
void narrowRowToF16(const float *__restrict in, size_t n,
                    uint16_t *__restrict out) {
  for (size_t i = 0; i < n; ++i)
    out[i] = narrowToF16(in[i]);
}

LOWBIT_MULTIVERSION
void widenRowFromF16(const uint16_t *__restrict in, size_t n,
                     float *__restrict out) {
  for (size_t i = 0; i < n; ++i)
    out[i] = widenFromF16(in[i]);
}

LOWBIT_MULTIVERSION
void narrowRowToBF16(const float *__restrict in, size_t n,
                     uint16_t *__restrict out) {
  for (size_t i = 0; i < n; ++i)
    out[i] = narrowToBF16(in[i]);
}

LOWBIT_MULTIVERSION
void widenRowFromBF16(const uint16_t *__restrict in, size_t n,
                      float *__restrict out) {
  for (size_t i = 0; i < n; ++i)
    out[i] = widenFromBF16(in[i]);
}

} // namespace

uint16_t lowbit::numerics::f16FromF32(float value) {
  return narrowToF16(value);
}
float lowbit::numerics::f32FromF16(uint16_t bits) { return widenFromF16(bits); }
uint16_t lowbit::numerics::bf16FromF32(float value) {
  return narrowToBF16(value);
}
float lowbit::numerics::f32FromBF16(uint16_t bits) {
  return widenFromBF16(bits);
}

void lowbit::numerics::f16FromF32(const float *in, size_t n, uint16_t *out) {
  narrowRowToF16(in, n, out);
}
void lowbit::numerics::f32FromF16(const uint16_t *in, size_t n, float *out) {
  widenRowFromF16(in, n, out);
}
void lowbit::numerics::bf16FromF32(const float *in, size_t n, uint16_t *out) {
  narrowRowToBF16(in, n, out);
}
void lowbit::numerics::f32FromBF16(const uint16_t *in, size_t n, float *out) {
  widenRowFromBF16(in, n, out);
}
