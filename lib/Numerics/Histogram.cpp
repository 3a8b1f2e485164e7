//===- Histogram.cpp - The distribution of a stream of values -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Histogram.h"

#include "Finite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <mutex>

using namespace lowbit::numerics;

static_assert(std::has_single_bit(uint64_t(Histogram::binsPerSide)));

static constexpr int logBins =
    std::countr_zero(uint64_t(Histogram::binsPerSide));

static constexpr int64_t mostValues = int64_t(1) << 53;

/// The e of the smallest range [-2^e, 2^e] with |value| inside.
static int exponentOf(float value) {
  int exponent;
  std::frexp(value, &exponent);
  return exponent;
}

double Histogram::binWidth() const {
  return exponent == noExponent ? 0 : std::ldexp(1.0, exponent - logBins);
}

void Histogram::growTo(int newExponent) {
  if (exponent == noExponent) {
    // All values so far are zero, in bin 0, where they stay.
    exponent = newExponent;
    return;
  }
  for (; exponent < newExponent; ++exponent) {
    int64_t *positive = bins.data() + binsPerSide, *negative = positive - 1;
    // On each side outwards from zero: bins 2i and 2i + 1 become bin i.
    for (int64_t i = 0; i < binsPerSide; ++i) {
      bool inside = 2 * i < binsPerSide;
      positive[i] = inside ? positive[2 * i] + positive[2 * i + 1] : 0;
      negative[-i] = inside ? negative[-2 * i] + negative[-2 * i - 1] : 0;
    }
  }
}

void Histogram::widen(float least, float most) {
  low = std::min(low, least);
  high = std::max(high, most);
  float magnitude = std::max(std::fabs(least), std::fabs(most));
  if (magnitude != 0)
    growTo(std::max(exponent, exponentOf(magnitude)));
}

int64_t Histogram::binOf(float value, double perUnit) const {
  // Exact: the width is a power of two.
  auto distance = static_cast<int64_t>(std::fabs(double(value)) * perUnit);
  return binsPerSide + (value < 0 ? -1 - distance : distance);
}

Result<Histogram> Histogram::restore(std::span<const int64_t> counts,
                                     float minimum, float maximum) {
  auto invalid = [](const char *message) {
    return Error{Error::Kind::InvalidStatistics, message};
  };
  Histogram result;
  if (counts.size() != result.bins.size())
    return invalid("a histogram has another number of bins");
  for (int64_t count : counts) {
    if (count < 0)
      return invalid("a bin of the histogram holds less than nothing");
    // What doubles count exactly; sums of many such histograms fit an int64_t.
    if (count > mostValues - result.total)
      return invalid("the histogram holds more values than can be counted");
    result.total += count;
  }
  result.bins.assign(counts.begin(), counts.end());
  if (result.total == 0) {
    if (minimum != result.low || maximum != result.high)
      return invalid("a histogram of no values has a smallest or largest one");
    return result;
  }
  // Also false where one of them is NaN.
  if (!(minimum <= maximum) || std::isinf(minimum) || std::isinf(maximum))
    return invalid("the extremes of the histogram are no range");
  result.widen(minimum, maximum);
  double perUnit = result.exponent == noExponent ? 0 : 1 / result.binWidth();
  auto holdsValues = [](int64_t count) { return count != 0; };
  auto first = std::ranges::find_if(counts, holdsValues);
  auto last = std::find_if(counts.rbegin(), counts.rend(), holdsValues);
  if (first - counts.begin() != result.binOf(minimum, perUnit) ||
      counts.rend() - last - 1 != result.binOf(maximum, perUnit))
    return invalid("the extremes of the histogram lie in other bins than its "
                   "outermost");
  return result;
}

