//===- SplitOutliers.cpp - Channels with outliers beside the rest ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers with `lowbit.outliers`. Makes two contractions of one, where
// statistics show some channels of the input to exceed that magnitude: one with
// zeros in these channels, in the encodings that were assigned, and one of
// these channels alone, with a weight in f16, that adds to its result. Takes
// the attribute away. Leaves, with a remark, layers with no such channel or no
// other, depthwise convolutions, those whose weight has other users, and those
// whose operands are encoded already.
//
// LLM.int8() (Dettmers et al. 2022, section 3.2) looks for these channels in
// each batch; here they are chosen once, from statistics, so that both parts of
// the weight are stored and nothing is sorted at run time. An outlier elsewhere
// is still represented: its token gets a larger scale, as without the split.
//
//===----------------------------------------------------------------------===//

#include "ChangeableLayers.h"
#include "ChannelProduct.h"
#include "ChannelSelection.h"
#include "ExternalWeights.h"
#include "LayerStatistics.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Quantize/InputScales.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Format.h"

namespace lowbit {
#define GEN_PASS_DEF_SPLITOUTLIERSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using calibration::InputStatistics;

namespace {
struct SplitOutliersPass final
    : lowbit::impl::SplitOutliersPassBase<SplitOutliersPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  FailureOr<std::vector<SmallVector<int64_t>>>
  findOutliers(ArrayRef<LayerGroup> groups, RemarksByReason &remarks);
};
} // namespace

/// The product that says what the inputs of `layer` have been divided by, or
/// nothing.
static std::optional<ChannelProduct> getInputScales(const Layer &layer) {
  Operation *op = layer.weight->get().getDefiningOp();
  std::optional<ChannelProduct> product = matchChannelProduct(op);
  if (!product || product->axis != layer.weightChannels ||
      !op->hasAttr(LowbitDialect::kInputScalesAttr))
    return std::nullopt;
  return product;
}

/// The channels of the group's input that exceed its threshold, ascending.
static SmallVector<int64_t> findExceeding(const LayerGroup &group,
                                          const InputStatistics &statistics) {
  numerics::ChannelStatistics channels = statistics.channels.channels();
  if (std::optional<ChannelProduct> scales =
          getInputScales(group.layers.front()))
    channels =
        numerics::scaledChannels(channels, getFactorValues(scales->factors));
  double threshold = cast<FloatAttr>(group.request).getValueAsDouble();
  SmallVector<int64_t> exceeding;
  for (auto [channel, magnitude] : llvm::enumerate(channels.maxMagnitude()))
    if (magnitude > threshold)
      exceeding.push_back(channel);
  return exceeding;
}

/// The channels to split off for each group; none for those that stay whole.
FailureOr<std::vector<SmallVector<int64_t>>>
SplitOutliersPass::findOutliers(ArrayRef<LayerGroup> groups,
                                RemarksByReason &remarks) {
  std::vector<SmallVector<int64_t>> found;
  if (groups.empty())
    return found;
  const Layer &first = groups.front().layers.front();
  if (statistics.empty())
    return first.op->emitError()
           << "layer '" << first.name
           << "' is to have outliers of its input split off: name the file of "
              "their statistics with the option 'statistics'; quant-run "
              "--collect collects them (docs/calibration.md)";
  FailureOr<ExternalWeights> stored =
      ExternalWeights::openOptional(getOperation(), weights);
  if (failed(stored))
    return failure();
  FailureOr<LayerStatistics> known =
      LayerStatistics::open(getOperation(), statistics, stored->getFile());
  if (failed(known))
    return failure();
  for (const LayerGroup &group : groups) {
    // Any of the layers names their input.
    SmallVector<StringRef> names;
    for (const Layer &layer : group.layers)
      names.push_back(layer.name);
    const Layer &layer = group.layers.front();
    int64_t size = layer.getWeightType().getDimSize(layer.weightChannels);
    FailureOr<const InputStatistics *> input =
        known->find(layer.op->getLoc(), names, size);
    if (failed(input))
      return failure();
    if ((*input)->channels.channels().rows == 0)
      return layer.op->emitError("layer '")
             << layer.name << "' was never run: there are no rows of inputs";
    SmallVector<int64_t> &channels =
        found.emplace_back(findExceeding(group, **input));
    bool isAll = static_cast<int64_t>(channels.size()) == size;
    if (!channels.empty() && !isAll)
      continue;
    channels.clear();
    std::string reason;
    llvm::raw_string_ostream(reason)
        << (isAll ? "every" : "no") << " channel of the input exceeds "
        << llvm::format("%g",
                        cast<FloatAttr>(group.request).getValueAsDouble());
    for (const Layer &whole : group.layers)
      remarks.add(whole.op, reason);
  }
  return found;
}

/// 0 for each of `channels` and 1 for all others of `size`.
static DenseElementsAttr getMask(Type elementType, int64_t size,
                                 ArrayRef<int64_t> channels) {
  std::vector<float> mask(size, 1);
  for (int64_t channel : channels)
    mask[channel] = 0;
  return getFactors(cast<FloatType>(elementType), mask);
}

