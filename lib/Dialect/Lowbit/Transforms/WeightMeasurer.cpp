//===- WeightMeasurer.cpp - Size and error of stored weights --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightMeasurer.h"

#include "LayerStatistics.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredTensor.h"
#include "lowbit/Numerics/Quantize/BiasCorrection.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"
#include "lowbit/Numerics/Quantize/WeightMatrices.h"

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

/// The error of the outputs that `decoded` makes in place of `values`, by what
/// is known of `inputs`: X^T X of all that an output sums over, or the squares
/// of channels, as if nothing were correlated.
static numerics::Result<numerics::OutputError>
measureLayer(ArrayRef<float> values, ArrayRef<float> decoded,
             const Layer &layer, ArrayRef<int64_t> shape,
             const LayerInputs &inputs, numerics::ThreadCount threads) {
  using numerics::WeightMatrices;
  SmallVector<unsigned> window;
  if (layer.sumsChannels)
    window.assign(layer.weightWindow.begin(), layer.weightWindow.end());
  numerics::Format plain{numerics::getNamedCodec("i8"),
                         numerics::Shape(shape.size(), 1)};
  for (unsigned summed : window)
    plain.blockShape[summed] = numerics::wholeAxis;
  auto matrices = WeightMatrices::get(
      shape, static_cast<unsigned>(layer.weightChannels), window,
      inputs.gram ? WeightMatrices::Window::Inputs
                  : WeightMatrices::Window::Outputs,
      plain);
  if (!matrices)
    return matrices.error();
  if (auto error = numerics::verifyInputs(
          numerics::ContractionWeight{
              values, numerics::Shape(shape.begin(), shape.end()),
              static_cast<unsigned>(layer.weightChannels)},
          inputs.channels.channels()))
    return std::move(*error);
  std::optional<numerics::GramMatrix> gram;
  if (inputs.gram)
    gram = numerics::reorderInputs(*inputs.gram, matrices->numberOfInput());
  numerics::OutputError sum;
  for (int64_t i = 0; i < matrices->count(); ++i) {
    std::vector<float> before = matrices->take(values, i);
    std::vector<float> after = matrices->take(decoded, i);
    numerics::ContractionWeight weight = matrices->weight(before);
    auto error =
        gram ? numerics::measureOutputError(weight, after, *gram, threads)
             : numerics::measureUncorrelatedOutputError(
                   weight, after, inputs.channels, threads);
    if (!error)
      return error;
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
  // What multiplies the weight along the inputs divides these.
  LayerInputs inputs{statistics.channels.channels(), std::nullopt};
  if (moments) {
    weights::Result<numerics::GramMatrix> read =
        moments->secondMoments(threads);
    if (!read)
      return op.emitError() << read.message();
    inputs.gram = *std::move(read);
    int64_t summed = inputs.channels.channels() * layer.getWindowSize();
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
  numerics::Result<numerics::OutputError> error =
      measureLayer(values, decoded, layer, shape, inputs, threads);
  if (!error)
    return op.emitError() << error.error().message;
  report.error = *error;
  // |xE + c|^2 = |xE|^2 + 2 c xE + |c|^2, and the mean of xE is what it would
  // take to correct it here, negated.
  if (!added.empty() && inputs.gram && shape.size() == 2) {
    numerics::ContractionWeight weight{
        values, numerics::Shape(shape.begin(), shape.end()),
        static_cast<unsigned>(layer.weightChannels)};
    auto exact =
        numerics::correctBias(weight, decoded, inputs.channels.mean(), threads);
    if (!exact)
      return op.emitError() << exact.error().message;
    double change = 0;
    for (auto [c, e] : llvm::zip_equal(added, *exact))
      change += double(c) * c - 2.0 * c * e;
    report.error.error =
        std::max(0.0, report.error.error + change * inputs.channels.rows);
  }
  before.release(*original, 0, original->size);
  parts.release(after);
  return std::optional(report);
}
