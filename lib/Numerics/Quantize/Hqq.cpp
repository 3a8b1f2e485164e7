//===- Hqq.cpp - Half-quadratic quantization ------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Badri and Shaji, Half-Quadratic Quantization of Large Machine Learning Models
// (2023). The lp norm of the error r is split off as a variable of its own,
// tied to r by beta / 2 |r - w|^2, and the two are minimised by turns:
//
//     w      = sign(r) max(0, |r| - |r|^(p-1) / beta)      (their equation 3)
//     offset = mean(x - w - scale * decode(code))          (their equation 6)
//
// With r the present error, the second adds mean(r - w) to the offset, and r -
// w is sign(r) min(|r|, |r|^(p-1) / beta): small errors pull with their full
// size, large ones hardly. Deviations:
//
// - where offsets are multiples of the scale (integer zero points) or there are
//   none, moving by less than half a step is no move at all: there the same
//   steps move the scale, by sum (r - w) (d - z) / sum (d - z)^2 for decoded
//   codes d and zero point z;
// - r is measured in scales, so that beta means the same for weights of any
//   size; with the authors' program it shrinks all of small weights' errors to
//   0 and only least squares is left;
// - each block keeps its best offset and stops on its own, judged by the lp
//   norm that is minimised; the program judges the whole tensor by |r|;
// - each block starts from the parameters of least lp norm that a range kind of
//   the format gives, negative scales among them; the program from min-max;
// - a scale that is a power of two would round every move back to where it was:
//   its neighbours are tried instead.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hqq.h"

#include "../Multiversion.h"
#include "BlockReader.h"
#include "Lanes.h"
#include "RowChunks.h"
#include "Sparse.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// x^power for x in [2^-60, 2^60], |power| <= 1, to a relative 1e-4: no call,
/// so loops vectorise, and the same on every machine.
inline float power(float x, float exponent) {
  // log2 of the mantissa m in [sqrt(1/2), sqrt(2)) by t = (m - 1) / (m + 1).
  int bits = std::bit_cast<int>(x) - 0x3f3504f3;
  float whole = static_cast<float>(bits >> 23);
  float m = std::bit_cast<float>((bits & 0x7fffff) + 0x3f3504f3);
  float t = (m - 1) / (m + 1), t2 = t * t;
  float log2 = whole + t * (2.885390f + t2 * (0.961797f + t2 * 0.577078f));
  // 2^y = 2^rounded * 2^fraction, |fraction| <= 1/2, by its series.
  constexpr float shift = 12582912.0f;
  float y = exponent * log2, rounded = (y + shift) - shift, f = y - rounded;
  float fraction =
      1 + f * (0.693147f + f * (0.240227f + f * (0.055504f + f * 0.009618f)));
  int scale = (static_cast<int>(rounded) + 127) << 23;
  return fraction * std::bit_cast<float>(scale);
}

/// Sums over n values of a block with decoded codes d and zero point z: of
/// |r|^p, of r - w, of (r - w) (d - z) and of (d - z)^2.
struct Sums {
  double norm = 0, pull = 0, codePull = 0, codeSquares = 0;
};

LOWBIT_MULTIVERSION
void sumUp(const float *__restrict x, const float *__restrict d, size_t n,
           float scale, float offset, float zeroPoint, float unit, float p,
           float beta, Sums *__restrict result) {
  float inverse = 1 / unit, inverseBeta = 1 / beta;
  float norms[chunkSize], pulls[chunkSize];
  float codePulls[chunkSize], squares[chunkSize];
  for (size_t i = 0; i < n; ++i) {
    float r = (x[i] - (scale * d[i] + offset)) * inverse;
    float size = std::fabs(r);
    size = size > 0x1p-40f ? size : 0x1p-40f;
    size = size < 0x1p40f ? size : 0x1p40f;
    float slope = power(size, p - 1), limit = slope * inverseBeta;
    float pull = std::copysign(size < limit ? size : limit, r);
    float code = d[i] - zeroPoint;
    norms[i] = size * slope;
    pulls[i] = pull;
    codePulls[i] = pull * code;
    squares[i] = code * code;
  }
  *result = {sumOf(norms, n), sumOf(pulls, n), sumOf(codePulls, n),
             sumOf(squares, n)};
}

