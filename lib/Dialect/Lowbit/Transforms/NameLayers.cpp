//===- NameLayers.cpp - A stable name for every layer ---------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Sets `lowbit.layer` on every layer (see Layers.h). Names come from the weight
// where a person named it, else from the importer's location, so that they do
// not depend on batch sizes or on the other layers. Leaves names that are there
// and unique.
//
//===----------------------------------------------------------------------===//

#include "ChannelProduct.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Regex.h"

namespace lowbit {
#define GEN_PASS_DEF_NAMELAYERSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Whether a tool made up the name of a tensor: `onnx::MatMul_123`, `_lifted0`,
/// `17`, `constant_3`. Such names change from one export to the next.
static bool isAnonymous(StringRef tensor) {
  // The object lives through the call only: llvm::Regex is not thread-safe.
  llvm::Regex madeUp("^([0-9]+|_.*|.*::.*|(arith|ml_program)\\..*|"
                     "(constant|const|cst|initializer|param|tensor|val|value|"
                     "weight|weights|v|t)[_.]?[0-9]*)$");
  return tensor.empty() || madeUp.match(tensor);
}

/// `text` with all but letters, digits, `.`, `_` and `-` replaced by `_`.
static std::string cleanName(StringRef text) {
  std::string name = text.str();
  for (char &c : name)
    if (!llvm::isAlnum(c) && c != '.' && c != '_' && c != '-')
      c = '_';
  return name;
}

/// The layer that a tensor's name tells: `encoder.0.query.weight` belongs to
/// `encoder.0.query`. Empty where the weight has no name of its own.
static std::string nameFromWeight(const Layer &layer) {
  Value weight = layer.weight ? layer.weight->get() : Value();
  while (weight && weight.getDefiningOp<EncodeOp>())
    weight = weight.getDefiningOp<EncodeOp>().getInput();
  if (weight)
    weight = getUnscaled(weight);
  auto load =
      weight ? weight.getDefiningOp<ml_program::GlobalLoadConstOp>() : nullptr;
  if (!load)
    return {};
  StringRef tensor = load.getGlobal().getLeafReference();
  if (isAnonymous(tensor))
    return {};
  for (StringRef suffix : {".weight", "_weight", ".kernel", "/kernel", ".W"})
    if (tensor.size() > suffix.size() && tensor.consume_back(suffix))
      break;
  return cleanName(tensor);
}

/// The first name inside `loc`, outermost first; empty if it has none.
static StringRef getLocationName(Location loc) {
  if (auto named = dyn_cast<NameLoc>(loc))
    return named.getName();
  if (auto call = dyn_cast<CallSiteLoc>(loc))
    return getLocationName(call.getCallee());
  if (auto opaque = dyn_cast<OpaqueLoc>(loc))
    return getLocationName(opaque.getFallbackLocation());
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = getLocationName(part); !name.empty())
        return name;
  return {};
}

/// The layer that a node's path tells: `/encoder/query/MatMul` is of the layer
/// `encoder.query`. A path without slashes does not end in an op.
static std::string nameFromLocation(Location loc) {
  SmallVector<StringRef> parts;
  getLocationName(loc).split(parts, '/', /*MaxSplit=*/-1, /*KeepEmpty=*/false);
  if (parts.size() > 1)
    parts.pop_back();
  return cleanName(llvm::join(parts, "."));
}

/// Names `layer` `name`, with a number behind it if that is taken.
static void giveUniqueName(Layer &layer, const std::string &name,
                           llvm::StringSet<> &taken) {
  std::string unique = name;
  for (unsigned number = 1; !taken.insert(unique).second; ++number)
    unique = name + "_" + std::to_string(number);
  layer.name = std::move(unique);
}

void lowbit::chooseLayerNames(MutableArrayRef<Layer> layers) {
  llvm::StringSet<> taken;
  SmallVector<bool> isNamed;
  for (const Layer &layer : layers)
    isNamed.push_back(!layer.name.empty() && taken.insert(layer.name).second);

  // Layers that have a name, but another layer's, keep it with a number.
  for (auto [index, layer] : llvm::enumerate(layers))
    if (!isNamed[index] && !layer.name.empty()) {
      giveUniqueName(layer, layer.name, taken);
      isNamed[index] = true;
    }

  for (auto [index, layer] : llvm::enumerate(layers)) {
    if (isNamed[index])
      continue;
    std::string name = nameFromWeight(layer);
    std::string location = nameFromLocation(layer.op->getLoc());
    // The second layer on one weight (a tied head, say) is called after its
    // node rather than <first>_1.
    if (name.empty() || (taken.contains(name) && !location.empty() &&
                         !taken.contains(location)))
      name = location;
    if (name.empty())
      name = "layer" + std::to_string(index);
    giveUniqueName(layer, name, taken);
  }
}

void lowbit::setLayerNames(ArrayRef<Layer> layers) {
  for (const Layer &layer : layers)
    layer.op->setAttr(LowbitDialect::kLayerAttr,
                      StringAttr::get(layer.op->getContext(), layer.name));
}

namespace {
struct NameLayersPass final : lowbit::impl::NameLayersPassBase<NameLayersPass> {
  using Base::Base;
  void runOnOperation() override {
    SmallVector<Layer> layers = collectLayers(getOperation());
    chooseLayerNames(layers);
    setLayerNames(layers);
  }
};
} // namespace
