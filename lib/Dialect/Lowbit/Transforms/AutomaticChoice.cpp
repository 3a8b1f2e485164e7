//===- AutomaticChoice.cpp - Encodings that a budget decides --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The errors of weights that are encoded one at a time add up, where they are
// independent and small, to that of all together: so the prediction is their
// sum, and the choice a knapsack problem (BitBudget.h).
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/AutomaticChoice.h"

#include "ChannelProduct.h"
#include "ChannelSelection.h"
#include "lowbit/Dialect/Lowbit/Transforms/Recipe.h"
#include "lowbit/Dialect/Lowbit/Transforms/Sensitivity.h"
#include "lowbit/Numerics/BitBudget.h"
#include "lowbit/Weights/Fingerprint.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Diagnostics.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <map>

using namespace lowbit;
using namespace mlir;
using numerics::BudgetChoice;
using numerics::BudgetOption;

//===----------------------------------------------------------------------===//
// Weights
//===----------------------------------------------------------------------===//

/// The tensor that `weight` is or was cast from; a product or some channels of
/// one stand for themselves.
static Value getStored(Value weight) {
  bool isOther = false;
  Value stored = getUnscaled(weight, [&](Operation *op) {
    isOther |= matchChannelProduct(op) || matchChannelSelection(op);
  });
  return isOther ? weight : stored;
}

/// What tells the tensor that `weight` comes from apart from others.
static const void *getSource(Value weight) {
  Value source = getStored(weight);
  if (auto load = source.getDefiningOp<ml_program::GlobalLoadConstOp>())
    return load.getGlobal().getAsOpaquePointer();
  if (auto constant = source.getDefiningOp<arith::ConstantOp>())
    return constant.getValue().getAsOpaquePointer();
  return source.getAsOpaquePointer();
}

SmallVector<SmallVector<size_t>>
lowbit::groupByWeight(ArrayRef<const Layer *> layers) {
  using Key =
      std::tuple<const void *, const void *, int64_t, std::vector<int64_t>>;
  llvm::MapVector<Key, SmallVector<size_t>, std::map<Key, unsigned>> groups;
  for (auto [i, layer] : llvm::enumerate(layers))
    groups[{getSource(layer->weight->get()),
            layer->getWeightType().getAsOpaquePointer(), layer->weightAxis,
            std::vector<int64_t>(layer->weightWindow.begin(),
                                 layer->weightWindow.end())}]
        .push_back(i);
  SmallVector<SmallVector<size_t>> result;
  for (auto &[key, group] : groups)
    result.push_back(std::move(group));
  return result;
}

int64_t lowbit::getFloatBytes(const Layer &layer) {
  auto stored =
      cast<RankedTensorType>(getStored(layer.weight->get()).getType());
  return stored.getNumElements() * stored.getElementTypeBitWidth() / 8;
}

static int64_t getEncodedBytes(const Layer &layer, EncodingAttr encoding) {
  RankedTensorType type = layer.getWeightType();
  return numerics::partSizes(type.getShape(),
                             encoding.getFormat(type.getRank()))
      .total();
}

//===----------------------------------------------------------------------===//
// The choice
//===----------------------------------------------------------------------===//

namespace {

/// A weight to choose for.
struct OpenWeight {
  SmallVector<size_t> layers;
  const Sensitivity::Weight *measured;
  /// Those of its measured options that may be chosen.
  SmallVector<const Sensitivity::Option *> options;
};

class Chooser {
public:
  Chooser(const AutomaticRecipe &recipe, ArrayRef<const Layer *> layers,
          ArrayRef<DecidedWeight> decided)
      : recipe(recipe), layers(layers), decided(decided) {}

  FailureOr<AutomaticChoice> choose();

private:
  InFlightDiagnostic error() { return emitError(Location(recipe.loc)); }
  InFlightDiagnostic fileError() {
    return error() << recipe.sensitivity << ": ";
  }