/// Blocks in slots as BlockReader makes them, with the parameters tried.
class Solver {
public:
  /// Of blocks from `first` on.
  Solver(const Format &format, const HqqOptions &options, const float *values,
         int64_t slot, int64_t first, std::vector<int64_t> sizes)
      : format(format), options(options), values(values), slot(slot),
        first(first), sizes(std::move(sizes)), scales(this->sizes.size()),
        offsets(scales.size()), zeroPoints(scales.size()), sums(scales.size()) {
  }

  /// Writes the lp norm of each block's error in place of `norms`.
  void findNorms(const BlockParameters &parameters, double *norms);

  /// Moves each block's offset or, where the format has none, its scale, to the
  /// best one found; all else of `parameters` stays.
  void improve(BlockParameters &parameters);

private:
  void load(const BlockParameters &parameters);
  void moveOffsets(float *best);
  void moveScales(float *best);
  void tryPowersOfTwo(float *best);
  bool setScale(size_t b, float scale);
  template <typename Keep, typename Move>
  void run(Keep &&keep, Move &&move);
  void measure(float beta);

  const Format &format;
  const HqqOptions &options;
  const float *values;
  int64_t slot, first;
  std::vector<int64_t> sizes;
  std::vector<float> scales, offsets, zeroPoints;
  /// The scale that errors of a block are measured in.
  std::vector<float> units;
  std::vector<Sums> sums;
};

} // namespace

void Solver::measure(float beta) {
  const Codec &codec = *format.codec;
  constexpr float one = 1;
  float shifted[chunkSize], d[chunkSize];
  int8_t codes[Codec::mostCodeBytes * chunkSize];
  int64_t count = sizes.size(), step = std::max<int64_t>(chunkSize / slot, 1);
  std::fill(sums.begin(), sums.end(), Sums());
  for (int64_t first = 0; first < count; first += step) {
    // Several blocks at once, or one in chunks.
    int64_t blocks = std::min(step, count - first);
    for (int64_t begin = 0; begin < slot; begin += chunkSize) {
      int64_t width = std::min(chunkSize, slot - begin);
      for (int64_t b = 0; b < blocks; ++b) {
        const float *x = values + (first + b) * slot + begin;
        for (int64_t i = 0; i < width; ++i)
          shifted[b * width + i] = x[i] - offsets[first + b];
      }
      size_t n = blocks * width;
      codec.encodeRow(shifted, n, width, scales.data() + first, nullptr, codes);
      codec.decodeRow(codes, n, std::max<size_t>(n, 2), &one, nullptr, d);
      for (int64_t b = 0; b < blocks; ++b) {
        int64_t block = first + b;
        int64_t length = std::min(width, sizes[block] - begin);
        if (length <= 0)
          continue;
        Sums part;
        sumUp(values + block * slot + begin, d + b * width, length,
              scales[block], offsets[block], zeroPoints[block], units[block],
              options.norm, beta, &part);
        Sums &total = sums[block];
        total.norm += part.norm;
        total.pull += part.pull;
        total.codePull += part.codePull;
        total.codeSquares += part.codeSquares;
      }
    }
  }
}

/// Makes `parameters` those that are measured, in units of their scales.
void Solver::load(const BlockParameters &parameters) {
  size_t count = sizes.size();
  std::copy_n(parameters.scales.begin() + first, count, scales.begin());
  units = scales;
  for (size_t b = 0; b < count; ++b) {
    if (format.offsetType) {
      offsets[b] = parameters.offsets[first + b];
      continue;
    }
    zeroPoints[b] =
        format.hasZeroPoint
            ? format.codec->codeFromByte(parameters.zeroPoints[first + b])
            : 0;
    offsets[b] = -scales[b] * zeroPoints[b];
  }
}

