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
// away; leaves the layer's name, and layers without them.
//
//===----------------------------------------------------------------------===//

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
/// Makes encodes, each once. It is only looked up, never iterated over.
class Encodes {
public:
  /// `value` encoded; an error at `op` if it cannot be.
  FailureOr<Value> get(Operation *op, Value value, EncodingAttr encoding,
                       RangeKindAttr range);

private:
  DenseMap<std::pair<Value, std::pair<Attribute, Attribute>>, Value> made;
};

struct InsertEncodesPass final
    : lowbit::impl::InsertEncodesPassBase<InsertEncodesPass> {
  using Base::Base;
  void runOnOperation() override;

private:
  static LogicalResult insert(Operation *op, Encodes &encodes);
};
} // namespace

FailureOr<Value> Encodes::get(Operation *op, Value value, EncodingAttr encoding,
                              RangeKindAttr range) {
  auto type = cast<RankedTensorType>(value.getType());
  if (getEncoding(type))
    return op->emitError("is assigned an encoding for an operand that is "
                         "encoded already, ")
           << type;
  if (failed(encoding.verifyEncoding(type.getShape(), type.getElementType(),
                                     [&]() { return op->emitError(); })))
    return failure();
  Value &encoded = made[{value, {encoding, range}}];
  if (encoded)
    return encoded;
  // Right behind the value it dominates every layer that reads the value.
  OpBuilder builder(op->getContext());
  builder.setInsertionPointAfterValue(value);
  auto encodedType =
      RankedTensorType::get(type.getShape(), type.getElementType(), encoding);
  encoded = EncodeOp::create(builder, value.getLoc(), encodedType, value,
                             ValueRange(), range);
  return encoded;
}

LogicalResult InsertEncodesPass::insert(Operation *op, Encodes &encodes) {
  // The dialect has verified the kinds of these attributes.
  auto weightEncoding =
      op->getAttrOfType<EncodingAttr>(LowbitDialect::kWeightEncodingAttr);
  auto range =
      op->getAttrOfType<RangeKindAttr>(LowbitDialect::kWeightRangeAttr);
  auto activationEncoding =
      op->getAttrOfType<EncodingAttr>(LowbitDialect::kActivationEncodingAttr);
  if (range && !weightEncoding)
    return op->emitError() << "has " << LowbitDialect::kWeightRangeAttr
                           << " without " << LowbitDialect::kWeightEncodingAttr;

  std::optional<Layer> layer = matchLayer(op);
  if (weightEncoding && (!layer || !layer->weight))
    return op->emitError() << "has " << LowbitDialect::kWeightEncodingAttr
                           << " but no operand that is a constant weight";
  if (activationEncoding && (!layer || !layer->activation))
    return op->emitError() << "has " << LowbitDialect::kActivationEncodingAttr
                           << " but no activation beside a weight";

  if (weightEncoding) {
    FailureOr<Value> encoded =
        encodes.get(op, layer->weight->get(), weightEncoding, range);
    if (failed(encoded))
      return failure();
    for (OpOperand *use : layer->getWeightUses())
      use->set(*encoded);
  }
  if (activationEncoding) {
    FailureOr<Value> encoded =
        encodes.get(op, layer->activation->get(), activationEncoding, nullptr);
    if (failed(encoded))
      return failure();
    layer->activation->set(*encoded);
  }
  for (StringRef name :
       {LowbitDialect::kWeightEncodingAttr, LowbitDialect::kWeightRangeAttr,
        LowbitDialect::kActivationEncodingAttr})
    op->removeDiscardableAttr(name);
  return success();
}

void InsertEncodesPass::runOnOperation() {
  SmallVector<Operation *> ops;
  getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (op->hasAttr(LowbitDialect::kWeightEncodingAttr) ||
        op->hasAttr(LowbitDialect::kWeightRangeAttr) ||
        op->hasAttr(LowbitDialect::kActivationEncodingAttr))
      ops.push_back(op);
  });
  Encodes encodes;
  for (Operation *op : ops)
    if (failed(insert(op, encodes)))
      return signalPassFailure();
}
