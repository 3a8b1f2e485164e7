//===- ScaleInputs.cpp - Scales between activations and weights -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers with `lowbit.scale_inputs`. Layers that read one activation,
// and are scaled by one method, get one scale for each input channel, found
// from statistics of the inputs and from the weights; makes a product of the
// activation with its inverse, and one of each weight with it. Takes the
// attribute away. Leaves, with a remark, depthwise convolutions, layers whose
// weight has other users or for AWQ no matrices, and those whose operands are
// encoded already.
//
//===----------------------------------------------------------------------===//

#include "ChangeableLayers.h"
#include "ChannelProduct.h"
#include "LayerStatistics.h"
#include "NonFiniteValues.h"
#include "QuantizeStored.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/WeightValues.h"
#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/SmoothQuant.h"
#include "lowbit/Numerics/Quantize/WeightMatrices.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <list>

namespace lowbit {
#define GEN_PASS_DEF_SCALEINPUTSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using calibration::InputStatistics;

namespace {
struct ScaleInputsPass final
    : lowbit::impl::ScaleInputsPassBase<ScaleInputsPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  FailureOr<std::vector<float>> readWeight(const Layer &layer,
                                           const WeightValues &values);
  FailureOr<std::vector<float>> findScales(const LayerGroup &group,
                                           const WeightValues &values,
                                           const InputStatistics &statistics);
  void insert(LayerGroup &group, ArrayRef<float> scales);

  bool zeroNonFinite = false;
};
} // namespace

/// The weight of `layer`, all finite.
FailureOr<std::vector<float>>
ScaleInputsPass::readWeight(const Layer &layer, const WeightValues &values) {
  FailureOr<std::vector<float>> weight =
      values.read(layer, numerics::ThreadCount(threads));
  if (failed(weight))
    return failure();
  ArrayRef<int64_t> shape = layer.getWeightType().getShape();
  NonFiniteValues nonFinite;
  nonFinite.replace(*weight, /*first=*/0, *weight);
  if (nonFinite.isEmpty())
    return weight;
  auto emit = [&](DiagnosticSeverity severity) {
    return startDiagnostic(layer.op->getLoc(), severity)
           << "inputs"
           << (zeroNonFinite ? " are scaled: " : " cannot be scaled: ")
           << values.describe(layer) << " ";
  };
  if (!zeroNonFinite)
    return emit(DiagnosticSeverity::Error)
           << "holds " << nonFinite.describeFirst(shape);
  nonFinite.report(emit, shape);
  return weight;
}

/// The matrices of the weight of `layer` in `format`. Of a filter each place of
/// the window has outputs of its own: layers on one input may have different
/// windows.
static numerics::Result<numerics::WeightMatrices>
getMatrices(const Layer &layer, const numerics::Format &format) {
  SmallVector<unsigned> window(layer.weightWindow.begin(),
                               layer.weightWindow.end());
  return numerics::WeightMatrices::get(
      layer.getWeightType().getShape(),
      static_cast<unsigned>(layer.weightChannels), window,
      numerics::WeightMatrices::Window::Outputs, format);
}

/// The format in which scales are searched: for AWQ the one that is assigned,
/// for SmoothQuant, which looks at magnitudes alone, any.
static numerics::Format getSearchFormat(const Layer &layer) {
  int64_t rank = layer.getWeightType().getRank();
  if (isa<AwqAttr>(layer.op->getAttr(LowbitDialect::kScaleInputsAttr)))
    return layer.op
        ->getAttrOfType<EncodingAttr>(LowbitDialect::kWeightEncodingAttr)
        .getFormat(rank);
  return {numerics::getNamedCodec("i8"), numerics::Shape(rank, 1)};
}

FailureOr<std::vector<float>>
ScaleInputsPass::findScales(const LayerGroup &group, const WeightValues &values,
                            const InputStatistics &statistics) {
  // A layer has one matrix, or one for each of a batch.
  std::list<std::vector<float>> storage;
  std::vector<numerics::ContractionWeight> contractions;
  std::vector<numerics::AwqLayer> layers;
  for (const Layer &layer : group.layers) {
    FailureOr<std::vector<float>> weight = readWeight(layer, values);
    if (failed(weight))
      return failure();
    auto matrices = getMatrices(layer, getSearchFormat(layer));
    if (!matrices)
      return layer.op->emitError()
             << "inputs cannot be scaled: " << matrices.error().message;
    for (int64_t i = 0; i < matrices->count(); ++i) {
      storage.push_back(matrices->take(*weight, i));
      contractions.push_back(matrices->weight(storage.back()));
      layers.push_back({contractions.back(), matrices->format()});
    }
  }
  const Layer &first = group.layers.front();
  numerics::ThreadCount count(threads);
  const numerics::ChannelStatistics &channels = statistics.channels.channels();
  if (auto smooth = dyn_cast<SmoothQuantAttr>(group.request)) {
    auto scales = numerics::smoothQuantScales(
        contractions, channels.maxMagnitude(),
        static_cast<float>(smooth.getAlpha().getValueAsDouble()), count);
    if (!scales)
      return first.op->emitError()
             << "inputs cannot be scaled: " << scales.error().message;
    return *std::move(scales);
  }

  numerics::AwqOptions options;
  options.alphaSteps =
      static_cast<int>(cast<AwqAttr>(group.request).getSteps());
  if (auto range = first.op->getAttrOfType<RangeKindAttr>(
          LowbitDialect::kWeightRangeAttr))
    options.chooser = [count, kind = getNumericRange(range.getValue())](
                          std::span<const float> values,
                          numerics::ShapeRef shape,
                          const numerics::Format &format) {
      return numerics::chooseParameters(values, shape, format, kind, count);
    };
  std::vector<double> means = channels.meanMagnitude();
  weights::Result<numerics::GramMatrix> gram = statistics.secondMoments(count);
  if (!gram)
    return first.op->emitError() << gram.message();
  numerics::AwqInputs inputs = {means, channels.sumOfSquares,
                                statistics.hasSecondMoments() ? &*gram
                                                              : nullptr};
  auto scales = numerics::searchAwqScales(layers, inputs, options, count);
  if (!scales)
    return first.op->emitError()
           << "inputs cannot be scaled: " << scales.error().message;
  return std::move(scales->scales);
}