std::optional<Error> Histogram::add(std::span<const float> values,
                                    ThreadCount threads) {
  if (values.empty())
    return std::nullopt;
  if (auto error = checkFinite(values, threads))
    return error;
  auto [least, most] = std::minmax_element(values.begin(), values.end());
  widen(*least, *most);
  double perUnit = exponent == noExponent ? 0 : 1 / binWidth();

  // Large enough that adding up a piece's bins is a small part of the work.
  constexpr int64_t grain = 1 << 20;
  std::mutex mutex;
  parallelFor(threads, values.size(), grain, [&](int64_t begin, int64_t end) {
    std::vector<int64_t> counts(bins.size());
    for (int64_t i = begin; i < end; ++i)
      ++counts[binOf(values[i], perUnit)];
    std::lock_guard lock(mutex);
    for (size_t i = 0; i < bins.size(); ++i)
      bins[i] += counts[i];
  });
  total += values.size();
  return std::nullopt;
}

void Histogram::merge(const Histogram &other) {
  const Histogram *more = &other;
  Histogram grown;
  if (other.exponent > exponent) {
    growTo(other.exponent);
  } else if (other.exponent < exponent) {
    grown = other;
    grown.growTo(exponent);
    more = &grown;
  }
  for (size_t i = 0; i < bins.size(); ++i)
    bins[i] += more->bins[i];
  total += other.total;
  low = std::min(low, other.low);
  high = std::max(high, other.high);
}

std::vector<int64_t> Histogram::magnitudes() const {
  std::vector<int64_t> result(binsPerSide);
  for (int64_t i = 0; i < binsPerSide; ++i)
    result[i] = binCount(i) + binCount(-1 - i);
  return result;
}

/// Where in units of bins the first `wanted` of the counted values end.
static double position(std::span<const int64_t> counts, double wanted) {
  double before = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0 && before + counts[i] >= wanted)
      return i + std::max(wanted - before, 0.0) / counts[i];
    before += counts[i];
  }
  return counts.size();
}

double Histogram::percentile(double percent) const {
  if (total == 0)
    return 0;
  double bin = position(bins, percent / 100 * total) - binsPerSide;
  return std::clamp<double>(bin * binWidth(), low, high);
}

double Histogram::magnitudePercentile(double percent) const {
  if (total == 0)
    return 0;
  double bin = position(magnitudes(), percent / 100 * total);
  return std::min<double>(bin * binWidth(),
                          std::max(std::fabs(low), std::fabs(high)));
}

double Histogram::entropyThreshold(int64_t levels) const {
  if (total == 0)
    return 0;
  double largest = std::max(std::fabs(low), std::fabs(high));
  std::vector<int64_t> counts = magnitudes();
  counts[0] = counts[1];
  // Sums over the first i bins: values, bins that are not empty, and n log n.
  // With them a threshold costs a step per level, not one per bin.
  auto logTerm = [](double n) { return n > 0 ? n * std::log(n) : 0; };
  std::vector<double> values(binsPerSide + 1), filled(values), logs(values);
  for (int64_t i = 0; i < binsPerSide; ++i) {
    values[i + 1] = values[i] + counts[i];
    filled[i + 1] = filled[i] + (counts[i] != 0);
    logs[i + 1] = logs[i] + logTerm(counts[i]);
  }
  double all = values.back();
  double best = std::numeric_limits<double>::infinity(), threshold = largest;
  for (int64_t end = levels; end <= binsPerSide; ++end) {
    // P is the clipped distribution, its last bin holding all that is beyond;
    // Q what `levels` levels make of the bins, without what is beyond.
    double beyond = all - values[end], last = counts[end - 1];
    if (last == 0 && beyond != 0)
      continue;
    double entropyOfP = logs[end] - logTerm(last) + logTerm(last + beyond);
    double cross = 0, level = 0;
    for (int64_t i = 0; i < levels; ++i) {
      int64_t from = i * end / levels, to = (i + 1) * end / levels;
      double inside = values[to] - values[from];
      if (inside == 0)
        continue;
      level = std::log(inside / (filled[to] - filled[from]));
      cross += inside * level;
    }
    if (beyond != 0)
      cross += beyond * level;
    double divergence =
        (entropyOfP - cross) / all + std::log(values[end] / all);
    if (divergence < best) {
      best = divergence;
      threshold = std::min(end * binWidth(), largest);
    }
    if (beyond == 0)
      break;
  }
  return threshold;
}
