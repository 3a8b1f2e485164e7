//===- AssignEncodings.cpp - An encoding for every layer, by recipe -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers (see Layers.h) against the rules of a recipe, first match
// first. Makes attributes only: the encodings to use, or the reason why a layer
// stays float; each reason is also a remark. Leaves everything as it was if the
// recipe or its fit to the module is wrong, and layers whose weight is encoded
// already.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Format.h"
#include "llvm/ADT/MapVector.h"

namespace lowbit {
#define GEN_PASS_DEF_ASSIGNENCODINGSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// What is attached to one layer.
struct Assignment {
  EncodingAttr weight;
  RangeKind range = RangeKind::AbsMax;
  EncodingAttr activation;
  /// Not empty where `weight` is null.
  std::string reason;
};
} // namespace

static numerics::RangeKind toNumerics(RangeKind kind) {
  switch (kind) {
  case RangeKind::AbsMax:
    return numerics::RangeKind::AbsMax;
  case RangeKind::Full:
    return numerics::RangeKind::Full;
  case RangeKind::MinMax:
    return numerics::RangeKind::MinMax;
  }
  llvm_unreachable("unknown range kind");
}

/// `choice` for a tensor of `type`, checked, or an error at `loc`.
static FailureOr<EncodingAttr> resolve(const EncodingChoice &choice,
                                       std::optional<RangeKind> range,
                                       RankedTensorType type, int64_t axis,
                                       StringRef what, const Layer &layer,
                                       Location loc) {
  EncodingAttr encoding =
      choice.resolve(type.getContext(), type.getRank(), axis);
  auto error = [&]() {
    return emitError(loc) << what << " of layer '" << layer.getName() << "', "
                          << getRealType(type) << ": ";
  };
  if (failed(encoding.verifyEncoding(type.getShape(), type.getElementType(),
                                     error)))
    return failure();
  RangeKind kind = range.value_or(encoding.getDefaultRange());
  if (std::optional<numerics::Error> wrong = numerics::verifyRangeKind(
          encoding.getFormat(type.getRank()), toNumerics(kind)))
    return error() << wrong->message;
  return encoding;
}

/// What `treatment`, stated at `loc`, means for `layer`.
static FailureOr<Assignment> assign(const Layer &layer,
                                    const Treatment &treatment, Location loc) {
  Assignment assignment;
  if (!layer.reason.empty()) {
    assignment.reason = layer.reason;
    return assignment;
  }
  if (!treatment.weight) {
    assignment.reason = "the recipe keeps it float";
    return assignment;
  }
  std::optional<RangeKind> range =
      treatment.range ? treatment.range : treatment.weight->getRange();
  FailureOr<EncodingAttr> weight =
      resolve(*treatment.weight, range, layer.getWeightType(), layer.weightAxis,
              "weight", layer, loc);
  if (failed(weight))
    return failure();
  assignment.weight = *weight;
  assignment.range = range.value_or(weight->getDefaultRange());
  if (!treatment.activation || !layer.activation)
    return assignment;
  auto type = cast<RankedTensorType>(layer.activation->get().getType());
  if (getEncoding(type))
    return assignment;
  FailureOr<EncodingAttr> activation =
      resolve(*treatment.activation, std::nullopt, type, layer.activationAxis,
              "activation", layer, loc);
  if (failed(activation))
    return failure();
  assignment.activation = *activation;
  return assignment;
}

static void apply(const Layer &layer, const Assignment &assignment) {
  Operation *op = layer.op;
  for (StringRef name :
       {LowbitDialect::kWeightEncodingAttr, LowbitDialect::kWeightRangeAttr,
        LowbitDialect::kActivationEncodingAttr, LowbitDialect::kFloatAttr})
    op->removeAttr(name);
  MLIRContext *context = op->getContext();
  if (!assignment.weight) {
    op->setAttr(LowbitDialect::kFloatAttr,
                StringAttr::get(context, assignment.reason));
    return;
  }
  op->setAttr(LowbitDialect::kWeightEncodingAttr, assignment.weight);
  if (assignment.range != assignment.weight.getDefaultRange())
    op->setAttr(LowbitDialect::kWeightRangeAttr,
                RangeKindAttr::get(context, assignment.range));
  if (assignment.activation)
    op->setAttr(LowbitDialect::kActivationEncodingAttr, assignment.activation);
}

