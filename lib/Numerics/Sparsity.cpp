//===- Sparsity.cpp - Which values are stored at all ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Sparsity.h"

#include "KeptRanks.h"
#include "Multiversion.h"
#include "PatternRuns.h"

#include <algorithm>
#include <bit>
#include <mutex>
#include <utility>

using namespace lowbit::numerics;

static Error invalid(std::string message, int64_t index = -1) {
  return {Error::Kind::InvalidFormat, std::move(message), index};
}

unsigned Sparsity::positionBits() const {
  return std::bit_width(static_cast<uint64_t>(run - 1));
}

int64_t Sparsity::keptBlock(int64_t block) const {
  return block / run * keep + std::min(keep, block % run);
}

Shape Sparsity::keptShape(ShapeRef shape) const {
  Shape result(shape.begin(), shape.end());
  if (kind == Kind::Pattern)
    result[axis] = keptBlock(shape[axis]);
  return kind == Kind::Bitmap ? Shape{kept} : result;
}

std::optional<Error>
lowbit::numerics::verifySparsity(ShapeRef shape, const Sparsity &sparsity) {
  switch (sparsity.kind) {
  case Sparsity::Kind::Dense:
    break;
  case Sparsity::Kind::Pattern:
    if (sparsity.axis >= shape.size())
      return invalid("sparsity along axis " + std::to_string(sparsity.axis) +
                     " of a tensor of rank " + std::to_string(shape.size()));
    if (sparsity.keep < 1 || sparsity.keep >= sparsity.run ||
        sparsity.run > 256)
      return invalid("sparsity keeps 1 to m - 1 of m values, m at most 256, "
                     "not " +
                     std::to_string(sparsity.keep) + " of " +
                     std::to_string(sparsity.run));
    break;
  case Sparsity::Kind::Bitmap:
    if (sparsity.kept < 0 || sparsity.kept > numElements(shape))
      return invalid("a bitmap cannot keep " + std::to_string(sparsity.kept) +
                     " of " + std::to_string(numElements(shape)) + " values");
    break;
  }
  return std::nullopt;
}

namespace {

/// Values in a work item.
constexpr int64_t pieceSize = 65536;

uint32_t magnitudeOf(float value) {
  return std::bit_cast<uint32_t>(value) & 0x7fffffff;
}

/// How many values have each `bits`-bit number at `shift` of their magnitude,
/// of those whose magnitude above that is `prefix`.
std::vector<int64_t> countDigits(std::span<const float> values, uint32_t prefix,
                                 unsigned shift, unsigned bits,
                                 ThreadCount threads) {
  std::vector<int64_t> counts(size_t(1) << bits);
  std::mutex mutex;
  int64_t size = values.size(), grain = 16 * pieceSize;
  parallelFor(threads, size, grain, [&](int64_t begin, int64_t end) {
    // Neighbours often have one digit; apart, their increments overlap.
    constexpr int64_t apart = 4;
    std::vector<uint32_t> own(apart << bits);
    uint32_t mask = (1u << bits) - 1;
    for (int64_t i = begin; i < end; ++i) {
      uint32_t magnitude = magnitudeOf(values[i]);
      if (magnitude >> shift >> bits == prefix)
        ++own[(i % apart << bits) + (magnitude >> shift & mask)];
    }
    std::scoped_lock lock(mutex);
    for (size_t i = 0; i < own.size(); ++i)
      counts[i & mask] += own[i];
  });
  return counts;
}

/// The `kept`-th largest magnitude, its place being 1 to the number of values,
/// and how many of those that have it are among the first `kept`.
std::pair<uint32_t, int64_t> findThreshold(std::span<const float> values,
                                           int64_t kept, ThreadCount threads) {
  uint32_t prefix = 0;
  for (auto [shift, bits] : {std::pair(20u, 11u), {10u, 10u}, {0u, 10u}}) {
    std::vector<int64_t> counts =
        countDigits(values, prefix, shift, bits, threads);
    uint32_t digit = counts.size() - 1;
    for (; counts[digit] < kept; --digit)
      kept -= counts[digit];
    prefix = prefix << bits | digit;
  }
  return {prefix, kept};
}

LOWBIT_MULTIVERSION
void markFrom(const float *__restrict values, int64_t n, uint32_t least,
              uint8_t *__restrict mask) {
  for (int64_t i = 0; i < n; ++i)
    mask[i] = (std::bit_cast<uint32_t>(values[i]) & 0x7fffffff) >= least;
}

LOWBIT_MULTIVERSION
int64_t countEqual(const float *values, int64_t n, uint32_t magnitude) {
  uint32_t count = 0;
  for (int64_t i = 0; i < n; ++i)
    count += (std::bit_cast<uint32_t>(values[i]) & 0x7fffffff) == magnitude;
  return count;
}

/// The number of values that the first `count` of `magnitude` lie in.
int64_t findEndOfEqual(std::span<const float> values, uint32_t magnitude,
                       int64_t count, ThreadCount threads) {
  int64_t size = values.size();
  std::vector<int64_t> equal((size + pieceSize - 1) / pieceSize);
  parallelFor(threads, equal.size(), 1, [&](int64_t i, int64_t) {
    equal[i] = countEqual(values.data() + i * pieceSize,
                          std::min(pieceSize, size - i * pieceSize), magnitude);
  });
  size_t piece = 0;
  for (; equal[piece] < count; ++piece)
    count -= equal[piece];
  int64_t end = piece * pieceSize;
  for (; count > 0; ++end)
    count -= magnitudeOf(values[end]) == magnitude;
  return end;
}

void markLargest(std::span<const float> values, int64_t kept,
                 ThreadCount threads, uint8_t *mask) {
  int64_t size = values.size();
  if (kept == 0)
    return;
  auto [magnitude, equal] = findThreshold(values, kept, threads);
  int64_t end = findEndOfEqual(values, magnitude, equal, threads);
  parallelFor(threads, size, pieceSize, [&](int64_t first, int64_t last) {
    int64_t middle = std::clamp(end, first, last);
    markFrom(values.data() + first, middle - first, magnitude, mask + first);
    markFrom(values.data() + middle, last - middle, magnitude + 1,
             mask + middle);
  });
}

} // namespace

