//===- CodeErrors.cpp - The error of blocks under given scales ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CodeErrors.h"

#include "../Multiversion.h"
#include "Lanes.h"
#include "RowChunks.h"

#include <algorithm>
#include <array>
#include <cmath>

using namespace lowbit::numerics;

namespace {

constexpr size_t numSums = 5;

/// `n` values of a block and what goes with them.
struct Piece {
  const float *__restrict x;
  const float *__restrict weights;
  const float *__restrict d;
  size_t n;
  float scale, shift;
};

template <bool weighted, bool shifted, typename T>
[[gnu::always_inline]] inline void addTo(T *sums, T x, T weight, T d,
                                         float scale, float shift) {
  T r = x - scale * (shifted ? d - shift : d);
  T wr = weighted ? weight * r : r;
  T wd = weighted ? weight * d : d;
  sums[0] += wr * r;
  sums[1] += wr * d;
  sums[2] += wd * d;
  if (shifted) {
    sums[3] += wr;
    sums[4] += wd;
  }
}

template <bool weighted, bool shifted>
[[gnu::always_inline]] inline void sumUp(const Piece &piece,
                                         float *__restrict out) {
  Lanes sums[numSums] = {};
  size_t i = 0;
  for (; i + lanes <= piece.n; i += lanes) {
    Lanes x, weight = {}, d;
    loadLanes(piece.x + i, x);
    loadLanes(piece.d + i, d);
    if (weighted)
      loadLanes(piece.weights + i, weight);
    addTo<weighted, shifted>(sums, x, weight, d, piece.scale, piece.shift);
  }
  for (size_t s = 0; s < numSums; ++s)
    out[s] = addLanes(sums[s]);
  for (; i < piece.n; ++i)
    addTo<weighted, shifted>(out, piece.x[i],
                             weighted ? piece.weights[i] : 0.0f, piece.d[i],
                             piece.scale, piece.shift);
}

/// The sums of `count` pieces.
LOWBIT_MULTIVERSION
void sumUpPlain(const Piece *pieces, size_t count,
                float (*__restrict out)[numSums]) {
  for (size_t i = 0; i < count; ++i)
    sumUp<false, false>(pieces[i], out[i]);
}
LOWBIT_MULTIVERSION
void sumUpShifted(const Piece *pieces, size_t count,
                  float (*__restrict out)[numSums]) {
  for (size_t i = 0; i < count; ++i)
    sumUp<false, true>(pieces[i], out[i]);
}
LOWBIT_MULTIVERSION
void sumUpWeighted(const Piece *pieces, size_t count,
                   float (*__restrict out)[numSums]) {
  for (size_t i = 0; i < count; ++i)
    sumUp<true, false>(pieces[i], out[i]);
}
LOWBIT_MULTIVERSION
void sumUpWeightedShifted(const Piece *pieces, size_t count,
                          float (*__restrict out)[numSums]) {
  for (size_t i = 0; i < count; ++i)
    sumUp<true, true>(pieces[i], out[i]);
}

void sumUpPieces(const Piece *pieces, size_t count, bool shifted,
                 float (*out)[numSums]) {
  if (pieces->weights)
    (shifted ? sumUpWeightedShifted : sumUpWeighted)(pieces, count, out);
  else
    (shifted ? sumUpShifted : sumUpPlain)(pieces, count, out);
}

/// Encodes up to chunkSize values and decodes them without scale.
void roundCodes(const Codec &codec, const float *x, size_t n, size_t block,
                const float *scales, const int8_t *zeroPoints, float *d) {
  constexpr float one = 1;
  // Codes of 16 bits take two bytes.
  int8_t codes[Codec::mostCodeBytes * chunkSize];
  codec.encodeRow(x, n, block, scales, zeroPoints, codes);
  // With blocks of 1 there would have to be a scale each.
  codec.decodeRow(codes, n, std::max<size_t>(n, 2), &one, nullptr, d);
}

void store(const std::array<double, numSums> &from, size_t b, bool shifted,
           ErrorSums &sums) {
  sums.error[b] = static_cast<float>(from[0]);
  sums.residualCodes[b] = static_cast<float>(from[1]);
  sums.codeSquares[b] = static_cast<float>(from[2]);
  sums.residuals[b] = shifted ? static_cast<float>(from[3]) : 0;
  sums.codes[b] = shifted ? static_cast<float>(from[4]) : 0;
}

/// A block of several chunks, of which each has f32 sums.
std::array<double, numSums> measureLarge(const Codec &codec, const float *x,
                                         const float *weights, int64_t n,
                                         float scale, const int8_t *zeroPoint,
                                         bool shifted, ThreadCount threads) {
  struct Sums {
    float values[1][numSums];
  };
  float shift = zeroPoint ? codec.codeFromByte(*zeroPoint) : 0;
  std::vector<Sums> chunks((n + chunkSize - 1) / chunkSize);
  // Sixteen chunks are worth a thread's attention.
  parallelFor(threads, n, 16 * chunkSize, [&](int64_t begin, int64_t end) {
    float d[chunkSize];
    for (int64_t i = begin; i < end; i += chunkSize) {
      int64_t count = std::min(chunkSize, end - i);
      roundCodes(codec, x + i, count, std::max<int64_t>(count, 2), &scale,
                 zeroPoint, d);
      Piece piece{x + i, weights ? weights + i : nullptr,
                  d,     static_cast<size_t>(count),
                  scale, shift};
      sumUpPieces(&piece, 1, shifted, chunks[i / chunkSize].values);
    }
  });
  std::array<double, numSums> total = {};
  for (const Sums &chunk : chunks)
    for (size_t s = 0; s < (shifted ? 5 : 3); ++s)
      total[s] += chunk.values[0][s];
  return total;
}

} // namespace