/// Remarks on the layers that stay float: once for each reason, in the order of
/// the first layer that has it, as a model has dozens of them; or on each.
static void remarkOnFloat(ArrayRef<Layer> layers,
                          ArrayRef<Assignment> assignments, bool each) {
  llvm::MapVector<StringRef, SmallVector<const Layer *>> reasons;
  for (auto [layer, assignment] : llvm::zip_equal(layers, assignments)) {
    if (assignment.weight)
      continue;
    if (each)
      emitRemark(layer.op->getLoc()) << "layer '" << layer.getName()
                                     << "' stays float: " << assignment.reason;
    else
      reasons[assignment.reason].push_back(&layer);
  }
  for (const auto &[reason, floats] : reasons) {
    InFlightDiagnostic remark = emitRemark(floats.front()->op->getLoc());
    if (floats.size() == 1) {
      remark << "layer '" << floats.front()->getName()
             << "' stays float: " << reason;
      continue;
    }
    remark << floats.size() << " layers stay float: " << reason << ": ";
    llvm::interleaveComma(floats, remark, [&](const Layer *layer) {
      remark << layer->getName();
    });
  }
}

/// Reports rules that have no effect: matching nothing is an error, being
/// hidden by earlier rules a warning.
static LogicalResult checkUse(const Recipe &recipe, ArrayRef<Layer> layers,
                              ArrayRef<unsigned> matched,
                              ArrayRef<unsigned> taken) {
  for (size_t i = 0; i < recipe.rules.size(); ++i) {
    Location loc(recipe.rules[i].loc);
    if (matched[i] == 0) {
      InFlightDiagnostic diagnostic = emitError(loc) << "rule " << i + 1
                                                     << " matches no layer; ";
      if (layers.empty())
        return diagnostic << "the module has none";
      constexpr size_t shown = 8;
      diagnostic << "the module has " << layers.size() << ": ";
      llvm::interleaveComma(
          layers.take_front(shown), diagnostic, [&](const Layer &layer) {
            diagnostic << layer.getName() << " ("
                       << stringifyLayerKind(layer.kind) << ")";
          });
      if (layers.size() > shown)
        diagnostic << ", ...";
      return diagnostic;
    }
    if (taken[i] == 0)
      emitWarning(loc) << "rule " << i + 1
                       << " has no effect: earlier rules match all its layers";
  }
  return success();
}

namespace {
struct AssignEncodingsPass final
    : lowbit::impl::AssignEncodingsPassBase<AssignEncodingsPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    FailureOr<Recipe> parsed = loadRecipe(recipe, module.getLoc());
    if (failed(parsed))
      return signalPassFailure();

    nameLayers(module);
    SmallVector<Layer> layers = collectLayers(module);
    llvm::erase_if(layers, [](const Layer &layer) {
      return layer.weight && getEncoding(layer.getWeightType());
    });
    // Nothing is attached before everything is known to be right.
    SmallVector<Assignment> assignments;
    SmallVector<unsigned> matched(parsed->rules.size()),
        taken(parsed->rules.size());
    for (const Layer &layer : layers) {
      const Rule *first = nullptr;
      for (auto [index, rule] : llvm::enumerate(parsed->rules)) {
        if (!rule.matches(layer))
          continue;
        ++matched[index];
        if (!first) {
          first = &rule;
          ++taken[index];
        }
      }
      if (!first && !parsed->byDefault) {
        Assignment none;
        none.reason = layer.reason.empty() ? "no rule matches" : layer.reason;
        assignments.push_back(std::move(none));
        continue;
      }
      FailureOr<Assignment> assignment =
          assign(layer, first ? first->treatment : *parsed->byDefault,
                 Location(first ? first->loc : parsed->defaultLoc));
      if (failed(assignment))
        return signalPassFailure();
      assignments.push_back(std::move(*assignment));
    }
    if (failed(checkUse(*parsed, layers, matched, taken)))
      return signalPassFailure();
    for (auto [layer, assignment] : llvm::zip_equal(layers, assignments))
      apply(layer, assignment);
    remarkOnFloat(layers, assignments, remarkEach);
  }
};
} // namespace
