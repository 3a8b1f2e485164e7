//===- Ranges.cpp - The range of values of each block ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ranges.h"

#include "../Multiversion.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// Without its sign bit a float orders like its bits, NaN above infinity.
inline int32_t magnitudeKey(float value) {
  return std::bit_cast<int32_t>(value) & 0x7fffffff;
}

/// Independent maxima per step; see Affine.cpp for the step.
constexpr size_t step = 32;

LOWBIT_MULTIVERSION
void addMagnitudes(const float *__restrict x, size_t n, size_t block,
                   int32_t *__restrict largest) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      largest[i] = std::max(largest[i], magnitudeKey(x[i]));
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    int32_t maxima[step] = {};
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k)
        maxima[k] = std::max(maxima[k], magnitudeKey(x[i + k]));
    int32_t result = *largest;
    for (size_t k = 0; k < step; ++k)
      result = std::max(result, maxima[k]);
    for (; i < end; ++i)
      result = std::max(result, magnitudeKey(x[i]));
    *largest++ = result;
  }
}

/// Rows whose columns are blocks: several streams keep more of the memory busy
/// than one does, and a maximum is loaded and stored once for all.
LOWBIT_MULTIVERSION
void addMagnitudes(const float *__restrict x0, const float *__restrict x1,
                   const float *__restrict x2, const float *__restrict x3,
                   size_t n, int32_t *__restrict largest) {
  for (size_t i = 0; i < n; ++i)
    largest[i] = std::max({largest[i], magnitudeKey(x0[i]), magnitudeKey(x1[i]),
                           magnitudeKey(x2[i]), magnitudeKey(x3[i])});
}

LOWBIT_MULTIVERSION
void addExtremes(const float *__restrict x, size_t n, size_t block,
                 int32_t *__restrict lows, int32_t *__restrict highs) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i) {
      int32_t key = orderedKey(x[i]);
      lows[i] = std::min(lows[i], key);
      highs[i] = std::max(highs[i], key);
    }
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    size_t end = std::min(n, begin + block), i = begin;
    int32_t low = *lows, high = *highs;
    int32_t minima[step], maxima[step];
    for (size_t k = 0; k < step; ++k) {
      minima[k] = low;
      maxima[k] = high;
    }
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k) {
        int32_t key = orderedKey(x[i + k]);
        minima[k] = std::min(minima[k], key);
        maxima[k] = std::max(maxima[k], key);
      }
    for (size_t k = 0; k < step; ++k) {
      low = std::min(low, minima[k]);
      high = std::max(high, maxima[k]);
    }
    for (; i < end; ++i) {
      int32_t key = orderedKey(x[i]);
      low = std::min(low, key);
      high = std::max(high, key);
    }
    *lows++ = low;
    *highs++ = high;
  }
}

LOWBIT_MULTIVERSION
void addSums(const float *__restrict x, size_t n, size_t block,
             double *__restrict sums) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      sums[i] += std::fabs(x[i]);
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    double sum = *sums;
    for (size_t i = begin, end = std::min(n, begin + block); i < end; ++i)
      sum += std::fabs(x[i]);
    *sums++ = sum;
  }
}

} // namespace

Ranges::Ranges(size_t blocks, Kind kind)
    : kind(kind), count(blocks), lows(hasEnds() ? blocks : 0), highs(blocks),
      sums(kind == Kind::Sum ? blocks : 0) {
  reset(blocks);
}

void Ranges::reset(size_t blocks) {
  count = blocks;
  bool empty = kind == Kind::Extremes;
  std::fill(lows.begin(), lows.end(), empty ? INT32_MAX : 0);
  std::fill(highs.begin(), highs.end(), empty ? INT32_MIN : 0);
  std::fill(sums.begin(), sums.end(), 0.0);
}

void Ranges::addRow(const float *x, size_t n, size_t block) {
  if (hasEnds())
    return addExtremes(x, n, block, lows.data(), highs.data());
  addMagnitudes(x, n, block, highs.data());
  if (kind == Kind::Sum)
    addSums(x, n, block, sums.data());
}

void Ranges::addRows(std::span<const float *const> rows, size_t n,
                     size_t block) {
  if (kind == Kind::Magnitude && block == 1 && rows.size() == together)
    return addMagnitudes(rows[0], rows[1], rows[2], rows[3], n, highs.data());
  for (const float *row : rows)
    addRow(row, n, block);
}

void Ranges::merge(const Ranges &other) {
  for (size_t i = 0; i < count; ++i)
    highs[i] = std::max(highs[i], other.highs[i]);
  if (!hasEnds())
    return;
  for (size_t i = 0; i < count; ++i)
    lows[i] = std::min(lows[i], other.lows[i]);
}

bool Ranges::allFinite() const {
  int32_t infinity = orderedKey(std::numeric_limits<float>::infinity());
  int32_t largest = 0, smallest = 0;
  for (size_t i = 0; i < count; ++i)
    largest = std::max(largest, highs[i]);
  for (int32_t low : lows)
    smallest = std::min(smallest, low);
  return largest < infinity &&
         smallest > orderedKey(-std::numeric_limits<float>::infinity());
}
