//===- WeightMeasurer.cpp - Size and error of stored weights --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightMeasurer.h"

#include "LayerMatrices.h"
#include "LayerStatistics.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"
#include "lowbit/Numerics/Quantize/BiasCorrection.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"

#include <algorithm>
#include <cmath>

using namespace lowbit;
using namespace mlir;

std::optional<size_t> WeightMeasurer::find(const StoredParts &parts) const {
  auto it = places.find(parts.getKey());
  if (it == places.end())
    return std::nullopt;
  return it->second;
}

FailureOr<size_t> WeightMeasurer::measure(AssembleOp op,
                                          const StoredParts &parts) {
  if (std::optional<size_t> place = find(parts))
    return *place;
  FailureOr<WeightReport> weight = measureNew(op, parts);
  if (failed(weight))
    return failure();
  weights.push_back(*std::move(weight));
  places.emplace(parts.getKey(), weights.size() - 1);
  return weights.size() - 1;
}

FailureOr<std::optional<WeightMeasurer::Original>>
WeightMeasurer::findOriginal(AssembleOp op, const StoredParts &parts,
                             StringRef source) const {
  const weights::TensorView *original = nullptr;
  if (!source.empty() && before.getFile())
    original = before.getFile()->find(source);
  if (!original)
    return std::optional<Original>(); // it was a constant
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  const weights::WeightsFile &file = *after.getFile();
  llvm::Expected<RealSteps> steps =
      readSteps(file, parts.getBase(), shape,
                getStoredEncoding(file.metadata(), parts.getBase()).origin);
  if (!steps)
    return op.emitError() << llvm::toString(steps.takeError());
  if (getSourceShape(shape, *steps) != original->shape ||
      !StoredReals::isReal(original->dtype))
    return op.emitError() << before.getFile()->path() << ": tensor '" << source
                          << "' is not what '" << parts.getBase()
                          << "' was encoded from";
  return std::optional(Original{original, *std::move(steps)});
}

FailureOr<WeightReport> WeightMeasurer::measureNew(AssembleOp op,
                                                   const StoredParts &parts) {
  if (failed(parts.verify(op, after)))
    return failure();
  RankedTensorType type = op.getResult().getType();
  ArrayRef<int64_t> shape = type.getShape();
  EncodingAttr encoding = op.getEncoding();
  WeightReport weight;
  weight.name = parts.globals.empty()
                    ? "constant" + std::to_string(numConstants++)
                    : parts.getBase().str();
  llvm::append_range(weight.shape, shape);
  llvm::raw_string_ostream(weight.encoding) << Attribute(encoding);
  llvm::append_range(weight.scaleShape,
                     encoding.getScale().getBlockCounts(shape));
  weight.elements = type.getNumElements();
  for (std::span<const uint8_t> part : parts.view(after))
    weight.bytesAfter += part.size();
  weight.bytesBefore = weight.elements * type.getElementTypeBitWidth() / 8;

  if (parts.globals.empty())
    return weight;
  StoredOrigin origin =
      getStoredEncoding(after.getFile()->metadata(), weight.name).origin;
  weight.source = origin.source;
  weight.isSelection = !origin.selection.empty();
  FailureOr<std::optional<Original>> found =
      findOriginal(op, parts, weight.source);
  if (failed(found))
    return failure();
  if (!*found)
    return weight;
  const auto &[original, steps] = **found;
  weight.bytesBefore =
      weight.elements * (weights::bitWidth(original->dtype) / 8);
  numerics::Parts storage;
  numerics::Result<numerics::PartsView> rows = getPartsInRows(
      parts.view(after), shape, op.getEncoding(), threads, storage);
  if (!rows)
    return op.emitError() << rows.error().message;
  StoredReals reals = {original->dtype, original->bytes(), &steps};
  std::vector<float> piece;
  numerics::Result<numerics::QuantizationSummary> summary =
      numerics::summarizeQuantization(
          [&](int64_t first, int64_t count) {
            return reals.read(first, count, piece);
          },
          *rows, shape, encoding.getFormat(shape.size()), {}, threads);
  if (!summary)
    return op.emitError() << summary.error().message;
  weight.summary = *std::move(summary);
  before.release(*original, 0, original->size);
  parts.release(after);
  return weight;
}

/// What `added` to each output changes of the error |xE|^2 of `rows` rows:
/// |xE + c|^2 = |xE|^2 + 2 c xE + |c|^2, and the mean of xE is what it would
/// take to correct it here, negated.
static numerics::Result<double>
getChangeByBias(const numerics::ContractionWeight &weight,
                std::span<const float> decoded,
                const numerics::ChannelStatistics &channels,
                std::span<const float> added, numerics::ThreadCount threads) {
  auto exact = numerics::correctBias(weight, decoded, channels.mean(), threads);
  if (!exact)
    return exact.error();
  double change = 0;
  for (auto [c, e] : llvm::zip_equal(added, *exact))
    change += double(c) * c - 2.0 * c * e;
  return change * channels.rows;
}

