//===- Layers.cpp - Which ops of a model are layers -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"

#include "ChannelProduct.h"
#include "ChannelSelection.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringSwitch.h"

using namespace lowbit;
using namespace mlir;

StringRef lowbit::stringifyLayerKind(LayerKind kind) {
  switch (kind) {
  case LayerKind::Matmul:
    return "matmul";
  case LayerKind::BatchMatmul:
    return "batch_matmul";
  case LayerKind::Gather:
    return "gather";
  case LayerKind::Conv:
    return "conv";
  case LayerKind::Attention:
    return "attention";
  case LayerKind::Other:
    return "other";
  }
  llvm_unreachable("unknown kind of layer");
}

std::optional<LayerKind> lowbit::symbolizeLayerKind(StringRef name) {
  return llvm::StringSwitch<std::optional<LayerKind>>(name)
      .Case("matmul", LayerKind::Matmul)
      .Case("batch_matmul", LayerKind::BatchMatmul)
      .Case("gather", LayerKind::Gather)
      .Case("conv", LayerKind::Conv)
      .Case("attention", LayerKind::Attention)
      .Case("other", LayerKind::Other)
      .Default(std::nullopt);
}

SmallVector<OpOperand *> Layer::getWeightUses() const {
  if (kind != LayerKind::Gather)
    return weight ? SmallVector<OpOperand *>{weight}
                  : SmallVector<OpOperand *>{};
  SmallVector<OpOperand *> uses;
  Block &body = op->getRegion(0).front();
  for (auto extract : body.getOps<tensor::ExtractOp>())
    if (extract.getTensor() == weight->get())
      uses.push_back(&extract.getTensorMutable());
  return uses;
}

/// Whether `extract` reads a table, of at least two dimensions, that is a
/// weight.
static bool readsTable(tensor::ExtractOp extract) {
  return extract.getTensor().getType().getRank() >= 2 &&
         isWeight(extract.getTensor());
}

SmallVector<Value> Layer::getFurtherTables() const {
  llvm::SetVector<Value> tables;
  if (isa<linalg::GenericOp>(op))
    for (auto extract : op->getRegion(0).front().getOps<tensor::ExtractOp>())
      if (readsTable(extract) &&
          (!weight || extract.getTensor() != weight->get()))
        tables.insert(extract.getTensor());
  return tables.takeVector();
}

bool lowbit::isWeight(Value value) {
  if (!isa<RankedTensorType>(value.getType()))
    return false;
  Operation *op = getUnscaled(value).getDefiningOp();
  if (!op)
    return false;
  if (auto encode = dyn_cast<EncodeOp>(op))
    return isWeight(encode.getInput());
  // Parts of activations only come with a function's arguments.
  if (auto assemble = dyn_cast<AssembleOp>(op))
    return llvm::all_of(assemble.getParts(), isWeight);
  return isa<arith::ConstantOp, ml_program::GlobalLoadConstOp>(op);
}

/// The first table that the body reads elements of at indices.
static OpOperand *findTable(linalg::LinalgOp op) {
  for (auto extract : op.getBlock()->getOps<tensor::ExtractOp>())
    if (readsTable(extract))
      return &extract.getTensorMutable();
  return nullptr;
}

/// The name of the op that moves or computes with a weight before `value` has
/// it; empty where `value` comes from elsewhere.
static StringRef findIndirectWeight(Value value) {
  StringRef name;
  while (!isWeight(value)) {
    Operation *op = value.getDefiningOp();
    if (!op)
      return {};
    auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
    if (linalgOp && linalgOp.getNumDpsInputs() == 1)
      value = linalgOp.getDpsInputs().front();
    else if (isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::ExpandShapeOp,
                 tensor::ExtractSliceOp, tensor::PadOp, tensor::ReshapeOp>(op))
      value = op->getOperand(0);
    else
      return {};
    if (!isa<RankedTensorType>(value.getType()))
      return {};
    name = name.empty() ? op->getName().getStringRef() : name;
  }
  return name;
}

