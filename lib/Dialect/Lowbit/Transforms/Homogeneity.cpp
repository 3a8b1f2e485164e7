//===- Homogeneity.cpp - What a factor of inputs does to results ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Homogeneity.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace lowbit;
using namespace mlir;

bool lowbit::isZero(Value value) {
  if (auto fill = value.getDefiningOp<linalg::FillOp>())
    return isZero(fill.getInputs().front());
  return matchPattern(value, m_AnyZeroFloat());
}

/// The degree of a sum of the two, or of a choice between them.
static Degree join(Degree a, Degree b) {
  if (a == Degree::Zero || a == b)
    return b;
  return b == Degree::Zero ? a : Degree::Other;
}

static Degree multiply(Degree a, Degree b) {
  if (a == Degree::Other || b == Degree::Other ||
      (a == Degree::One && b == Degree::One))
    return Degree::Other;
  if (a == Degree::Zero || b == Degree::Zero)
    return Degree::Zero;
  return a == Degree::One ? a : b;
}

static Degree divide(Degree a, Degree b) {
  if (b == Degree::None)
    return a;
  return a == Degree::One && b == Degree::One ? Degree::None : Degree::Other;
}

/// The degree of the result of `op`. Clears `anySign` where that holds only for
/// positive factors.
static Degree getDegree(Operation *op, ArrayRef<Degree> in, bool &anySign) {
  auto forPositive = [&](Degree degree) {
    anySign &= degree != Degree::One;
    return degree;
  };
  return TypeSwitch<Operation *, Degree>(op)
      .Case<arith::AddFOp, arith::SubFOp>(
          [&](Operation *) { return join(in[0], in[1]); })
      .Case<arith::MulFOp>([&](Operation *) { return multiply(in[0], in[1]); })
      .Case<arith::DivFOp>([&](Operation *) { return divide(in[0], in[1]); })
      .Case<arith::NegFOp, arith::ExtFOp>([&](Operation *) { return in[0]; })
      .Case<math::AbsFOp>([&](Operation *) { return forPositive(in[0]); })
      .Case<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
            arith::MinNumFOp>(
          [&](Operation *) { return forPositive(join(in[0], in[1])); })
      .Case<arith::CmpFOp>([&](Operation *) {
        return forPositive(join(in[0], in[1])) == Degree::Other ? Degree::Other
                                                                : Degree::None;
      })
      .Case<arith::SelectOp>([&](Operation *) {
        return in[0] == Degree::None ? join(in[1], in[2]) : Degree::Other;
      })
      .Default([&](Operation *) {
        bool isSame = llvm::all_of(in, [](Degree degree) {
          return degree == Degree::None || degree == Degree::Zero;
        });
        return isSame && op->getNumRegions() == 0 ? Degree::None
                                                  : Degree::Other;
      });
}

Homogeneity lowbit::getHomogeneity(Block &body,
                                   const llvm::SmallBitVector &scaled) {
  llvm::DenseMap<Value, Degree> degrees;
  for (BlockArgument argument : body.getArguments())
    degrees[argument] =
        scaled.test(argument.getArgNumber()) ? Degree::One : Degree::None;
  auto find = [&](Value value) {
    if (isZero(value))
      return Degree::Zero;
    auto it = degrees.find(value);
    return it == degrees.end() ? Degree::None : it->second;
  };
  Homogeneity result;
  for (Operation &op : body.without_terminator()) {
    SmallVector<Degree> in = llvm::map_to_vector(op.getOperands(), find);
    bool anySign = true;
    Degree degree = getDegree(&op, in, anySign);
    if (!anySign && !std::exchange(result.needsPositive, true))
      result.op = &op;
    // What follows from it is no reason of its own.
    if (degree == Degree::Other && !llvm::is_contained(in, Degree::Other))
      result.op = &op;
    for (Value value : op.getResults())
      degrees[value] = degree;
  }
  result.degree = find(body.getTerminator()->getOperand(0));
  return result;
}