/// The weight of `layer` with zeros for `channels`, one product with what it
/// is multiplied by already.
static Value maskWeight(OpBuilder &builder, const Layer &layer,
                        ArrayRef<int64_t> channels) {
  Value source = layer.weight->get();
  RankedTensorType type = layer.getWeightType();
  DenseElementsAttr factors = getMask(
      type.getElementType(), type.getDimSize(layer.weightChannels), channels);
  if (std::optional<ChannelProduct> scales = getInputScales(layer)) {
    source = scales->source;
    // Times 0 or 1, which any type holds.
    factors = *multiplyFactors(scales->factors, factors);
  }
  Operation *masked = createChannelProduct(builder, source.getLoc(), source,
                                           factors, layer.weightChannels);
  masked->setAttr(LowbitDialect::kInputScalesAttr, builder.getUnitAttr());
  return masked->getResult(0);
}

/// f16, or bf16 of a weight in that: numbers without a scale.
static EncodingAttr getOutlierEncoding(const Layer &layer) {
  RankedTensorType type = layer.getWeightType();
  StringRef name = type.getElementType().isBF16() ? "bf16" : "f16";
  return parseWeightShorthand(name, type.getContext())
      ->weight->resolve(type.getContext(), type.getShape(), layer.weightAxis,
                        layer.weightWindow);
}

/// Gives `layer` operands without the outliers, and adds to its result the
/// product of their own, the layer `name`.
static void split(const Layer &layer, Value input, Value weight,
                  Value outlierInput, Value outlierWeight, StringRef name) {
  OpBuilder builder(layer.op->getContext());
  builder.setInsertionPointAfter(layer.op);
  Operation *outliers = builder.clone(*layer.op);
  unsigned init =
      cast<linalg::LinalgOp>(layer.op).getDpsInitOperand(0)->getOperandNumber();
  outliers->setOperand(layer.activation->getOperandNumber(), outlierInput);
  outliers->setOperand(layer.weight->getOperandNumber(), outlierWeight);
  layer.op->getResult(0).replaceAllUsesWith(outliers->getResult(0));
  outliers->setOperand(init, layer.op->getResult(0));
  for (NamedAttribute attribute :
       llvm::to_vector(outliers->getDiscardableAttrs()))
    if (attribute.getNameDialect() &&
        isa<LowbitDialect>(attribute.getNameDialect()))
      outliers->removeDiscardableAttr(attribute.getName());
  outliers->setAttr(LowbitDialect::kLayerAttr, builder.getStringAttr(name));
  outliers->setAttr(LowbitDialect::kWeightEncodingAttr,
                    getOutlierEncoding(layer));
  layer.activation->set(input);
  layer.weight->set(weight);
}

/// Splits the layers of `group`. `takeName` makes a name that no layer has.
static void split(const LayerGroup &group, ArrayRef<int64_t> channels,
                  function_ref<std::string(StringRef)> takeName) {
  OpBuilder builder(group.activation.getContext());
  builder.setInsertionPointAfterValue(group.activation);
  auto type = cast<RankedTensorType>(group.activation.getType());
  const Layer &first = group.layers.front();
  DenseElementsAttr mask =
      getMask(type.getElementType(),
              first.getWeightType().getDimSize(first.weightChannels), channels);
  Location loc = group.activation.getLoc();
  // Not one product with what divides the input: that is for both parts, and
  // may be folded where this cannot.
  Value input =
      createChannelProduct(builder, loc, group.activation, mask, group.axis)
          ->getResult(0);
  input.getDefiningOp()->setAttr(LowbitDialect::kInputScalesAttr,
                                 builder.getUnitAttr());
  Value outlierInput = createChannelSelection(builder, loc, group.activation,
                                              channels, group.axis);
  struct Parts {
    Value rest, outliers;
  };
  // A weight may be read along both of its axes.
  llvm::DenseMap<std::pair<Value, int64_t>, Parts> weights;
  for (const Layer &layer : group.layers) {
    Value weight = layer.weight->get();
    Parts &parts = weights[{weight, layer.weightChannels}];
    if (!parts.rest) {
      builder.setInsertionPointAfterValue(weight);
      parts.rest = maskWeight(builder, layer, channels);
      parts.outliers = createChannelSelection(builder, weight.getLoc(), weight,
                                              channels, layer.weightChannels);
    }
    split(layer, input, parts.rest, outlierInput, parts.outliers,
          takeName(layer.name));
  }
}

void SplitOutliersPass::runOnOperation() {
  ModuleOp module = getOperation();
  SymbolTable symbols(module);
  ChangeableLayers changeable(module, symbols, LowbitDialect::kOutliersAttr);
  FailureOr<std::vector<LayerGroup>> groups =
      changeable.collect([](const Layer &layer) -> ChangeableLayers::Key {
        std::optional<ChannelProduct> scales = getInputScales(layer);
        return {scales ? scales->factors.getAsOpaquePointer() : nullptr};
      });
  if (failed(groups))
    return signalPassFailure();
  FailureOr<std::vector<SmallVector<int64_t>>> outliers =
      findOutliers(*groups, changeable.remarks);
  if (failed(outliers))
    return signalPassFailure();
  changeable.remarks.emit("outliers are not split off");

  llvm::StringSet<> names;
  module.walk([&](Operation *op) {
    if (auto name = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
      names.insert(name.getValue());
  });
  auto takeName = [&](StringRef layer) {
    std::string name = (layer + ".outliers").str();
    for (unsigned suffix = 1; !names.insert(name).second; ++suffix)
      name = (layer + ".outliers_" + Twine(suffix)).str();
    return name;
  };
  for (auto [group, channels] : llvm::zip_equal(*groups, *outliers))
    if (!channels.empty())
      split(group, channels, takeName);
  module.walk([](Operation *op) {
    op->removeDiscardableAttr(LowbitDialect::kOutliersAttr);
  });
}
