//===- Table.cpp - Codes that stand for levels of a table -----------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Codec/Table.h"

#include "../Multiversion.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// See Affine.cpp.
constexpr size_t step = 32;

/// Thresholds of a table of at most 16 levels.
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
inline uint32_t countBelow(float x, const float (&t)[fewThresholds]) {
  int a = x > t[7];
  int b = x > select(a, t[11], t[3]);
  int c = x > select(a, select(b, t[13], t[9]), select(b, t[5], t[1]));
  float upper = select(b, select(c, t[14], t[12]), select(c, t[10], t[8]));
  float lower = select(b, select(c, t[6], t[4]), select(c, t[2], t[0]));
  int d = x > select(a, upper, lower);
  return a << 3 | b << 2 | c << 1 | d;
}

/// 16 codes of 4 bits: looked up by shifting, which needs no load either.
struct FewCodes {
  uint32_t low = 0, high = 0;

  explicit FewCodes(std::span<const uint8_t> codes) {
    for (size_t i = 0; i < codes.size(); ++i)
      (i < 8 ? low : high) |= uint32_t{codes[i]} << (i % 8 * 4);
  }

  uint32_t at(uint32_t i) const {
    uint32_t mask = -(i >> 3);
    return ((high & mask) | (low & ~mask)) >> (i & 7) * 4 & 15;
  }
};

template <bool sorted>
inline int8_t encodeOne(float x, const float (&t)[fewThresholds],
                        FewCodes codes) {
  uint32_t i = countBelow(x, t);
  return static_cast<int8_t>(sorted ? i : codes.at(i));
}

template <bool sorted>
[[gnu::always_inline]] inline void
encodeFewLevels(const float *__restrict x, size_t n, size_t block,
                const float *__restrict scales, const float *__restrict table,
                FewCodes order, int8_t *__restrict codes) {
  // A copy, so that the thresholds live in registers.
  float t[fewThresholds];
  for (size_t i = 0; i < fewThresholds; ++i)
    t[i] = table[i];
  if (block == 1) {
    size_t i = 0;
    for (; i + step <= n; i += step)
      for (size_t k = 0; k < step; ++k)
        codes[i + k] = encodeOne<sorted>(x[i + k] / scales[i + k], t, order);
    for (; i < n; ++i)
      codes[i] = encodeOne<sorted>(x[i] / scales[i], t, order);
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    float scale = *scales++;
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        codes[i + k] = encodeOne<sorted>(x[i + k] / scale, t, order);
    for (; i < end; ++i)
      codes[i] = encodeOne<sorted>(x[i] / scale, t, order);
  }
}

LOWBIT_MULTIVERSION
void encodeFewSorted(const float *__restrict x, size_t n, size_t block,
                     const float *__restrict scales,
                     const float *__restrict table, FewCodes order,
                     int8_t *__restrict codes) {
  encodeFewLevels<true>(x, n, block, scales, table, order, codes);
}

LOWBIT_MULTIVERSION
void encodeFewUnsorted(const float *__restrict x, size_t n, size_t block,
                       const float *__restrict scales,
                       const float *__restrict table, FewCodes order,
                       int8_t *__restrict codes) {
  encodeFewLevels<false>(x, n, block, scales, table, order, codes);
}

/// A whole step of a table of more levels, whose padded thresholds and one are
/// 16 * `stride`. Every stride-th threshold is searched in registers; the rest
/// are loaded, the lanes searching together, a comparison at a time.
[[gnu::always_inline]] inline void
searchStep(const float (&q)[step], const float (&coarse)[fewThresholds],
           const float *__restrict thresholds, uint32_t stride,
           const uint32_t *__restrict order, int8_t *__restrict codes) {
  uint32_t place[step];
  for (size_t k = 0; k < step; ++k)
    place[k] = countBelow(q[k], coarse) * stride;
  for (uint32_t half = stride / 2; half; half /= 2)
    for (size_t k = 0; k < step; ++k)
      place[k] += q[k] > thresholds[place[k] + half - 1] ? half : 0;
  for (size_t k = 0; k < step; ++k)
    codes[k] = static_cast<int8_t>(order[place[k]]);
}

