//===- Method.cpp - Quantization algorithms by name -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Method.h"

#include "lowbit/Numerics/Quantize/AwqClip.h"
#include "lowbit/Numerics/Quantize/KMeans.h"
#include "lowbit/Numerics/Quantize/RoundToNearest.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"
#include "lowbit/Numerics/Quantize/SparseGpt.h"
#include "lowbit/Numerics/Quantize/WeightMatrices.h"

#include <algorithm>
#include <cmath>
#include <utility>

using namespace lowbit::numerics;
using Kind = Method::Kind;

static Error invalid(std::string message) {
  return {Error::Kind::InvalidFormat, std::move(message)};
}

//===----------------------------------------------------------------------===//
// What fits together
//===----------------------------------------------------------------------===//

MethodNeeds lowbit::numerics::methodNeeds(Kind kind) {
  switch (kind) {
  case Kind::Gptq:
  case Kind::SparseGpt:
    return MethodNeeds::GramMatrix;
  case Kind::Awq:
  case Kind::Wanda:
    return MethodNeeds::ChannelStatistics;
  default:
    return MethodNeeds::Nothing;
  }
}

bool lowbit::numerics::usesRange(const Method &method, const Format &format) {
  if (format.books || method.searchesScales)
    return false;
  return method.kind != Kind::ScaleSearch && method.kind != Kind::Hqq;
}

static bool prunes(Kind kind) {
  return kind == Kind::Magnitude || kind == Kind::Wanda ||
         kind == Kind::SparseGpt;
}

/// Whether a method finds parameters alone, so that there have to be some.
static bool isChooser(Kind kind) {
  return kind == Kind::Percentile || kind == Kind::ScaleSearch ||
         kind == Kind::Hqq || kind == Kind::Awq;
}

std::optional<Error>
lowbit::numerics::verifyMethod(const Method &method, const Format &format,
                               std::optional<unsigned> reductionAxis) {
  Kind kind = method.kind;
  std::string text = "method '" + std::string(methodName(kind)) + "'";
  std::string codec(format.codec->name());
  bool needsInputs = methodNeeds(kind) != MethodNeeds::Nothing;
  if (prunes(kind) && format.sparsity.isDense())
    return invalid(text + " prunes, and the encoding keeps every value");
  if (kind == Kind::Gptq && !format.sparsity.isDense())
    return invalid(text + " keeps every value; for a sparse encoding use "
                          "'sparsegpt'");
  if (kind == Kind::KMeans && !format.books)
    return invalid(text +
                   " learns the levels of a codec such as 'kmeans<16>', "
                   "and this is '" +
                   codec + "'");
  if (format.books && (isChooser(kind) || kind == Kind::RoundToNearest))
    return invalid(text + " does not learn the levels of codec '" + codec +
                   "'; use 'kmeans'");
  if (format.books && method.searchesScales)
    return invalid("levels of codec '" + codec +
                   "' are learned; option 'search' of " + text +
                   " has no meaning for them");
  if (isChooser(kind) && format.scaleType == ScaleType::One)
    return invalid(text + " finds scales, and the encoding stores none");
  if (needsInputs && prunes(kind) &&
      format.sparsity.kind == Sparsity::Kind::Pattern && reductionAxis &&
      format.sparsity.axis != *reductionAxis)
    return invalid(text + " prunes along the axis that is summed over, " +
                   std::to_string(*reductionAxis) +
                   ", and the encoding is sparse along axis " +
                   std::to_string(format.sparsity.axis));
  return std::nullopt;
}

std::optional<Error>
lowbit::numerics::verifyMatrices(ShapeRef shape, unsigned reductionAxis,
                                 std::span<const unsigned> window,
                                 const Format &format) {
  if (shape.size() == 2)
    return std::nullopt;
  auto matrices = WeightMatrices::get(shape, reductionAxis, window,
                                      WeightMatrices::Window::Inputs, format);
  if (!matrices)
    return matrices.error();
  return std::nullopt;
}

