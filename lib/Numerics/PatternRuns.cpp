//===- PatternRuns.cpp - Runs of n:m sparsity, side by side ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternRuns.h"

#include "Multiversion.h"

#include <algorithm>
#include <bit>

using namespace lowbit::numerics;

namespace {

constexpr int64_t width = RunLanes::most;

/// Runs of equal length: for each of `outers` and each of `runs` so many lanes.
struct Bands {
  int64_t outers, outerStep, keptOuterStep;
  int64_t runs, runStep, keptRunStep;
  RunLanes lanes;

  int64_t piecesOfBand() const { return (lanes.lanes + width - 1) / width; }
  int64_t pieces() const { return outers * runs * piecesOfBand(); }

  RunLanes piece(int64_t number) const {
    RunLanes result = lanes;
    int64_t begin = number % piecesOfBand() * width;
    int64_t band = number / piecesOfBand();
    int64_t outer = band / runs, run = band % runs;
    result.first += outer * outerStep + run * runStep + begin * lanes.laneStep;
    result.keptFirst +=
        outer * keptOuterStep + run * keptRunStep + begin * lanes.keptLaneStep;
    result.lanes = std::min(width, lanes.lanes - begin);
    return result;
  }
};

/// How many of a lane's values go before each: the larger ones, and equal ones
/// in front of it.
LOWBIT_MULTIVERSION
void countBefore(const int32_t *__restrict magnitudes, int64_t count,
                 int32_t *__restrict before) {
  std::fill_n(before, count * width, 0);
  for (int64_t i = 1; i < count; ++i) {
    const int32_t *mine = magnitudes + i * width;
    int32_t *beforeMine = before + i * width;
    for (int64_t j = 0; j < i; ++j) {
      const int32_t *other = magnitudes + j * width;
      int32_t *beforeOther = before + j * width;
      for (int64_t lane = 0; lane < width; ++lane) {
        int32_t isLarger = mine[lane] > other[lane];
        beforeOther[lane] += isLarger;
        beforeMine[lane] += 1 - isLarger;
      }
    }
  }
}

/// From counts to slots.
LOWBIT_MULTIVERSION
void numberKept(int32_t *slots, int64_t count, int32_t kept) {
  int32_t next[width] = {};
  for (int64_t i = 0; i < count; ++i)
    for (int64_t lane = 0; lane < width; ++lane) {
      bool isKept = slots[i * width + lane] < kept;
      slots[i * width + lane] = isKept ? next[lane] : -1;
      next[lane] += isKept;
    }
}

LOWBIT_MULTIVERSION
void moveKept(const int32_t *__restrict slots, const int32_t *__restrict values,
              int64_t count, int64_t kept, int32_t *__restrict out,
              int32_t *__restrict places) {
  for (int32_t k = 0; k < kept; ++k) {
    int32_t value[width] = {}, place[width] = {};
    for (int32_t i = k; i <= count - kept + k; ++i) {
      const int32_t *slot = slots + i * width;
      const int32_t *from = values + i * width;
      for (int64_t lane = 0; lane < width; ++lane) {
        // As masks of bits: conditions would keep it from being vector code.
        int32_t isThis = -int32_t(slot[lane] == k);
        value[lane] |= isThis & from[lane];
        place[lane] |= isThis & i;
      }
    }
    std::copy_n(value, width, out + k * width);
    std::copy_n(place, width, places + k * width);
  }
}

/// The values of runs by place and lane, those of missing lanes as they were.
template <typename T, typename U, typename Fn>
void load(const T *values, const RunLanes &runs, U *out, Fn &&fn) {
  for (int64_t i = 0; i < runs.count; ++i) {
    const T *from = values + runs.value(0, i);
    if (runs.laneStep == 1)
      for (int64_t lane = 0; lane < runs.lanes; ++lane)
        out[i * width + lane] = fn(from[lane]);
    else
      for (int64_t lane = 0; lane < runs.lanes; ++lane)
        out[i * width + lane] = fn(from[lane * runs.laneStep]);
  }
}

} // namespace