void Solver::findNorms(const BlockParameters &parameters, double *norms) {
  load(parameters);
  measure(options.beta);
  for (size_t b = 0; b < sizes.size(); ++b)
    norms[b] =
        sums[b].norm * std::pow(std::fabs(double(units[b])), options.norm);
}

/// Until nothing gets better: keep(b) where block b has, then move(b).
template <typename Keep, typename Move>
void Solver::run(Keep &&keep, Move &&move) {
  size_t count = sizes.size();
  std::vector<double> least(count, std::numeric_limits<double>::infinity());
  std::vector<char> isDone(count);
  float beta = options.beta;
  for (int i = 0; i <= options.iterations; ++i, beta *= options.growth) {
    measure(beta);
    bool goesOn = false;
    for (size_t b = 0; b < count; ++b) {
      isDone[b] |= !(sums[b].norm < least[b]);
      if (isDone[b])
        continue;
      goesOn = true;
      least[b] = sums[b].norm;
      keep(b);
      move(b);
    }
    if (!goesOn)
      break;
  }
}

void Solver::moveOffsets(float *best) {
  run([&](size_t b) { best[b] = offsets[b]; },
      [&](size_t b) {
        double mean = sums[b].pull / static_cast<double>(sizes[b]);
        float offset =
            roundToScaleType(static_cast<float>(offsets[b] + units[b] * mean),
                             *format.offsetType);
        if (std::isfinite(offset))
          offsets[b] = offset;
      });
}

/// Sets the scale of block b to the stored form of `scale`. False, and nothing
/// changes, if it has none.
bool Solver::setScale(size_t b, float scale) {
  // Those that have nested scales are rounded together, at the end.
  if (!format.nestedScales)
    scale = roundToScaleType(scale, format.scaleType);
  if (scale == 0 || !std::isfinite(scale * largestMultiple(format)))
    return false;
  scales[b] = scale;
  offsets[b] = -scale * zeroPoints[b];
  return true;
}

void Solver::moveScales(float *best) {
  run([&](size_t b) { best[b] = scales[b]; },
      [&](size_t b) {
        if (!(sums[b].codeSquares > 0))
          return;
        double change = units[b] * sums[b].codePull / sums[b].codeSquares;
        setScale(b, static_cast<float>(scales[b] + change));
      });
}

/// Goes on doubling or halving each scale while that makes its norm smaller.
void Solver::tryPowersOfTwo(float *best) {
  measure(options.beta);
  std::vector<double> least(sizes.size());
  for (size_t b = 0; b < sizes.size(); ++b)
    least[b] = sums[b].norm;
  for (float factor : {0.5f, 2.0f}) {
    std::vector<char> goesOn(sizes.size(), 1);
    bool any = true;
    for (int i = 0; any && i < options.iterations; ++i) {
      for (size_t b = 0; b < sizes.size(); ++b)
        goesOn[b] = goesOn[b] && setScale(b, best[b] * factor);
      measure(options.beta);
      any = false;
      for (size_t b = 0; b < sizes.size(); ++b) {
        goesOn[b] = goesOn[b] && sums[b].norm < least[b];
        if (!goesOn[b])
          continue;
        any = true;
        least[b] = sums[b].norm;
        best[b] = scales[b];
      }
    }
  }
}

void Solver::improve(BlockParameters &parameters) {
  load(parameters);
  if (format.offsetType)
    return moveOffsets(parameters.offsets.data() + first);
  float *scales = parameters.scales.data() + first;
  if (format.scaleType == ScaleType::F8E8M0FNU && !format.nestedScales)
    return tryPowersOfTwo(scales);
  moveScales(scales);
}

