//===- ChangeableLayers.cpp - Layers whose operands change ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChangeableLayers.h"

#include "ChannelProduct.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "llvm/ADT/MapVector.h"

using namespace lowbit;
using namespace mlir;

/// How many loads of each weight the module has.
static llvm::StringMap<unsigned> countLoads(ModuleOp module) {
  llvm::StringMap<unsigned> counts;
  module.walk([&](ml_program::GlobalLoadConstOp load) {
    if (!load.use_empty())
      ++counts[load.getGlobal().getLeafReference()];
  });
  return counts;
}

/// Whether nothing but layers of `group` reads the weight of `layer`, nor the
/// stored tensor behind it.
static bool isOnlyUser(const LayerGroup &group, const Layer &layer,
                       const llvm::StringMap<unsigned> &loads) {
  Value weight = layer.weight->get();
  bool isAlone = llvm::all_of(weight.getUsers(), [&](Operation *user) {
    return llvm::any_of(group.layers, [&](const Layer &member) {
      return member.op == user && member.weight->get() == weight;
    });
  });
  Value stored = getUnscaled(weight, [&](Operation *op) {
    Value value = op->getResult(0);
    isAlone &= value == weight || value.hasOneUse();
  });
  isAlone &= stored == weight || stored.hasOneUse();
  auto load = stored.getDefiningOp<ml_program::GlobalLoadConstOp>();
  return isAlone &&
         (!load || loads.lookup(load.getGlobal().getLeafReference()) == 1);
}

/// Why `layer` stays as it is, or "".
static std::string findMisfit(const Layer &layer) {
  Type activation = layer.activation->get().getType();
  if (!layer.reason.empty())
    return layer.reason;
  if (std::string reason = layer.getReasonWithoutInputs(); !reason.empty())
    return reason;
  if (lowbit::getEncoding(layer.getWeightType()) ||
      lowbit::getEncoding(activation))
    return "an operand is encoded already";
  if (!isEncodable(getElementTypeOrSelf(activation)))
    return "elements of the activation are not f32, f16 or bf16";
  return {};
}

LogicalResult
ChangeableLayers::verify(Operation *op,
                         const std::optional<Layer> &layer) const {
  if (!layer || !layer->activation)
    return op->emitOpError()
           << "has " << attribute << " but no activation beside a weight";
  if (!op->hasAttr(LowbitDialect::kWeightEncodingAttr))
    return op->emitOpError() << "has " << attribute << " without "
                             << LowbitDialect::kWeightEncodingAttr;
  if (SymbolTable::getNearestSymbolTable(op) != symbols.getOp())
    return op->emitOpError("is a layer in a module within the module: run on "
                           "that by itself");
  return success();
}

FailureOr<std::vector<LayerGroup>>
ChangeableLayers::collect(function_ref<Key(const Layer &)> getKey,
                          function_ref<std::string(const Layer &)> getMisfit) {
  llvm::MapVector<Key, LayerGroup, std::map<Key, unsigned>,
                  std::vector<std::pair<Key, LayerGroup>>>
      groups;
  WalkResult result = module.walk([&](Operation *op) {
    Attribute request = op->getAttr(attribute);
    if (!request)
      return WalkResult::advance();
    std::optional<Layer> layer = matchLayer(op);
    if (failed(verify(op, layer)))
      return WalkResult::interrupt();
    std::string misfit = findMisfit(*layer);
    if (misfit.empty() && getMisfit)
      misfit = getMisfit(*layer);
    if (!misfit.empty()) {
      remarks.add(op, misfit);
      return WalkResult::advance();
    }
    Value activation = layer->activation->get();
    Key key = getKey(*layer);
    key.insert(key.end(),
               {activation.getAsOpaquePointer(), request.getAsOpaquePointer(),
                reinterpret_cast<const void *>(layer->activationChannels)});
    LayerGroup &group = groups[key];
    group.activation = activation;
    group.axis = layer->activationChannels;
    group.request = request;
    group.layers.push_back(std::move(*layer));
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();

  llvm::StringMap<unsigned> loads = countLoads(module);
  std::vector<LayerGroup> found;
  for (auto &[key, group] : groups) {
    LayerGroup alone = group;
    std::erase_if(alone.layers, [&](const Layer &layer) {
      bool isAlone = isOnlyUser(group, layer, loads);
      if (!isAlone)
        remarks.add(layer.op, "the weight has other users");
      return !isAlone;
    });
    if (!alone.layers.empty())
      found.push_back(std::move(alone));
  }
  return found;
}
