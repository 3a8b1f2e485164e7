//===- SharedWeights.cpp - Layers that read the same weight ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SharedWeights.h"

#include "ChannelProduct.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <map>
#include <set>

using namespace lowbit;
using namespace mlir;

SharedWeightKey lowbit::getWeightSource(const Layer &layer) {
  Operation *function = layer.op->getParentOfType<FunctionOpInterface>();
  Value weight = layer.weight->get();
  bool isComputed = false;
  getUnscaled(weight, [&](Operation *) { isComputed = true; });
  const void *source = weight.getAsOpaquePointer();
  if (!isComputed) {
    Attribute constant;
    if (auto load = weight.getDefiningOp<ml_program::GlobalLoadConstOp>())
      source = Attribute(load.getGlobalAttr()).getAsOpaquePointer();
    else if (matchPattern(weight, m_Constant(&constant)))
      source = constant.getAsOpaquePointer();
  }
  return {function, source, weight.getType().getAsOpaquePointer()};
}

SharedWeightKey lowbit::getSharedWeight(const Layer &layer,
                                        EncodingAttr encoding, Attribute range,
                                        MethodAttr method) {
  SharedWeightKey key = getWeightSource(layer);
  key.push_back(Attribute(encoding).getAsOpaquePointer());
  key.push_back(range.getAsOpaquePointer());
  key.push_back(Attribute(method).getAsOpaquePointer());
  key.push_back(
      IntegerAttr::get(IndexType::get(layer.op->getContext()), layer.weightAxis)
          .getAsOpaquePointer());
  return key;
}

bool lowbit::needsInputsOfOthers(const Layer &layer, MethodAttr method) {
  return method && !layer.activation &&
         numerics::methodNeeds(method.getMethod().kind) !=
             numerics::MethodNeeds::Nothing;
}

/// Bytes of all parts of a tensor of static shape.
static int64_t countPartBytes(EncodingAttr encoding, ArrayRef<int64_t> shape) {
  int64_t bytes = 0;
  for (RankedTensorType part : encoding.getPartTypes(shape))
    bytes += part.getNumElements() * part.getElementTypeBitWidth() / 8;
  return bytes;
}

void lowbit::shareWeights(ArrayRef<Layer> layers,
                          MutableArrayRef<Assignment> assignments) {
  // In the order of the first layer of each.
  std::map<SharedWeightKey, SmallVector<size_t>> users;
  std::vector<SharedWeightKey> order;
  for (auto [i, layer] : llvm::enumerate(layers)) {
    if (!assignments[i].weight)
      continue;
    SmallVector<size_t> &same = users[getWeightSource(layer)];
    if (same.empty())
      order.push_back(getWeightSource(layer));
    same.push_back(i);
  }
  for (const SharedWeightKey &source : order) {
    ArrayRef<size_t> same = users[source];
    for (size_t i : same)
      for (size_t other : same) {
        Assignment &to = assignments[i];
        const Assignment &from = assignments[other];
        bool isFree = !to.method || !to.methodReason.empty();
        if (!isFree || !needsInputsOfOthers(layers[i], from.method) ||
            from.weight != to.weight ||
            layers[other].weightAxis != layers[i].weightAxis)
          continue;
        to.method = from.method;
        to.range = from.range;
        to.methodReason.clear();
      }
    std::set<SharedWeightKey> forms;
    int64_t bytes = 0;
    std::string names;
    for (size_t i : same) {
      const Assignment &assignment = assignments[i];
      auto range =
          RangeKindAttr::get(layers[i].op->getContext(), assignment.range);
      if (!forms
               .insert(getSharedWeight(layers[i], assignment.weight, range,
                                       assignment.method))
               .second)
        continue;
      RankedTensorType type = layers[i].getWeightType();
      if (type.hasStaticShape())
        bytes += countPartBytes(assignment.weight, type.getShape());
      names += (names.empty() ? "'" : ", '") + layers[i].name + "'";
    }
    bool wantsMethod = llvm::any_of(
        same, [&](size_t i) { return !assignments[i].methodReason.empty(); });
    if (wantsMethod && forms.size() > 1)
      emitRemark(layers[same.front()].op->getLoc())
          << "layers " << names << " share a weight, which is stored "
          << forms.size() << " times, " << bytes
          << " bytes together: their encodings or the axes that they sum over "
             "are not the same";
  }
}