LOWBIT_MULTIVERSION
void encodeManyLevels(const float *__restrict x, size_t n, size_t block,
                      const float *__restrict scales,
                      const float *__restrict thresholds, uint32_t stride,
                      const uint32_t *__restrict order,
                      int8_t *__restrict codes) {
  float q[step], coarse[fewThresholds];
  int8_t last[step];
  for (size_t i = 0; i < fewThresholds; ++i)
    coarse[i] = thresholds[(i + 1) * stride - 1];
  for (size_t i = 0; i < n;) {
    // A step ends with its block, or where one scale serves each element, with
    // the row.
    size_t end = block == 1 ? n : std::min(n, (i / block + 1) * block);
    size_t count = std::min(step, end - i);
    if (count == step) {
      if (block == 1)
        for (size_t k = 0; k < step; ++k)
          q[k] = x[i + k] / scales[i + k];
      else
        for (size_t k = 0; k < step; ++k)
          q[k] = x[i + k] / scales[i / block];
      searchStep(q, coarse, thresholds, stride, order, codes + i);
    } else {
      for (size_t k = 0; k < count; ++k)
        q[k] = x[i + k] / scales[(i + k) / block];
      for (size_t k = count; k < step; ++k)
        q[k] = 0;
      searchStep(q, coarse, thresholds, stride, order, last);
      std::copy_n(last, count, codes + i);
    }
    i += count;
  }
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

constexpr float infinity = std::numeric_limits<float>::infinity();

/// The largest float that is not above the midpoint of two neighbours, and
/// where a tie goes up, not the midpoint itself.
float thresholdBetween(float lower, float upper, bool tieGoesUp) {
  // Exact for levels of similar size: the sum of two f32 fits f64 then.
  double middle = (static_cast<double>(lower) + upper) / 2;
  float threshold = static_cast<float>(middle);
  bool isTie = threshold == middle;
  return threshold > middle || (isTie && tieGoesUp)
             ? std::nextafter(threshold, -infinity)
             : threshold;
}

Error invalid(const std::string &name, std::string what) {
  return {Error::Kind::InvalidFormat, "codec '" + name + "' " + what};
}

} // namespace

Result<TableCodec::Order> TableCodec::sort(const std::string &name,
                                           const std::vector<float> &levels) {
  if (levels.size() < 2 || levels.size() > 256)
    return invalid(name, "has " + std::to_string(levels.size()) +
                             " levels; 2 to 256 are possible");
  Order order;
  for (size_t code = 0; code < levels.size(); ++code)
    if (std::isfinite(levels[code]))
      order.codes.push_back(code);
  // Of equal levels, zeros of both signs among them, the first one stays.
  std::sort(order.codes.begin(), order.codes.end(), [&](uint8_t a, uint8_t b) {
    return levels[a] != levels[b] ? levels[a] < levels[b] : a < b;
  });
  auto isEqual = [&](uint8_t a, uint8_t b) { return levels[a] == levels[b]; };
  order.codes.erase(
      std::unique(order.codes.begin(), order.codes.end(), isEqual),
      order.codes.end());
  if (order.codes.empty())
    return invalid(name, "has no finite level");
  order.least = levels[order.codes.front()];
  order.largest = levels[order.codes.back()];
  return order;
}

Result<TableCodecRef> TableCodec::get(std::string name,
                                      std::vector<float> levels, TieRule ties) {
  Result<Order> order = sort(name, levels);
  if (!order)
    return order.error();
  std::vector<float> thresholds;
  for (size_t i = 0; i + 1 < order->codes.size(); ++i) {
    uint8_t upper = order->codes[i + 1];
    thresholds.push_back(
        thresholdBetween(levels[order->codes[i]], levels[upper],
                         ties == TieRule::EvenCode && upper % 2 == 0));
  }
  return TableCodecRef(new TableCodec(std::move(name), std::move(levels),
                                      *std::move(order),
                                      std::move(thresholds)));
}

