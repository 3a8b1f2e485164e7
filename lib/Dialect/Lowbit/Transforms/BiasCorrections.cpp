//===- BiasCorrections.cpp - Shifts of outputs, taken back ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BiasCorrections.h"

#include "ChannelProduct.h"
#include "LayerMatrices.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/Transforms/StoredLayout.h"
#include "lowbit/Numerics/Quantize/BiasCorrection.h"
#include "lowbit/Numerics/Quantize/Dequantize.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

#include <algorithm>
#include <cmath>

using namespace lowbit;
using namespace mlir;

std::optional<int64_t> lowbit::findOutputAxis(const Layer &layer) {
  if (!layer.activation || !layer.reason.empty())
    return std::nullopt;
  if (layer.kind == LayerKind::Conv) {
    linalg::ConvolutionDimensions dims =
        *linalg::inferConvolutionDims(cast<linalg::LinalgOp>(layer.op));
    if (!dims.depth.empty() || dims.inputChannel.size() != 1 ||
        dims.outputChannel.size() != 1)
      return std::nullopt;
  } else if (layer.kind != LayerKind::Matmul) {
    return std::nullopt;
  }
  for (int64_t axis = 0; axis < layer.getWeightType().getRank(); ++axis)
    if (axis != layer.weightAxis &&
        !llvm::is_contained(layer.weightWindow, axis))
      return axis;
  return std::nullopt;
}

