//===- KMeans.cpp - Codebooks learned from the values ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lloyd's algorithm (Least Squares Quantization in PCM, 1982, method I). In one
// dimension a cluster is a range of the sorted values: with their running sums
// an iteration costs a search per level instead of a pass over the values, and
// it is exact. It only finds a local minimum, and from quantiles of the data
// stays a decibel or more above the best, so there are two better starts:
//
// - the Lloyd-Max levels of a Gaussian with the block's mean and deviation;
// - levels as dense as the cube root of the values' density, which is best for
//   many levels and any distribution (Panter and Dite 1951).
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/KMeans.h"
#include "lowbit/Numerics/Codec/Codebook.h"
#include "lowbit/Numerics/Quantize/LloydMax.h"

#include "../Finite.h"
#include "BlockReader.h"
#include "Sparse.h"

#include <cmath>
#include <string>
#include <tuple>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// The values of a block in order, with running sums.
class SortedBlock {
public:
  /// `weights` may be null.
  SortedBlock(const float *values, const float *weights, size_t n);

  size_t size() const { return values.size(); }
  float operator[](size_t i) const { return values[i]; }
  double mean() const { return center; }
  double deviation() const {
    double weight = weights.back();
    return weight > 0 ? std::sqrt(squares.back() / weight) : 0;
  }

  double weight(size_t begin, size_t end) const {
    return weights[end] - weights[begin];
  }
  /// Mean of values [begin, end), whose weight is not 0.
  double mean(size_t begin, size_t end) const {
    return center + (sums[end] - sums[begin]) / weight(begin, end);
  }
  /// sum w (x - mean)^2 of values [begin, end).
  double scatter(size_t begin, size_t end) const {
    double w = weight(begin, end), sum = sums[end] - sums[begin];
    if (!(w > 0))
      return 0;
    return std::max(squares[end] - squares[begin] - sum * sum / w, 0.0);
  }

  /// The number of values that are not above x. `guess` is where to look.
  size_t countUpTo(double x, size_t guess) const;

private:
  std::vector<float> values;
  double center = 0;
  /// Entry i is the sum over the first i values: of w, w (x - center) and
  /// w (x - center)^2. About the center, so that differences do not cancel.
  std::vector<double> weights, sums, squares;
};

/// Lloyd's iterations on one block.
class Lloyd {
public:
  Lloyd(const SortedBlock &block, std::vector<double> levels);

  void run(int iterations);
  double error() const;
  const std::vector<double> &result() const { return levels; }

private:
  /// Assigns values to the nearest levels; false if nothing changed.
  bool assign();
  void update();
  bool fillEmpty();

  const SortedBlock &block;
  std::vector<double> levels;
  /// Cluster i is the values [bounds[i], bounds[i + 1]).
  std::vector<size_t> bounds;
};

} // namespace

SortedBlock::SortedBlock(const float *x, const float *w, size_t n)
    : values(x, x + n) {
  std::vector<float> sortedWeights;
  double total = 0;
  for (size_t i = 0; w && i < n; ++i)
    total += w[i];
  if (total > 0) {
    // What has no weight takes no level.
    std::vector<std::pair<float, float>> pairs;
    for (size_t i = 0; i < n; ++i)
      if (w[i] > 0)
        pairs.emplace_back(x[i], w[i]);
    std::sort(pairs.begin(), pairs.end());
    n = pairs.size();
    values.resize(n);
    sortedWeights.resize(n);
    for (size_t i = 0; i < n; ++i)
      std::tie(values[i], sortedWeights[i]) = pairs[i];
  } else {
    // Weights that are all 0 say nothing.
    std::sort(values.begin(), values.end());
    total = static_cast<double>(n);
  }
  for (auto *running : {&weights, &sums, &squares})
    running->resize(n + 1);
  auto weightOf = [&](size_t i) {
    return sortedWeights.empty() ? 1.0 : sortedWeights[i];
  };
  for (size_t i = 0; i < n; ++i)
    center += weightOf(i) * values[i];
  center = n ? center / total : 0;
  for (size_t i = 0; i < n; ++i) {
    double weight = weightOf(i), distance = values[i] - center;
    weights[i + 1] = weights[i] + weight;
    sums[i + 1] = sums[i] + weight * distance;
    squares[i + 1] = squares[i] + weight * distance * distance;
  }
}

size_t SortedBlock::countUpTo(double x, size_t guess) const {
  // Bounds move little from one iteration to the next: double the stride from
  // where it was until the bound is enclosed.
  size_t low = guess, high = guess, stride = 1;
  while (low > 0 && values[low - 1] > x) {
    high = low - 1;
    low -= std::min(low, stride);
    stride *= 2;
  }
  stride = 1;
  while (high < values.size() && !(values[high] > x)) {
    low = high + 1;
    high += std::min(values.size() - high, stride);
    stride *= 2;
  }
  auto end = values.begin() + high;
  return std::upper_bound(values.begin() + low, end, x) - values.begin();
}

