//===- InsertEncodes.cpp - Encode operands as assigned --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers that carry `lowbit.weight_encoding`, with a range and a method
// where these are given, and perhaps `lowbit.activation_encoding`. Makes one
// lowbit.encode for each pair of value and encoding, right behind the value,
// and lets the layers use it; a gather reads the encoded table by the
// tensor.extract it has, and what a method made of it for the inputs of others.
// Takes the attributes away; leaves the layer's name, layers without them, and
// everything if one of the assignments is wrong.
//
//===----------------------------------------------------------------------===//

#include "QuantizeStored.h"
#include "SharedWeights.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseMap.h"

namespace lowbit {
#define GEN_PASS_DEF_INSERTENCODESPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// What one layer is assigned; `weight` or `activation` may be null.
struct Assigned {
  Layer layer;
  EncodingAttr weight;
  RangeKindAttr range;
  MethodAttr method;
  EncodingAttr activation;
  ArrayAttr activationRanges;
};

SharedWeightKey getKey(const Assigned &assigned) {
  return getSharedWeight(assigned.layer, assigned.weight, assigned.range,
                         assigned.method);
}

/// Makes encodes, each once. It is only looked up, never iterated over.
class Encodes {
public:
  Value get(Value value, EncodingAttr encoding, RangeKindAttr range);
  /// One of an activation, with ranges that may be null.
  Value getOfActivation(const Assigned &assigned);
  /// One for a layer's weight by a method, which serves all that sum over the
  /// same axis.
  Value getByMethod(const Assigned &assigned);

  /// The names of layers whose inputs count for a weight.
  std::map<SharedWeightKey, SmallVector<Attribute>> layers;

private:
  using Pair = std::pair<Attribute, Attribute>;
  /// By value, encoding and range, method and axis.
  EncodeOp find(Value value, Pair encoding, Pair method);