/// The inverse of `scales` in `type`, within its range.
static std::vector<float> invert(ArrayRef<float> scales, FloatType type) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  float least = APFloat::getSmallestNormalized(semantics).convertToDouble();
  float most = APFloat::getLargest(semantics).convertToDouble();
  std::vector<float> inverse;
  for (float scale : scales)
    inverse.push_back(std::clamp(1 / scale, least, most));
  return getFactorValues(getFactors(type, inverse));
}

void ScaleInputsPass::insert(LayerGroup &group, ArrayRef<float> scales) {
  if (llvm::all_of(scales, [](float scale) { return scale == 1; }))
    return;
  auto type = cast<RankedTensorType>(group.activation.getType());
  auto elementType = cast<FloatType>(type.getElementType());
  // Weights get the inverse of what activations get, rounded as that is; not
  // again, to the type of weights.
  std::vector<float> inverse = invert(scales, elementType), forWeights;
  for (float factor : inverse)
    forWeights.push_back(1 / factor);

  OpBuilder builder(&getContext());
  builder.setInsertionPointAfterValue(group.activation);
  Value scaled =
      buildChannelProduct(builder, group.activation.getLoc(), group.activation,
                          getFactors(elementType, inverse), group.axis);
  scaled.getDefiningOp()->setAttr(LowbitDialect::kInputScalesAttr,
                                  builder.getUnitAttr());
  // A weight may be read along both of its axes.
  llvm::DenseMap<std::pair<Value, int64_t>, Value> weights;
  for (Layer &layer : group.layers) {
    Value weight = layer.weight->get();
    Value &product = weights[{weight, layer.weightChannels}];
    if (!product) {
      builder.setInsertionPointAfterValue(weight);
      Operation *op = createChannelProduct(
          builder, weight.getLoc(), weight,
          getFactors(builder.getF32Type(), forWeights), layer.weightChannels);
      op->setAttr(LowbitDialect::kInputScalesAttr, builder.getUnitAttr());
      product = op->getResult(0);
    }
    layer.weight->set(product);
    layer.activation->set(scaled);
  }
}

void ScaleInputsPass::runOnOperation() {
  ModuleOp module = getOperation();
  FailureOr<bool> isZero = parseNonFinite(nonfinite, module.getLoc());
  if (failed(isZero))
    return signalPassFailure();
  zeroNonFinite = *isZero;
  SymbolTable symbols(module);
  ChangeableLayers changeable(module, symbols, LowbitDialect::kScaleInputsAttr);
  FailureOr<std::vector<LayerGroup>> groups = changeable.collect(
      [](const Layer &layer) -> ChangeableLayers::Key {
        return {layer.op->getAttr(LowbitDialect::kWeightRangeAttr)
                    .getAsOpaquePointer()};
      },
      [](const Layer &layer) -> std::string {
        auto matrices = getMatrices(layer, getSearchFormat(layer));
        return matrices ? "" : matrices.error().message;
      });
  if (failed(groups))
    return signalPassFailure();
  changeable.remarks.emit("inputs are not scaled");
  SmallVector<std::vector<float>> scales;
  if (!groups->empty()) {
    const Layer &first = groups->front().layers.front();
    if (statistics.empty()) {
      first.op->emitError()
          << "layer '" << first.name
          << "' is to have its inputs scaled: name the file of their "
             "statistics with the option 'statistics'; quant-run --collect "
             "collects them (docs/calibration.md)";
      return signalPassFailure();
    }
    FailureOr<WeightValues> values = WeightValues::open(module, weights);
    if (failed(values))
      return signalPassFailure();
    FailureOr<LayerStatistics> all =
        LayerStatistics::open(module, statistics, values->getFile());
    if (failed(all))
      return signalPassFailure();
    for (const LayerGroup &group : *groups) {
      // Any of the layers names their input.
      SmallVector<StringRef> names;
      for (const Layer &layer : group.layers)
        names.push_back(layer.name);
      const Layer &layer = group.layers.front();
      FailureOr<const InputStatistics *> input =
          all->find(layer.op->getLoc(), names,
                    layer.getWeightType().getDimSize(layer.weightChannels));
      if (failed(input))
        return signalPassFailure();
      FailureOr<std::vector<float>> found = findScales(group, *values, **input);
      if (failed(found))
        return signalPassFailure();
      scales.push_back(*std::move(found));
    }
  }
  // All are found before the first is inserted.
  for (auto [group, found] : llvm::zip_equal(*groups, scales))
    insert(group, found);
  module.walk([](Operation *op) {
    op->removeDiscardableAttr(LowbitDialect::kScaleInputsAttr);
  });
}