Lloyd::Lloyd(const SortedBlock &block, std::vector<double> start)
    : block(block), levels(std::move(start)), bounds(levels.size() + 1) {
  bounds.back() = block.size();
}

bool Lloyd::assign() {
  bool changed = false;
  for (size_t i = 1; i < levels.size(); ++i) {
    size_t bound = block.countUpTo((levels[i - 1] + levels[i]) / 2,
                                   std::max(bounds[i], bounds[i - 1]));
    changed |= bound != bounds[i];
    bounds[i] = bound;
  }
  return changed;
}

void Lloyd::update() {
  for (size_t i = 0; i < levels.size(); ++i)
    if (block.weight(bounds[i], bounds[i + 1]) > 0)
      levels[i] = block.mean(bounds[i], bounds[i + 1]);
}

/// Gives each level without values the value farthest from its own in the
/// cluster of largest error. False if there was none to give.
bool Lloyd::fillEmpty() {
  bool filled = false;
  std::vector<char> isSplit(levels.size());
  for (size_t empty = 0; empty < levels.size(); ++empty) {
    if (bounds[empty] != bounds[empty + 1])
      continue;
    size_t worst = levels.size();
    double largest = 0;
    for (size_t i = 0; i < levels.size(); ++i) {
      // One value for a level: more than one of a cluster would meet.
      double error = isSplit[i] ? 0 : block.scatter(bounds[i], bounds[i + 1]);
      // Values that are equal may leave something by rounding.
      if (error > largest && block[bounds[i]] < block[bounds[i + 1] - 1]) {
        largest = error;
        worst = i;
      }
    }
    if (worst == levels.size())
      break;
    isSplit[worst] = true;
    double low = block[bounds[worst]], high = block[bounds[worst + 1] - 1];
    levels[empty] = levels[worst] - low > high - levels[worst] ? low : high;
    filled = true;
  }
  if (filled)
    std::sort(levels.begin(), levels.end());
  return filled;
}

void Lloyd::run(int iterations) {
  assign();
  for (int i = 0; i < iterations; ++i) {
    update();
    bool filled = fillEmpty();
    if (!assign() && !filled)
      break;
  }
  update();
  // A level that still has no values is none: see learnBooks.
  std::vector<double> used;
  for (size_t i = 0; i < levels.size(); ++i)
    if (bounds[i] != bounds[i + 1])
      used.push_back(levels[i]);
  if (!used.empty()) {
    used.resize(levels.size(), used.back());
    levels = std::move(used);
  }
}

double Lloyd::error() const {
  double error = 0;
  for (size_t i = 0; i + 1 < bounds.size(); ++i)
    error += block.scatter(bounds[i], bounds[i + 1]);
  return error;
}

/// `k` levels of which each has an equal share of the integral of the cube root
/// of the density. The density is that of runs of values, a fraction of a level
/// each.
static std::vector<double> companded(const SortedBlock &block, size_t k) {
  size_t n = block.size();
  size_t run = std::max<size_t>(n / (4 * k), 1);
  std::vector<double> integral{0};
  for (size_t i = 0; i < n; i += run) {
    size_t next = std::min(i + run, n - 1);
    // m values in a width d: density m / d over d.
    double width = static_cast<double>(block[next]) - block[i];
    integral.push_back(integral.back() +
                       std::cbrt(block.weight(i, next) * width * width));
  }
  std::vector<double> levels;
  size_t at = 0;
  for (size_t i = 0; i < k; ++i) {
    double target = integral.back() * (static_cast<double>(i) + 0.5) / k;
    while (at + 2 < integral.size() && integral[at + 1] < target)
      ++at;
    double low = block[std::min(at * run, n - 1)];
    double high = block[std::min((at + 1) * run, n - 1)];
    double step = integral[at + 1] - integral[at];
    double part = step > 0 ? (target - integral[at]) / step : 0;
    levels.push_back(low + (high - low) * std::clamp(part, 0.0, 1.0));
  }
  return levels;
}

static std::vector<double> learnBook(const SortedBlock &block,
                                     const std::vector<double> &normalLevels,
                                     int iterations) {
  // A level for each different value, if there are enough.
  size_t k = normalLevels.size();
  std::vector<double> different;
  for (size_t i = 0; i < block.size() && different.size() <= k; ++i)
    if (i == 0 || block[i] != block[i - 1])
      different.push_back(block[i]);
  if (different.size() <= k) {
    different.resize(k, different.empty() ? 0 : different.back());
    return different;
  }
  std::vector<double> start = normalLevels;
  for (double &level : start)
    level = block.mean() + block.deviation() * level;
  Lloyd gaussian(block, std::move(start));
  Lloyd general(block, companded(block, k));
  gaussian.run(iterations);
  general.run(iterations);
  return (general.error() < gaussian.error() ? general : gaussian).result();
}

