//===- FloatTest.cpp - Float codecs: every code, ties, special values -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Float.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <gtest/gtest.h>

#include <bit>
#include <cfloat>
#include <cmath>
#include <limits>
#include <random>

using namespace lowbit::numerics;

namespace {

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float nan = std::numeric_limits<float>::quiet_NaN();

const FloatKind smallKinds[] = {FloatKind::F8E4M3FN, FloatKind::F8E5M2,
                                FloatKind::F6E2M3FN, FloatKind::F6E3M2FN,
                                FloatKind::F4E2M1FN};

TEST(Float, KnownValues_C61) {
  struct {
    const char *name;
    unsigned bits;
    float largest, smallest, smallestNormal;
    int codeOfOne;
  } expected[] = {
      {"f8E4M3FN", 8, 448, 0x1p-9f, 0x1p-6f, 0x38},
      {"f8E5M2", 8, 57344, 0x1p-16f, 0x1p-14f, 0x3c},
      {"f6E2M3FN", 6, 7.5f, 0.125f, 1, 0x08},
      {"f6E3M2FN", 6, 28, 0.0625f, 0.25f, 0x0c},
      {"f4E2M1FN", 4, 6, 0.5f, 1, 0x2},
  };
  for (const auto &e : expected) {
    CodecRef codec = getNamedCodec(e.name);
    ASSERT_TRUE(codec) << e.name;
    EXPECT_EQ(codec->name(), e.name);
    EXPECT_EQ(codec->bits(), e.bits);
    EXPECT_EQ(codec->codeBytes(), 1u);
    EXPECT_EQ(codec->maxValue(), e.largest);
    EXPECT_EQ(codec->minValue(), -e.largest);
    EXPECT_EQ(codec->decode(1), e.smallest);
    EXPECT_EQ(codec->encode(e.smallestNormal),
              static_cast<int>(e.smallestNormal / e.smallest));
    EXPECT_EQ(codec->encode(1), e.codeOfOne);
    EXPECT_EQ(codec->encode(-1), e.codeOfOne | 1 << (e.bits - 1));
    // Half the smallest goes to zero, which is even; zero has no sign.
    EXPECT_EQ(codec->encode(e.smallest / 2), 0);
    EXPECT_EQ(codec->encode(-e.smallest / 2), 0);
    EXPECT_EQ(codec->encode(-0.0f), 0);
    EXPECT_EQ(codec->encode(inf), codec->encode(e.largest));
    EXPECT_EQ(codec->encode(-inf), codec->encode(-e.largest));
    EXPECT_EQ(codec->encode(nan), codec->encode(-e.largest));
  }
  EXPECT_TRUE(std::isnan(getNamedCodec("f8E4M3FN")->decode(0x7f)));
  EXPECT_EQ(getNamedCodec("f8E5M2")->decode(0x7c), inf);
  EXPECT_TRUE(std::isnan(getNamedCodec("f8E5M2")->decode(0xff)));
}

TEST(Float, TiesGoToTheEvenCode) {
  for (FloatKind kind : smallKinds) {
    auto codec = getSmallFloatCodec(kind);
    int top = codec->encode(codec->maxValue());
    for (int code = 0; code < top; ++code) {
      float tie = (codec->decode(code) + codec->decode(code + 1)) / 2;
      int even = code % 2 ? code + 1 : code;
      EXPECT_EQ(codec->encode(tie), even);
      EXPECT_EQ(codec->encode(std::nextafter(tie, 0.0f)), code);
      EXPECT_EQ(codec->encode(std::nextafter(tie, inf)), code + 1);
      int sign = even ? 1 << (codec->bits() - 1) : 0;
      EXPECT_EQ(codec->encode(-tie), even | sign);
    }
  }
}

TEST(Float, HalfTypesAreTheirConversions_C62) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  for (FloatKind kind : {FloatKind::F16, FloatKind::BF16}) {
    CodecRef codec = getFloatCodec(kind);
    EXPECT_EQ(codec->bits(), 16u);
    EXPECT_EQ(codec->codeBytes(), 2u);
    for (size_t n : {0, 1, 100, 511, 512, 513, 2000})
      for (size_t block : {1, 7, 64, 512, 700, 5000}) {
        std::vector<float> x(n), s((n + block - 1) / block), out(n);
        for (float &value : x)
          value = normal(generator);
        for (float &scale : s)
          scale = std::fabs(normal(generator)) + 0.1f;
        std::vector<int8_t> codes(2 * n + 1, 99);
        codec->encodeRow(x.data(), n, block, s.data(), nullptr, codes.data());
        codec->decodeRow(codes.data(), n, block, s.data(), nullptr, out.data());
        for (size_t i = 0; i < n; ++i) {
          float q = x[i] / s[i / block];
          int code = kind == FloatKind::F16 ? f16FromF32(q) : bf16FromF32(q);
          ASSERT_EQ(codec->codeAt(codes.data(), i), code);
          ASSERT_EQ(out[i], s[i / block] * codec->decode(code));
        }
        EXPECT_EQ(codes[2 * n], 99);
      }
    EXPECT_EQ(codec->decode(codec->encode(FLT_MAX)), codec->maxValue());
    EXPECT_EQ(codec->decode(codec->encode(-inf)), codec->minValue());
    EXPECT_TRUE(std::isnan(codec->decode(codec->encode(nan))));
  }
  EXPECT_EQ(getNamedCodec("f16"), getFloatCodec(FloatKind::F16));
  EXPECT_EQ(getNamedCodec("bf16")->maxValue(), 0x1.fep127f);
}

TEST(Float, SingleTypeIsTheNumber_C62) {
  CodecRef codec = getNamedCodec("f32");
  ASSERT_EQ(codec, getFloatCodec(FloatKind::F32));
  EXPECT_EQ(codec->bits(), 32u);
  EXPECT_EQ(codec->codeBytes(), 4u);
  EXPECT_TRUE(codec->hasZero());
  for (float number : {0.0f, -0.0f, 1.5f, -FLT_MIN / 4, FLT_MAX, -3e-9f}) {
    int code = codec->encode(number);
    EXPECT_EQ(std::bit_cast<float>(code), number);
    EXPECT_EQ(std::signbit(codec->decode(code)), std::signbit(number));
    EXPECT_EQ(codec->decode(code), number);
  }
  EXPECT_EQ(codec->decode(codec->encode(inf)), FLT_MAX);
  EXPECT_EQ(codec->decode(codec->encode(-inf)), -FLT_MAX);
  EXPECT_TRUE(std::isnan(codec->decode(codec->encode(nan))));
  // Bits that are given, and not encoded, stay.
  EXPECT_EQ(codec->decode(std::bit_cast<int>(inf)), inf);
  float x[] = {3, -5, 0, 7}, scales[] = {2, 4}, out[4];
  int8_t codes[16];
  codec->encodeRow(x, 4, 2, scales, nullptr, codes);
  EXPECT_EQ(codec->codeAt(codes, 1), std::bit_cast<int>(-2.5f));
  EXPECT_EQ(codec->codeAt(codes, 3), std::bit_cast<int>(1.75f));
  codec->decodeRow(codes, 4, 2, scales, nullptr, out);
  EXPECT_TRUE(std::equal(x, x + 4, out));
}

} // namespace
