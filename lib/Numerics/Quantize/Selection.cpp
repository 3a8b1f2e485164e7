//===- Selection.cpp - The largest of some scores -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Selection.h"

#include <algorithm>
#include <vector>

using namespace lowbit::numerics;

void lowbit::numerics::keepLargestOfRun(const float *scores, int64_t n,
                                        int64_t kept, uint8_t *keep,
                                        int64_t stride) {
  // A score is kept if fewer than `kept` go before it: n^2 comparisons, without
  // a branch that depends on data.
  for (int64_t i = 0; i < n; ++i) {
    int64_t before = 0;
    for (int64_t j = 0; j < i; ++j)
      before += scores[j] >= scores[i];
    for (int64_t j = i + 1; j < n; ++j)
      before += scores[j] > scores[i];
    keep[i * stride] = before < kept;
  }
}

void lowbit::numerics::keepLargest(std::span<const float> scores, int64_t kept,
                                   uint8_t *keep) {
  int64_t n = scores.size();
  if (kept <= 0 || kept >= n) {
    std::fill_n(keep, n, kept > 0);
    return;
  }
  std::vector<float> sorted(scores.begin(), scores.end());
  auto last = sorted.begin() + (kept - 1);
  std::nth_element(sorted.begin(), last, sorted.end(), std::greater<>());
  // Of those equal to the last one, as many as there is room for.
  float threshold = *last;
  int64_t room = kept - std::count_if(sorted.begin(), last, [&](float score) {
                   return score > threshold;
                 });
  for (int64_t i = 0; i < n; ++i)
    keep[i] = scores[i] > threshold || (scores[i] == threshold && room-- > 0);
}
