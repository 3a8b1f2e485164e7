//===- Awq.cpp - Activation-aware weight quantization ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Deviations from the paper and its program:
//
// - output errors come from second moments of the inputs, tr(E^T G E), not from
//   the outputs of a sample: exact for all calibration data at once;
// - alpha takes both ends of [0, 1]; the program leaves out 1;
// - channels without input count as 1e-4 of the largest instead of 1e-4;
// - exponents are compared by the errors of some of the outputs (the program
//   takes all, and some of the rows).
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/FakeQuantize.h"
#include "lowbit/Numerics/Quantize/Hessian.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include "SquaredOutputs.h"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

using namespace lowbit::numerics;

static Error invalidStatistics(std::string message) {
  return {Error::Kind::InvalidStatistics, std::move(message)};
}

std::optional<Error> lowbit::numerics::verifyAwq(const AwqLayer &layer,
                                                 const AwqInputs &inputs,
                                                 ThreadCount threads) {
  if (auto error = verifyContraction(layer.weight, threads))
    return error;
  if (auto error = verifyFormat(layer.weight.shape, layer.format))
    return error;
  if (auto error = verifyInputs(layer.weight, inputs.meanMagnitude.size()))
    return error;
  for (std::span<const double> values : {inputs.meanMagnitude, inputs.squares})
    if (auto error = verifyStatistics(values))
      return error;
  if (inputs.gram) {
    if (auto error = verifyInputs(layer.weight, inputs.gram->channels))
      return error;
    return verifyGram(*inputs.gram);
  }
  if (inputs.squares.empty() && !inputs.meanMagnitude.empty())
    return invalidStatistics("AWQ needs second moments of the inputs");
  return verifyInputs(layer.weight, inputs.squares.size());
}

/// meanMagnitude^alpha over the geometric mean of its extremes.
static std::vector<float> scalesOf(const AwqInputs &inputs, double alpha) {
  size_t count = inputs.meanMagnitude.size();
  double largest = 0;
  for (double mean : inputs.meanMagnitude)
    largest = std::max(largest, mean);
  std::vector<float> scales(count, 1.0f);
  if (largest == 0)
    return scales;
  std::vector<double> powers(count);
  double most = 0, least = std::numeric_limits<double>::infinity();
  for (size_t k = 0; k < count; ++k) {
    powers[k] =
        std::pow(std::max(inputs.meanMagnitude[k] / largest, 1e-4), alpha);
    most = std::max(most, powers[k]);
    least = std::min(least, powers[k]);
  }
  for (size_t k = 0; k < count; ++k)
    scales[k] = static_cast<float>(powers[k] / std::sqrt(most * least));
  return scales;
}

/// What is left of a scaled weight, by the options.
static Result<std::vector<float>>
storeScaled(std::span<const float> scaled, const AwqLayer &layer,
            std::span<const float> scales, const AwqInputs &inputs,
            const AwqOptions &options, ThreadCount threads) {
  ShapeRef shape = layer.weight.shape;
  if (!options.weightedSearch)
    return fakeQuantize(scaled, shape, layer.format, options.chooser, threads);
  std::vector<double> squares(scales.size());
  for (size_t k = 0; k < scales.size(); ++k) {
    double moment = inputs.gram ? inputs.gram->diagonal(static_cast<int64_t>(k))
                                : inputs.squares[k];
    squares[k] = moment / (static_cast<double>(scales[k]) * scales[k]);
  }
  std::vector<float> weights = relativeWeights(squares);
  ErrorWeights errorWeights{.channels = weights,
                            .axis = layer.weight.reductionAxis};
  return fakeQuantize(scaled, shape, layer.format,
                      scaleSearchChooser(errorWeights, threads), threads);
}

namespace {

/// A layer, or some of its outputs as a layer of their own, and the outputs
/// whose errors are measured.
struct MeasuredLayer {
  AwqLayer layer;
  /// The weight where it is not all of a layer's.
  std::vector<float> values;
  std::vector<int64_t> outputs;
  /// What the sum of their errors is multiplied by.
  double share = 1;
};

} // namespace

/// How many consecutive outputs are stored independently of all others; 0 if
/// none are. (What nested scales round counts as nothing.)
static int64_t independentOutputs(const AwqLayer &layer) {
  size_t axis = 1 - layer.weight.reductionAxis;
  const Format &format = layer.format;
  int64_t unit = format.blockShape[axis];
  if (format.books)
    unit = std::lcm(unit, format.books->blockShape[axis]);
  if (format.sparsity.kind == Sparsity::Kind::Bitmap)
    return 0;
  if (!format.sparsity.isDense() && format.sparsity.axis == axis)
    unit = std::lcm(unit, format.sparsity.run);
  return unit;
}

