//===- InsertObservers.cpp - Observe what layers read ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers (see Layers.h) that read an activation beside a weight. Makes
// a lowbit.observe behind each such activation, one for all layers that read it
// along the same axis; and with the option `gram` a second one of what an
// output of a convolution sums over, its patches, where that is not one pixel.
// Leaves gathers, which have no activation; layers that the option `layers`
// leaves out; and, with a remark, those without an axis of channels, without a
// weight, or with an input that is constant or no float.
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilding.h"
#include "lowbit/Calibration/Statistics.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

namespace lowbit {
#define GEN_PASS_DEF_INSERTOBSERVERSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
struct InsertObserversPass final
    : lowbit::impl::InsertObserversPassBase<InsertObserversPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  void observePatches(ArrayRef<Layer> layers, RemarksByReason &remarks);
  /// The layers to observe; nothing, with an error, if none can be meant.
  std::optional<llvm::Regex> getPattern(ArrayRef<Layer> all);
};

/// What a layer reads, or why it is not observed.
struct Input {
  Value value;
  int64_t axis = 0;
  std::string reason;
};

/// What the outputs of a convolution sum over: a row of inputs for each place.
struct Patches {
  Value value;
  /// From the loops of rows and then those of inputs to the places of `value`.
  AffineMap map;
  /// Of these loops; dynamic where `sources` has the axis of `value` that is as
  /// long.
  SmallVector<int64_t> sizes, sources;
  size_t numRowLoops = 0;
  std::string reason = {};

  int64_t getInputs() const {
    int64_t inputs = 1;
    for (int64_t size : ArrayRef(sizes).drop_front(numRowLoops))
      inputs *= size;
    return inputs;
  }
  bool operator==(const Patches &other) const {
    return value == other.value && map == other.map && sizes == other.sizes;
  }
};
} // namespace

/// Of more inputs X^T X is not collected: it takes 2 GiB.
static constexpr int64_t kMostPatchInputs = 16384;

/// The places in the activation's shape of the loops of `kind` that run over
/// an axis of it alone, and of all of `others` too.
static SmallVector<int64_t> findAxes(linalg::LinalgOp op,
                                     utils::IteratorType kind,
                                     OpOperand *activation,
                                     ArrayRef<OpOperand *> others) {
  SmallVector<int64_t> axes;
  for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray())) {
    AffineExpr dim = getAffineDimExpr(loop, op.getContext());
    std::optional<unsigned> axis =
        op.getMatchingIndexingMap(activation).getResultPosition(dim);
    bool isShared = llvm::all_of(others, [&](OpOperand *operand) {
      return op.getMatchingIndexingMap(operand).getResultPosition(dim);
    });
    if (type == kind && axis && isShared)
      axes.push_back(*axis);
  }
  return axes;
}

/// The axis of the channels, or why there is none.
static void findChannels(const Layer &layer, Input &input) {
  auto op = cast<linalg::LinalgOp>(layer.op);
  SmallVector<int64_t> axes = findAxes(op, utils::IteratorType::reduction,
                                       layer.activation, {layer.weight});
  if (axes.empty() && op.getNumDpsInits() == 1)
    axes = findAxes(op, utils::IteratorType::parallel, layer.activation,
                    {layer.weight, op.getDpsInitOperand(0)});
  if (axes.size() == 1)
    input.axis = axes.front();
  else
    input.reason =
        axes.empty()
            ? "its input and its weight share no axis"
            : "its input and its weight share several axes; "
              "lowbit-normalize-contractions makes one of those of a product";
}

