//===- Offsets.cpp - Blocks whose levels are moved ------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Offsets.h"

#include "../Multiversion.h"

#include <algorithm>

using namespace lowbit::numerics;

LOWBIT_MULTIVERSION
static void subtractRow(const float *__restrict x, size_t n, size_t block,
                        const float *__restrict offsets,
                        float *__restrict out) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      out[i] = x[i] - offsets[i];
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    float offset = *offsets++;
    for (size_t i = begin, end = std::min(n, begin + block); i < end; ++i)
      out[i] = x[i] - offset;
  }
}

LOWBIT_MULTIVERSION
static void addToRow(float *__restrict values, size_t n, size_t block,
                     const float *__restrict offsets) {
  if (block == 1) {
    for (size_t i = 0; i < n; ++i)
      values[i] += offsets[i];
    return;
  }
  for (size_t begin = 0; begin < n; begin += block) {
    float offset = *offsets++;
    for (size_t i = begin, end = std::min(n, begin + block); i < end; ++i)
      values[i] += offset;
  }
}

void lowbit::numerics::subtractOffsets(const float *x, size_t n, size_t block,
                                       const float *offsets, float *out) {
  subtractRow(x, n, block, offsets, out);
}

void lowbit::numerics::addOffsets(float *values, size_t n, size_t block,
                                  const float *offsets) {
  addToRow(values, n, block, offsets);
}
