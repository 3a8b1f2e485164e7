//===- LoopPlan.cpp - How a generic op becomes vector loops ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopPlan.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/OpDefinition.h"

using namespace lowbit;
using namespace mlir;

/// `expr` is the dimension, or that plus something without it.
static bool isUnitStrideIn(AffineExpr expr, unsigned dim) {
  if (auto dimExpr = dyn_cast<AffineDimExpr>(expr))
    return dimExpr.getPosition() == dim;
  auto sum = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!sum || sum.getKind() != AffineExprKind::Add)
    return false;
  return (isUnitStrideIn(sum.getLHS(), dim) &&
          !sum.getRHS().isFunctionOfDim(dim)) ||
         (isUnitStrideIn(sum.getRHS(), dim) &&
          !sum.getLHS().isFunctionOfDim(dim));
}

/// `expr` keeps its value while `dim` runs through an aligned vector.
static bool isConstantInVector(AffineExpr expr, unsigned dim, int64_t lanes) {
  if (!expr.isFunctionOfDim(dim))
    return true;
  auto quotient = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!quotient || quotient.getKind() != AffineExprKind::FloorDiv)
    return false;
  if (isConstantInVector(quotient.getLHS(), dim, lanes))
    return !quotient.getRHS().isFunctionOfDim(dim);
  auto divisor = dyn_cast<AffineConstantExpr>(quotient.getRHS());
  return divisor && divisor.getValue() % lanes == 0 &&
         quotient.getLHS() == getAffineDimExpr(dim, expr.getContext());
}

/// c if `expr` is the dimension divided by a constant c, else 0.
static int64_t getDivisor(AffineExpr expr, unsigned dim) {
  auto quotient = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!quotient || quotient.getKind() != AffineExprKind::FloorDiv ||
      quotient.getLHS() != getAffineDimExpr(dim, expr.getContext()))
    return 0;
  auto divisor = dyn_cast<AffineConstantExpr>(quotient.getRHS());
  return divisor ? divisor.getValue() : 0;
}

int64_t LoopPlan::getRepetition(AffineMap map) const {
  return getDivisor(map.getResults().back(), vectorDim);
}

static std::optional<Access> classify(AffineMap map, Type operand, unsigned dim,
                                      int64_t lanes) {
  auto type = dyn_cast<MemRefType>(operand);
  if (!type)
    return Access::Uniform;
  unsigned uses = 0;
  bool constantInVector = true;
  for (AffineExpr expr : map.getResults()) {
    uses += expr.isFunctionOfDim(dim);
    constantInVector &= isConstantInVector(expr, dim, lanes);
  }
  if (uses == 0)
    return Access::Uniform;
  if (constantInVector)
    return Access::UniformInVector;
  if (uses > 1)
    return std::nullopt;
  for (auto [position, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(dim))
      continue;
    int64_t divisor = getDivisor(expr, dim);
    if (divisor > 0 && lanes % divisor == 0 && type.isLastDimUnitStride() &&
        position + 1 == map.getNumResults())
      return Access::Repeated;
    if (!isUnitStrideIn(expr, dim))
      return std::nullopt;
    if (position + 1 == map.getNumResults() && type.isLastDimUnitStride())
      return Access::Contiguous;
  }
  // A gather indexes the innermost dimension, so its stride must be one.
  if (!type.isLastDimUnitStride())
    return std::nullopt;
  return Access::Strided;
}

/// Whether elements lie in memory as bytes or more. Those of i1 do; vectors of
/// i1 would not, so that they are loaded and stored as vectors of i8.
static bool hasWholeBytes(Type type) {
  Type element = getElementTypeOrSelf(type);
  return !element.isIntOrFloat() || element.isInteger(1) ||
         element.getIntOrFloatBitWidth() % 8 == 0;
}

/// Why an op of the body cannot compute on vectors; empty if it can.
static std::string checkBody(linalg::GenericOp op) {
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()) && !hasWholeBytes(operand.getType()))
      return "an operand's elements are not whole bytes";
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (auto load = dyn_cast<memref::LoadOp>(inner);
        load && !hasWholeBytes(load.getType()))
      return "an element that is loaded is not whole bytes";
    if (isa<linalg::IndexOp, arith::ConstantOp, memref::LoadOp, cf::AssertOp>(
            inner))
      continue;
    if (inner.getNumRegions() || inner.getNumResults() != 1 ||
        !OpTrait::hasElementwiseMappableTraits(&inner))
      return "'" + inner.getName().getStringRef().str() +
             "' does not compute on vectors";
  }
  return "";
}

/// The ops that combine into each output when `dim` is reduced; fails if an
/// output depends on the dimension or its value is used in another way.
static FailureOr<SmallVector<Operation *>> getCombiners(linalg::GenericOp op,
                                                        unsigned dim) {
  SmallVector<Operation *> combiners;
  for (OpOperand &init : op.getDpsInitsMutable())
    if (op.getMatchingIndexingMap(&init).isFunctionOfDim(dim))
      return failure();
  for (auto [i, argument] : llvm::enumerate(op.getRegionOutputArgs())) {
    SmallVector<Operation *> ops;
    if (!argument.hasOneUse() ||
        !matchReduction(op.getRegionOutputArgs(), i, ops) || ops.size() != 1 ||
        !arith::getNeutralElement(ops.front()) ||
        !linalg::getCombinerOpKind(ops.front()))
      return failure();
    combiners.push_back(ops.front());
  }
  return combiners;
}

FailureOr<LoopPlan> LoopPlan::get(linalg::GenericOp op, int64_t lanes,
                                  std::string &reason) {
  reason = checkBody(op);
  if (!reason.empty())
    return failure();
  SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  std::optional<LoopPlan> best;
  int64_t bestScore = 0;
  for (unsigned dim = 0, e = op.getNumLoops(); dim < e; ++dim) {
    LoopPlan plan;
    plan.vectorDim = dim;
    plan.isReduction = iterators[dim] == utils::IteratorType::reduction;
    if (plan.isReduction) {
      auto combiners = getCombiners(op, dim);
      if (failed(combiners))
        continue;
      plan.combiners = *combiners;
    }
    int64_t score = 0;
    bool possible = true;
    for (OpOperand &operand : op->getOpOperands()) {
      std::optional<Access> access =
          classify(op.getMatchingIndexingMap(&operand), operand.get().getType(),
                   dim, lanes);
      if (op.isDpsInit(&operand) && !plan.isReduction &&
          access != Access::Contiguous)
        possible = false;
      if (!access) {
        possible = false;
        break;
      }
      score += *access == Access::Contiguous ? 4 : 0;
      score -= *access == Access::Strided ? 8 : 0;
      plan.accesses.push_back(*access);
    }
    if (!possible)
      continue;
    // Few elements leave lanes empty; otherwise rather no reduction.
    if (!ShapedType::isDynamic(ranges[dim]) && ranges[dim] < lanes / 2)
      score -= 8;
    score += plan.isReduction ? 0 : 1;
    if (!best || score >= bestScore) {
      best = plan;
      bestScore = score;
    }
  }
  if (best)
    return *best;
  reason = "no dimension runs contiguously through the outputs or reduces into "
           "them";
  return failure();
}
