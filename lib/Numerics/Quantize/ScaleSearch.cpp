//===- ScaleSearch.cpp - Scales of least squared error --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// In the manner of ggml's make_qx_quants and make_qkx2_quants: try scales from
// that of the whole range downwards; for the codes that each gives, least
// squares knows the best scale (and zero point), and the error under it without
// encoding again; go on from the best until that gains nothing. Deviations:
//
// - every error that decides is measured with the scale as stored, so narrow
//   scale types take part in the search;
// - steps are a constant ratio, down to where a Gaussian or any flatter
//   distribution is clipped too much, which depends on the block's mean square;
// - codecs with a longer side are tried with both signs of the scale.
//
// A candidate is evaluated for many blocks at once (CodeErrors).
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include "../Multiversion.h"
#include "BlockReader.h"
#include "CodeErrors.h"

#include <array>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

namespace {

/// Ranges tried per sign of the scale, and least-squares steps from the best. A
/// larger block has a larger maximum to come down from, and its least-squares
/// steps are shorter.
constexpr int numSmallBlockRatios = 12, numRatios = 20;
constexpr int numRefinements = 3;
/// Blocks of more elements than this are not small.
constexpr int64_t smallBlock = 512;
/// Blocks of more elements than this are worked on by several threads.
constexpr int64_t largeBlock = 256 * 1024;

/// Scale and zero point of each block of a group.
struct Candidates {
  std::vector<float> scales;
  std::vector<int8_t> zeroPoints;
};

/// The search for one group of blocks.
class Search {
public:
  Search(const Format &format, BlockSlots blocks, ThreadCount threads);

  /// Starts from, and ends with, parameters of the group's blocks.
  void start(const float *scales, const int8_t *zeroPoints);
  void shrinkRanges(float sign);
  void shrinkOneSide();
  void refine();
  void store(float *scales, int8_t *zeroPoints) const;

private:
  /// Measures `tried`; keeps what is best as it is, and what least squares
  /// promises to be best.
  void measure();
  void keep(size_t b);

  const Format &format;
  const Codec &codec;
  BlockSlots blocks;
  ThreadCount threads;
  size_t count;
  /// Smallest scale worth trying, and sum of weights, by block.
  std::vector<double> floors, weightSums;
  /// Start of the ranges that are shrunk: the widest scale given to start().
  Candidates widest;
  Candidates tried;
  ErrorSums sums;
  Candidates best;
  std::vector<float> bestErrors;
  Candidates promising;
  std::vector<float> promisedErrors;
};

int8_t clampZeroPoint(double zeroPoint, const Codec &codec) {
  double low = codec.codeMin(), high = codec.codeMax();
  zeroPoint = std::nearbyint(std::clamp(zeroPoint, low, high));
  return static_cast<int8_t>(static_cast<int>(zeroPoint));
}

/// About which multiple of the root mean square the largest level of a good
/// quantizer of `bits` represents, at least: for a Gaussian the best are 1, 1.8
/// and 2.4 at 2, 3 and 4 bits and 3.9 at 8, for flatter distributions less.
double smallestReach(unsigned bits) {
  return std::max(0.75, 0.1 + 0.325 * bits);
}

float largestLevel(const Codec &codec, float zeroPoint) {
  return std::max(std::fabs(codec.decode(codec.codeMin()) - zeroPoint),
                  std::fabs(codec.decode(codec.codeMax()) - zeroPoint));
}

/// Whether a scale and its negative reach the same values.
bool isSymmetric(const Codec &codec) {
  int low = codec.codeMin(), high = codec.codeMax();
  for (int i = 0; low + i <= high; ++i)
    if (codec.decode(low + i) != -codec.decode(high - i))
      return false;
  return true;
}

/// Search::keep without zero points: what is best as it is, and the scale
/// s + a of least error r - a d. Selects instead of branches, which would be
/// mispredicted.
LOWBIT_MULTIVERSION
void keepScales(size_t count, const float *__restrict scales,
                const float *__restrict errors,
                const float *__restrict residualCodes,
                const float *__restrict codeSquares, float *__restrict best,
                float *__restrict bestErrors, float *__restrict promising,
                float *__restrict promisedErrors) {
  for (size_t b = 0; b < count; ++b) {
    float scale = scales[b], error = errors[b];
    bool better = error < bestErrors[b];
    best[b] = better ? scale : best[b];
    bestErrors[b] = better ? error : bestErrors[b];
    // All codes 0 (0 / 0) promise nothing: NaN compares false.
    float correction = residualCodes[b] / codeSquares[b];
    error -= correction * residualCodes[b];
    better = error < promisedErrors[b];
    promising[b] = better ? scale + correction : promising[b];
    promisedErrors[b] = better ? error : promisedErrors[b];
  }
}

} // namespace

