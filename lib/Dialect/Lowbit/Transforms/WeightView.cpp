//===- WeightView.cpp - A weight seen through copies ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "WeightView.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

/// The map from indices of the result of `op` to those of its input, if it
/// copies elements and does nothing else.
static FailureOr<AffineMap> getCopyMap(linalg::LinalgOp op) {
  if (!op.hasPureTensorSemantics() || op.getNumDpsInputs() != 1 ||
      op.getNumDpsInits() != 1 ||
      op.getNumParallelLoops() != op.getNumLoops() ||
      !isa<RankedTensorType>(op.getDpsInputs().front().getType()))
    return failure();
  Block *body = op.getBlock();
  if (body->getTerminator()->getOperand(0) != body->getArgument(0))
    return failure();
  AffineMap out = op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  if (!out.isPermutation())
    return failure();
  return op.getMatchingIndexingMap(op.getDpsInputOperand(0))
      .compose(inversePermutation(out));
}

/// Rewrites `map`, from indices of the source of a reshape, to indices of its
/// result. `fewer` is the shape of the side with fewer axes, each of which
/// corresponds to a group of axes of `more`.
static FailureOr<AffineMap> reshapeMap(AffineMap map, bool isCollapse,
                                       ArrayRef<int64_t> more, int64_t rank,
                                       ArrayRef<ReassociationIndices> groups) {
  MLIRContext *context = map.getContext();
  AffineExpr zero = getAffineConstantExpr(0, context);
  SmallVector<AffineExpr> replacements(map.getNumDims(), zero);
  for (auto [index, group] : llvm::enumerate(groups)) {
    // Indices of axes of one element are 0 and drop out of the arithmetic of
    // the reshape. What remains must be one axis, unless the weight is constant
    // along all of them.
    SmallVector<int64_t> wide;
    for (int64_t axis : group)
      if (more[axis] != 1)
        wide.push_back(axis);
    bool isUsed = isCollapse ? llvm::any_of(wide,
                                            [&](int64_t axis) {
                                              return map.isFunctionOfDim(axis);
                                            })
                             : map.isFunctionOfDim(index);
    if (!isUsed || wide.empty())
      continue;
    if (wide.size() > 1)
      return failure();
    int64_t from = isCollapse ? wide.front() : index;
    int64_t to = isCollapse ? index : wide.front();
    replacements[from] = getAffineDimExpr(to, context);
  }
  return map.replaceDimsAndSymbols(replacements, {}, rank, 0);
}

FailureOr<WeightView> lowbit::getWeightView(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return failure();
  if (isWeight(value))
    return WeightView{value, AffineMap::getMultiDimIdentityMap(
                                 type.getRank(), type.getContext())};
  if (getEncoding(type))
    return failure();

  Operation *op = value.getDefiningOp();
  if (!op)
    return failure();
  if (auto copy = dyn_cast<linalg::LinalgOp>(op)) {
    FailureOr<AffineMap> copyMap = getCopyMap(copy);
    if (failed(copyMap))
      return failure();
    FailureOr<WeightView> source = getWeightView(copy.getDpsInputs().front());
    if (failed(source))
      return failure();
    return WeightView{source->weight, source->map.compose(*copyMap)};
  }
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return getWeightView(cast.getSource());
  if (!isa<tensor::CollapseShapeOp, tensor::ExpandShapeOp>(op))
    return failure();

  FailureOr<WeightView> source = getWeightView(op->getOperand(0));
  if (failed(source))
    return failure();
  FailureOr<AffineMap> map;
  if (auto collapse = dyn_cast<tensor::CollapseShapeOp>(op))
    map = reshapeMap(source->map, /*isCollapse=*/true,
                     collapse.getSrcType().getShape(), type.getRank(),
                     collapse.getReassociationIndices());
  else
    map = reshapeMap(source->map, /*isCollapse=*/false, type.getShape(),
                     type.getRank(),
                     cast<tensor::ExpandShapeOp>(op).getReassociationIndices());
  if (failed(map))
    return failure();
  return WeightView{source->weight, *map};
}