std::vector<float> lowbit::numerics::unitsOf(const BlockSlots &blocks) {
  constexpr float ordinary = 0x1p32f;
  std::vector<float> units(blocks.sizes.size(), 1.0f);
  for (size_t b = 0; b < units.size(); ++b) {
    const float *x = blocks.values + b * blocks.slotSize;
    float largest = 0;
    for (int64_t i = 0; i < blocks.sizes[b]; ++i)
      largest = std::max(largest, std::fabs(x[i]));
    if (largest > ordinary || (largest > 0 && largest < 1 / ordinary))
      units[b] = std::ldexp(1.0f, std::ilogb(largest));
  }
  return units;
}

void lowbit::numerics::divideByUnits(BlockSlots &blocks,
                                     const std::vector<float> &units,
                                     std::vector<float> &buffer) {
  if (std::ranges::count(units, 1.0f) == std::ssize(units))
    return;
  std::vector<float> divided(units.size() * blocks.slotSize);
  for (size_t i = 0; i < divided.size(); ++i)
    divided[i] = blocks.values[i] / units[i / blocks.slotSize];
  buffer = std::move(divided);
  blocks.values = buffer.data();
}

ErrorSums::ErrorSums(size_t blocks)
    : error(blocks), residualCodes(blocks), codeSquares(blocks),
      residuals(blocks), codes(blocks) {}

void lowbit::numerics::measureErrors(const Codec &codec,
                                     const BlockSlots &blocks,
                                     const float *scales,
                                     const int8_t *zeroPoints, bool hasShifts,
                                     ThreadCount threads, ErrorSums &sums) {
  int64_t slot = blocks.slotSize, count = blocks.sizes.size();
  bool shifted = hasShifts || zeroPoints;
  if (slot == 0 || slot > chunkSize) {
    for (int64_t b = 0; b < count; ++b)
      store(measureLarge(codec, blocks.values + b * slot,
                         blocks.weights ? blocks.weights + b * slot : nullptr,
                         blocks.sizes[b], scales[b],
                         zeroPoints ? zeroPoints + b : nullptr, shifted,
                         threads),
            b, shifted, sums);
    return;
  }
  float d[chunkSize];
  constexpr int64_t mostPieces = 256;
  Piece pieces[mostPieces];
  float out[mostPieces][numSums];
  int64_t step = std::min(chunkSize / slot, mostPieces);
  for (int64_t first = 0; first < count; first += step) {
    int64_t n = std::min(step, count - first);
    roundCodes(codec, blocks.values + first * slot, n * slot, slot,
               scales + first, zeroPoints ? zeroPoints + first : nullptr, d);
    for (int64_t i = 0; i < n; ++i) {
      int64_t b = first + i;
      pieces[i] = {blocks.values + b * slot,
                   blocks.weights ? blocks.weights + b * slot : nullptr,
                   d + i * slot,
                   static_cast<size_t>(blocks.sizes[b]),
                   scales[b],
                   zeroPoints ? codec.codeFromByte(zeroPoints[b]) : 0.0f};
    }
    sumUpPieces(pieces, n, shifted, out);
    for (int64_t i = 0; i < n; ++i)
      store({out[i][0], out[i][1], out[i][2], out[i][3], out[i][4]}, first + i,
            shifted, sums);
  }
}