static std::optional<Error> verifyOptions(const HqqOptions &options) {
  auto invalid = [](const char *message) {
    return Error{Error::Kind::InvalidFormat, message};
  };
  if (!(options.norm > 0 && options.norm <= 1))
    return invalid("the exponent of HQQ's norm must be above 0 and at most 1");
  if (!(options.beta > 0 && std::isfinite(options.beta)))
    return invalid("HQQ's beta must be positive and finite");
  if (!(options.growth >= 1 && std::isfinite(options.growth)))
    return invalid("HQQ's growth of beta must be at least 1 and finite");
  if (options.iterations < 0)
    return invalid("HQQ needs a number of iterations from 0 up");
  return std::nullopt;
}

/// Calls fn(first block, solver) for groups of blocks.
template <typename Fn>
static void forEachGroup(std::span<const float> values,
                         const Granularity &granularity, const Format &format,
                         const HqqOptions &options, ThreadCount threads,
                         Fn &&fn) {
  BlockReader reader(granularity);
  if (reader.slotSize() == 0)
    return;
  auto work = [&](int64_t begin, int64_t end) {
    std::vector<float> buffer;
    const float *x = reader.read(values.data(), begin, end - begin, buffer);
    std::vector<int64_t> sizes;
    for (int64_t b = begin; b < end; ++b)
      sizes.push_back(reader.size(b));
    Solver solver(format, options, x, reader.slotSize(), begin,
                  std::move(sizes));
    fn(begin, solver);
  };
  parallelFor(threads, reader.numBlocks(), reader.groupSize(), work);
}

/// Puts the parameters of block `b` of one in the place of another's.
static void copyBlock(const BlockParameters &from, BlockParameters &to,
                      size_t b) {
  to.scales[b] = from.scales[b];
  if (!to.zeroPoints.empty())
    to.zeroPoints[b] = from.zeroPoints[b];
  if (!to.offsets.empty())
    to.offsets[b] = from.offsets[b];
}

Result<BlockParameters>
lowbit::numerics::solveHqq(std::span<const float> values, ShapeRef shape,
                           const Format &format, const HqqOptions &options,
                           ThreadCount threads) {
  if (auto error = verifyOptions(options))
    return std::move(*error);
  if (auto error = verifyFormat(shape, format))
    return std::move(*error);
  if (!format.sparsity.isDense())
    return chooseForKept(values, shape, format, hqqChooser(options, threads),
                         threads);
  auto starts = chooseByEachRange(values, shape, format, threads);
  if (!starts)
    return starts.error();
  auto granularity = Granularity::get(shape, format.blockShape);
  auto findNorms = [&](const BlockParameters &parameters) {
    std::vector<double> norms(parameters.scales.size());
    forEachGroup(values, *granularity, format, options, threads,
                 [&](int64_t first, Solver &solver) {
                   solver.findNorms(parameters, norms.data() + first);
                 });
    return norms;
  };
  std::vector<std::vector<double>> norms;
  for (const BlockParameters &start : *starts)
    norms.push_back(findNorms(start));
  BlockParameters result = starts->front();
  std::vector<double> least = norms.front();
  for (size_t i = 1; i < starts->size(); ++i)
    for (size_t b = 0; b < least.size(); ++b)
      if (norms[i][b] < least[b]) {
        least[b] = norms[i][b];
        copyBlock((*starts)[i], result, b);
      }
  forEachGroup(values, *granularity, format, options, threads,
               [&](int64_t, Solver &solver) { solver.improve(result); });
  if (!format.nestedScales)
    return result;
  // Scales that share one are rounded together, which may cost more than was
  // gained.
  auto sum = [](const std::vector<double> &norms) {
    return std::accumulate(norms.begin(), norms.end(), 0.0);
  };
  auto best = std::ranges::min_element(norms, {}, sum);
  bool fits = !roundScales(result, format);
  if (fits && sum(findNorms(result)) <= sum(*best))
    return result;
  return std::move((*starts)[best - norms.begin()]);
}

ParameterChooser lowbit::numerics::hqqChooser(HqqOptions options,
                                              ThreadCount threads) {
  return
      [=](std::span<const float> values, ShapeRef shape, const Format &format) {
        return solveHqq(values, shape, format, options, threads);
      };
}