void lowbit::numerics::forEachRunLanes(
    ShapeRef shape, const Sparsity &pattern, ThreadCount threads,
    const std::function<void(const RunLanes &)> &fn) {
  unsigned axis = pattern.axis;
  int64_t outer = numElements(shape.first(axis)), length = shape[axis];
  int64_t stride = numElements(shape.subspan(axis + 1));
  int64_t run = pattern.run, keep = pattern.keep;
  int64_t keptLength = pattern.keptBlock(length);
  int64_t whole = length / run, rest = length % run;

  std::vector<Bands> all;
  auto add = [&](int64_t begin, int64_t runs, int64_t count) {
    if (runs == 0 || count == 0)
      return;
    int64_t kept = std::min(keep, count);
    Bands bands{outer,
                length * stride,
                keptLength * stride,
                runs,
                run * stride,
                keep * stride,
                {begin * run * stride, begin * keep * stride, 1, 1, stride,
                 stride, count, kept}};
    // Along the last axis lanes are the runs of a line, or of all lines.
    RunLanes &lanes = bands.lanes;
    if (stride == 1 && runs > 1) {
      lanes.laneStep = bands.runStep;
      lanes.keptLaneStep = bands.keptRunStep;
      lanes.lanes = runs;
      bands.runs = 1;
      if (rest == 0) {
        lanes.lanes *= outer;
        bands.outers = 1;
      }
    } else if (stride == 1) {
      lanes.laneStep = bands.outerStep;
      lanes.keptLaneStep = bands.keptOuterStep;
      lanes.lanes = outer;
      bands.outers = 1;
    }
    all.push_back(bands);
  };
  add(0, whole, run);
  add(whole, 1, rest);
  for (const Bands &bands : all) {
    int64_t grain = std::max<int64_t>(65536 / (width * bands.lanes.count), 1);
    parallelFor(threads, bands.pieces(), grain,
                [&](int64_t begin, int64_t end) {
                  for (int64_t i = begin; i < end; ++i)
                    fn(bands.piece(i));
                });
  }
}

void RunSlots::keepLargest(const float *values, const RunLanes &runs) {
  magnitudes.resize(runs.count * width);
  slots.resize(runs.count * width);
  load(values, runs, magnitudes.data(),
       [](float value) { return std::bit_cast<int32_t>(value) & 0x7fffffff; });
  countBefore(magnitudes.data(), runs.count, slots.data());
  numberKept(slots.data(), runs.count, runs.kept);
}

void RunSlots::keepMarked(const uint8_t *mask, const RunLanes &runs) {
  slots.resize(runs.count * width);
  load(mask, runs, slots.data(),
       [](uint8_t isKept) -> int32_t { return isKept ? 0 : 1; });
  numberKept(slots.data(), runs.count, 1);
}

void RunSlots::gather(const float *values, const RunLanes &runs, float *kept,
                      int8_t *positions) {
  loaded.resize(runs.count * width);
  gathered.resize(runs.kept * width);
  places.resize(runs.kept * width);
  load(values, runs, loaded.data(),
       [](float value) { return std::bit_cast<int32_t>(value); });
  moveKept(slots.data(), loaded.data(), runs.count, runs.kept, gathered.data(),
           places.data());
  for (int64_t k = 0; k < runs.kept; ++k)
    for (int64_t lane = 0; lane < runs.lanes; ++lane) {
      int64_t to = runs.keptValue(lane, k);
      kept[to] = std::bit_cast<float>(gathered[k * width + lane]);
      positions[to] = static_cast<int8_t>(places[k * width + lane]);
    }
}

void RunSlots::mark(const RunLanes &runs, uint8_t *mask) const {
  for (int64_t i = 0; i < runs.count; ++i)
    for (int64_t lane = 0; lane < runs.lanes; ++lane)
      mask[runs.value(lane, i)] = slots[i * width + lane] >= 0;
}
