//===- InsertEncodes.cpp - Encode operands as assigned --------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches layers that carry `lowbit.weight_encoding` and perhaps
// `lowbit.activation_encoding`. Makes one lowbit.encode for each pair of value
// and encoding, right behind the value, and lets the layers use it; a gather
// reads the encoded table by the tensor.extract it has. Takes the attributes
// away; leaves the layer's name, layers without them, and everything if one of
// the assignments is wrong.
//
//===----------------------------------------------------------------------===//

#include "QuantizeStored.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
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
  EncodingAttr activation;
};

/// Makes encodes, each once. It is only looked up, never iterated over.
class Encodes {
public:
  Value get(Value value, EncodingAttr encoding, RangeKindAttr range);

private:
  DenseMap<std::pair<Value, std::pair<Attribute, Attribute>>, Value> made;
};

struct InsertEncodesPass final
    : lowbit::impl::InsertEncodesPassBase<InsertEncodesPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

Value Encodes::get(Value value, EncodingAttr encoding, RangeKindAttr range) {
  Value &encoded = made[{value, {encoding, range}}];
  if (encoded)
    return encoded;
  // Right behind the value it dominates every layer that reads the value.
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto type = cast<RankedTensorType>(value.getType());
  auto encodedType =
      RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
  encoded = EncodeOp::create(builder, value.getLoc(), encodedType, value,
                             ValueRange(), range);
  return encoded;
}

/// An error at `op` if `value` cannot be encoded.
static LogicalResult verifyEncode(Operation *op, Value value,
                                  EncodingAttr encoding, RangeKindAttr range) {
  auto type = cast<RankedTensorType>(value.getType());
  auto emitError = [&]() { return op->emitError(); };
  if (getEncoding(type))
    return op->emitError("is assigned an encoding for an operand that is "
                         "encoded already, ")
           << type;
  if (failed(encoding.verifyEncoding(type.getShape(), type.getElementType(),
                                     emitError)))
    return failure();
  RangeKind kind = range ? range.getValue() : encoding.getDefaultRange();
  if (std::optional<numerics::Error> wrong = numerics::verifyRangeKind(
          encoding.getFormat(type.getRank()), getNumericRange(kind)))
    return op->emitError() << wrong->message;
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
  assigned.activation =
      op->getAttrOfType<EncodingAttr>(LowbitDialect::kActivationEncodingAttr);
  if (assigned.range && !assigned.weight)
    return op->emitError() << "has " << LowbitDialect::kWeightRangeAttr
                           << " without " << LowbitDialect::kWeightEncodingAttr;

  if (op->hasAttr(LowbitDialect::kScaleInputsAttr))
    return op->emitError() << "still has " << LowbitDialect::kScaleInputsAttr
                           << ": run lowbit-scale-inputs first, which changes "
                              "what is encoded";
  std::optional<Layer> layer = matchLayer(op);
  if (assigned.weight && (!layer || !layer->weight))
    return op->emitError() << "has " << LowbitDialect::kWeightEncodingAttr
                           << " but no operand that is a constant weight";
  if (assigned.activation && (!layer || !layer->activation))
    return op->emitError() << "has " << LowbitDialect::kActivationEncodingAttr
                           << " but no activation beside a weight";
  assigned.layer = *layer;
  if (assigned.weight && failed(verifyEncode(op, layer->weight->get(),
                                             assigned.weight, assigned.range)))
    return failure();
  if (assigned.activation && failed(verifyEncode(op, layer->activation->get(),
                                                 assigned.activation, nullptr)))
    return failure();
  return assigned;
}

static void insert(const Assigned &assigned, Encodes &encodes) {
  const Layer &layer = assigned.layer;
  if (assigned.weight) {
    Value encoded =
        encodes.get(layer.weight->get(), assigned.weight, assigned.range);
    for (OpOperand *use : layer.getWeightUses())
      use->set(encoded);
  }
  if (assigned.activation)
    layer.activation->set(
        encodes.get(layer.activation->get(), assigned.activation, nullptr));
  for (StringRef name :
       {LowbitDialect::kWeightEncodingAttr, LowbitDialect::kWeightRangeAttr,
        LowbitDialect::kActivationEncodingAttr})
    layer.op->removeDiscardableAttr(name);
}

void InsertEncodesPass::runOnOperation() {
  // All are checked before the first is changed.
  std::vector<Assigned> all;
  bool ok = true;
  getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!op->hasAttr(LowbitDialect::kWeightEncodingAttr) &&
        !op->hasAttr(LowbitDialect::kWeightRangeAttr) &&
        !op->hasAttr(LowbitDialect::kActivationEncodingAttr))
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
    insert(assigned, encodes);
}