Search::Search(const Format &format, BlockSlots slots, ThreadCount threads)
    : format(format), codec(*format.codec), blocks(std::move(slots)),
      threads(threads), count(blocks.sizes.size()), floors(count),
      weightSums(count), sums(count),
      bestErrors(count, std::numeric_limits<float>::infinity()),
      promisedErrors(bestErrors) {
  for (size_t b = 0; b < count; ++b) {
    const float *x = blocks.values + b * blocks.slotSize;
    const float *w =
        blocks.weights ? blocks.weights + b * blocks.slotSize : nullptr;
    double squares = 0;
    for (int64_t i = 0; i < blocks.sizes[b]; ++i) {
      double weight = w ? w[i] : 1;
      weightSums[b] += weight;
      squares += weight * x[i] * x[i];
    }
    if (weightSums[b] > 0)
      floors[b] = smallestReach(codec.bits()) *
                  std::sqrt(squares / weightSums[b]) / largestLevel(codec, 0);
  }
  for (Candidates *candidates : {&widest, &tried, &best, &promising}) {
    candidates->scales.resize(count);
    candidates->zeroPoints.resize(format.hasZeroPoint ? count : 0);
  }
}

void Search::start(const float *scales, const int8_t *zeroPoints) {
  tried.scales.assign(scales, scales + count);
  if (format.hasZeroPoint)
    tried.zeroPoints.assign(zeroPoints, zeroPoints + count);
  measure();
  for (size_t b = 0; b < count; ++b) {
    if (std::fabs(scales[b]) <= std::fabs(widest.scales[b]))
      continue;
    widest.scales[b] = std::fabs(scales[b]);
    if (format.hasZeroPoint)
      widest.zeroPoints[b] = zeroPoints[b];
  }
}

void Search::measure() {
  // What is stored as zero or infinity is no candidate.
  if (format.scaleType != ScaleType::F32)
    for (float &scale : tried.scales)
      scale = roundToScaleType(scale, format.scaleType);
  for (size_t b = 0; b < count; ++b) {
    float scale = std::fabs(tried.scales[b]);
    if (!(scale > 0 && scale <= std::numeric_limits<float>::max()))
      tried.scales[b] = best.scales[b];
  }
  measureErrors(codec, blocks, tried.scales.data(),
                format.hasZeroPoint ? tried.zeroPoints.data() : nullptr,
                threads, sums);
  if (format.hasZeroPoint)
    for (size_t b = 0; b < count; ++b)
      keep(b);
  else
    keepScales(count, tried.scales.data(), sums.error.data(),
               sums.residualCodes.data(), sums.codeSquares.data(),
               best.scales.data(), bestErrors.data(), promising.scales.data(),
               promisedErrors.data());
}

void Search::keep(size_t b) {
  float scale = tried.scales[b];
  if (sums.error[b] < bestErrors[b]) {
    bestErrors[b] = sums.error[b];
    best.scales[b] = scale;
    best.zeroPoints[b] = tried.zeroPoints[b];
  }
  // With the codes as they are, scale s + a and offset -s z + c leave r - a d -
  // c of the residual r.
  double rd = sums.residualCodes[b], dd = sums.codeSquares[b];
  double r = sums.residuals[b], d = sums.codes[b], w = weightSums[b];
  double oldZeroPoint = codec.codeFromByte(tried.zeroPoints[b]);
  int8_t newByte = tried.zeroPoints[b];
  double determinant = dd * w - d * d;
  if (determinant > 1e-6 * dd * w) {
    double a = (rd * w - r * d) / determinant;
    double c = (r * dd - rd * d) / determinant;
    double ideal = (scale * oldZeroPoint - c) / (scale + a);
    if (std::isfinite(ideal))
      newByte = clampZeroPoint(ideal, codec);
  }
  // The sums about the new zero point z, which moves residuals by q.
  double z = codec.codeFromByte(newByte), q = scale * (z - oldZeroPoint);
  double error = sums.error[b] + 2 * q * r + q * q * w;
  rd += q * d - z * r - z * q * w;
  dd += z * z * w - 2 * z * d;
  if (!(dd > 0))
    return;
  error -= rd * rd / dd;
  if (error < promisedErrors[b]) {
    promisedErrors[b] = static_cast<float>(error);
    promising.scales[b] = static_cast<float>(scale + rd / dd);
    promising.zeroPoints[b] = newByte;
  }
}

/// Tries ranges from the widest down, zero points as they are. The first is
/// wider: that is for scale types which may have nothing closer.
void Search::shrinkRanges(float sign) {
  int steps = blocks.slotSize > smallBlock ? numRatios : numSmallBlockRatios;
  std::vector<double> ratios(count);
  for (size_t b = 0; b < count; ++b) {
    double last = std::min<double>(0.9 * widest.scales[b], floors[b]);
    ratios[b] = std::pow(last / widest.scales[b], 1.0 / (steps - 2));
    tried.scales[b] = sign * widest.scales[b] * 1.41f;
  }
  tried.zeroPoints = widest.zeroPoints;
  std::vector<double> next(count);
  for (size_t b = 0; b < count; ++b)
    next[b] = sign * widest.scales[b];
  for (int i = 0; i < steps; ++i) {
    measure();
    for (size_t b = 0; b < count; ++b) {
      tried.scales[b] = static_cast<float>(next[b]);
      next[b] *= ratios[b];
    }
    tried.zeroPoints = widest.zeroPoints;
  }
}