bool lowbit::isEncodable(Type type) {
  return type.isF32() || type.isF16() || type.isBF16();
}

/// The axes that a convolution reads `operand` along: those indexed by the
/// channels that are summed over, or by the window alone, are summed over.
/// `ofChannels` is the axis of channels that are summed over or are each by
/// themselves; of the window, where there are none.
static void findSummedAxes(OpOperand *operand,
                           const linalg::ConvolutionDimensions &dims,
                           int64_t &axis, SmallVectorImpl<int64_t> &window,
                           int64_t &ofChannels) {
  auto op = cast<linalg::LinalgOp>(operand->getOwner());
  AffineMap map = op.getMatchingIndexingMap(operand);
  SmallVector<int64_t> channels, depth;
  for (auto [index, place] : llvm::enumerate(map.getResults())) {
    auto uses = [&, expr = place](unsigned dim) {
      return expr.isFunctionOfDim(dim);
    };
    if (llvm::any_of(dims.inputChannel, uses))
      channels.push_back(index);
    else if (llvm::any_of(dims.filterLoop, uses))
      window.push_back(index);
    else if (llvm::any_of(dims.depth, uses))
      depth.push_back(index);
  }
  // A depthwise convolution sums over nothing but the window.
  if (channels.empty()) {
    channels.push_back(window.front());
    window.erase(window.begin());
  } else {
    depth = {channels.front()};
  }
  axis = channels.front();
  ofChannels = depth.empty() ? axis : depth.front();
  window.append(channels.begin() + 1, channels.end());
  llvm::sort(window);
}

/// Fills in `reason`, or the axes, of a layer whose operands are known.
static void checkEncodable(Layer &layer) {
  auto op = dyn_cast<linalg::LinalgOp>(layer.op);
  if (!layer.weight) {
    layer.reason = "both operands are activations";
    for (Value input : op.getDpsInputs())
      if (StringRef through = findIndirectWeight(input); !through.empty())
        layer.reason = "the weight is read through " + through.str();
    return;
  }
  RankedTensorType type = layer.getWeightType();
  std::string elementType;
  llvm::raw_string_ostream(elementType) << type.getElementType();
  if (!isEncodable(type.getElementType())) {
    layer.reason =
        "elements of the weight are " + elementType + ", not f32, f16 or bf16";
    return;
  }
  if (layer.kind == LayerKind::Other) {
    bool sumsGather = op && layer.weight->getOwner() != layer.op;
    layer.reason =
        (sumsGather ? "a gather that sums what it reads ("
                    : "not a matmul, batch_matmul, conv or gather (") +
        layer.op->getName().getStringRef().str() + ")";
    return;
  }
  if (layer.kind == LayerKind::Conv) {
    linalg::ConvolutionDimensions dims = *linalg::inferConvolutionDims(op);
    findSummedAxes(layer.weight, dims, layer.weightAxis, layer.weightWindow,
                   layer.weightChannels);
    if (layer.activation)
      findSummedAxes(layer.activation, dims, layer.activationAxis,
                     layer.activationWindow, layer.activationChannels);
    layer.sumsChannels = dims.inputChannel.size() == 1;
    layer.hasBatches = !dims.depth.empty();
    return;
  }
  int64_t rank = layer.kind == LayerKind::BatchMatmul ? 3 : 2;
  if (type.getRank() != rank) {
    layer.reason = "the weight has rank " + std::to_string(type.getRank()) +
                   ", not " + std::to_string(rank);
    return;
  }
  if (layer.kind == LayerKind::Gather) {
    layer.weightAxis = layer.weightChannels = rank - 1;
    return;
  }

  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  auto axisOf = [&](OpOperand *operand) {
    AffineMap map = op.getMatchingIndexingMap(operand);
    return map.getResultPosition(
        getAffineDimExpr(reductions.front(), map.getContext()));
  };
  // A matmul has one reduction, which every operand of full rank has an axis
  // for; its activation may be broadcast, but not along the reduction.
  layer.weightAxis = layer.weightChannels = *axisOf(layer.weight);
  layer.activationAxis = layer.activationChannels = *axisOf(layer.activation);
  layer.hasBatches = layer.kind == LayerKind::BatchMatmul;
}

