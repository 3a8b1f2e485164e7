//===- FloatTypesTest.cpp - 16-bit floats, every pattern both ways --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/FloatTypes.h"
#include "lowbit/Numerics/ScaleType.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();

/// What a half means, by the definition of the format.
double valueOfF16(uint16_t bits) {
  int exponent = bits >> 10 & 31, mantissa = bits & 0x3ff;
  double magnitude = exponent == 0 ? std::ldexp(mantissa, -24)
                                   : std::ldexp(1024 + mantissa, exponent - 25);
  return bits & 0x8000 ? -magnitude : magnitude;
}

bool isNaNF16(uint16_t bits) { return (bits & 0x7fff) > 0x7c00; }
bool isNaNBF16(uint16_t bits) { return (bits & 0x7fff) > 0x7f80; }

TEST(FloatTypes, EveryF16WidensExactlyAndComesBack) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = f32FromF16(bits);
    if (isNaNF16(bits)) {
      EXPECT_TRUE(std::isnan(value));
      EXPECT_EQ(f16FromF32(value), bits | 0x200);
      continue;
    }
    if ((bits & 0x7fff) == 0x7c00)
      EXPECT_EQ(value, bits & 0x8000 ? -inf : inf);
    else
      EXPECT_EQ(value, valueOfF16(bits)) << bits;
    EXPECT_EQ(std::signbit(value), bits >> 15 != 0);
    EXPECT_EQ(f16FromF32(value), bits) << bits;
  }
}

TEST(FloatTypes, F16RoundsToNearestEven) {
  for (unsigned bits = 0; bits < 0x7c00; ++bits) {
    // The midpoint to the next half (65504's is 65520, where infinity begins)
    // is a float: one bit more than the half has.
    float here = f32FromF16(bits);
    double next = bits == 0x7bff ? 65536 : valueOfF16(bits + 1);
    float middle = static_cast<float>((here + next) / 2);
    unsigned even = bits % 2 ? bits + 1 : bits;
    for (unsigned sign : {0u, 0x8000u}) {
      float s = sign ? -1 : 1;
      EXPECT_EQ(f16FromF32(s * middle), even | sign) << middle;
      EXPECT_EQ(f16FromF32(s * std::nextafter(middle, 0.0f)), bits | sign);
      EXPECT_EQ(f16FromF32(s * std::nextafter(middle, inf)), (bits + 1) | sign);
    }
  }
  EXPECT_EQ(f16FromF32(65520.0f), 0x7c00);
  EXPECT_EQ(f16FromF32(65519.996f), 0x7bff);
  EXPECT_EQ(f16FromF32(1e30f), 0x7c00);
  EXPECT_EQ(f16FromF32(-inf), 0xfc00);
  EXPECT_EQ(f16FromF32(std::numeric_limits<float>::denorm_min()), 0);
  EXPECT_EQ(f16FromF32(-1e-30f), 0x8000);
}

TEST(FloatTypes, EveryBF16WidensExactlyAndComesBack) {
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    float value = f32FromBF16(bits);
    EXPECT_EQ(std::bit_cast<uint32_t>(value), bits << 16);
    EXPECT_EQ(bf16FromF32(value), isNaNBF16(bits) ? bits | 0x40 : bits);
  }
}

TEST(FloatTypes, BF16RoundsToNearestEven) {
  for (uint32_t bits = 0; bits < 0x7f80; ++bits) {
    uint32_t middle = bits << 16 | 0x8000;
    uint32_t even = bits % 2 ? bits + 1 : bits;
    EXPECT_EQ(bf16FromF32(std::bit_cast<float>(middle)), even);
    EXPECT_EQ(bf16FromF32(std::bit_cast<float>(middle - 1)), bits);
    EXPECT_EQ(bf16FromF32(std::bit_cast<float>(middle + 1)), bits + 1);
    EXPECT_EQ(bf16FromF32(std::bit_cast<float>(middle | 0x80000000)),
              even | 0x8000);
  }
  EXPECT_EQ(bf16FromF32(std::numeric_limits<float>::max()), 0x7f80);
}

TEST(FloatTypes, NaNsStayNaNs) {
  // A payload in the dropped bits only would become infinity if truncated.
  for (uint32_t bits : {0x7f800001u, 0x7fc00000u, 0xff800001u, 0xffffffffu}) {
    float value = std::bit_cast<float>(bits);
    EXPECT_TRUE(isNaNF16(f16FromF32(value)));
    EXPECT_TRUE(isNaNBF16(bf16FromF32(value)));
    EXPECT_EQ(f16FromF32(value) >> 15, bits >> 31);
  }
}

TEST(FloatTypes, BulkEqualsOneByOne) {
  std::mt19937 generator(3);
  for (size_t n : {0, 1, 7, 16, 33, 1000}) {
    std::vector<float> in(n);
    std::vector<uint16_t> patterns(n);
    for (size_t i = 0; i < n; ++i) {
      patterns[i] = generator();
      // Half of them near the range of halves, the rest any pattern at all.
      in[i] = i % 2 ? std::bit_cast<float>(static_cast<uint32_t>(generator()))
                    : std::ldexp(static_cast<float>(generator()),
                                 static_cast<int>(generator() % 48) - 60);
    }
    std::vector<uint16_t> half(n), brain(n);
    f16FromF32(in.data(), n, half.data());
    bf16FromF32(in.data(), n, brain.data());
    std::vector<float> fromHalf(n), fromBrain(n);
    f32FromF16(patterns.data(), n, fromHalf.data());
    f32FromBF16(patterns.data(), n, fromBrain.data());
    for (size_t i = 0; i < n; ++i) {
      EXPECT_EQ(half[i], f16FromF32(in[i]));
      EXPECT_EQ(brain[i], bf16FromF32(in[i]));
      EXPECT_EQ(std::bit_cast<uint32_t>(fromHalf[i]),
                std::bit_cast<uint32_t>(f32FromF16(patterns[i])));
      EXPECT_EQ(std::bit_cast<uint32_t>(fromBrain[i]),
                std::bit_cast<uint32_t>(f32FromBF16(patterns[i])));
    }
  }
}

TEST(FloatTypes, ScalesStoreAndLoad) {
  std::vector<float> scales;
  for (int i = 0; i < 1000; ++i)
    scales.push_back(0.001f * (i - 500) + 1e-5f);
  for (ScaleType type : {ScaleType::F32, ScaleType::F16, ScaleType::BF16}) {
    for (size_t n : {0, 1, 255, 256, 257, 1000}) {
      // Stored at an odd address: parts need no alignment.
      std::vector<uint8_t> bytes(n * scaleTypeBytes(type) + 2, 0xee);
      storeScales(scales.data(), n, type, bytes.data() + 1);
      std::vector<float> loaded(n);
      loadScales(bytes.data() + 1, n, type, loaded.data());
      for (size_t i = 0; i < n; ++i)
        EXPECT_EQ(loaded[i], roundToScaleType(scales[i], type));
      EXPECT_EQ(bytes.front(), 0xee);
      EXPECT_EQ(bytes.back(), 0xee);
    }
  }
  EXPECT_EQ(roundToScaleType(0.1f, ScaleType::F32), 0.1f);
  EXPECT_EQ(roundToScaleType(0.1f, ScaleType::F16), 0.0999755859375f);
  EXPECT_EQ(roundToScaleType(0.1f, ScaleType::BF16), 0.10009765625f);
  EXPECT_EQ(roundToScaleType(70000.0f, ScaleType::F16), inf);
}

} // namespace
