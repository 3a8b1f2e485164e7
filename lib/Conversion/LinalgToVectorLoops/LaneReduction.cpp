//===- LaneReduction.cpp - Reductions in the lanes of vectors -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LaneReduction.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace mlir;

static Value bitcast(ImplicitLocOpBuilder &b, Value values, Type element) {
  auto type = cast<VectorType>(values.getType());
  return arith::BitcastOp::create(b, type.clone(element), values);
}

Type LaneReduction::getType() const { return combiner->getResult(0).getType(); }

bool LaneReduction::isOfMagnitudes() const {
  return isa<arith::MaximumFOp>(combiner) &&
         llvm::any_of(combiner->getOperands(), [](Value operand) {
           return operand.getDefiningOp<math::AbsFOp>();
         });
}

Value LaneReduction::emitStart(ImplicitLocOpBuilder &b) const {
  // +0 added to -0 would be +0.
  TypedAttr neutral = isa<arith::AddFOp>(combiner)
                          ? TypedAttr(FloatAttr::get(getType(), -0.0))
                          : *arith::getNeutralElement(combiner);
  Value start =
      vector::BroadcastOp::create(b, VectorType::get({lanes}, getType()),
                                  arith::ConstantOp::create(b, neutral));
  return emitOperand(b, start);
}

Value LaneReduction::emitOperand(ImplicitLocOpBuilder &b, Value values) const {
  if (!isOfMagnitudes())
    return values;
  return bitcast(b, values,
                 b.getIntegerType(getType().getIntOrFloatBitWidth()));
}

Value LaneReduction::emitCombine(ImplicitLocOpBuilder &b, Value lhs,
                                 Value rhs) const {
  // The start, minus infinity, is negative as an integer, too.
  if (isOfMagnitudes())
    return arith::MaxSIOp::create(b, lhs, rhs);
  return b
      .create(b.getLoc(), combiner->getName().getIdentifier(), {lhs, rhs},
              {lhs.getType()}, combiner->getAttrs())
      ->getResult(0);
}

Value LaneReduction::emitAcrossLanes(ImplicitLocOpBuilder &b,
                                     Value vector) const {
  // Of integers LLVM does the same; floats it takes one after the other.
  if (!isa<FloatType>(getElementTypeOrSelf(vector.getType()))) {
    vector::CombiningKind kind = isOfMagnitudes()
                                     ? vector::CombiningKind::MAXSI
                                     : *linalg::getCombinerOpKind(combiner);
    Value result = vector::ReductionOp::create(b, kind, vector);
    if (isOfMagnitudes())
      result = arith::BitcastOp::create(b, getType(), result);
    return result;
  }
  for (int64_t half = lanes / 2; half > 0; half /= 2) {
    auto take = [&](int64_t from) -> Value {
      return vector::ExtractStridedSliceOp::create(
          b, vector, ArrayRef<int64_t>{from}, ArrayRef<int64_t>{half},
          ArrayRef<int64_t>{1});
    };
    Value low = take(0), high = take(half);
    vector = emitCombine(b, low, high);
  }
  return vector::ExtractOp::create(b, vector, 0);
}