Result<std::vector<float>>
lowbit::numerics::learnBooks(std::span<const float> values, ShapeRef shape,
                             const Books &books, const KMeansOptions &options,
                             ThreadCount threads) {
  auto invalid = [](std::string message) {
    return Error{Error::Kind::InvalidFormat, std::move(message)};
  };
  int64_t k = books.levels;
  if (k < 2 || k > 256)
    return invalid("a codebook of " + std::to_string(k) +
                   " levels was asked for; 2 to 256 are possible");
  auto granularity = Granularity::get(shape, books.blockShape);
  if (!granularity)
    return granularity.error();
  if (std::cmp_not_equal(values.size(), granularity->numElements()))
    return invalid(std::to_string(values.size()) +
                   " values given for a tensor of " +
                   std::to_string(granularity->numElements()) + " elements");
  if (auto error = verifyErrorWeights(options.weights, shape))
    return std::move(*error);
  if (auto error = checkFinite(values, threads))
    return std::move(*error);

  BlockReader reader(*granularity);
  int64_t slot = reader.slotSize();
  std::vector<double> normalLevels = lloydMaxLevels(static_cast<int>(k));
  std::vector<float> result(reader.numBlocks() * k);
  auto work = [&](int64_t begin, int64_t end) {
    std::vector<float> valueBuffer, weightBuffer;
    int64_t count = end - begin;
    const float *x = reader.read(values.data(), begin, count, valueBuffer);
    const float *w =
        reader.readWeights(options.weights, begin, count, weightBuffer);
    for (int64_t b = 0; b < count; ++b) {
      SortedBlock block(x + b * slot, w ? w + b * slot : nullptr,
                        reader.size(begin + b));
      std::vector<double> learned =
          learnBook(block, normalLevels, options.iterations);
      float *levels = result.data() + (begin + b) * k;
      for (int64_t i = 0; i < k; ++i)
        levels[i] =
            roundToScaleType(static_cast<float>(learned[i]), books.type);
    }
  };
  parallelFor(threads, reader.numBlocks(), reader.groupSize(), work);
  for (size_t i = 0; i < result.size(); ++i)
    if (std::isinf(result[i]))
      return Error{Error::Kind::ScaleOverflow,
                   "level " + std::to_string(i % k) + " of codebook " +
                       std::to_string(i / k) + " is too large for its type " +
                       std::string(scaleTypeName(books.type)),
                   static_cast<int64_t>(i)};
  return result;
}

/// What codes stand for, and how much the error of each counts there: that of
/// an element grows with its scale.
static void normalize(const BlockParameters &parameters,
                      const Granularity &granularity, std::span<float> values,
                      std::span<float> weights) {
  float largest = 0;
  for (float scale : parameters.scales)
    largest = std::max(largest, std::fabs(scale));
  granularity.forEachRun([&](int64_t block, int64_t begin, int64_t length) {
    float scale = parameters.scales[block], share = scale / largest;
    float offset = parameters.offsets.empty() ? 0 : parameters.offsets[block];
    for (int64_t i = begin; i < begin + length; ++i) {
      values[i] = (values[i] - offset) / scale;
      weights[i] *= share * share;
    }
  });
}

Result<BlockParameters> lowbit::numerics::chooseKMeans(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const KMeansOptions &options, ThreadCount threads) {
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  if (!format.books)
    return Error{Error::Kind::InvalidFormat,
                 "codec '" + std::string(format.codec->name()) +
                     "' has no books to be learned"};
  if (auto error = verifyErrorWeights(options.weights, shape))
    return std::move(*error);
  // Scales, where there are any, take each block to levels from -1 to 1.
  Format ranges = format;
  ranges.books.reset();
  ranges.codec = getBinaryCodec();
  auto parameters = chooseParameters(values, shape, ranges,
                                     ranges.defaultRangeKind(), threads);
  if (!parameters)
    return parameters;
  std::vector<float> normalized, weights;
  KMeansOptions ofBooks = options;
  bool isScaled = format.scaleType != ScaleType::One || format.offsetType;
  if (isScaled || !format.sparsity.isDense()) {
    normalized.assign(values.begin(), values.end());
    weights =
        weightsOfKept(options.weights, values, shape, format.sparsity, threads);
    normalize(*parameters, *Granularity::get(shape, format.blockShape),
              normalized, weights);
    values = normalized;
    ofBooks.weights = {.elements = weights};
  }
  auto books = learnBooks(values, shape, *format.books, ofBooks, threads);
  if (!books)
    return books.error();
  parameters->books = std::move(*books);
  return parameters;
}

ParameterChooser lowbit::numerics::kMeansChooser(KMeansOptions options,
                                                 ThreadCount threads) {
  return
      [=](std::span<const float> values, ShapeRef shape, const Format &format) {
        return chooseKMeans(values, shape, format, options, threads);
      };
}

Result<UnpackedParts> lowbit::numerics::quantizeKMeans(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const KMeansOptions &options, ThreadCount threads) {
  auto parameters = chooseKMeans(values, shape, format, options, threads);
  if (!parameters)
    return parameters.error();
  return encodeWith(*std::move(parameters), values, shape, format, threads);
}