  LogicalResult checkModel();
  LogicalResult checkCandidates();
  LogicalResult findWeights();
  FailureOr<const Sensitivity::Weight *> findMeasured(const Layer &layer);
  void countDecided();
  FailureOr<BudgetChoice> solve();
  double getSqnrDb(double loss) const;
  TradeOff getTradeOff(const BudgetChoice &taken) const;
  std::string summarize(const BudgetChoice &choice,
                        const TradeOff &tradeOff) const;

  const AutomaticRecipe &recipe;
  ArrayRef<const Layer *> layers;
  ArrayRef<DecidedWeight> decided;

  Sensitivity sensitivity;
  llvm::StringMap<const Sensitivity::Weight *> byLayer;
  std::vector<OpenWeight> openWeights;
  std::vector<std::vector<BudgetOption>> items;
  /// Elements of all weights, and what the decided ones cost.
  int64_t elements = 0, decidedBytes = 0;
};

} // namespace

LogicalResult Chooser::checkModel() {
  if (recipe.weights.empty() || sensitivity.model.empty())
    return success();
  auto file = weights::WeightsFile::open(recipe.weights);
  if (!file)
    return error() << file.message();
  std::string difference = weights::explainDifference(
      sensitivity.model, weights::fingerprint(*file));
  if (difference.empty())
    return success();
  return fileError() << "is of another model than " << recipe.weights << ": "
                     << difference
                     << "; measure again with quant-run "
                        "--sensitivity";
}

LogicalResult Chooser::checkCandidates() {
  SmallVector<StringRef> known(sensitivity.candidates.begin(),
                               sensitivity.candidates.end());
  for (StringRef candidate : recipe.candidates) {
    if (llvm::is_contained(known, candidate))
      continue;
    InFlightDiagnostic diagnostic = fileError() << "has no measurements of '"
                                                << candidate << "'";
    if (StringRef nearest = findNearest(candidate, known); !nearest.empty())
      return diagnostic << "; did you mean '" << nearest << "'?";
    return diagnostic << ", only of " << llvm::join(known, ", ");
  }
  // What the model would be encoded with is checked before the work.
  for (StringRef candidate : known)
    if (std::optional<Treatment> treatment =
            parseWeightShorthand(candidate, recipe.loc.getContext());
        !treatment || treatment->activation || treatment->scaleInputs)
      return fileError() << "has measurements of '" << candidate
                         << "', which is no encoding of weights alone";
  return success();
}

FailureOr<const Sensitivity::Weight *>
Chooser::findMeasured(const Layer &layer) {
  auto found = byLayer.find(layer.name);
  if (found == byLayer.end()) {
    SmallVector<StringRef> known;
    for (const Sensitivity::Weight &weight : sensitivity.weights)
      known.append(weight.layers.begin(), weight.layers.end());
    InFlightDiagnostic diagnostic = fileError() << "has no measurements of "
                                                   "layer '"
                                                << layer.name << "'";
    if (StringRef nearest = findNearest(layer.name, known); !nearest.empty())
      diagnostic << " (but of '" << nearest << "')";
    return diagnostic << ": measure this model with quant-run --sensitivity, "
                         "or give the layer a rule";
  }
  const Sensitivity::Weight &weight = *found->second;
  ArrayRef<int64_t> shape = layer.getWeightType().getShape();
  if (ArrayRef<int64_t>(weight.shape) == shape &&
      weight.axis == layer.weightAxis)
    return &weight;
  auto getText = [](ArrayRef<int64_t> shape) {
    return llvm::join(
        llvm::map_range(shape, [](int64_t n) { return std::to_string(n); }),
        "x");
  };
  return fileError() << "is of another model: layer '" << layer.name
                     << "' was measured with a weight of "
                     << getText(weight.shape) << ", summed over along axis "
                     << weight.axis << ", and has one of " << getText(shape)
                     << ", along axis " << layer.weightAxis;
}