static std::optional<Error> verifyMethodInputs(const Method &method,
                                               const ContractionWeight &weight,
                                               const MethodInputs &inputs) {
  if (inputs.channels) {
    if (auto error = verifyInputs(weight, inputs.channels->channels()))
      return error;
    std::span<const double> squares = inputs.channels->sumOfSquares;
    for (size_t k = 0; k < squares.size(); ++k)
      if (!(squares[k] >= 0) || std::isinf(squares[k]))
        return Error{Error::Kind::InvalidStatistics,
                     "the squares of input channel " + std::to_string(k) +
                         " are negative or not finite"};
  }
  if (inputs.gram) {
    int64_t all = weight.inputs();
    for (unsigned axis : weight.window)
      all *= weight.shape[axis];
    if (inputs.gram->channels != all)
      return Error{
          Error::Kind::InvalidStatistics,
          "second moments of " + std::to_string(inputs.gram->channels) +
              " inputs are not those of a weight with " + std::to_string(all)};
  }
  MethodNeeds needs = methodNeeds(method.kind);
  auto missing = [&](const char *what) {
    return Error{Error::Kind::InvalidStatistics,
                 "method '" + std::string(methodName(method.kind)) +
                     "' needs " + what + " of the layer's inputs"};
  };
  if (needs == MethodNeeds::GramMatrix && !inputs.gram)
    return missing("second moments");
  if (needs == MethodNeeds::ChannelStatistics && !inputs.channels)
    return missing("statistics");
  return std::nullopt;
}

//===----------------------------------------------------------------------===//
// Running
//===----------------------------------------------------------------------===//

ParameterChooser lowbit::numerics::methodChooser(const Method &method,
                                                 RangeKind range,
                                                 const ErrorWeights &weights,
                                                 ThreadCount threads) {
  switch (method.kind) {
  case Kind::RoundToNearest:
    return [range, threads](std::span<const float> values, ShapeRef shape,
                            const Format &format) {
      return chooseParameters(values, shape, format, range, threads);
    };
  case Kind::Percentile:
    return percentileChooser(method.percentile, range, threads);
  case Kind::ScaleSearch:
    return scaleSearchChooser(weights, threads);
  case Kind::Hqq: {
    HqqOptions options = method.hqq;
    if (method.iterations >= 0)
      options.iterations = method.iterations;
    return hqqChooser(options, threads);
  }
  case Kind::KMeans: {
    KMeansOptions options{.weights = weights};
    if (method.iterations >= 0)
      options.iterations = method.iterations;
    return kMeansChooser(options, threads);
  }
  default:
    return nullptr;
  }
}

namespace {

/// One weight that is quantized by one method.
class Run {
public:
  Run(const ContractionWeight &weight, const Format &format, RangeKind range,
      const Method &method, const MethodInputs &inputs, ThreadCount threads)
      : weight(weight), format(format), range(range), method(method),
        inputs(inputs), threads(threads) {
    if (inputs.channels)
      channelWeights = relativeWeights(inputs.channels->sumOfSquares);
  }

  Result<UnpackedParts> run() const;

private:
  /// How much the error of a weight counts, from the squares of its inputs.
  ErrorWeights errorWeights() const {
    return {.channels = channelWeights,
            .axis = static_cast<int64_t>(weight.reductionAxis)};
  }

  /// Finds the parameters where the method itself does not. A chooser for
  /// `wholeTensor` may weight errors by channel.
  ParameterChooser chooser(bool wholeTensor) const;

  Result<UnpackedParts> encodeChosen(const ParameterChooser &chooser) const;
  Result<UnpackedParts> clipByOutputs() const;
  Result<UnpackedParts> pruneByInputs() const;
  Result<UnpackedParts> roundWithHessian() const;
  Pruning pruning() const;

  const ContractionWeight &weight;
  const Format &format;
  RangeKind range;
  const Method &method;
  const MethodInputs &inputs;
  ThreadCount threads;
  std::vector<float> channelWeights;
};

} // namespace

ParameterChooser Run::chooser(bool wholeTensor) const {
  Method finds = method;
  ErrorWeights weights = errorWeights();
  if (format.books) {
    if (method.kind != Kind::KMeans)
      finds = {.kind = Kind::KMeans};
  } else {
    finds.kind =
        method.searchesScales ? Kind::ScaleSearch : Kind::RoundToNearest;
    if (!wholeTensor)
      weights = {};
  }
  return methodChooser(finds, range, weights, threads);
}

