//===- Ranges.cpp - The range of values of each block ---------------------===//
//
// Licensed under the Apache License v2.0 with LLVM Exceptions; see LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Ranges.h"

#include "../Multiversion.h"

#include <algorithm>
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
    int32_t minima[step] = {}, maxima[step] = {};
    for (; i + step <= end; i += step)
      for (size_t k = 0; k < step; ++k) {
        int32_t key = orderedKey(x[i + k]);
        minima[k] = std::min(minima[k], key);
        maxima[k] = std::max(maxima[k], key);
      }
    int32_t low = *lows, high = *highs;
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

} // namespace

Ranges::Ranges(size_t blocks, bool onlyMagnitude)
    : onlyMagnitude(onlyMagnitude), count(blocks),
      lows(onlyMagnitude ? 0 : blocks), highs(blocks) {}

void Ranges::reset(size_t blocks) {
  count = blocks;
  std::fill(lows.begin(), lows.end(), 0);
  std::fill(highs.begin(), highs.end(), 0);
}

void Ranges::addRow(const float *x, size_t n, size_t block) {
  if (onlyMagnitude)
    addMagnitudes(x, n, block, highs.data());
  else
    addExtremes(x, n, block, lows.data(), highs.data());
}

void Ranges::merge(const Ranges &other) {
  for (size_t i = 0; i < count; ++i)
    highs[i] = std::max(highs[i], other.highs[i]);
  if (onlyMagnitude)
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

float Ranges::magnitude(size_t i) const {
  return onlyMagnitude ? fromOrderedKey(highs[i]) : std::max(-low(i), high(i));
}