LogicalResult Chooser::findWeights() {
  for (const Sensitivity::Weight &weight : sensitivity.weights)
    for (const std::string &layer : weight.layers)
      if (!byLayer.try_emplace(layer, &weight).second)
        return fileError() << "names layer '" << layer << "' twice";
  llvm::SmallPtrSet<const Sensitivity::Weight *, 16> seen;
  for (SmallVector<size_t> &group : groupByWeight(layers)) {
    const Sensitivity::Weight *measured = nullptr;
    for (size_t i : group) {
      FailureOr<const Sensitivity::Weight *> found = findMeasured(*layers[i]);
      if (failed(found))
        return failure();
      if (measured && measured != *found)
        return fileError() << "is of another model: it does not know that "
                              "layers '"
                           << layers[group.front()]->name << "' and '"
                           << layers[i]->name << "' share a weight";
      measured = *found;
    }
    const Layer &first = *layers[group.front()];
    if (!seen.insert(measured).second)
      return fileError() << "is of another model: there layer '" << first.name
                         << "' shares its weight with another";
    OpenWeight &weight =
        openWeights.emplace_back(OpenWeight{std::move(group), measured, {}});
    std::vector<BudgetOption> &item = items.emplace_back();
    for (const Sensitivity::Option &option : measured->options) {
      if (!recipe.candidates.empty() &&
          !llvm::is_contained(recipe.candidates, option.candidate))
        continue;
      weight.options.push_back(&option);
      item.push_back({double(option.bytes), option.error});
    }
    if (item.empty())
      return fileError() << "layer '" << first.name
                         << "' has measurements of none of the candidates";
    elements += first.getWeightType().getNumElements();
  }
  return success();
}

void Chooser::countDecided() {
  // A weight in two encodings is stored twice.
  SmallVector<const Layer *> all;
  for (const DecidedWeight &weight : decided)
    all.push_back(weight.layer);
  for (const SmallVector<size_t> &group : groupByWeight(all)) {
    llvm::SmallPtrSet<const void *, 4> seen;
    for (size_t i : group) {
      const DecidedWeight &weight = decided[i];
      if (!seen.insert(weight.encoding.getAsOpaquePointer()).second)
        continue;
      elements += weight.layer->getWeightType().getNumElements();
      decidedBytes += weight.encoding
                          ? getEncodedBytes(*weight.layer, weight.encoding)
                          : getFloatBytes(*weight.layer);
    }
  }
}

double Chooser::getSqnrDb(double loss) const { return -10 * std::log10(loss); }

/// "3.12 bits per weight (1234 bytes)".
static std::string getSizeText(int64_t bytes, int64_t elements) {
  return llvm::formatv("{0:f3} bits per weight ({1} bytes)",
                       elements == 0 ? 0 : 8.0 * bytes / elements, bytes);
}

FailureOr<BudgetChoice> Chooser::solve() {
  const Budget &budget = *recipe.budget;
  if (budget.kind != Budget::Kind::Floor) {
    double bytes = budget.kind == Budget::Kind::Bytes
                       ? budget.value
                       : budget.value * elements / 8;
    if (auto choice = numerics::chooseWithin(items, bytes - decidedBytes))
      return *choice;
    BudgetChoice least = numerics::tradeOffCurve(items).front();
    return error() << "the budget, " << budget.getText()
                   << ", is below the smallest possible, "
                   << getSizeText(decidedBytes + int64_t(least.cost), elements);
  }
  // The least bytes for a bound on the error.
  std::vector<std::vector<BudgetOption>> swapped = items;
  for (std::vector<BudgetOption> &item : swapped)
    for (BudgetOption &option : item)
      std::swap(option.cost, option.loss);
  if (auto choice =
          numerics::chooseWithin(swapped, std::pow(10, -budget.value / 10))) {
    std::swap(choice->cost, choice->loss);
    return *choice;
  }
  BudgetChoice best = numerics::tradeOffCurve(items).back();
  return error() << "the floor, " << budget.getText()
                 << ", is above the best possible, "
                 << llvm::formatv("{0:f2} dB at ", getSqnrDb(best.loss)).str()
                 << getSizeText(decidedBytes + int64_t(best.cost), elements);
}