static Input findInput(const Layer &layer) {
  Input input;
  if (!layer.activation) {
    input.reason = layer.weight ? "it reads no activation" : layer.reason;
    return input;
  }
  input.value = layer.activation->get();
  if (auto encode = input.value.getDefiningOp<EncodeOp>())
    input.value = encode.getInput();
  auto type = cast<RankedTensorType>(input.value.getType());
  if (getEncoding(type)) {
    input.reason = "its input comes encoded: its real values are not known";
  } else if (isWeight(input.value)) {
    input.reason = "its input is a constant";
  } else if (!isObservable(type)) {
    llvm::raw_string_ostream(input.reason)
        << "its input is " << type << ", not of f32, f16 or bf16";
  } else {
    findChannels(layer, input);
  }
  Operation *parent = input.value.getParentBlock()->getParentOp();
  if (parent->hasTrait<OpTrait::HasParallelRegion>() ||
      parent->getParentWithTrait<OpTrait::HasParallelRegion>())
    input.reason = "its input is made in a parallel loop, from which rows "
                   "would come in any order";
  return input;
}

/// The patches of `layer`, a convolution that reads `value`; nothing if they
/// are the pixels of this.
static std::optional<Patches> findPatches(const Layer &layer, Value value) {
  auto op = cast<linalg::LinalgOp>(layer.op);
  AffineMap map = op.getMatchingIndexingMap(layer.activation);
  AffineMap ofWeight = op.getMatchingIndexingMap(layer.weight);
  Patches patches{value, {}, {}, {}};
  // First the loops of rows; then the channels and the window, in the order of
  // the weight's axes.
  SmallVector<unsigned> loops;
  for (auto [loop, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (type == utils::IteratorType::parallel && map.isFunctionOfDim(loop))
      loops.push_back(loop);
  patches.numRowLoops = loops.size();
  SmallVector<int64_t> axes = {layer.weightChannels};
  llvm::append_range(axes, layer.weightWindow);
  for (int64_t axis : axes)
    loops.push_back(ofWeight.getDimPosition(axis));

  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  SmallVector<AffineExpr> dims(map.getNumDims(),
                               getAffineConstantExpr(0, map.getContext()));
  for (auto [place, loop] : llvm::enumerate(loops)) {
    // A window of one place is no matter of the place.
    bool isOne = place > loops.size() - axes.size() && ranges[loop] == 1;
    if (!isOne)
      dims[loop] = getAffineDimExpr(place, map.getContext());
    patches.sizes.push_back(ranges[loop]);
    std::optional<unsigned> source =
        map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
    patches.sources.push_back(source ? *source : -1);
    if (ShapedType::isDynamic(ranges[loop]) && !source)
      patches.reason = "how many patches it has is not known";
  }
  patches.map = map.replaceDimsAndSymbols(dims, {}, loops.size(), 0);
  // A pixel for each output, and none left out.
  if (patches.map.isProjectedPermutation())
    return std::nullopt;
  if (int64_t inputs = patches.getInputs(); inputs > kMostPatchInputs)
    patches.reason = "its patches have " + std::to_string(inputs) +
                     " inputs, and second moments are collected of at most " +
                     std::to_string(kMostPatchInputs);
  return patches;
}

/// The patches as a tensor with the inputs along the last axis.
static Value buildPatches(ImplicitLocOpBuilder &b, const Patches &patches) {
  Value value = patches.value;
  SmallVector<OpFoldResult> sizes;
  for (auto [size, source] : llvm::zip_equal(patches.sizes, patches.sources))
    sizes.push_back(
        ShapedType::isDynamic(size)
            ? OpFoldResult(tensor::DimOp::create(b, value, source).getResult())
            : b.getIndexAttr(size));
  Value copied =
      buildParallel(b, sizes, getElementTypeOrSelf(value), value, patches.map,
                    [](ImplicitLocOpBuilder &, ValueRange elements) {
                      return SmallVector<Value>{elements.front()};
                    });
  SmallVector<ReassociationIndices> groups;
  for (size_t row = 0; row < patches.numRowLoops; ++row)
    groups.push_back({static_cast<int64_t>(row)});
  groups.emplace_back();
  for (size_t i = patches.numRowLoops; i < patches.sizes.size(); ++i)
    groups.back().push_back(i);
  return tensor::CollapseShapeOp::create(b, copied, groups);
}

/// Observes what the outputs of `layers`, which are observed, sum over.
void InsertObserversPass::observePatches(ArrayRef<Layer> layers,
                                         RemarksByReason &remarks) {
  std::vector<std::pair<Patches, SmallVector<std::string>>> found;
  for (const Layer &layer : layers) {
    if (layer.kind != LayerKind::Conv || !layer.sumsChannels)
      continue;
    std::optional<Patches> patches = findPatches(layer, findInput(layer).value);
    if (!patches)
      continue;
    if (!patches->reason.empty()) {
      remarks.add(layer.op, patches->reason);
      continue;
    }
    auto it = llvm::find_if(
        found, [&](const auto &known) { return known.first == *patches; });
    if (it == found.end())
      it = found.insert(found.end(), {*std::move(patches), {}});
    it->second.push_back(calibration::patchesOf(layer.name));
  }
  for (const auto &[patches, names] : llvm::reverse(found)) {
    ImplicitLocOpBuilder b(patches.value.getLoc(), &getContext());
    b.setInsertionPointAfterValue(patches.value);
    Value rows = buildPatches(b, patches);
    SmallVector<StringRef> layerNames(names.begin(), names.end());
    ObserveOp::create(b, rows, b.getStrArrayAttr(layerNames),
                      cast<RankedTensorType>(rows.getType()).getRank() - 1,
                      /*gram=*/true);
  }
}

std::optional<llvm::Regex>
InsertObserversPass::getPattern(ArrayRef<Layer> all) {
  std::string problem;
  std::optional<llvm::Regex> pattern = makeLayerPattern(layers, problem);
  if (!pattern) {
    emitError(getOperation().getLoc()) << "layers: " << problem;
    return std::nullopt;
  }
  if (all.empty() || llvm::any_of(all, [&](const Layer &layer) {
        return pattern->match(layer.name);
      }))
    return pattern;
  SmallVector<StringRef> names;
  for (const Layer &layer : all)
    names.push_back(layer.name);
  InFlightDiagnostic error = emitError(getOperation().getLoc());
  error << "layers: '" << layers << "' matches no layer";
  if (StringRef nearest = findNearest(layers, names); !nearest.empty())
    error << "; did you mean '" << nearest << "'?";
  return std::nullopt;
}

void InsertObserversPass::runOnOperation() {
  SmallVector<Layer> all = collectLayers(getOperation());
  chooseLayerNames(all);
  std::optional<llvm::Regex> pattern = getPattern(all);
  if (!pattern)
    return signalPassFailure();
  setLayerNames(all);

  llvm::StringSet<> observed;
  getOperation()->walk([&](ObserveOp observe) {
    for (StringRef layer : observe.getLayers().getAsValueRange<StringAttr>())
      observed.insert(layer);
  });
  // In the order of the layers.
  llvm::MapVector<std::pair<Value, int64_t>, SmallVector<StringRef>> inputs;
  RemarksByReason remarks, ofPatches;
  SmallVector<Layer, 0> taken;
  for (const Layer &layer : all) {
    if (layer.kind == LayerKind::Gather || observed.contains(layer.name) ||
        !pattern->match(layer.name))
      continue;
    Input input = findInput(layer);
    if (!input.reason.empty()) {
      remarks.add(layer.op, input.reason);
      continue;
    }
    inputs[{input.value, input.axis}].push_back(layer.name);
    taken.push_back(layer);
  }
  if (gram)
    observePatches(taken, ofPatches);
  // The last first: observers at one place stand in the order of the layers.
  for (const auto &[input, names] : llvm::reverse(inputs)) {
    // Right behind the value it sees what every layer that reads it does.
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(input.first);
    ObserveOp::create(builder, input.first.getLoc(), input.first,
                      builder.getStrArrayAttr(names), input.second, gram);
  }
  remarks.emit("not observed");
  ofPatches.emit("patches are not observed");
}