std::vector<uint8_t>
lowbit::numerics::magnitudeMask(std::span<const float> values, ShapeRef shape,
                                const Sparsity &sparsity, ThreadCount threads) {
  std::vector<uint8_t> mask(values.size(), sparsity.isDense());
  if (sparsity.kind == Sparsity::Kind::Pattern)
    forEachRunLanes(shape, sparsity, threads, [&](const RunLanes &runs) {
      static thread_local RunSlots slots;
      slots.keepLargest(values.data(), runs);
      slots.mark(runs, mask.data());
    });
  if (sparsity.kind == Sparsity::Kind::Bitmap)
    markLargest(values, sparsity.kept, threads, mask.data());
  return mask;
}

/// The first run of which a mask keeps more or fewer values.
static std::optional<Error> verifyRuns(std::span<const uint8_t> mask,
                                       ShapeRef shape, const Sparsity &sparsity,
                                       ThreadCount threads) {
  std::mutex mutex;
  std::optional<Error> error;
  forEachRunLanes(shape, sparsity, threads, [&](const RunLanes &runs) {
    for (int64_t lane = 0; lane < runs.lanes; ++lane) {
      int64_t kept = 0, first = runs.value(lane, 0);
      for (int64_t i = 0; i < runs.count; ++i)
        kept += mask[runs.value(lane, i)] != 0;
      if (kept == runs.kept)
        continue;
      std::scoped_lock lock(mutex);
      if (!error || first < error->index)
        error = invalid("the mask keeps " + std::to_string(kept) + " of " +
                            std::to_string(runs.count) +
                            " values from element " + std::to_string(first) +
                            " on, not " + std::to_string(runs.kept),
                        first);
    }
  });
  return error;
}

std::optional<Error> lowbit::numerics::verifyMask(std::span<const uint8_t> mask,
                                                  ShapeRef shape,
                                                  const Sparsity &sparsity,
                                                  ThreadCount threads) {
  if (std::cmp_not_equal(mask.size(), numElements(shape)))
    return invalid("a mask of " + std::to_string(mask.size()) +
                   " values for a tensor of " +
                   std::to_string(numElements(shape)) + " elements");
  if (sparsity.kind == Sparsity::Kind::Pattern)
    return verifyRuns(mask, shape, sparsity, threads);
  if (sparsity.kind == Sparsity::Kind::Bitmap) {
    int64_t kept = KeptRanks(mask, threads).total();
    if (kept != sparsity.kept)
      return invalid("the mask keeps " + std::to_string(kept) +
                     " values, not " + std::to_string(sparsity.kept));
  }
  return std::nullopt;
}

std::vector<int64_t>
lowbit::numerics::indicesOf(std::span<const int8_t> positions, ShapeRef shape,
                            const Sparsity &sparsity, ThreadCount threads) {
  std::vector<int64_t> indices(positions.size());
  forEachRunLanes(shape, sparsity, threads, [&](const RunLanes &runs) {
    for (int64_t k = 0; k < runs.kept; ++k)
      for (int64_t lane = 0; lane < runs.lanes; ++lane) {
        int64_t place = runs.keptValue(lane, k);
        int64_t at = static_cast<uint8_t>(positions[place]);
        indices[place] = runs.value(lane, std::min(at, runs.count - 1));
      }
  });
  return indices;
}