TradeOff Chooser::getTradeOff(const BudgetChoice &taken) const {
  // As many points as a plot shows.
  constexpr size_t maxPoints = 48;
  std::vector<BudgetChoice> curve = numerics::tradeOffCurve(items);
  TradeOff tradeOff;
  tradeOff.elements = elements;
  auto add = [&](const BudgetChoice &choice) {
    tradeOff.points.push_back(
        {decidedBytes + int64_t(choice.cost), getSqnrDb(choice.loss)});
  };
  size_t count = std::min(curve.size(), maxPoints);
  bool isAdded = false;
  for (size_t i = 0; i < count; ++i) {
    const BudgetChoice &choice =
        curve[count == 1 ? 0 : i * (curve.size() - 1) / (count - 1)];
    if (!isAdded && choice.cost >= taken.cost) {
      isAdded = true;
      tradeOff.taken = tradeOff.points.size();
      add(taken);
      if (choice.cost == taken.cost)
        continue;
    }
    add(choice);
  }
  if (!isAdded) {
    tradeOff.taken = tradeOff.points.size();
    add(taken);
  }
  return tradeOff;
}

std::string Chooser::summarize(const BudgetChoice &choice,
                               const TradeOff &tradeOff) const {
  const TradeOff::Point &taken = tradeOff.points[tradeOff.taken];
  std::string text;
  llvm::raw_string_ostream os(text);
  os << "automatic choice for " << recipe.budget->getText() << ": "
     << getSizeText(taken.bytes, elements);
  bool isOfOutputs = sensitivity.measure == Sensitivity::Measure::Outputs;
  os << ", predicted SQNR of the " << (isOfOutputs ? "outputs " : "weights ");
  if (std::isinf(taken.sqnrDb))
    os << "infinite";
  else
    os << llvm::formatv("{0:f2} dB", taken.sqnrDb);
  // In the order of the candidates.
  const char *separator = "; ";
  for (const std::string &candidate : sensitivity.candidates) {
    size_t count = 0;
    for (auto [weight, option] : llvm::zip_equal(openWeights, choice.options))
      count += weight.options[option]->candidate == candidate;
    if (count == 0)
      continue;
    os << separator << candidate << " for " << count
       << (count == 1 ? " weight" : " weights");
    separator = ", ";
  }
  if (llvm::any_of(decided, [](const DecidedWeight &weight) {
        return bool(weight.encoding);
      }))
    os << "; what rules encode counts in the size, not in the prediction";
  return text;
}

FailureOr<AutomaticChoice> Chooser::choose() {
  llvm::Expected<Sensitivity> read = Sensitivity::read(recipe.sensitivity);
  if (!read)
    return error() << llvm::toString(read.takeError());
  sensitivity = std::move(*read);
  if (failed(checkModel()) || failed(checkCandidates()) ||
      failed(findWeights()))
    return failure();
  countDecided();
  FailureOr<BudgetChoice> choice = solve();
  if (failed(choice))
    return failure();
  AutomaticChoice result;
  result.candidates.resize(layers.size());
  for (auto [weight, option] : llvm::zip_equal(openWeights, choice->options))
    for (size_t layer : weight.layers)
      result.candidates[layer] = weight.options[option]->candidate;
  result.tradeOff = getTradeOff(*choice);
  result.summary = summarize(*choice, result.tradeOff);
  return result;
}

FailureOr<AutomaticChoice>
lowbit::chooseAutomatically(const AutomaticRecipe &recipe,
                            ArrayRef<const Layer *> layers,
                            ArrayRef<DecidedWeight> decided) {
  return Chooser(recipe, layers, decided).choose();
}
