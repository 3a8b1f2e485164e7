//===- AwqClip.cpp - Ranges clipped by what outputs lose ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Deviations from the authors' program: output errors come from second moments
// of the inputs, those after scaling, and blocks have any shape: one that spans
// several outputs adds up their errors.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/AwqClip.h"
#include "lowbit/Numerics/Quantize/FakeQuantize.h"

#include "../LinearAlgebra/Kernels.h"

#include <limits>
#include <utility>

using namespace lowbit::numerics;

namespace {

/// Adds up what the error of each block of a weight does to each output.
class BlockOutputErrors {
public:
  /// `gram` [K, K] and `squares` [K] are of the weight's inputs; the first may
  /// be empty.
  BlockOutputErrors(const ContractionWeight &weight, ShapeRef blockShape,
                    std::vector<float> gram, std::vector<double> squares)
      : weight(weight),
        granularity(*Granularity::get(weight.shape, blockShape)),
        gram(std::move(gram)), squares(std::move(squares)) {
    int64_t block = blockShape[weight.reductionAxis];
    depth = block == wholeAxis ? std::max<int64_t>(weight.inputs(), 1) : block;
  }

  int64_t numBlocks() const { return granularity.numScales(); }

  std::vector<double> measure(std::span<const float> test,
                              ThreadCount threads) const;

private:
  /// The error of each of `count` outputs from inputs [begin, end).
  std::vector<double> errorsOf(std::span<const float> test, int64_t begin,
                               int64_t end, int64_t first, int64_t count) const;

  const ContractionWeight &weight;
  Granularity granularity;
  std::vector<float> gram;
  std::vector<double> squares;
  /// Inputs of a block.
  int64_t depth;
};

} // namespace

std::vector<double> BlockOutputErrors::errorsOf(std::span<const float> test,
                                                int64_t begin, int64_t end,
                                                int64_t first,
                                                int64_t count) const {
  int64_t height = end - begin;
  std::vector<float> errors(height * count), product;
  for (int64_t k = 0; k < height; ++k)
    for (int64_t j = 0; j < count; ++j) {
      int64_t i = weight.index(begin + k, first + j);
      errors[k * count + j] = test[i] - weight.values[i];
    }
  std::vector<double> sums(count);
  if (!gram.empty()) {
    product.resize(errors.size());
    MatrixView<const float> all{gram.data(), weight.inputs()};
    matrixKernels().addProduct(height, count, height, all.at(begin, begin),
                               {errors.data(), count}, {product.data(), count});
  }
  for (int64_t k = 0; k < height; ++k)
    for (int64_t j = 0; j < count; ++j) {
      double error = errors[k * count + j];
      sums[j] += error * (gram.empty() ? error * squares[begin + k]
                                       : product[k * count + j]);
    }
  return sums;
}

std::vector<double> BlockOutputErrors::measure(std::span<const float> test,
                                               ThreadCount threads) const {
  constexpr int64_t columns = 128;
  int64_t outputs = weight.outputs(), inputs = weight.inputs();
  int64_t rows = (inputs + depth - 1) / depth;
  std::vector<double> perOutput(rows * outputs);
  parallelFor(threads, outputs, columns, [&](int64_t first, int64_t last) {
    for (int64_t row = 0; row < rows; ++row) {
      int64_t begin = row * depth, end = std::min(begin + depth, inputs);
      std::vector<double> sums =
          errorsOf(test, begin, end, first, last - first);
      std::copy(sums.begin(), sums.end(),
                perOutput.begin() + row * outputs + first);
    }
  });
  std::vector<double> perBlock(numBlocks());
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t j = 0; j < outputs; ++j)
      perBlock[granularity.scaleIndex(weight.index(row * depth, j))] +=
          perOutput[row * outputs + j];
  return perBlock;
}

Result<BlockRanges> lowbit::numerics::searchAwqClipping(
    const AwqLayer &layer, std::span<const float> scales,
    const AwqInputs &inputs, const AwqOptions &options, ThreadCount threads) {
  if (auto error = verifyAwq(layer, inputs, threads))
    return std::move(*error);
  if (options.shrinkSteps < 1 || !(options.largestShrink >= 0) ||
      options.largestShrink > 1)
    return Error{Error::Kind::InvalidFormat,
                 "AWQ's steps of clipping must be at least 1 and the largest "
                 "from 0 to 1"};
  if (!scales.empty() &&
      std::cmp_not_equal(scales.size(), layer.weight.inputs()))
    return Error{Error::Kind::InvalidFormat,
                 std::to_string(scales.size()) + " scales given for " +
                     std::to_string(layer.weight.inputs()) + " inputs"};

  // From here on all is of the scaled layer.
  int64_t channels = layer.weight.inputs();
  std::vector<float> ones(channels, 1.0f);
  std::span<const float> s = scales.empty() ? ones : scales;
  std::vector<float> scaled = scaledWeight(layer.weight, s, threads);
  ContractionWeight weight{scaled, layer.weight.shape,
                           layer.weight.reductionAxis};
  std::vector<float> gram;
  std::vector<double> squares;
  if (inputs.gram) {
    GramMatrix of = scaledGram(*inputs.gram, s);
    gram.assign(of.values.begin(), of.values.end());
  } else {
    for (int64_t k = 0; k < channels; ++k)
      squares.push_back(inputs.squares[k] / (static_cast<double>(s[k]) * s[k]));
  }
  const Format &format = layer.format;
  BlockOutputErrors errors(weight, format.blockShape, std::move(gram),
                           std::move(squares));

  auto whole = percentileRanges(scaled, weight.shape, format.blockShape, 100,
                                PercentileKind::Magnitude, threads);
  if (!whole)
    return whole;
  BlockRanges best = *whole;
  std::vector<double> least(errors.numBlocks(),
                            std::numeric_limits<double>::infinity());
  int steps = std::max(
      static_cast<int>(options.largestShrink * options.shrinkSteps), 1);
  for (int i = 0; i < steps; ++i) {
    float ratio =
        1 - static_cast<float>(i) / static_cast<float>(options.shrinkSteps);
    BlockRanges ranges = *whole;
    for (std::vector<float> *bounds : {&ranges.low, &ranges.high})
      for (float &bound : *bounds)
        bound *= ratio;
    std::vector<float> clipped = scaled;
    if (auto error = clampToRanges(clipped, weight.shape, format.blockShape,
                                   ranges, threads))
      return std::move(*error);
    auto test =
        fakeQuantize(clipped, weight.shape, format, options.chooser, threads);
    if (!test)
      return test.error();
    std::vector<double> measured = errors.measure(*test, threads);
    for (size_t b = 0; b < measured.size(); ++b) {
      if (!(measured[b] < least[b]))
        continue;
      least[b] = measured[b];
      best.low[b] = ranges.low[b];
      best.high[b] = ranges.high[b];
    }
  }
  return best;
}