Result<UnpackedParts> Run::encodeChosen(const ParameterChooser &chooser) const {
  auto parameters = chooser(weight.values, weight.shape, format);
  if (!parameters)
    return parameters.error();
  return encodeWith(*std::move(parameters), weight.values, weight.shape, format,
                    threads);
}

/// The values kept of a sparse tensor are the largest ones before clipping.
Result<UnpackedParts> Run::clipByOutputs() const {
  // A search of scales clips, too.
  if (method.searchesScales)
    return encodeChosen(chooser(/*wholeTensor=*/true));
  std::vector<double> magnitudes = inputs.channels->meanMagnitude();
  AwqInputs of{.meanMagnitude = magnitudes,
               .squares = inputs.channels->sumOfSquares,
               .gram = inputs.gram};
  AwqOptions options{.chooser = chooser(/*wholeTensor=*/true)};
  auto ranges = searchAwqClipping({weight, format}, {}, of, options, threads);
  if (!ranges)
    return ranges.error();
  std::vector<uint8_t> mask;
  if (!format.sparsity.isDense())
    mask = magnitudeMask(weight.values, weight.shape, format.sparsity, threads);
  std::vector<float> clipped(weight.values.begin(), weight.values.end());
  if (auto error = clampToRanges(clipped, weight.shape, format.blockShape,
                                 *ranges, threads))
    return std::move(*error);
  auto parameters = options.chooser(clipped, weight.shape, format);
  if (!parameters)
    return parameters.error();
  return encodeWith(*std::move(parameters), clipped, weight.shape, format,
                    threads, mask);
}

/// What the format keeps, as a rule of pruning.
Pruning Run::pruning() const {
  const Sparsity &sparsity = format.sparsity;
  if (sparsity.kind == Sparsity::Kind::Pattern)
    return Pruning::keepOf(sparsity.keep, sparsity.run);
  // A half more than a whole number, so that no rounding makes one less of it.
  auto pruneOf = [](int64_t pruned, int64_t all) {
    return Pruning::prune(all == 0
                              ? 0
                              : std::min((static_cast<double>(pruned) + 0.5) /
                                             static_cast<double>(all),
                                         1.0));
  };
  int64_t all = numElements(weight.shape);
  if (method.kind == Kind::SparseGpt)
    return pruneOf(all - sparsity.kept, all);
  // Of each output as many, and where that does not divide one more of the
  // first.
  int64_t outputs = std::max<int64_t>(weight.outputs(), 1);
  return pruneOf(weight.inputs() - sparsity.kept / outputs, weight.inputs())
      .withOneMoreOf(sparsity.kept % outputs);
}

Result<UnpackedParts> Run::pruneByInputs() const {
  auto mask =
      pruneByWanda(weight, inputs.channels->sumOfSquares, pruning(), threads);
  if (!mask)
    return mask.error();
  // Choosers keep the largest values, which are those of the mask now.
  std::vector<float> values = applyMask(weight.values, *mask);
  auto parameters = chooser(/*wholeTensor=*/true)(values, weight.shape, format);
  if (!parameters)
    return parameters.error();
  return encodeWith(*std::move(parameters), values, weight.shape, format,
                    threads, *mask);
}

Result<UnpackedParts> Run::roundWithHessian() const {
  HessianOptions solve;
  if (method.kind == Kind::Gptq) {
    solve = gptqHessianOptions;
    solve.activationOrder = method.activationOrder;
  }
  solve.damping = method.damping.value_or(solve.damping);
  auto hessian = factorizeHessian(*inputs.gram, solve, threads);
  if (!hessian)
    return hessian.error();
  GptqOptions options{.staticGroups = method.staticGroups, .threads = threads};
  // It may see one group of channels after the other.
  ParameterChooser chooses = chooser(/*wholeTensor=*/false);
  if (method.kind == Kind::Gptq)
    return quantizeGptq(weight, *hessian, format, chooses, options);
  auto result =
      pruneBySparseGpt(weight, *hessian, pruning(), format, chooses, options);
  if (!result)
    return result.error();
  return encodeWith(std::move(result->parameters), result->values, weight.shape,
                    format, threads, result->mask);
}