  DenseMap<std::pair<Value, std::pair<Pair, Pair>>, EncodeOp> made;
};

struct InsertEncodesPass final
    : lowbit::impl::InsertEncodesPassBase<InsertEncodesPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

EncodeOp Encodes::find(Value value, Pair encoding, Pair method) {
  EncodeOp &encode = made[{value, {encoding, method}}];
  if (encode)
    return encode;
  // Right behind the value it dominates every layer that reads the value.
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto type = cast<RankedTensorType>(value.getType());
  auto encodedType = RankedTensorType::get(
      type.getShape(), type.getElementType(), encoding.first);
  encode = EncodeOp::create(builder, value.getLoc(), encodedType, value,
                            ValueRange(),
                            dyn_cast_or_null<RangeKindAttr>(encoding.second));
  return encode;
}

Value Encodes::get(Value value, EncodingAttr encoding, RangeKindAttr range) {
  return find(value, {encoding, range}, {}).getResult();
}

Value Encodes::getOfActivation(const Assigned &assigned) {
  EncodeOp encode = find(assigned.layer.activation->get(),
                         {assigned.activation, assigned.activationRanges}, {});
  if (assigned.activationRanges && encode.getRanges().empty()) {
    OpBuilder builder(encode);
    for (Attribute range : assigned.activationRanges)
      encode.getRangesMutable().append(
          arith::ConstantOp::create(builder, encode.getLoc(),
                                    cast<TypedAttr>(range))
              .getResult());
  }
  return encode.getResult();
}

Value Encodes::getByMethod(const Assigned &assigned) {
  const Layer &layer = assigned.layer;
  Builder b(layer.op->getContext());
  auto axis = b.getI64IntegerAttr(layer.weightChannels);
  DenseI64ArrayAttr window;
  if (layer.sumsChannels && !layer.weightWindow.empty())
    window = b.getDenseI64ArrayAttr(layer.weightWindow);
  EncodeOp encode = find(
      layer.weight->get(), {assigned.weight, assigned.range},
      {assigned.method,
       b.getArrayAttr({axis, window ? Attribute(window) : b.getUnitAttr()})});
  encode.setMethodAttr(assigned.method);
  auto names = layers.find(getKey(assigned));
  if (names == layers.end())
    return encode.getResult();
  encode.setLayersAttr(b.getArrayAttr(names->second));
  encode.setAxisAttr(axis);
  if (window)
    encode.setWindowAttr(window);
  return encode.getResult();
}

/// An error at `op` if `value` cannot be encoded.
static LogicalResult verifyEncode(Operation *op, Value value,
                                  EncodingAttr encoding, RangeKindAttr range,
                                  MethodAttr method = {},
                                  std::optional<unsigned> axis = {}) {
  auto type = cast<RankedTensorType>(value.getType());
  auto emitError = [&]() { return op->emitError(); };
  if (getEncoding(type))
    return op->emitError("is assigned an encoding for an operand that is "
                         "encoded already, ")
           << type;
  if (failed(encoding.verifyEncoding(type.getShape(), type.getElementType(),
                                     emitError)))
    return failure();
  if (std::string misfit =
          getMethodMisfit(encoding, type.getRank(), range, method, axis);
      !misfit.empty())
    return op->emitError() << misfit;
  return success();
}

/// What the attributes of `op` say, checked.
static FailureOr<Assigned> getAssigned(Operation *op) {
  // The dialect has verified the kinds of these attributes.
  Assigned assigned;
  assigned.weight =
      op->getAttrOfType<EncodingAttr>(LowbitDialect::kWeightEncodingAttr);
  assigned.range =
      op->getAttrOfType<RangeKindAttr>(LowbitDialect::kWeightRangeAttr);
  assigned.method =
      op->getAttrOfType<MethodAttr>(LowbitDialect::kWeightMethodAttr);
  assigned.activation =
      op->getAttrOfType<EncodingAttr>(LowbitDialect::kActivationEncodingAttr);
  if (!assigned.weight && (assigned.range || assigned.method))
    return op->emitError() << "has "
                           << (assigned.range
                                   ? LowbitDialect::kWeightRangeAttr
                                   : LowbitDialect::kWeightMethodAttr)
                           << " without " << LowbitDialect::kWeightEncodingAttr;

  assigned.activationRanges =
      op->getAttrOfType<ArrayAttr>(LowbitDialect::kActivationRangesAttr);
  if (assigned.activationRanges && !assigned.activation)
    return op->emitError() << "has " << LowbitDialect::kActivationRangesAttr
                           << " without "
                           << LowbitDialect::kActivationEncodingAttr;
  if (op->hasAttr(LowbitDialect::kActivationClipAttr))
    return op->emitError() << "still has " << LowbitDialect::kActivationClipAttr
                           << ": run lowbit-calibrate-activations first, which "
                              "finds the ranges";
  if (op->hasAttr(LowbitDialect::kScaleInputsAttr))
    return op->emitError() << "still has " << LowbitDialect::kScaleInputsAttr
                           << ": run lowbit-scale-inputs first, which changes "
                              "what is encoded";
  if (op->hasAttr(LowbitDialect::kOutliersAttr))
    return op->emitError() << "still has " << LowbitDialect::kOutliersAttr
                           << ": run lowbit-split-outliers first, which takes "
                              "them out of what is encoded";
  std::optional<Layer> layer = matchLayer(op);
  if (assigned.weight && (!layer || !layer->weight))
    return op->emitError() << "has " << LowbitDialect::kWeightEncodingAttr
                           << " but no operand that is a constant weight";
  if (assigned.activation && (!layer || !layer->activation))
    return op->emitError() << "has " << LowbitDialect::kActivationEncodingAttr
                           << " but no activation beside a weight";
  assigned.layer = *layer;
  if (assigned.weight &&
      failed(verifyEncode(op, layer->weight->get(), assigned.weight,
                          assigned.range, assigned.method,
                          layer->weightChannels)))
    return failure();
  bool needsInputs = assigned.method &&
                     numerics::methodNeeds(assigned.method.getMethod().kind) !=
                         numerics::MethodNeeds::Nothing;
  // A gather may read what is made for the inputs of others.
  if (needsInputs && !needsInputsOfOthers(*layer, assigned.method)) {
    std::string reason = layer->getReasonWithoutInputs();
    if (reason.empty())
      reason = getMatrixMisfit(assigned.weight, *layer);
    if (!reason.empty())
      return op->emitError() << "has method '" << assigned.method.getName()
                             << "', which the weight cannot have: " << reason;
  }
  if (needsInputs && layer->name.empty())
    return op->emitError() << "has method '" << assigned.method.getName()
                           << "', which asks for the inputs of a layer by its "
                              "name, and no "
                           << LowbitDialect::kLayerAttr
                           << "; run lowbit-name-layers";
  // (C113)
  if (assigned.activation && !isa<DenseAttr>(assigned.activation.getSparsity()))
    return op->emitError()
           << "has " << LowbitDialect::kActivationEncodingAttr
           << " that is sparse, but only weights are: which values are kept is "
              "chosen at compile time";
  if (assigned.activation && failed(verifyEncode(op, layer->activation->get(),
                                                 assigned.activation, nullptr)))
    return failure();
  return assigned;
}

static void insert(const Assigned &assigned, Encodes &encodes) {
  const Layer &layer = assigned.layer;
  if (assigned.weight) {
    Value encoded =
        assigned.method
            ? encodes.getByMethod(assigned)
            : encodes.get(layer.weight->get(), assigned.weight, assigned.range);
    for (OpOperand *use : layer.getWeightUses())
      use->set(encoded);
  }
  if (assigned.activation)
    layer.activation->set(encodes.getOfActivation(assigned));
  for (StringRef name :
       {LowbitDialect::kWeightEncodingAttr, LowbitDialect::kWeightRangeAttr,
        LowbitDialect::kWeightMethodAttr,
        LowbitDialect::kActivationEncodingAttr,
        LowbitDialect::kActivationRangesAttr})
    layer.op->removeDiscardableAttr(name);
}

void InsertEncodesPass::runOnOperation() {
  // All are checked before the first is changed.
  std::vector<Assigned> all;
  bool ok = true;
  getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!op->hasAttr(LowbitDialect::kWeightEncodingAttr) &&
        !op->hasAttr(LowbitDialect::kWeightRangeAttr) &&
        !op->hasAttr(LowbitDialect::kWeightMethodAttr) &&
        !op->hasAttr(LowbitDialect::kActivationEncodingAttr) &&
        !op->hasAttr(LowbitDialect::kActivationRangesAttr))
      return WalkResult::advance();
    FailureOr<Assigned> assigned = getAssigned(op);
    ok = succeeded(assigned);
    if (!ok)
      return WalkResult::interrupt();
    all.push_back(std::move(*assigned));
    return WalkResult::advance();
  });
  if (!ok)
    return signalPassFailure();
  Encodes encodes;
  for (const Assigned &assigned : all)
    if (assigned.method && !assigned.layer.name.empty() &&
        !needsInputsOfOthers(assigned.layer, assigned.method))
      encodes.layers[getKey(assigned)].push_back(
          StringAttr::get(&getContext(), assigned.layer.name));
  for (const Assigned &assigned : all)
    if (needsInputsOfOthers(assigned.layer, assigned.method) &&
        !encodes.layers.count(getKey(assigned))) {
      assigned.layer.op->emitError()
          << "has method '" << assigned.method.getName()
          << "', which asks for inputs, and no layer with inputs has the same "
             "weight, encoding and method in this function";
      return signalPassFailure();
    }
  for (const Assigned &assigned : all)
    insert(assigned, encodes);
}
