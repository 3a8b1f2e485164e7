//===- AssignEncodings.cpp - An encoding for every layer, by recipe -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers (see Layers.h) against the rules of a recipe, first match
// first; what none matches gets the default or, together, an automatic choice.
// Makes attributes only: names, and the encodings to use or the reason why a
// layer stays float; each reason is also a remark. Leaves everything as it was
// if the recipe or its fit to the module is wrong, and, with a remark, layers
// whose weight is encoded already.
//
//===----------------------------------------------------------------------===//

#include "Assignment.h"
#include "BiasCorrections.h"
#include "QuantizeStored.h"
#include "SharedWeights.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Numerics/Format.h"
#include "llvm/Support/Format.h"

#include <cmath>

namespace lowbit {
#define GEN_PASS_DEF_ASSIGNENCODINGSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Why `choice` would prune all of a tensor of `type`, which `encoding` is for;
/// "" if it does not.
static std::string describeNothingKept(const EncodingChoice &choice,
                                       EncodingAttr encoding,
                                       RankedTensorType type) {
  auto bitmap = dyn_cast<BitmapAttr>(encoding.getSparsity());
  if (!bitmap || !choice.prunedPercent || bitmap.getKept() != 0 ||
      !type.hasStaticShape() || type.getNumElements() == 0)
    return {};
  // Rounded down, so that it does keep one.
  double most = 100 - 100.0 / type.getNumElements();
  most = std::floor(most * 1e4) / 1e4;
  std::string text;
  llvm::raw_string_ostream(text)
      << '-' << llvm::format("%g", choice.prunedPercent) << "% keeps none of "
      << type.getNumElements() << " weights; with -"
      << llvm::format("%.7g", most) << "% or less at least one is left";
  return text;
}

/// `choice` for a tensor of `type`, checked, or an error that `error` begins.
static FailureOr<EncodingAttr>
resolve(const EncodingChoice &choice, RankedTensorType type, int64_t axis,
        ArrayRef<int64_t> window, int64_t channels,
        function_ref<InFlightDiagnostic()> error) {
  EncodingAttr encoding = choice.resolve(type.getContext(), type.getShape(),
                                         axis, window, channels);
  if (failed(encoding.verifyEncoding(type.getShape(), type.getElementType(),
                                     error)))
    return failure();
  if (std::string why = describeNothingKept(choice, encoding, type);
      !why.empty())
    return error() << why;
  return encoding;
}

/// The range that the weight of `layer` is assigned: what the rule says, or the
/// shorthand where `encoding` and the method use one; checked, or an error.
static FailureOr<std::optional<RangeKind>>
findRange(const Layer &layer, const Treatment &treatment, EncodingAttr encoding,
          MethodAttr method, function_ref<InFlightDiagnostic()> error) {
  int64_t rank = layer.getWeightType().getRank();
  std::optional<RangeKind> range = treatment.range;
  if (!range && numerics::usesRange(getMethodInForce(encoding, method),
                                    encoding.getFormat(rank)))
    range = treatment.weight->range;
  RangeKindAttr given;
  if (range)
    given = RangeKindAttr::get(encoding.getContext(), *range);
  if (std::string misfit =
          getMethodMisfit(encoding, rank, given, method, layer.weightChannels);
      !misfit.empty())
    return error() << misfit;
  return range;
}

static std::string describeLong(const std::string &what, int64_t length,
                                int64_t axis, int64_t size) {
  return what + std::to_string(length) + " are longer than axis " +
         std::to_string(axis) + ", which has " + std::to_string(size);
}

/// What groups or blocks of `encoding` are longer than the axis they lie along,
/// or "". In a filter they are the blocks of the whole window.
static std::string describeLongGroup(EncodingAttr encoding,
                                     const Layer &layer) {
  KMeansAttr learned = encoding.getLearned();
  ScaleAttr scale = learned ? learned.getBooks() : encoding.getScale();
  bool isGroup = scale.getGranularity() == GranularityKind::Group;
  if (!isGroup && scale.getGranularity() != GranularityKind::Block)
    return {};
  bool isWindow = !isGroup && layer.kind == LayerKind::Conv;
  if (!isGroup && !isWindow) {
    RankedTensorType type = layer.getWeightType();
    for (auto [axis, block] : llvm::enumerate(scale.getBlock()))
      if (int64_t size = type.getDimSize(axis);
          !ShapedType::isDynamic(size) && block > size)
        return describeLong("blocks of ", block, axis, size);
    return {};
  }
  int64_t axis = isGroup ? scale.getAxes().front() : layer.weightAxis;
  int64_t group = isGroup ? scale.getGroup() : scale.getBlock()[axis];
  int64_t size = layer.getWeightType().getDimSize(axis);
  if (ShapedType::isDynamic(size) || group <= size)
    return {};
  return describeLong(isGroup ? "groups of "
                              : "blocks of the whole window and ",
                      group, axis, size);
}

/// What n:m sparsity keeps of a last run that is shorter than m, or "".
static std::string describeShortRun(EncodingAttr encoding, const Layer &layer) {
  auto pattern = dyn_cast<NMAttr>(encoding.getSparsity());
  if (!pattern)
    return {};
  int64_t axis = pattern.getAxis();
  int64_t size = layer.getWeightType().getDimSize(axis);
  if (ShapedType::isDynamic(size) || size % pattern.getRun() == 0)
    return {};
  int64_t rest = size % pattern.getRun();
  int64_t kept = std::min<int64_t>(rest, pattern.getKeep());
  return std::to_string(kept) + " of its " + std::to_string(rest) +
         " values are kept, as axis " + std::to_string(axis) + " has " +
         std::to_string(size) + ", no whole number of runs of " +
         std::to_string(pattern.getRun());
}

/// Why the inputs of `layer` are nothing for `method` to look at, or "".
static std::string getReasonWithoutInputs(const Layer &layer,
                                          numerics::Method::Kind method,
                                          EncodingAttr encoding) {
  if (numerics::methodNeeds(method) == numerics::MethodNeeds::Nothing)
    return {};
  std::string reason = layer.getReasonWithoutInputs();
  if (reason.empty())
    reason = getMatrixMisfit(encoding, layer);
  if (reason.empty())
    return {};
  return reason + " for method '" + std::string(numerics::methodName(method)) +
         "'";
}

/// Why nothing is known of what quantizing shifts the outputs of `layer` by, or
/// "".
static std::string getBiasMisfit(const Layer &layer) {
  if (!layer.activation)
    return "a gather has no inputs";
  if (!findOutputAxis(layer))
    return "outputs have other inputs each, and one mean is known of all";
  return {};
}

static bool isEncoded(const Layer &layer) {
  return layer.weight && getEncoding(layer.getWeightType());
}

/// What `treatment`, stated at `loc`, means for `layer`.
static FailureOr<Assignment> assign(const Layer &layer,
                                    const Treatment &treatment, Location loc) {
  Assignment assignment;
  if (isEncoded(layer)) {
    assignment.isEncoded = true;
    return assignment;
  }
  if (!layer.reason.empty()) {
    assignment.reason = layer.reason;
    return assignment;
  }
  if (!treatment.weight) {
    assignment.reason = "the recipe keeps it float";
    return assignment;
  }
  auto error = [&](StringRef what, RankedTensorType type) {
    return emitError(loc) << what << " of layer '" << layer.name << "', "
                          << getRealType(type) << ": ";
  };
  RankedTensorType weightType = layer.getWeightType();
  auto weightError = [&] { return error("weight", weightType); };
  FailureOr<EncodingAttr> weight =
      resolve(*treatment.weight, weightType, layer.weightAxis,
              layer.weightWindow, layer.weightChannels, weightError);
  if (failed(weight))
    return failure();
  assignment.method = treatment.method;
  if (assignment.method) {
    assignment.methodReason = getReasonWithoutInputs(
        layer, assignment.method.getMethod().kind, *weight);
    if (!assignment.methodReason.empty())
      assignment.method = nullptr;
    assignment.dampingLoc = treatment.dampingLoc;
  }
  FailureOr<std::optional<RangeKind>> range =
      findRange(layer, treatment, *weight, assignment.method, weightError);
  if (failed(range))
    return failure();
  assignment.weight = *weight;
  // Named, so that it sees the inputs where they are known.
  if (weight->getLearned() && !assignment.method)
    assignment.method =
        MethodAttr::get(weight->getContext(), "kmeans",
                        DictionaryAttr::get(weight->getContext()));
  assignment.range = range->value_or(weight->getDefaultRange());
  assignment.groupReason = describeLongGroup(*weight, layer);
  assignment.runReason = describeShortRun(*weight, layer);
  if (layer.activation) {
    assignment.scaleInputs = treatment.scaleInputs;
    assignment.outliers = treatment.outliers;
  }
  // One reason for both is said once.
  if (assignment.scaleInputs && !assignment.methodReason.empty() &&
      !layer.getReasonWithoutInputs().empty()) {
    assignment.methodReason += ", and inputs are not scaled";
    assignment.scaleInputs.reset();
  }
  if (treatment.correctsBias) {
    assignment.biasReason = getBiasMisfit(layer);
    assignment.correctsBias = assignment.biasReason.empty();
  }
  if (!treatment.activation || !layer.activation)
    return assignment;
  auto type = cast<RankedTensorType>(layer.activation->get().getType());
  if (getEncoding(type))
    return assignment;
  if (!isEncodable(type.getElementType())) {
    llvm::raw_string_ostream(assignment.activationReason)
        << "its elements are " << type.getElementType()
        << ", not f32, f16 or bf16";
    return assignment;
  }
  FailureOr<EncodingAttr> activation = resolve(
      *treatment.activation, type, layer.activationAxis, layer.activationWindow,
      layer.activationChannels, [&] { return error("activation", type); });
  if (failed(activation))
    return failure();
  if (activation->getLearned())
    return error("activation", type)
           << "levels are learned at compile time, from weights alone";
  assignment.activation = *activation;
  assignment.clip = treatment.activation->clip;
  return assignment;
}

static void apply(const Layer &layer, const Assignment &assignment) {
  Operation *op = layer.op;
  for (StringRef name :
       {LowbitDialect::kWeightEncodingAttr, LowbitDialect::kWeightRangeAttr,
        LowbitDialect::kWeightMethodAttr,
        LowbitDialect::kActivationEncodingAttr,
        LowbitDialect::kActivationClipAttr, LowbitDialect::kScaleInputsAttr,
        LowbitDialect::kOutliersAttr, LowbitDialect::kCorrectBiasAttr,
        LowbitDialect::kFloatAttr})
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
  if (assignment.method && assignment.method.getMethod().kind !=
                               numerics::Method::Kind::RoundToNearest)
    op->setAttr(LowbitDialect::kWeightMethodAttr, assignment.method);
  if (assignment.activation)
    op->setAttr(LowbitDialect::kActivationEncodingAttr, assignment.activation);
  if (assignment.clip)
    op->setAttr(LowbitDialect::kActivationClipAttr, assignment.clip);
  if (assignment.scaleInputs)
    op->setAttr(LowbitDialect::kScaleInputsAttr,
                assignment.scaleInputs->getAttribute(context));
  if (assignment.outliers)
    op->setAttr(LowbitDialect::kOutliersAttr,
                Builder(context).getF64FloatAttr(*assignment.outliers));
  if (assignment.correctsBias)
    op->setAttr(LowbitDialect::kCorrectBiasAttr, UnitAttr::get(context));
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
            diagnostic << layer.name << " (" << stringifyLayerKind(layer.kind)
                       << ")";
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
    if (failed(parsed) || failed(setSensitivity(*parsed)))
      return signalPassFailure();

    // Nothing is attached before everything is known to be right.
    SmallVector<Layer> layers = collectLayers(module);
    for (const Layer &layer : layers)
      if (SymbolTable::getNearestSymbolTable(layer.op) != module) {
        layer.op->emitOpError("is a layer in a module within the module, whose "
                              "weights would be lost: quantize that by itself");
        return signalPassFailure();
      }
    chooseLayerNames(layers);
    std::vector<Assignment> assignments;
    SmallVector<unsigned> matched(parsed->rules.size()),
        taken(parsed->rules.size());
    SmallVector<size_t> open; // for the automatic choice
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
        if (parsed->automatic && !isEncoded(layer) && layer.reason.empty())
          open.push_back(assignments.size());
        Assignment none;
        none.isEncoded = isEncoded(layer);
        if (!none.isEncoded)
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
    module->removeAttr(TradeOff::kAttrName);
    if (parsed->automatic &&
        failed(chooseOpen(*parsed->automatic, layers, open, assignments)))
      return signalPassFailure();
    shareWeights(layers, assignments);
    if (failed(verifyDamping(module, layers, assignments, statistics, weights)))
      return signalPassFailure();
    setLayerNames(layers);
    for (auto [layer, assignment] : llvm::zip_equal(layers, assignments))
      if (!assignment.isEncoded)
        apply(layer, assignment);
    remarkOnLayers(layers, assignments, remarkEach);
  }

private:
  LogicalResult setSensitivity(Recipe &parsed);
  LogicalResult chooseOpen(const AutomaticRecipe &automatic,
                           ArrayRef<Layer> layers, ArrayRef<size_t> open,
                           MutableArrayRef<Assignment> assignments);
};
} // namespace

