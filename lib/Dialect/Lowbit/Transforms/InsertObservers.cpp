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
// along the same axis. Leaves gathers, which have no activation; layers that
// the option `layers` leaves out; and, with a remark, those without an axis of
// channels, without a weight, or with an input that is constant or no float.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
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
  /// The layers to observe; nothing, with an error, if none can be meant.
  std::optional<llvm::Regex> getPattern(ArrayRef<Layer> all);
};

/// What a layer reads, or why it is not observed.
struct Input {
  Value value;
  int64_t axis = 0;
  std::string reason;
};
} // namespace

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
  RemarksByReason remarks;
  for (const Layer &layer : all) {
    if (layer.kind == LayerKind::Gather || observed.contains(layer.name) ||
        !pattern->match(layer.name))
      continue;
    Input input = findInput(layer);
    if (input.reason.empty())
      inputs[{input.value, input.axis}].push_back(layer.name);
    else
      remarks.add(layer.op, input.reason);
  }
  // The last first: observers at one place stand in the order of the layers.
  for (const auto &[input, names] : llvm::reverse(inputs)) {
    // Right behind the value it sees what every layer that reads it does.
    OpBuilder builder(&getContext());
    builder.setInsertionPointAfterValue(input.first);
    ObserveOp::create(builder, input.first.getLoc(), input.first,
                      builder.getStrArrayAttr(names), input.second, gram);
  }
  remarks.emit("not observed");
}
