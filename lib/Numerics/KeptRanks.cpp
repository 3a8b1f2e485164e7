//===- KeptRanks.cpp - The numbers of kept values -------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KeptRanks.h"

#include "Multiversion.h"

#include <algorithm>
#include <cstring>

using namespace lowbit::numerics;

/// Values that are counted again to number one of them.
static constexpr int64_t pieceSize = 512;

LOWBIT_MULTIVERSION
static int64_t countKept(const uint8_t *mask, int64_t n) {
  uint32_t count = 0;
  for (int64_t i = 0; i < n; ++i)
    count += mask[i] != 0;
  return count;
}

KeptRanks::KeptRanks(std::span<const uint8_t> mask, ThreadCount threads)
    : mask(mask), sums((mask.size() + pieceSize - 1) / pieceSize + 1) {
  int64_t size = mask.size();
  parallelFor(threads, sums.size() - 1, 128, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      sums[i + 1] = countKept(mask.data() + i * pieceSize,
                              std::min(pieceSize, size - i * pieceSize));
  });
  for (size_t i = 1; i < sums.size(); ++i)
    sums[i] += sums[i - 1];
}

int64_t KeptRanks::before(int64_t element) const {
  int64_t piece = element / pieceSize;
  return sums[piece] +
         countKept(mask.data() + piece * pieceSize, element % pieceSize);
}

int64_t lowbit::numerics::compactKept(const int8_t *codes, const uint8_t *mask,
                                      int64_t n, int64_t bytes, int8_t *out) {
  int64_t count = 0;
  if (bytes == 1) {
    for (int64_t i = 0; i < n; ++i) {
      out[count] = codes[i];
      count += mask[i] != 0;
    }
    return count;
  }
  for (int64_t i = 0; i < n; ++i) {
    std::memcpy(out + count * bytes, codes + i * bytes, bytes);
    count += mask[i] != 0;
  }
  return count;
}

LOWBIT_MULTIVERSION
static void zeroOthersOf(const float *__restrict values,
                         const uint8_t *__restrict mask, int64_t n,
                         float *__restrict out) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = mask[i] ? values[i] : 0.0f;
}

void lowbit::numerics::zeroOthers(const float *values, const uint8_t *mask,
                                  int64_t n, float *out) {
  zeroOthersOf(values, mask, n, out);
}