/// `layer` reduced to `wanted` outputs that are spread evenly, or to a few more
/// where blocks span several. All of it is stored where no part can be alone.
static MeasuredLayer sampleOutputs(const AwqLayer &layer, int64_t wanted) {
  int64_t inputs = layer.weight.inputs(), outputs = layer.weight.outputs();
  MeasuredLayer result{layer, {}, {}};
  int64_t unit = independentOutputs(layer);
  int64_t step = std::max<int64_t>(unit, 1);
  int64_t units = (outputs + step - 1) / step;
  int64_t taken =
      wanted > 0 ? std::min((wanted + step - 1) / step, units) : units;
  for (int64_t i = 0; i < taken; ++i) {
    int64_t first = i * units / taken * step;
    for (int64_t j = first; j < std::min(first + step, outputs); ++j)
      result.outputs.push_back(j);
  }
  int64_t count = static_cast<int64_t>(result.outputs.size());
  if (count == outputs)
    return result;
  result.share = static_cast<double>(outputs) / static_cast<double>(count);
  if (unit == 0)
    return result;

  ContractionWeight &part = result.layer.weight;
  part.shape[1 - part.reductionAxis] = count;
  result.values.resize(inputs * count);
  for (int64_t k = 0; k < inputs; ++k)
    for (int64_t j = 0; j < count; ++j)
      result.values[part.index(k, j)] =
          layer.weight.values[layer.weight.index(k, result.outputs[j])];
  part.values = result.values;
  for (int64_t j = 0; j < count; ++j)
    result.outputs[j] = j;
  return result;
}

/// The squared error of the measured outputs, the weight stored scaled. `gram`
/// is that of the inputs in f32, empty if there is none.
static Result<double>
outputError(const MeasuredLayer &measured, std::span<const float> scales,
            const AwqInputs &inputs, std::span<const float> gram,
            const AwqOptions &options, ThreadCount threads) {
  const ContractionWeight &weight = measured.layer.weight;
  std::vector<float> scaled = scaledWeight(weight, scales, threads);
  auto stored =
      storeScaled(scaled, measured.layer, scales, inputs, options, threads);
  if (!stored)
    return stored.error();
  std::vector<float> inverse(scales.begin(), scales.end());
  for (float &scale : inverse)
    scale = 1 / scale;
  auto errorAt = [&](int64_t k, int64_t output) {
    int64_t i = weight.index(k, measured.outputs[output]);
    return (*stored)[i] * inverse[k] - weight.values[i];
  };
  int64_t count = static_cast<int64_t>(measured.outputs.size());
  if (!gram.empty()) {
    auto fill = [&](int64_t first, int64_t width, float *rows) {
      for (int64_t k = 0; k < weight.inputs(); ++k)
        for (int64_t j = 0; j < width; ++j)
          rows[k * width + j] = errorAt(k, first + j);
    };
    return measured.share *
           squaredOutputs(weight.inputs(), count, gram, fill, threads);
  }
  double total = 0;
  for (int64_t k = 0; k < weight.inputs(); ++k) {
    double sum = 0;
    for (int64_t j = 0; j < count; ++j) {
      double error = errorAt(k, j);
      sum += error * error;
    }
    total += sum * inputs.squares[k];
  }
  return measured.share * total;
}

Result<AwqScales> lowbit::numerics::searchAwqScales(
    std::span<const AwqLayer> layers, const AwqInputs &inputs,
    const AwqOptions &options, ThreadCount threads) {
  if (layers.empty())
    return Error{Error::Kind::InvalidFormat, "there is no layer to scale"};
  if (options.alphaSteps < 1)
    return Error{Error::Kind::InvalidFormat,
                 "AWQ needs at least one exponent to try"};
  for (const AwqLayer &layer : layers)
    if (auto error = verifyAwq(layer, inputs, threads))
      return std::move(*error);

  std::vector<float> gram;
  if (inputs.gram)
    gram.assign(inputs.gram->values.begin(), inputs.gram->values.end());
  std::vector<MeasuredLayer> sampled, whole;
  bool isSample = false;
  for (const AwqLayer &layer : layers) {
    sampled.push_back(sampleOutputs(layer, options.sampledOutputs));
    whole.push_back(sampleOutputs(layer, /*wanted=*/0));
    isSample |= sampled.back().share != 1;
  }
  auto measure = [&](std::span<const float> scales,
                     const std::vector<MeasuredLayer> &of) -> Result<double> {
    double total = 0;
    for (const MeasuredLayer &layer : of) {
      auto error = outputError(layer, scales, inputs, gram, options, threads);
      if (!error)
        return error;
      total += *error;
    }
    if (!std::isfinite(total))
      return invalidStatistics("the inputs, or the weights, are so large that "
                               "errors of the outputs overflow");
    return total;
  };

  AwqScales best;
  best.error = std::numeric_limits<double>::infinity();
  for (int i = 0; i < options.alphaSteps; ++i) {
    double alpha = options.alphaSteps > 1
                       ? static_cast<double>(i) / (options.alphaSteps - 1)
                       : 0;
    std::vector<float> scales = scalesOf(inputs, alpha);
    auto total = measure(scales, sampled);
    if (!total)
      return total.error();
    if (i == 0)
      best.errorWithout = *total;
    if (*total < best.error || i == 0) {
      best.error = *total;
      best.alpha = alpha;
      best.scales = std::move(scales);
    }
  }
  if (!isSample)
    return best;
  // What was found from a sample has to hold for all outputs.
  std::vector<float> ones(inputs.meanMagnitude.size(), 1.0f);
  auto without = measure(ones, whole);
  auto with = best.alpha == 0 ? without : measure(best.scales, whole);
  if (!without || !with)
    return !without ? without.error() : with.error();
  best.error = *with;
  best.errorWithout = *without;
  if (best.error > best.errorWithout)
    best = {std::move(ones), 0, *without, *without};
  return best;
}