/// Tries to clip one side of the best range only.
void Search::shrinkOneSide() {
  Candidates from = best;
  double low = codec.codeMin(), high = codec.codeMax();
  for (double ratio : {0.8, 0.9, 1.1})
    for (bool lowSide : {false, true}) {
      for (size_t b = 0; b < count; ++b) {
        double scale = from.scales[b];
        double zeroPoint = codec.codeFromByte(from.zeroPoints[b]);
        double lo = (low - zeroPoint) * (lowSide ? ratio : 1);
        double hi = (high - zeroPoint) * (lowSide ? 1 : ratio);
        double step = (hi - lo) / (high - low);
        tried.scales[b] = static_cast<float>(scale * step);
        tried.zeroPoints[b] = clampZeroPoint(low - lo / step, codec);
      }
      measure();
    }
}

void Search::refine() {
  for (int i = 0; i < numRefinements; ++i) {
    tried = promising;
    measure();
  }
}

void Search::store(float *scales, int8_t *zeroPoints) const {
  std::copy(best.scales.begin(), best.scales.end(), scales);
  std::copy(best.zeroPoints.begin(), best.zeroPoints.end(), zeroPoints);
}

/// What each range kind of the format gives, its default kind first.
static Result<std::vector<BlockParameters>>
startingPoints(std::span<const float> values, ShapeRef shape,
               const Format &format, ThreadCount threads) {
  std::vector<RangeKind> kinds{format.defaultRangeKind()};
  for (RangeKind kind : {RangeKind::AbsMax, RangeKind::Full, RangeKind::MinMax})
    if (kind != kinds.front())
      kinds.push_back(kind);
  std::vector<BlockParameters> starts;
  std::optional<Error> firstError;
  for (RangeKind kind : kinds) {
    auto parameters = chooseParameters(values, shape, format, kind, threads);
    if (parameters)
      starts.push_back(std::move(*parameters));
    else if (!firstError)
      firstError = parameters.error();
  }
  if (starts.empty())
    return std::move(*firstError);
  return starts;
}

Result<BlockParameters> lowbit::numerics::searchScales(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const ErrorWeights &weights, ThreadCount threads) {
  auto starts = startingPoints(values, shape, format, threads);
  if (!starts)
    return starts.error();
  if (auto error = verifyErrorWeights(weights, shape))
    return std::move(*error);
  auto granularity = Granularity::get(shape, format.blockShape);
  BlockReader reader(*granularity);
  BlockParameters result = starts->front();
  bool bothSigns = !format.hasZeroPoint && !isSymmetric(*format.codec) &&
                   !verifyRangeKind(format, RangeKind::Full);
  // Either many blocks at a time or many threads on one.
  bool isLarge = reader.slotSize() > largeBlock;
  auto searchGroup = [&](int64_t begin, int64_t end) {
    std::vector<float> valueBuffer, weightBuffer;
    int64_t n = end - begin;
    BlockSlots blocks{reader.read(values.data(), begin, n, valueBuffer),
                      reader.readWeights(weights, begin, n, weightBuffer),
                      reader.slotSize(), std::vector<int64_t>(n)};
    for (int64_t b = 0; b < n; ++b)
      blocks.sizes[b] = reader.size(begin + b);
    Search search(format, std::move(blocks), isLarge ? threads : 1);
    // The part of the group; null where there are no zero points.
    auto zeroPointsOf = [&](auto &parameters) {
      return format.hasZeroPoint ? parameters.zeroPoints.data() + begin
                                 : nullptr;
    };
    for (const BlockParameters &start : *starts)
      search.start(start.scales.data() + begin, zeroPointsOf(start));
    search.shrinkRanges(1);
    if (bothSigns)
      search.shrinkRanges(-1);
    search.refine();
    if (format.hasZeroPoint) {
      search.shrinkOneSide();
      search.refine();
    }
    search.store(result.scales.data() + begin, zeroPointsOf(result));
  };
  parallelFor(isLarge ? 1 : threads, reader.numBlocks(), reader.groupSize(),
              searchGroup);
  return result;
}

ParameterChooser lowbit::numerics::scaleSearchChooser(ErrorWeights weights,
                                                      ThreadCount threads) {
  return
      [=](std::span<const float> values, ShapeRef shape, const Format &format) {
        return searchScales(values, shape, format, weights, threads);
      };
}