int64_t Layer::getWindowSize() const {
  int64_t size = 1;
  for (int64_t axis : weightWindow)
    size *= getWeightType().getDimSize(axis);
  return size;
}

std::string Layer::getReasonWithoutInputs() const {
  if (!activation)
    return "a gather has no inputs";
  if (!sumsChannels)
    return "no axis of channels is summed over";
  return {};
}

/// The operand that another op than linalg's selects elements of a weight from.
static OpOperand *findSelected(Operation *op) {
  if (auto gather = dyn_cast<tensor::GatherOp>(op))
    return isWeight(gather.getSource()) ? &gather.getSourceMutable() : nullptr;
  auto extract = dyn_cast<tensor::ExtractOp>(op);
  if (!extract || !readsTable(extract) ||
      isa<linalg::GenericOp>(op->getParentOp()))
    return nullptr;
  return &extract.getTensorMutable();
}

std::optional<Layer> lowbit::matchLayer(Operation *op) {
  Layer layer;
  layer.op = op;
  if (auto name = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
    layer.name = name.str();

  if (isa<AttentionOp>(op)) {
    layer.kind = LayerKind::Attention;
    layer.reason = "attention has no weight";
    return layer;
  }
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp) {
    layer.weight = findSelected(op);
    if (!layer.weight)
      return std::nullopt;
    checkEncodable(layer);
    return layer;
  }
  if (!linalgOp.hasPureTensorSemantics() || matchChannelSelection(op))
    return std::nullopt;

  OpOperand *table = isa<linalg::GenericOp>(op) ? findTable(linalgOp) : nullptr;
  if (linalgOp.getNumReductionLoops() == 0) {
    layer.weight = table;
    if (!table)
      return std::nullopt;
    layer.kind = LayerKind::Gather;
    checkEncodable(layer);
    return layer;
  }

  SmallVector<OpOperand *> weights, others;
  for (OpOperand *operand : linalgOp.getDpsInputOperands())
    (isWeight(operand->get()) ? weights : others).push_back(operand);
  // Pooling has the interface of a convolution, but multiplies nothing.
  bool multiplies = llvm::any_of(*linalgOp.getBlock(), [](Operation &inner) {
    return isa<arith::MulFOp, arith::MulIOp>(inner);
  });
  bool isConv = multiplies && linalg::isaConvolutionOpInterface(linalgOp);
  bool isProduct = linalg::isaContractionOpInterface(linalgOp) || isConv;
  bool sumsWeight = llvm::any_of(weights, [](OpOperand *operand) {
    return cast<RankedTensorType>(operand->get().getType()).getRank() >= 2;
  });
  if (!isProduct && !sumsWeight) {
    layer.weight = table;
    if (!table)
      return std::nullopt;
    checkEncodable(layer);
    return layer;
  }

  if (isa<linalg::MatmulOp>(op))
    layer.kind = LayerKind::Matmul;
  else if (isa<linalg::BatchMatmulOp>(op))
    layer.kind = LayerKind::BatchMatmul;
  else if (isConv && isConvolutionOfProducts(linalgOp) &&
           (weights.empty() || weights.back()->getOperandNumber() == 1))
    layer.kind = LayerKind::Conv;
  if (!weights.empty()) {
    // Of two constants the right one is the weight, as in x * w.
    layer.weight = weights.back();
    if (!others.empty())
      layer.activation = others.front();
    else if (weights.size() > 1)
      layer.activation = weights.front();
  }
  checkEncodable(layer);
  return layer;
}

SmallVector<Layer> lowbit::collectLayers(Operation *root) {
  SmallVector<Layer> layers;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (std::optional<Layer> layer = matchLayer(op))
      layers.push_back(std::move(*layer));
  });
  return layers;
}