Result<UnpackedParts> Run::run() const {
  switch (method.kind) {
  case Kind::Magnitude:
    return encodeChosen(chooser(/*wholeTensor=*/true));
  case Kind::RoundToNearest:
  case Kind::Percentile:
  case Kind::ScaleSearch:
  case Kind::Hqq:
  case Kind::KMeans:
    return encodeChosen(methodChooser(method, range, errorWeights(), threads));
  case Kind::Awq:
    return clipByOutputs();
  case Kind::Gptq:
  case Kind::SparseGpt:
    return roundWithHessian();
  case Kind::Wanda:
    return pruneByInputs();
  }
  __builtin_unreachable();
}

/// Statistics of channels as those of the inputs of a matrix.
static ChannelStatistics spread(const ChannelStatistics &channels,
                                std::span<const int64_t> channelOfInput) {
  ChannelStatistics result(std::ssize(channelOfInput));
  result.rows = channels.rows;
  auto fill = [&](auto &to, const auto &from) {
    for (size_t k = 0; k < channelOfInput.size(); ++k)
      to[k] = from[channelOfInput[k]];
  };
  fill(result.minimum, channels.minimum);
  fill(result.maximum, channels.maximum);
  fill(result.sum, channels.sum);
  fill(result.sumOfMagnitudes, channels.sumOfMagnitudes);
  fill(result.sumOfSquares, channels.sumOfSquares);
  return result;
}

/// Quantizes the matrices of a filter or a batch one by one.
static Result<UnpackedParts>
quantizeMatrices(const ContractionWeight &weight, const Format &format,
                 RangeKind range, const Method &method,
                 const MethodInputs &inputs, ThreadCount threads) {
  auto matrices =
      WeightMatrices::get(weight.shape, weight.reductionAxis, weight.window,
                          WeightMatrices::Window::Inputs, format);
  if (!matrices)
    return matrices.error();
  std::optional<ChannelStatistics> channels;
  std::optional<GramMatrix> gram;
  MethodInputs ofMatrix;
  if (inputs.channels)
    ofMatrix.channels =
        &channels.emplace(spread(*inputs.channels, matrices->channelOfInput()));
  if (inputs.gram)
    ofMatrix.gram =
        &gram.emplace(reorderInputs(*inputs.gram, matrices->numberOfInput()));
  std::vector<UnpackedParts> all;
  for (int64_t i = 0; i < matrices->count(); ++i) {
    std::vector<float> values = matrices->take(weight.values, i);
    ContractionWeight matrix = matrices->weight(values);
    auto parts =
        Run(matrix, matrices->format(), range, method, ofMatrix, threads).run();
    if (!parts)
      return matrices->placed(parts.error(), i);
    all.push_back(*std::move(parts));
  }
  return matrices->join(std::move(all));
}

Result<Parts> lowbit::numerics::quantizeByMethod(
    const ContractionWeight &weight, const Format &format, RangeKind range,
    const Method &method, const MethodInputs &inputs, ThreadCount threads) {
  if (auto error = verifyFormat(weight.shape, format))
    return std::move(*error);
  if (auto error = verifyMethod(method, format, weight.reductionAxis))
    return std::move(*error);
  if (usesRange(method, format))
    if (auto error = verifyRangeKind(format, range))
      return std::move(*error);
  if (auto error = verifyMethodInputs(method, weight, inputs))
    return std::move(*error);
  if (method.kind == Kind::RoundToNearest)
    return quantizeRoundToNearest(weight.values, weight.shape, format, threads,
                                  range);
  bool isMatrix = weight.shape.size() == 2 ||
                  methodNeeds(method.kind) == MethodNeeds::Nothing;
  auto parts =
      isMatrix
          ? Run(weight, format, range, method, inputs, threads).run()
          : quantizeMatrices(weight, format, range, method, inputs, threads);
  if (!parts)
    return parts.error();
  return packParts(*parts, weight.shape, format);
}
