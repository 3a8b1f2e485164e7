//===- CalibrateActivations.cpp - Ranges of activations from statistics ---===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers with `lowbit.activation_clip`. Makes of it, from what was seen
// of their inputs, `lowbit.activation_ranges`: the smallest and the largest
// value of each block of the activation. Leaves none: a layer that nothing is
// known of, or whose scales are not for channels alone, is an error.
//
//===----------------------------------------------------------------------===//

#include "ChannelProduct.h"
#include "ExternalWeights.h"
#include "LayerStatistics.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "lowbit/Numerics/Quantize/InputScales.h"

namespace lowbit {
#define GEN_PASS_DEF_CALIBRATEACTIVATIONSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;
using calibration::InputStatistics;

namespace {
struct Extremes {
  std::vector<float> low, high;
};

struct CalibrateActivationsPass final
    : lowbit::impl::CalibrateActivationsPassBase<CalibrateActivationsPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

/// What the inputs of `layer` have been divided by, 0 for channels that it does
/// not read; empty if they have not.
static std::vector<float> getInputScales(const Layer &layer) {
  std::vector<float> scales;
  getUnscaled(layer.weight->get(), [&](Operation *op) {
    if (op->hasAttr(LowbitDialect::kInputScalesAttr))
      if (std::optional<ChannelProduct> product = matchChannelProduct(op))
        scales = getFactorValues(product->factors);
  });
  return scales;
}

/// How many channels of the activation share a scale, 0 for all; an error if
/// scales are for anything but channels.
static FailureOr<int64_t> getBlock(const Layer &layer, EncodingAttr encoding) {
  auto type = cast<RankedTensorType>(layer.activation->get().getType());
  int64_t channels = 0;
  for (auto [axis, block] :
       llvm::enumerate(encoding.getScale().getBlockShape(type.getRank()))) {
    if (static_cast<int64_t>(axis) == layer.activationChannels)
      channels = block;
    else if (block != 0)
      return layer.op->emitOpError("has an activation with scales along axis ")
             << axis
             << ", which are known when the model runs, not before; use "
             << "one per tensor or per channel";
  }
  return channels;
}

/// The extremes seen of the inputs of `layer`, by channel, once divided.
static Extremes getExtremes(const InputStatistics &seen,
                            ArrayRef<float> scales) {
  numerics::ChannelStatistics channels = seen.channels.channels();
  if (!scales.empty())
    channels = numerics::scaledChannels(channels, scales);
  return {std::move(channels.minimum), std::move(channels.maximum)};
}

/// The range of all values within a percentage, or by the rule of entropy.
static Extremes clip(const numerics::Histogram &histogram, ClipAttr rule,
                     EncodingAttr encoding) {
  numerics::CodecRef codec = encoding.getCodec().getCodec();
  bool isSymmetric = encoding.getDefaultRange() != RangeKind::MinMax;
  double low = histogram.minimum(), high = histogram.maximum();
  if (rule.isEntropy()) {
    int64_t levels = (codec->codeMax() - codec->codeMin() + 1) / 2;
    double threshold = histogram.entropyThreshold(levels);
    low = std::max(low, -threshold);
    high = std::min(high, threshold);
  } else if (double percent = rule.getPercent().getValueAsDouble();
             isSymmetric) {
    high = histogram.magnitudePercentile(percent);
    low = -high;
  } else {
    // Half of the rest lies below, half above.
    low = histogram.percentile((100 - percent) / 2);
    high = histogram.percentile((100 + percent) / 2);
  }
  return {{static_cast<float>(low)}, {static_cast<float>(high)}};
}

/// The extremes of each block of `block` channels, of all if that is 0.
static Extremes joinBlocks(const Extremes &channels, int64_t block) {
  int64_t count = channels.low.size();
  if (block == 0)
    block = std::max<int64_t>(1, count);
  Extremes blocks;
  for (int64_t i = 0; i < count; i += block) {
    int64_t n = std::min(block, count - i);
    auto low = ArrayRef(channels.low).slice(i, n);
    auto high = ArrayRef(channels.high).slice(i, n);
    blocks.low.push_back(*llvm::min_element(low));
    blocks.high.push_back(*llvm::max_element(high));
  }
  return blocks;
}

static FailureOr<ArrayAttr> findRanges(const Layer &layer, ClipAttr rule,
                                       EncodingAttr encoding,
                                       const LayerStatistics &statistics,
                                       RemarksByReason &remarks) {
  auto type = cast<RankedTensorType>(layer.activation->get().getType());
  FailureOr<int64_t> block = getBlock(layer, encoding);
  if (failed(block))
    return failure();
  int64_t channels = *block ? type.getDimSize(layer.activationChannels) : 0;
  if (ShapedType::isDynamic(channels))
    return layer.op->emitOpError("has an activation of unknown channels, which "
                                 "cannot have scales known before");
  // Of one range for all, the channels that were seen may be any.
  FailureOr<const InputStatistics *> seen =
      statistics.find(layer.op->getLoc(), StringRef(layer.name), channels);
  if (failed(seen))
    return failure();
  if ((*seen)->channels.channels().rows == 0)
    return layer.op->emitError("layer '")
           << layer.name << "' was never run: there are no rows of inputs";

  std::vector<float> scales = getInputScales(layer);
  if (!scales.empty() &&
      scales.size() != (*seen)->channels.channels().minimum.size())
    return layer.op->emitOpError("has inputs divided by ")
           << scales.size() << " scales, but the statistics have "
           << (*seen)->channels.channels().channels() << " channels";
  Extremes extremes;
  if (!rule.isMinMax() && *block == 0 && scales.empty()) {
    extremes = clip((*seen)->histogram, rule, encoding);
  } else {
    if (!rule.isMinMax())
      remarks.add(layer.op,
                  *block ? "the distribution of each channel is not known"
                         : "the distribution of the inputs is not known once "
                           "they are scaled");
    extremes = joinBlocks(getExtremes(**seen, scales), *block);
  }
  auto rangeType = RankedTensorType::get(
      *block ? ArrayRef<int64_t>(extremes.low.size()) : ArrayRef<int64_t>(),
      Float32Type::get(type.getContext()));
  return ArrayAttr::get(
      type.getContext(),
      {DenseElementsAttr::get(rangeType, ArrayRef(extremes.low)),
       DenseElementsAttr::get(rangeType, ArrayRef(extremes.high))});
}

void CalibrateActivationsPass::runOnOperation() {
  ModuleOp module = getOperation();
  SmallVector<std::pair<Layer, ClipAttr>> layers;
  WalkResult walked = module.walk([&](Operation *op) {
    auto rule = op->getAttrOfType<ClipAttr>(LowbitDialect::kActivationClipAttr);
    if (!rule)
      return WalkResult::advance();
    std::optional<Layer> layer = matchLayer(op);
    if (!layer || !layer->activation ||
        !op->hasAttr(LowbitDialect::kActivationEncodingAttr)) {
      op->emitOpError() << "has " << LowbitDialect::kActivationClipAttr
                        << " but no activation that is assigned an encoding";
      return WalkResult::interrupt();
    }
    layers.push_back({std::move(*layer), rule});
    return WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return signalPassFailure();
  if (layers.empty())
    return;

  if (statistics.empty()) {
    const Layer &first = layers.front().first;
    first.op->emitError()
        << "layer '" << first.name
        << "' is to have its activation encoded with ranges known before: name "
           "the file of their statistics with the option 'statistics'; "
           "quant-run --collect collects them (docs/calibration.md)";
    return signalPassFailure();
  }
  FailureOr<ExternalWeights> stored =
      ExternalWeights::openOptional(module, weights);
  if (failed(stored))
    return signalPassFailure();
  FailureOr<LayerStatistics> known =
      LayerStatistics::open(module, statistics, stored->getFile());
  if (failed(known))
    return signalPassFailure();
  // All are found before the first is attached.
  RemarksByReason remarks;
  SmallVector<ArrayAttr> ranges;
  for (auto &[layer, rule] : layers) {
    auto encoding = layer.op->getAttrOfType<EncodingAttr>(
        LowbitDialect::kActivationEncodingAttr);
    FailureOr<ArrayAttr> found =
        findRanges(layer, rule, encoding, *known, remarks);
    if (failed(found))
      return signalPassFailure();
    ranges.push_back(*found);
  }
  for (auto &&[layer, found] : llvm::zip_equal(layers, ranges)) {
    layer.first.op->removeDiscardableAttr(LowbitDialect::kActivationClipAttr);
    layer.first.op->setDiscardableAttr(LowbitDialect::kActivationRangesAttr,
                                       found);
  }
  remarks.emit("ranges are the extremes");
}
