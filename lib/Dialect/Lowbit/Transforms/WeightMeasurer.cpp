//===- WeightMeasurer.cpp - Size and error of stored weights --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightMeasurer.h"

#include "LayerStatistics.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredReals.h"

#include "lowbit/Dialect/Lowbit/Transforms/StoredEncoding.h"
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
WeightMeasurer::readFactors(AssembleOp op, const StoredParts &parts) const {
  StringRef base = parts.getBase();
  ArrayRef<int64_t> shape = op.getResult().getType().getShape();
  SmallVector<RealFactors> result;
  for (int64_t axis :
       getStoredEncoding(after.getFile()->metadata(), base).factorAxes) {
    std::string name = getFactorsName(base, axis);
    const weights::TensorView *view = after.getFile()->find(name);
    if (!view || axis < 0 || axis >= int64_t(shape.size()) ||
        view->dtype != weights::DType::F32 ||
        !llvm::equal(view->shape, shape.slice(axis, 1)))
      return op.emitError()
             << after.getFile()->path() << ": has no tensor '" << name
             << "' of the factors that '" << base << "' was multiplied by";
    RealFactors &factors = result.emplace_back();
    std::vector<float> storage;
    std::span<const float> values =
        StoredReals{view->dtype, view->bytes()}.read(0, shape[axis], storage);
    factors.values.assign(values.begin(), values.end());
    factors.axis = axis;
    factors.stride = numerics::numElements(shape.drop_front(axis + 1));
    factors.type = weights::DType::F32;
  }
  return result;
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
  FailureOr<SmallVector<RealFactors>> factors = readFactors(op, parts);
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
  FailureOr<SmallVector<RealFactors>> factors = readFactors(op, parts);
  if (failed(factors))
    return failure();
  std::vector<float> reals, decoded(op.getResult().getType().getNumElements());
  if (auto error = numerics::dequantize(
          *rows, shape, op.getEncoding().getFormat(2), decoded, threads))
    return op.emitError() << error->message;
  std::span<const float> values =
      StoredReals{(*original)->dtype, (*original)->bytes(), *factors}.read(
          0, decoded.size(), reals);
  // As the summary does.
  auto isNotFinite = [](float x) { return !std::isfinite(x); };
  if (llvm::any_of(values, isNotFinite)) {
    std::vector<float> finite(values.begin(), values.end());
    std::replace_if(finite.begin(), finite.end(), isNotFinite, 0.0f);
    reals = std::move(finite);
    values = reals;
  }
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
      inputs.gram ? numerics::measureOutputError(weight, decoded, *inputs.gram,
                                                 threads)
                  : numerics::measureUncorrelatedOutputError(
                        weight, decoded, inputs.channels, threads);
  if (!error)
    return op.emitError() << error.error().message;
  report.error = *error;
  before.release(**original, 0, (*original)->size);
  parts.release(after);
  return std::optional(report);
}