/// The option names the file of an automatic choice in place of the recipe.
LogicalResult AssignEncodingsPass::setSensitivity(Recipe &parsed) {
  if (!parsed.automatic) {
    if (sensitivity.empty())
      return success();
    return emitError(getOperation().getLoc())
           << "option 'sensitivity' is for recipes with an automatic choice "
              "(auto-4.5, or the key 'auto'), and '"
           << recipe << "' has none";
  }
  if (!sensitivity.empty())
    parsed.automatic->sensitivity = sensitivity;
  parsed.automatic->weights = weights;
  if (parsed.automatic->sensitivity.empty())
    return emitError(Location(parsed.automatic->loc))
           << "an automatic choice needs a file of measurements: name that of "
              "quant-run --sensitivity with the option 'sensitivity' or, in a "
              "recipe, the key 'sensitivity' of 'auto'";
  return success();
}

/// Gives the layers in `open` what meets the budget.
LogicalResult
AssignEncodingsPass::chooseOpen(const AutomaticRecipe &automatic,
                                ArrayRef<Layer> layers, ArrayRef<size_t> open,
                                MutableArrayRef<Assignment> assignments) {
  SmallVector<const Layer *> openLayers;
  SmallVector<DecidedWeight> decided;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (llvm::is_contained(open, i))
      openLayers.push_back(&layer);
    else if (!isEncoded(layer) && layer.reason.empty())
      decided.push_back({&layer, assignments[i].weight});
  }
  FailureOr<AutomaticChoice> choice =
      chooseAutomatically(automatic, openLayers, decided);
  if (failed(choice))
    return failure();
  for (auto [place, candidate] : llvm::zip_equal(open, choice->candidates)) {
    FailureOr<Assignment> assignment =
        assign(layers[place], *parseWeightShorthand(candidate, &getContext()),
               Location(automatic.loc));
    if (failed(assignment))
      return failure();
    if (!assignment->weight)
      assignment->reason = "the automatic choice keeps it float";
    assignments[place] = std::move(*assignment);
  }
  emitRemark(Location(automatic.loc)) << choice->summary;
  if (keepTradeOff)
    getOperation()->setAttr(TradeOff::kAttrName,
                            choice->tradeOff.toAttribute(&getContext()));
  return success();
}
