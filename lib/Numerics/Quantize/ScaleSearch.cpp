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
// A candidate is evaluated for many blocks at once (CodeErrors). Sums of
// squares in f32 are those of values of ordinary size: blocks of others are
// searched in units of a power of two, which changes no other digit.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include "../Multiversion.h"
#include "BlockReader.h"
#include "CodeErrors.h"
#include "Offsets.h"
#include "Sparse.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
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

/// Scale, and zero point or offset, of each block of a group.
struct Candidates {
  std::vector<float> scales;
  std::vector<int8_t> zeroPoints;
  std::vector<float> offsets;
};

/// The search for one group of blocks.
class Search {
public:
  /// Values of block b are multiples of units[b].
  Search(const Format &format, BlockSlots blocks, std::vector<float> units,
         ThreadCount threads);

  /// Starts from, and ends with, parameters of the group's blocks.
  void start(const BlockParameters &parameters, int64_t first);
  void shrinkRanges(float sign);
  void shrinkOneSide();
  void refine();
  void store(BlockParameters &parameters, int64_t first) const;

private:
  /// Measures `tried`; keeps what is best as it is, and what least squares
  /// promises to be best.
  void measure();
  void keep(size_t b);
  void keepWithOffset(size_t b);
  /// The offset that leaves the middle of the widest range where it is.
  void centerOffsets();

  const Format &format;
  const Codec &codec;
  BlockSlots blocks;
  std::vector<float> units;
  /// All units are 1.
  bool isOrdinary;
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
  /// The values less the offsets tried.
  std::vector<float> shifted;
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
  return std::max(std::fabs(codec.minValue() - zeroPoint),
                  std::fabs(codec.maxValue() - zeroPoint));
}

/// Whether a scale and its negative reach the same values.
bool isSymmetric(const Codec &codec) {
  if (codec.minValue() != -codec.maxValue())
    return false;
  // Floats have a bit for the sign, grids with such ends a zero in the middle.
  if (codec.isAffine() || codec.bits() > 8)
    return true;
  std::vector<float> levels;
  for (int code = codec.codeMin(); code <= codec.codeMax(); ++code)
    if (std::isfinite(codec.decode(code)))
      levels.push_back(codec.decode(code));
  std::sort(levels.begin(), levels.end());
  levels.erase(std::unique(levels.begin(), levels.end()), levels.end());
  for (size_t i = 0; i < levels.size(); ++i)
    if (levels[i] != -levels[levels.size() - 1 - i])
      return false;
  return true;
}

