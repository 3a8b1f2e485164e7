//===- SizeTracing.cpp - Where sizes that are not known come from ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SizeTracing.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace lowbit;
using namespace mlir;

static TracedSize traceSize(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return {*constant, nullptr};
  return traceSize(cast<Value>(size));
}

/// x of (x * c) / c. Products of sizes do not overflow.
static Value getMultiplied(Operation *division) {
  auto product = division->getOperand(0).getDefiningOp<arith::MulIOp>();
  std::optional<int64_t> divisor = getConstantIntValue(division->getOperand(1));
  if (!product || !divisor || *divisor <= 0)
    return nullptr;
  for (unsigned i : {0, 1})
    if (getConstantIntValue(product->getOperand(i)) == divisor)
      return product->getOperand(1 - i);
  return nullptr;
}

TracedSize lowbit::traceSize(Value scalar) {
  if (std::optional<int64_t> constant = getConstantIntValue(scalar))
    return {*constant, nullptr};
  Operation *op = scalar.getDefiningOp();
  if (auto cast = dyn_cast_or_null<arith::IndexCastOp>(op);
      cast && (cast.getIn().getType().isInteger(64) ||
               cast.getOut().getType().isInteger(64)))
    return traceSize(cast.getIn());
  if (auto dim = dyn_cast_or_null<tensor::DimOp>(op)) {
    std::optional<int64_t> axis = dim.getConstantIndex();
    auto type = dyn_cast<RankedTensorType>(dim.getSource().getType());
    if (axis && type && *axis >= 0 && *axis < type.getRank())
      return traceSize(dim.getSource(), *axis);
  }
  if (isa_and_nonnull<arith::DivSIOp, arith::DivUIOp, arith::FloorDivSIOp>(op))
    if (Value multiplied = getMultiplied(op))
      return traceSize(multiplied);
  if (isa_and_nonnull<arith::MaxSIOp, arith::MaxUIOp>(op)) {
    TracedSize first = traceSize(op->getOperand(0));
    if (first == traceSize(op->getOperand(1)))
      return first;
  }
  return {ShapedType::kDynamic, scalar};
}

TracedSize lowbit::traceSize(Value tensor, int64_t axis) {
  auto type = cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(axis))
    return {type.getDimSize(axis), nullptr};
  Operation *op = tensor.getDefiningOp();
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op);
      cast && isa<RankedTensorType>(cast.getSource().getType()))
    return traceSize(cast.getSource(), axis);
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op))
    return ::traceSize(empty.getMixedSizes()[axis]);
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op))
    return ::traceSize(expand.getMixedOutputShape()[axis]);
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op)) {
    ArrayRef<int64_t> shape = collapse.getSrcType().getShape();
    SmallVector<int64_t> places;
    for (int64_t place : collapse.getReassociationIndices()[axis])
      if (shape[place] != 1)
        places.push_back(place);
    if (places.size() == 1)
      return traceSize(collapse.getSrc(), places[0]);
  }
  if (auto reshape = dyn_cast_or_null<tensor::ReshapeOp>(op))
    if (auto sizes = reshape.getShape().getDefiningOp<tensor::FromElementsOp>())
      return traceSize(sizes.getElements()[axis]);
  if (auto style = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return traceSize(style.getTiedOpOperand(cast<OpResult>(tensor))->get(),
                     axis);
  return {ShapedType::kDynamic, tensor, axis};
}
