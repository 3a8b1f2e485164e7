//===- GuardDivisions.cpp - Integer divisions that never trap -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches integer division and remainder, on scalars and vectors, whose divisor
// is not a constant without zeros. Makes x / 0 = 0 and x % 0 = x, and the
// smallest integer divided by -1 itself with remainder 0: a divisor that the
// processor would trap on becomes 1, and a select puts the result for zero in
// place. Importers divide by sizes, which are zero for an empty batch, and a
// trap ends the process. Leaves divisions by other constants, which are all
// that our own loops contain; beside a division by a variable, which
// takes the processor tens of cycles, the comparisons are nothing.

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

namespace lowbit {
#define GEN_PASS_DEF_GUARDDIVISIONSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

static unsigned getWidth(Type type) {
  type = getElementTypeOrSelf(type);
  return isa<IndexType>(type) ? IndexType::kInternalStorageBitWidth
                              : type.getIntOrFloatBitWidth();
}

static Value constant(ImplicitLocOpBuilder &b, Type type, const APInt &value) {
  IntegerAttr element = b.getIntegerAttr(getElementTypeOrSelf(type), value);
  if (auto shaped = dyn_cast<ShapedType>(type))
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(shaped, Attribute(element)));
  return arith::ConstantOp::create(b, element);
}

/// Whether `divisor` is a constant without zeros. (Compilers negate rather than
/// divide by -1.)
static bool isSafe(Value divisor) {
  APInt value;
  if (matchPattern(divisor, m_ConstantInt(&value)))
    return !value.isZero();
  DenseIntElementsAttr values;
  return matchPattern(divisor, m_Constant(&values)) &&
         llvm::none_of(values.getValues<APInt>(),
                       [](const APInt &element) { return element.isZero(); });
}

static void guard(Operation *op, bool isSigned, bool isRemainder) {
  ImplicitLocOpBuilder b(op->getLoc(), op);
  Value dividend = op->getOperand(0), divisor = op->getOperand(1);
  Type type = divisor.getType();
  unsigned width = getWidth(type);
  auto equal = [&](Value x, Value y) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, y);
  };
  Value zero = constant(b, type, APInt::getZero(width));
  Value one = constant(b, type, APInt(width, 1));
  Value isZero = equal(divisor, zero);
  Value traps = isZero;
  if (isSigned) {
    Value isMinusOne =
        equal(divisor, constant(b, type, APInt::getAllOnes(width)));
    Value isSmallest =
        equal(dividend, constant(b, type, APInt::getSignedMinValue(width)));
    Value overflows = arith::AndIOp::create(b, isMinusOne, isSmallest);
    traps = arith::OrIOp::create(b, isZero, overflows);
  }
  op->setOperand(1, arith::SelectOp::create(b, traps, one, divisor));
  b.setInsertionPointAfter(op);
  Value result = op->getResult(0);
  auto select =
      arith::SelectOp::create(b, isZero, isRemainder ? dividend : zero, result);
  result.replaceAllUsesExcept(select, select);
}

namespace {

struct GuardDivisionsPass final
    : lowbit::impl::GuardDivisionsPassBase<GuardDivisionsPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      bool isRemainder = isa<arith::RemSIOp, arith::RemUIOp>(op);
      bool isSigned = isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp,
                          arith::FloorDivSIOp>(op);
      bool isUnsigned =
          isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(op);
      if ((isSigned || isUnsigned) && !isSafe(op->getOperand(1)))
        guard(op, isSigned, isRemainder);
    });
  }
};

} // namespace
