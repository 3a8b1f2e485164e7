//===- CodeRange.cpp - Where codes end ------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeRange.h"

#include <algorithm>
#include <cmath>
#include <vector>

using namespace lowbit::numerics;

CodeRange CodeRange::of(const Codec &codec) {
  if (codec.isAffine())
    return {codec.codeMin() - 0.5, codec.codeMax() + 0.5};
  std::vector<double> levels;
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    if (float level = codec.decode(code); std::isfinite(level))
      levels.push_back(level);
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  if (levels.size() < 2)
    return {codec.minValue(), codec.maxValue()};
  size_t n = levels.size();
  return {levels[0] - (levels[1] - levels[0]) / 2,
          levels[n - 1] + (levels[n - 1] - levels[n - 2]) / 2};
}
