//===- Codebook.cpp - Codes that index a table of levels ------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Codebook.h"

#include "../Multiversion.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// See Affine.cpp.
constexpr size_t step = 32;

/// Thresholds of a codebook of at most 16 levels.
constexpr size_t fewThresholds = 15;

/// `condition ? a : b` on bits. Said with ?: the compiler selects between the
/// addresses of two thresholds and makes a gather of it.
inline float select(int condition, float a, float b) {
  int mask = -condition;
  return std::bit_cast<float>((std::bit_cast<int>(a) & mask) |
                              (std::bit_cast<int>(b) & ~mask));
}

/// The number of thresholds below x, by a binary search made of selects: it
/// has no branches and no loads, so it vectorises, and measured three times as
/// fast as adding up 15 comparisons. NaN is above none.
inline int8_t countBelow(float x, const float (&t)[fewThresholds]) {
  int a = x > t[7];
  int b = x > select(a, t[11], t[3]);
  int c = x > select(a, select(b, t[13], t[9]), select(b, t[5], t[1]));
  float upper = select(b, select(c, t[14], t[12]), select(c, t[10], t[8]));
  float lower = select(b, select(c, t[6], t[4]), select(c, t[2], t[0]));
  int d = x > select(a, upper, lower);
  return static_cast<int8_t>(a << 3 | b << 2 | c << 1 | d);
}

LOWBIT_MULTIVERSION
void encodeFewLevels(const float *__restrict x, size_t n, size_t block,
                     const float *__restrict scales,
                     const float *__restrict table, int8_t *__restrict codes) {
  // A copy, so that the thresholds live in registers.
  float thresholds[fewThresholds];
  for (size_t t = 0; t < fewThresholds; ++t)
    thresholds[t] = table[t];
  if (block == 1) {
    size_t i = 0;
    for (; i + step <= n; i += step)
      for (size_t k = 0; k < step; ++k)
        codes[i + k] = countBelow(x[i + k] / scales[i + k], thresholds);
    for (; i < n; ++i)
      codes[i] = countBelow(x[i] / scales[i], thresholds);
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    float scale = *scales++;
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        codes[i + k] = countBelow(x[i + k] / scale, thresholds);
    for (; i < end; ++i)
      codes[i] = countBelow(x[i] / scale, thresholds);
  }
}

/// Any number of levels and zero points. Not the fast way: the formats of
/// trained codebooks have 16 levels.
int8_t searchBelow(float x, const std::vector<float> &thresholds) {
  auto above = std::partition_point(thresholds.begin(), thresholds.end(),
                                    [x](float t) { return x > t; });
  return static_cast<int8_t>(above - thresholds.begin());
}

LOWBIT_MULTIVERSION
void decodeLevels(const int8_t *__restrict codes, size_t n, size_t block,
                  const float *__restrict scales, const float *__restrict table,
                  float *__restrict out) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      out[i] = scales[i] * table[static_cast<uint8_t>(codes[i])];
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    float scale = *scales++;
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        out[i + k] = scale * table[static_cast<uint8_t>(codes[i + k])];
    for (; i < end; ++i)
      out[i] = scale * table[static_cast<uint8_t>(codes[i])];
  }
}

/// The largest float that is not above the midpoint of two neighbours.
float thresholdBetween(float lower, float upper) {
  // Exact for levels of similar size: the sum of two f32 fits f64 then.
  double middle = (static_cast<double>(lower) + upper) / 2;
  float threshold = static_cast<float>(middle);
  return threshold > middle
             ? std::nextafter(threshold,
                              -std::numeric_limits<float>::infinity())
             : threshold;
}

/// The table as published, which is what checkpoints of others were made with.
/// The quantiles that it stands for give, in f64, other last bits.
std::vector<float> getNF4Levels() {
  return {-1.0f,
          -0.6961928009986877f,
          -0.5250730514526367f,
          -0.39491748809814453f,
          -0.28444138169288635f,
          -0.18477343022823334f,
          -0.09105003625154495f,
          0.0f,
          0.07958029955625534f,
          0.16093020141124725f,
          0.24611230194568634f,
          0.33791524171829224f,
          0.44070982933044434f,
          0.5626170039176941f,
          0.7229568362236023f,
          1.0f};
}

} // namespace

CodebookCodec::CodebookCodec(std::string name, unsigned bits,
                             std::vector<float> levels)
    : Codec(std::move(name), bits, /*isAffine=*/false, 0,
            static_cast<int>(levels.size()) - 1),
      table(std::move(levels)) {
  for (size_t i = 0; i + 1 < table.size(); ++i)
    thresholds.push_back(thresholdBetween(table[i], table[i + 1]));
  thresholds.resize(std::max(thresholds.size(), fewThresholds),
                    std::numeric_limits<float>::infinity());
}

Result<std::shared_ptr<const CodebookCodec>>
CodebookCodec::get(std::string name, std::vector<float> levels) {
  auto invalid = [&](std::string what) {
    return Error{Error::Kind::InvalidFormat,
                 "codebook '" + name + "' " + std::move(what)};
  };
  if (levels.size() < 2 || levels.size() > 256 ||
      !std::has_single_bit(levels.size()))
    return invalid("has " + std::to_string(levels.size()) +
                   " levels; a power of two from 2 to 256 is needed");
  for (size_t i = 0; i < levels.size(); ++i) {
    if (!std::isfinite(levels[i]))
      return invalid("has a level that is not finite at index " +
                     std::to_string(i));
    if (i && !(levels[i - 1] < levels[i]))
      return invalid("does not ascend at index " + std::to_string(i));
  }
  unsigned bits = std::bit_width(levels.size()) - 1;
  return std::shared_ptr<const CodebookCodec>(
      new CodebookCodec(std::move(name), bits, std::move(levels)));
}

void CodebookCodec::encodeRow(const float *x, size_t n, size_t block,
                              const float *scales, const int8_t *zeroPoints,
                              int8_t *codes) const {
  if (!zeroPoints && thresholds.size() == fewThresholds)
    return encodeFewLevels(x, n, block, scales, thresholds.data(), codes);
  for (size_t i = 0; i < n; ++i) {
    float q = x[i] / scales[i / block];
    if (zeroPoints)
      q += static_cast<float>(codeFromByte(zeroPoints[i / block]));
    codes[i] = searchBelow(q, thresholds);
  }
}

void CodebookCodec::decodeRow(const int8_t *codes, size_t n, size_t block,
                              const float *scales, const int8_t *zeroPoints,
                              float *out) const {
  if (!zeroPoints)
    return decodeLevels(codes, n, block, scales, table.data(), out);
  for (size_t i = 0; i < n; ++i)
    out[i] = scales[i / block] *
             (table[static_cast<uint8_t>(codes[i])] -
              static_cast<float>(codeFromByte(zeroPoints[i / block])));
}

std::shared_ptr<const CodebookCodec> lowbit::numerics::getNF4Codec() {
  static const std::shared_ptr<const CodebookCodec> codec =
      *CodebookCodec::get("nf4", getNF4Levels());
  return codec;
}