/// The error of the outputs that `decoded` makes in place of `values`, by what
/// is known of `inputs`: X^T X of all that an output sums over, or means and
/// squares, as if nothing else were correlated.
static numerics::Result<numerics::OutputError>
measureLayer(ArrayRef<float> values, ArrayRef<float> decoded,
             const Layer &layer, ArrayRef<int64_t> shape,
             const LayerInputs &inputs, std::span<const float> added,
             numerics::ThreadCount threads) {
  auto matrices = getLayerMatrices(layer, shape);
  if (!matrices)
    return matrices.error();
  numerics::ChannelStatistics channels = getStatisticsOfInputs(
      *matrices, inputs.channels, shape[layer.weightChannels]);
  std::optional<numerics::GramMatrix> gram;
  if (inputs.gram)
    gram = numerics::reorderInputs(*inputs.gram, matrices->numberOfInput());
  assert((added.empty() || matrices->count() == 1) &&
         "corrected layers sum over all channels");
  numerics::OutputError sum;
  for (int64_t i = 0; i < matrices->count(); ++i) {
    std::vector<float> before = matrices->take(values, i);
    std::vector<float> after = matrices->take(decoded, i);
    numerics::ContractionWeight weight = matrices->weight(before);
    auto error =
        gram ? numerics::measureOutputError(weight, after, *gram, threads)
             : numerics::measureUncorrelatedOutputError(weight, after, channels,
                                                        added, threads);
    if (!error)
      return error;
    if (gram && !added.empty()) {
      auto change = getChangeByBias(weight, after, channels, added, threads);
      if (!change)
        return change.error();
      error->error = std::max(0.0, error->error + *change);
    }
    sum.error += error->error;
    sum.signal += error->signal;
  }
  return sum;
}

FailureOr<std::optional<OutputReport>> WeightMeasurer::measureOutput(
    AssembleOp op, const StoredParts &parts, const Layer &layer,
    const calibration::InputStatistics &statistics,
    const calibration::InputStatistics *moments, std::span<const float> added) {
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  const WeightReport &measured = weights[*find(parts)];
  assert(!measured.isSelection && "statistics are of all channels");
  if (measured.source.empty())
    return std::optional<OutputReport>();
  FailureOr<std::optional<Original>> found =
      findOriginal(op, parts, measured.source);
  if (failed(found))
    return failure();
  if (!*found)
    return std::optional<OutputReport>();
  const auto &[original, steps] = **found;
  numerics::Parts storage;
  numerics::Result<numerics::PartsView> rows = getPartsInRows(
      parts.view(after), shape, op.getEncoding(), threads, storage);
  if (!rows)
    return op.emitError() << rows.error().message;
  std::vector<float> wide, decoded(op.getResult().getType().getNumElements());
  if (auto error = numerics::dequantize(
          *rows, shape, op.getEncoding().getFormat(shape.size()), decoded,
          threads))
    return op.emitError() << error->message;
  StoredReals reals = {original->dtype, original->bytes(), &steps};
  std::span<const float> read = reals.read(0, decoded.size(), wide);
  std::vector<float> values(read.begin(), read.end());
  // As the summary does.
  std::replace_if(
      values.begin(), values.end(), [](float x) { return !std::isfinite(x); },
      0.0f);
  if (auto error = numerics::verifyInputs(
          numerics::ContractionWeight{
              values, numerics::Shape(shape.begin(), shape.end()),
              static_cast<unsigned>(layer.weightChannels)},
          statistics.channels.channels().channels()))
    return op.emitError() << error->message;
  // What multiplies the weight along the inputs divides these.
  LayerInputs inputs{(moments ? *moments : statistics).channels.channels(),
                     std::nullopt};
  if (moments) {
    weights::Result<numerics::GramMatrix> read =
        moments->secondMoments(threads);
    if (!read)
      return op.emitError() << read.message();
    inputs.gram = *std::move(read);
    int64_t summed = shape[layer.weightChannels] * layer.getWindowSize();
    if (inputs.gram->channels != summed)
      return op.emitError() << "layer '" << layer.name << "' sums over "
                            << summed << " inputs, and its statistics have "
                            << "second moments of " << inputs.gram->channels
                            << ": they are of another model";
  }
  for (const RealFactors &factor : steps.factors)
    if (factor.axis == layer.weightChannels)
      inputs.divideBy(factor.values);
  OutputReport report;
  report.isCorrelated = inputs.gram.has_value();
  report.isPooled = report.isCorrelated && layer.hasBatches;
  numerics::Result<numerics::OutputError> error =
      measureLayer(values, decoded, layer, shape, inputs, added, threads);
  if (!error)
    return op.emitError() << error.error().message;
  report.error = *error;
  before.release(*original, 0, original->size);
  parts.release(after);
  return std::optional(report);
}
