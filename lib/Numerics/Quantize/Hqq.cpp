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
//   norm that is minimised; the program judges the whole tensor by |r|.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Hqq.h"

#include "../Multiversion.h"
#include "BlockReader.h"
#include "Lanes.h"
#include "RowChunks.h"
#include "Sparse.h"

#include <bit>
#include <cmath>
#include <limits>
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
  Solver(const Format &format, const HqqOptions &options, const float *values,
         int64_t slot, std::vector<int64_t> sizes)
      : format(format), options(options), values(values), slot(slot),
        sizes(std::move(sizes)), scales(this->sizes.size()),
        offsets(scales.size()), zeroPoints(scales.size()), sums(scales.size()) {
  }

  /// Moves each block's offset, or its scale with zero points (null: all zero)
  /// that stay, to the best one found.
  void moveOffsets(const float *scales, float *offsets);
  void moveScales(float *scales, const int8_t *zeroPoints);

private:
  template <typename Keep, typename Move>
  void run(Keep &&keep, Move &&move);
  void measure(float beta);

  const Format &format;
  const HqqOptions &options;
  const float *values;
  int64_t slot;
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
  int8_t codes[2 * chunkSize];
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

/// Until nothing gets better: keep(b) where block b has, then move(b).
template <typename Keep, typename Move>
void Solver::run(Keep &&keep, Move &&move) {
  size_t count = sizes.size();
  units = scales;
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

void Solver::moveOffsets(const float *startScales, float *bestOffsets) {
  std::copy_n(startScales, scales.size(), scales.begin());
  std::copy_n(bestOffsets, offsets.size(), offsets.begin());
  run([&](size_t b) { bestOffsets[b] = offsets[b]; },
      [&](size_t b) {
        double mean = sums[b].pull / static_cast<double>(sizes[b]);
        float offset =
            roundToScaleType(static_cast<float>(offsets[b] + units[b] * mean),
                             *format.offsetType);
        if (std::isfinite(offset))
          offsets[b] = offset;
      });
}

void Solver::moveScales(float *bestScales, const int8_t *bytes) {
  std::copy_n(bestScales, scales.size(), scales.begin());
  for (size_t b = 0; b < scales.size(); ++b) {
    zeroPoints[b] = bytes ? format.codec->codeFromByte(bytes[b]) : 0;
    offsets[b] = -scales[b] * zeroPoints[b];
  }
  run([&](size_t b) { bestScales[b] = scales[b]; },
      [&](size_t b) {
        if (!(sums[b].codeSquares > 0))
          return;
        double change = units[b] * sums[b].codePull / sums[b].codeSquares;
        float scale = static_cast<float>(scales[b] + change);
        // Those that have nested scales are rounded together, at the end.
        if (!format.nestedScales)
          scale = roundToScaleType(scale, format.scaleType);
        if (scale == 0 || !std::isfinite(scale))
          return;
        scales[b] = scale;
        offsets[b] = -scale * zeroPoints[b];
      });
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

/// Calls fn(begin, end, slots, solver) for groups of blocks.
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
    Solver solver(format, options, x, reader.slotSize(), std::move(sizes));
    fn(begin, end, x, solver);
  };
  parallelFor(threads, reader.numBlocks(), reader.groupSize(), work);
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
  auto parameters = chooseParameters(values, shape, format,
                                     format.defaultRangeKind(), threads);
  if (!parameters)
    return parameters;
  auto granularity = Granularity::get(shape, format.blockShape);
  auto work = [&](int64_t begin, int64_t, const float *, Solver &solver) {
    float *scales = parameters->scales.data() + begin;
    if (format.offsetType)
      solver.moveOffsets(scales, parameters->offsets.data() + begin);
    else
      solver.moveScales(scales, format.hasZeroPoint
                                    ? parameters->zeroPoints.data() + begin
                                    : nullptr);
  };
  forEachGroup(values, *granularity, format, options, threads, work);
  if (format.nestedScales && !format.offsetType)
    if (auto error = roundScales(*parameters, format))
      return std::move(*error);
  if (int64_t scale = firstOverflowing(parameters->scales, format); scale >= 0)
    return scaleOverflowError(scale, format);
  return parameters;
}

ParameterChooser lowbit::numerics::hqqChooser(HqqOptions options,
                                              ThreadCount threads) {
  return
      [=](std::span<const float> values, ShapeRef shape, const Format &format) {
        return solveHqq(values, shape, format, options, threads);
      };
}
