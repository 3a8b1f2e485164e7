//===- Finite.cpp - Where a tensor has a NaN or an infinity ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Finite.h"

#include "Multiversion.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>

using namespace lowbit::numerics;

/// The largest magnitude as bits: those of NaN and infinity are above all.
LOWBIT_MULTIVERSION
static uint32_t largestBits(const float *x, int64_t n) {
  uint32_t largest = 0;
  for (int64_t i = 0; i < n; ++i)
    largest = std::max(largest, std::bit_cast<uint32_t>(x[i]) & 0x7fffffff);
  return largest;
}

std::optional<Error>
lowbit::numerics::checkFinite(std::span<const float> values,
                              ThreadCount threads) {
  constexpr int64_t grain = 65536;
  constexpr uint32_t infinity = 0x7f800000;
  std::atomic<bool> bad = false;
  int64_t count = values.size();
  parallelFor(threads, count, grain, [&](int64_t begin, int64_t end) {
    if (largestBits(values.data() + begin, end - begin) >= infinity)
      bad = true;
  });
  if (!bad)
    return std::nullopt;
  auto first = std::find_if(values.begin(), values.end(),
                            [](float x) { return !std::isfinite(x); });
  return notFiniteError(*first, first - values.begin());
}