LogicalResult BiasCorrections::collect(ModuleOp module) {
  corrections.clear();
  WalkResult result = module.walk([&](Operation *op) {
    if (!op->hasAttr(LowbitDialect::kCorrectBiasAttr))
      return WalkResult::advance();
    auto error = [&](StringRef what) {
      op->emitOpError("has ")
          << LowbitDialect::kCorrectBiasAttr << ", but " << what;
      return WalkResult::interrupt();
    };
    std::optional<Layer> layer = matchLayer(op);
    std::optional<int64_t> axis =
        layer && layer->weight ? findOutputAxis(*layer) : std::nullopt;
    if (!axis)
      return error("is no layer of which each output sums over all channels of "
                   "an input");
    auto encode = layer->weight->get().getDefiningOp<EncodeOp>();
    if (!encode)
      return error("its weight is not encoded here");
    if (layer->name.empty())
      return error("no name by which statistics know it; run "
                   "lowbit-name-layers");
    corrections.push_back({*layer, *axis, encode});
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

LogicalResult BiasCorrections::verify(const LayerStatistics *statistics) const {
  for (const Correction &correction : corrections) {
    const Layer &layer = correction.layer;
    if (!statistics)
      return layer.op->emitError("layer '")
             << layer.name
             << "' is to have its bias corrected: name the file of statistics "
                "of its inputs with the option 'statistics'; quant-run "
                "--collect collects them (docs/calibration.md)";
    FailureOr<const calibration::InputStatistics *> input =
        statistics->find(layer.op->getLoc(), StringRef(layer.name),
                         layer.getWeightType().getDimSize(layer.weightAxis));
    if (failed(input))
      return failure();
    if ((*input)->channels.channels().rows == 0)
      return layer.op->emitError("layer '")
             << layer.name << "' was never run: there are no rows of inputs";
  }
  return success();
}

LogicalResult BiasCorrections::quantizeStored(
    ArrayRef<EncodeOp> encodes, const StoredReals &values,
    const QuantizePlan &plan, TensorDiagnostic emit,
    function_ref<void(int64_t, int64_t)> release, StoredSink sink,
    const LayerStatistics &statistics) {
  SmallVector<Correction *> wanted;
  for (Correction &correction : corrections)
    if (llvm::is_contained(encodes, correction.encode))
      wanted.push_back(&correction);
  if (wanted.empty())
    return lowbit::quantizeStored(values, plan, emit, release, sink);

  numerics::Parts parts, storage;
  SmallVector<PartKind> kinds = plan.encoding.getPartKinds();
  auto keep = [&](size_t part, std::span<const std::byte> bytes) {
    auto *begin = reinterpret_cast<const uint8_t *>(bytes.data());
    std::vector<uint8_t> &kept = parts[kinds[part]];
    kept.insert(kept.end(), begin, begin + bytes.size());
    return sink(part, bytes);
  };
  if (failed(lowbit::quantizeStored(values, plan, emit, release, keep)))
    return failure();
  auto error = [&](const numerics::Error &error) {
    return emit(DiagnosticSeverity::Error)
           << "has errors that cannot be found: " << error.message;
  };
  numerics::Result<numerics::PartsView> rows =
      getPartsInRows(parts, plan.shape, plan.encoding, plan.threads, storage);
  if (!rows)
    return error(rows.error());
  int64_t elements = numerics::numElements(plan.shape);
  std::vector<float> decoded(elements), wide;
  if (auto wrong = numerics::dequantize(
          *rows, plan.shape, plan.encoding.getFormat(plan.shape.size()),
          decoded, plan.threads))
    return error(*wrong);
  std::span<const float> read = values.read(0, elements, wide);
  std::vector<float> reals(read.begin(), read.end());
  if (plan.zeroNonFinite)
    std::replace_if(
        reals.begin(), reals.end(), [](float x) { return !std::isfinite(x); },
        0.0f);
  for (Correction *correction : wanted) {
    const Layer &layer = correction->layer;
    int64_t inputs = plan.shape[layer.weightAxis];
    FailureOr<const calibration::InputStatistics *> known =
        statistics.find(layer.op->getLoc(), StringRef(layer.name), inputs);
    if (failed(known))
      return failure();
    // Patches are of just what the outputs see, whatever strides leave out.
    const calibration::InputStatistics *patches =
        statistics.findMoments(layer.name, **known, layer.getWindowSize());
    LayerInputs seen{(patches ? patches : *known)->channels.channels(),
                     std::nullopt};
    // They were seen before they were divided.
    for (const RealFactors &factors : values.steps
                                          ? ArrayRef(values.steps->factors)
                                          : ArrayRef<RealFactors>())
      if (factors.areInputScales)
        seen.divideBy(factors.values);
    auto matrices = getLayerMatrices(layer, plan.shape);
    if (!matrices)
      return error(matrices.error());
    numerics::ChannelStatistics inputsOfOutputs =
        getStatisticsOfInputs(*matrices, seen.channels, inputs);
    std::vector<float> before = matrices->take(reals, 0);
    auto found = numerics::correctBias(matrices->weight(before),
                                       matrices->take(decoded, 0),
                                       inputsOfOutputs.mean(), plan.threads);
    if (!found)
      return error(found.error());
    correction->values = *std::move(found);
  }
  release(0, elements);
  return success();
}

/// The operand by which the only user of `result` adds a vector along dimension
/// `dim` of it, or null.
static OpOperand *findBias(Value result, int64_t dim) {
  if (!result.hasOneUse())
    return nullptr;
  OpOperand &use = *result.use_begin();
  auto user = dyn_cast<linalg::GenericOp>(use.getOwner());
  if (!user || !user.isDpsInput(&use) ||
      user.getNumParallelLoops() != user.getNumLoops())
    return nullptr;
  BlockArgument argument = user.getMatchingBlockArgument(&use);
  if (!argument.hasOneUse())
    return nullptr;
  auto add = dyn_cast<arith::AddFOp>(*argument.user_begin());
  if (!add)
    return nullptr;
  auto other = dyn_cast<BlockArgument>(add.getLhs() == argument ? add.getRhs()
                                                                : add.getLhs());
  if (!other || other.getOwner() != user.getBody() || !other.hasOneUse())
    return nullptr;
  OpOperand *bias = user.getMatchingOpOperand(other);
  auto type = dyn_cast<RankedTensorType>(bias->get().getType());
  auto of = cast<RankedTensorType>(result.getType());
  if (!user.isDpsInput(bias) || !type || type.getRank() != 1 ||
      type.getDimSize(0) != of.getDimSize(dim) ||
      type.getElementType() != of.getElementType() ||
      user.getMatchingIndexingMap(bias).getResult(0) !=
          user.getMatchingIndexingMap(&use).getResult(dim))
    return nullptr;
  return bias;
}

void BiasCorrections::apply(const Correction &correction) const {
  const Layer &layer = correction.layer;
  auto op = cast<linalg::LinalgOp>(layer.op);
  Value result = layer.op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  AffineExpr output =
      op.getMatchingIndexingMap(layer.weight).getResult(correction.outputAxis);
  int64_t dim = *op.getMatchingIndexingMap(op.getDpsInitOperand(0))
                     .getResultPosition(output);
  OpOperand *bias = findBias(result, dim);
  Operation *before = bias ? bias->getOwner() : layer.op->getNextNode();
  ImplicitLocOpBuilder b(layer.op->getLoc(), layer.op->getContext());
  b.setInsertionPoint(before);
  Value values = arith::ConstantOp::create(
      b, getFactors(cast<FloatType>(type.getElementType()), correction.values));
  Value to = bias ? bias->get() : result;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, b.getLoc(), to);
  auto along =
      AffineMap::get(sizes.size(), 0, b.getAffineDimExpr(bias ? 0 : dim));
  Value sum = buildParallel(
      b, sizes, type.getElementType(), {to, values},
      {b.getMultiDimIdentityMap(sizes.size()), along},
      [](ImplicitLocOpBuilder &b, ValueRange elements) -> SmallVector<Value> {
        return {arith::AddFOp::create(b, elements[0], elements[1]).getResult()};
      });
  sum.getDefiningOp()->setAttr(LowbitDialect::kBiasCorrectionAttr,
                               b.getStringAttr(layer.name));
  if (bias)
    bias->set(sum);
  else
    result.replaceUsesWithIf(sum, [&](OpOperand &use) {
      return !isa<tensor::DimOp>(use.getOwner()) &&
             use.getOwner() != sum.getDefiningOp();
    });
}

void BiasCorrections::apply() {
  for (const Correction &correction : corrections) {
    Operation *op = correction.layer.op;
    op->removeAttr(LowbitDialect::kCorrectBiasAttr);
    if (correction.values.empty())
      op->emitRemark() << "layer '" << correction.layer.name
                       << "' keeps its bias: its weight is not encoded at "
                          "compile time";
    else
      apply(correction);
  }
}

llvm::StringMap<std::vector<float>>
lowbit::findBiasCorrections(ModuleOp module) {
  llvm::StringMap<std::vector<float>> found;
  module.walk([&](linalg::LinalgOp op) {
    auto layer =
        op->getAttrOfType<StringAttr>(LowbitDialect::kBiasCorrectionAttr);
    DenseElementsAttr values;
    if (!layer)
      return;
    for (Value operand : op.getDpsInputs())
      if (matchPattern(operand, m_Constant(&values)))
        found[layer.getValue()] = getFactorValues(values);
  });
  return found;
}
