//===- Lanes.h - Sums in a fixed order, many terms at a time ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_LANES_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_LANES_H

#include <cstddef>
#include <cstring>

namespace lowbit::numerics {

/// Term i of a sum adds to lane i % lanes, which makes loops vectorisable and
/// the result the same on every machine. For the bodies of multiversioned
/// functions, whose instruction set decides what a vector is made of; an array
/// in its place would not stay in registers.
constexpr size_t lanes = 16;
using Lanes [[gnu::vector_size(lanes * sizeof(float))]] = float;

[[gnu::always_inline]] inline void loadLanes(const float *from, Lanes &to) {
  std::memcpy(&to, from, sizeof(to));
}

/// The sum of all lanes, by halves.
[[gnu::always_inline]] inline float addLanes(const Lanes &v) {
  auto eight = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7) +
               __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15);
  auto four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
              __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// x[0] + ... + x[n - 1].
[[gnu::always_inline]] inline float sumOf(const float *x, size_t n) {
  Lanes sum = {};
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    Lanes next;
    loadLanes(x + i, next);
    sum += next;
  }
  float result = addLanes(sum);
  for (; i < n; ++i)
    result += x[i];
  return result;
}

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_LANES_H
