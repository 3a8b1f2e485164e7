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
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"

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

FailureOr<const weights::TensorView *>
WeightMeasurer::findOriginal(AssembleOp op, const StoredParts &parts,
                             StringRef source) const {
  if (source.empty() || !before.getFile())
    return nullptr;
  const weights::TensorView *original = before.getFile()->find(source);
  if (!original)
    return nullptr; // it was a constant
  if (!llvm::equal(op.getResult().getType().getShape(), original->shape) ||
      !StoredReals::isReal(original->dtype))
    return op.emitError() << before.getFile()->path() << ": tensor '" << source
                          << "' is not what '" << parts.getBase()
                          << "' was encoded from";
  return original;
}

FailureOr<SmallVector<RealFactors>>
WeightMeasurer::getFactors(AssembleOp op, const StoredParts &parts) const {
  const weights::WeightsFile &file = *after.getFile();
  llvm::Expected<SmallVector<RealFactors>> factors = readFactors(
      file, parts.getBase(), op.getResult().getType().getShape(),
      getStoredEncoding(file.metadata(), parts.getBase()).factorAxes);
  if (!factors)
    return op.emitError() << llvm::toString(factors.takeError());
  return *std::move(factors);
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
  weight.source =
      getStoredEncoding(after.getFile()->metadata(), weight.name).source;
  FailureOr<const weights::TensorView *> original =
      findOriginal(op, parts, weight.source);
  if (failed(original))
    return failure();
  if (!*original)
    return weight;
  weight.bytesBefore = (*original)->size;
  FailureOr<SmallVector<RealFactors>> factors = getFactors(op, parts);
  if (failed(factors))
    return failure();
  numerics::Parts storage;
  numerics::Result<numerics::PartsView> rows = getPartsInRows(
      parts.view(after), shape, op.getEncoding(), threads, storage);
  if (!rows)
    return op.emitError() << rows.error().message;
  StoredReals reals = {(*original)->dtype, (*original)->bytes(), *factors};
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
  before.release(**original, 0, (*original)->size);
  parts.release(after);
  return weight;
}

/// The inverse of a multiplication by factors; zeros stay what they are.
static void divide(std::vector<float> &values, const RealFactors &factors) {
  int64_t count = factors.values.size();
  for (size_t i = 0; i < values.size(); ++i)
    if (float factor = factors.values[i / factors.stride % count])
      values[i] /= factor;
}

FailureOr<std::optional<OutputReport>> WeightMeasurer::measureOutput(
    AssembleOp op, const StoredParts &parts, int64_t reductionAxis,
    const numerics::ActivationStatistics &statistics) {
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  FailureOr<const weights::TensorView *> original =
      findOriginal(op, parts, weights[*find(parts)].source);
  if (failed(original))
    return failure();
  if (!*original || shape.size() != 2)
    return std::optional<OutputReport>();
  numerics::Parts storage;
  numerics::Result<numerics::PartsView> rows = getPartsInRows(
      parts.view(after), shape, op.getEncoding(), threads, storage);
  if (!rows)
    return op.emitError() << rows.error().message;
  FailureOr<SmallVector<RealFactors>> factors = getFactors(op, parts);
  if (failed(factors))
    return failure();
  std::vector<float> wide, decoded(op.getResult().getType().getNumElements());
  if (auto error = numerics::dequantize(
          *rows, shape, op.getEncoding().getFormat(2), decoded, threads))
    return op.emitError() << error->message;
  StoredReals reals = {(*original)->dtype, (*original)->bytes(), *factors};
  std::span<const float> read = reals.read(0, decoded.size(), wide);
  std::vector<float> values(read.begin(), read.end());
  // As the summary does.
  std::replace_if(
      values.begin(), values.end(), [](float x) { return !std::isfinite(x); },
      0.0f);
  // The statistics are of inputs that are not yet divided by these.
  for (const RealFactors &factor : *factors)
    if (factor.axis == reductionAxis)
      for (std::vector<float> *side : {&values, &decoded})
        divide(*side, factor);
  numerics::ContractionWeight weight{
      values, numerics::Shape(shape.begin(), shape.end()),
      static_cast<unsigned>(reductionAxis)};
  // What multiplies the weight along the inputs divides these.
  LayerInputs inputs{statistics.channels(), std::nullopt};
  if (statistics.hasGram())
    inputs.gram = statistics.gramMatrix(threads);
  for (const RealFactors &factor : *factors)
    if (factor.axis == reductionAxis)
      inputs.divideBy(factor.values);
  OutputReport report;
  report.isCorrelated = statistics.hasGram();
  numerics::Result<numerics::OutputError> error =
      inputs.gram
          ? numerics::measureOutputError(weight, decoded, *inputs.gram, threads)
          : numerics::measureUncorrelatedOutputError(weight, decoded,
                                                     inputs.channels, threads);
  if (!error)
    return op.emitError() << error.error().message;
  report.error = *error;
  before.release(**original, 0, (*original)->size);
  parts.release(after);
  return std::optional(report);
}