Result<TableCodecRef> TableCodec::get(std::string name,
                                      std::vector<float> levels,
                                      std::vector<float> thresholds) {
  Result<Order> order = sort(name, levels);
  if (!order)
    return order.error();
  bool ascends = order->codes.size() == levels.size();
  for (size_t i = 0; ascends && i < levels.size(); ++i)
    ascends = order->codes[i] == i;
  if (!ascends)
    return invalid(name, "has levels that do not ascend");
  if (thresholds.size() + 1 != levels.size())
    return invalid(name, "has " + std::to_string(thresholds.size()) +
                             " thresholds for " +
                             std::to_string(levels.size()) + " levels");
  for (size_t i = 0; i < thresholds.size(); ++i)
    if (!(levels[i] <= thresholds[i] && thresholds[i] < levels[i + 1]))
      return invalid(name, "has a threshold that does not part its levels at "
                           "index " +
                               std::to_string(i));
  return TableCodecRef(new TableCodec(std::move(name), std::move(levels),
                                      *std::move(order),
                                      std::move(thresholds)));
}

TableCodec::TableCodec(std::string name, std::vector<float> levels, Order found,
                       std::vector<float> thresholds)
    : Codec(std::move(name), std::bit_width(levels.size() - 1),
            /*isAffine=*/false, 0, static_cast<int>(levels.size()) - 1,
            found.least, found.largest),
      table(std::move(levels)), order(std::move(found.codes)),
      numThresholds(thresholds.size()), bounds(std::move(thresholds)),
      sorted(std::is_sorted(order.begin(), order.end()) &&
             order.back() + size_t{1} == order.size()) {
  table.resize(size_t{1} << bits(), std::numeric_limits<float>::quiet_NaN());
  bounds.resize(std::max(std::bit_ceil(numThresholds + 1) - 1, fewThresholds),
                infinity);
  // Padding is above everything but an infinity, which is not above itself.
  padded.assign(order.begin(), order.end());
  padded.resize(bounds.size() + 1, order.back());
}

int8_t TableCodec::codeOf(float x) const {
  auto above = std::partition_point(bounds.begin(), bounds.end(),
                                    [x](float t) { return x > t; });
  return static_cast<int8_t>(padded[above - bounds.begin()]);
}

void TableCodec::encodeRow(const float *x, size_t n, size_t block,
                           const float *scales, const int8_t *zeroPoints,
                           int8_t *codes) const {
  if (zeroPoints) {
    // No format has them; what they mean is clear, so they need not be fast.
    for (size_t i = 0; i < n; ++i)
      codes[i] =
          codeOf(x[i] / scales[i / block] +
                 static_cast<float>(codeFromByte(zeroPoints[i / block])));
    return;
  }
  if (bounds.size() > fewThresholds)
    return encodeManyLevels(x, n, block, scales, bounds.data(),
                            (bounds.size() + 1) / 16, padded.data(), codes);
  // The codes of 9 to 16 levels may be up to 8 bits wide.
  if (bits() > 4)
    return encodeManyLevels(x, n, block, scales, bounds.data(), 1,
                            padded.data(), codes);
  (sorted ? encodeFewSorted : encodeFewUnsorted)(
      x, n, block, scales, bounds.data(), FewCodes(order), codes);
}

void TableCodec::decodeRow(const int8_t *codes, size_t n, size_t block,
                           const float *scales, const int8_t *zeroPoints,
                           float *out) const {

  if (!zeroPoints)
    return decodeLevels(codes, n, block, scales, table.data(), out);
  for (size_t i = 0; i < n; ++i)
    out[i] = scales[i / block] *
             (table[static_cast<uint8_t>(codes[i])] -
              static_cast<float>(codeFromByte(zeroPoints[i / block])));
}