/// The type that a scale is rounded to on its own; nested ones are rounded when
/// all are known.
ScaleType ownScaleType(const Format &format) {
  return format.nestedScales ? ScaleType::F32 : format.scaleType;
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

Search::Search(const Format &format, BlockSlots slots, std::vector<float> unit,
               ThreadCount threads)
    : format(format), codec(*format.codec), blocks(std::move(slots)),
      units(std::move(unit)),
      isOrdinary(std::ranges::count(units, 1.0f) == std::ssize(units)),
      threads(threads), count(blocks.sizes.size()), floors(count),
      weightSums(count), sums(count),
      bestErrors(count, std::numeric_limits<float>::infinity()),
      promisedErrors(bestErrors) {
  for (size_t b = 0; b < count; ++b) {
    const float *x = blocks.values + b * blocks.slotSize;
    const float *w =
        blocks.weights ? blocks.weights + b * blocks.slotSize : nullptr;
    double squares = 0, sum = 0;
    for (int64_t i = 0; i < blocks.sizes[b]; ++i) {
      double weight = w ? w[i] : 1;
      weightSums[b] += weight;
      squares += weight * x[i] * x[i];
      sum += weight * x[i];
    }
    if (!(weightSums[b] > 0))
      continue;
    double reach = largestLevel(codec, 0);
    if (format.offsetType) {
      // Ranges are about the mean then.
      squares = std::max(squares - sum * sum / weightSums[b], 0.0);
      reach = (static_cast<double>(codec.maxValue()) - codec.minValue()) / 2;
    }
    floors[b] = smallestReach(codec.bits()) *
                std::sqrt(squares / weightSums[b]) / reach;
  }
  for (Candidates *candidates : {&widest, &tried, &best, &promising}) {
    candidates->scales.resize(count);
    candidates->zeroPoints.resize(format.hasZeroPoint ? count : 0);
    candidates->offsets.resize(format.offsetType ? count : 0);
  }
}

void Search::start(const BlockParameters &parameters, int64_t first) {
  std::copy_n(parameters.scales.data() + first, count, tried.scales.data());
  std::copy_n(parameters.zeroPoints.data() + (format.hasZeroPoint ? first : 0),
              tried.zeroPoints.size(), tried.zeroPoints.data());
  std::copy_n(parameters.offsets.data() + (format.offsetType ? first : 0),
              tried.offsets.size(), tried.offsets.data());
  for (std::vector<float> *numbers : {&tried.scales, &tried.offsets})
    for (size_t b = 0; b < numbers->size(); ++b)
      (*numbers)[b] /= units[b];
  Candidates given = tried;
  measure();
  for (size_t b = 0; b < count; ++b) {
    float scale = std::fabs(given.scales[b]);
    if (scale <= widest.scales[b])
      continue;
    widest.scales[b] = scale;
    if (format.hasZeroPoint)
      widest.zeroPoints[b] = given.zeroPoints[b];
    if (format.offsetType)
      widest.offsets[b] = given.offsets[b];
  }
}

void Search::measure() {
  bool hasSignedScales = isSignedScaleType(format.scaleType);
  // What is stored as zero or decodes to infinity is no candidate.
  float multiple = largestMultiple(format);
  auto round = [&](std::vector<float> &numbers, ScaleType type) {
    if (type == ScaleType::F32 && isOrdinary)
      return;
    for (size_t b = 0; b < numbers.size(); ++b)
      numbers[b] = roundToScaleType(numbers[b] * units[b], type) / units[b];
  };
  round(tried.scales, ownScaleType(format));
  if (format.offsetType)
    round(tried.offsets, *format.offsetType);
  for (size_t b = 0; b < count; ++b) {
    float scale = tried.scales[b];
    if (hasSignedScales)
      scale = std::fabs(scale);
    if (!(scale > 0 && std::isfinite(scale * units[b] * multiple)))
      tried.scales[b] = best.scales[b];
    if (format.offsetType && !std::isfinite(tried.offsets[b]))
      tried.offsets[b] = best.offsets[b];
  }
  const float *values = blocks.values;
  if (format.offsetType) {
    shifted.resize(count * blocks.slotSize);
    subtractOffsets(values, shifted.size(),
                    std::max<size_t>(blocks.slotSize, 1), tried.offsets.data(),
                    shifted.data());
    blocks.values = shifted.data();
  }
  measureErrors(codec, blocks, tried.scales.data(),
                format.hasZeroPoint ? tried.zeroPoints.data() : nullptr,
                format.offsetType.has_value(), threads, sums);
  blocks.values = values;
  if (format.offsetType)
    for (size_t b = 0; b < count; ++b)
      keepWithOffset(b);
  else if (format.hasZeroPoint)
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

void Search::keepWithOffset(size_t b) {
  if (sums.error[b] < bestErrors[b]) {
    bestErrors[b] = sums.error[b];
    best.scales[b] = tried.scales[b];
    best.offsets[b] = tried.offsets[b];
  }
  // Scale s + a and offset o + c leave r - a d - c, as above.
  double rd = sums.residualCodes[b], dd = sums.codeSquares[b];
  double r = sums.residuals[b], d = sums.codes[b], w = weightSums[b];
  double determinant = dd * w - d * d, a = 0, c = w > 0 ? r / w : 0;
  if (determinant > 1e-6 * dd * w) {
    a = (rd * w - r * d) / determinant;
    c = (r * dd - rd * d) / determinant;
  }
  double error = sums.error[b] - a * rd - c * r;
  if (error < promisedErrors[b]) {
    promisedErrors[b] = static_cast<float>(error);
    promising.scales[b] = static_cast<float>(tried.scales[b] + a);
    promising.offsets[b] = static_cast<float>(tried.offsets[b] + c);
  }
}

void Search::centerOffsets() {
  double middle =
      (static_cast<double>(codec.minValue()) + codec.maxValue()) / 2;
  for (size_t b = 0; b < tried.offsets.size(); ++b)
    tried.offsets[b] = static_cast<float>(
        widest.offsets[b] +
        (static_cast<double>(widest.scales[b]) - tried.scales[b]) * middle);
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
    centerOffsets();
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

void Search::store(BlockParameters &parameters, int64_t first) const {
  std::transform(best.scales.begin(), best.scales.end(), units.begin(),
                 parameters.scales.begin() + first, std::multiplies<>());
  std::copy(best.zeroPoints.begin(), best.zeroPoints.end(),
            parameters.zeroPoints.begin() + (format.hasZeroPoint ? first : 0));
  std::transform(best.offsets.begin(), best.offsets.end(), units.begin(),
                 parameters.offsets.begin() + (format.offsetType ? first : 0),
                 std::multiplies<>());
}

Result<BlockParameters> lowbit::numerics::searchScales(
    std::span<const float> values, ShapeRef shape, const Format &format,
    const ErrorWeights &givenWeights, ThreadCount threads) {
  auto starts = chooseByEachRange(values, shape, format, threads);
  if (!starts)
    return starts.error();
  if (auto error = verifyErrorWeights(givenWeights, shape))
    return std::move(*error);
  ErrorWeights weights = givenWeights;
  std::vector<float> ofKept;
  if (!format.sparsity.isDense()) {
    ofKept =
        weightsOfKept(givenWeights, values, shape, format.sparsity, threads);
    weights = {.elements = ofKept};
  }
  auto granularity = Granularity::get(shape, format.blockShape);
  BlockReader reader(*granularity);
  BlockParameters result = starts->front();
  bool bothSigns = !format.hasZeroPoint && !format.offsetType &&
                   !isSymmetric(*format.codec) &&
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
    std::vector<float> units = unitsOf(blocks);
    divideByUnits(blocks, units, valueBuffer);
    Search search(format, std::move(blocks), std::move(units),
                  isLarge ? threads : 1);
    for (const BlockParameters &start : *starts)
      search.start(start, begin);
    search.shrinkRanges(1);
    if (bothSigns)
      search.shrinkRanges(-1);
    search.refine();
    if (format.hasZeroPoint) {
      search.shrinkOneSide();
      search.refine();
    }
    search.store(result, begin);
  };
  parallelFor(isLarge ? 1 : threads, reader.numBlocks(), reader.groupSize(),
              searchGroup);
  if (format.nestedScales)
    if (auto error = roundScales(result, format))
      return std::move(*error);
  return result;
}

ParameterChooser lowbit::numerics::scaleSearchChooser(ErrorWeights weights,
                                                      ThreadCount threads) {
  return
      [=](std::span<const float> values, ShapeRef shape, const Format &format) {
        return searchScales(values, shape, format, weights, threads);
      };
}
