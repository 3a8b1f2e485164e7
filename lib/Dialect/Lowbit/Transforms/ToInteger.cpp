//===- ToInteger.cpp - Contract integers where both operands are integers -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches contractions over one axis, and convolutions, whose operands are both
// encoded with affine codecs, the weight also with a table of levels that are
// integers times a power of two. With a and w the codes less their zero points,
// or these integers, makes, for each group g of the weight along the reduction,
// sums in i32, and then in f32, as docs/spec.md has it:
//
//   acc[g] = sum over the group of a * w
//   f      = 0;  for g ascending: f = fma(acc[g], scale of w, f)
//   result = fma(f, scale of a, init)
//
// The activation's scale must be constant along the reduction, and that of a
// convolution's filter too: it has one group. All other uses
// of encoded tensors are decoded as lowbit-decode does, contractions with a
// remark that says why.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"
#include "LinalgBuilding.h"
#include "ScaleArithmetic.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/DecodeOperands.h"
#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>

namespace lowbit {
#define GEN_PASS_DEF_TOINTEGERPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// From loops (or whatever `loops` has for each) to the scale of an operand.
/// `group` is the number of the group along the reduction.
static AffineMap getScaleAccess(const IntegerContraction::Side &side,
                                unsigned numDims, ArrayRef<AffineExpr> loops,
                                AffineExpr group) {
  SmallVector<AffineExpr> places;
  for (auto [dim, block] : llvm::enumerate(side.blocks)) {
    if (block == 0)
      continue;
    if (static_cast<int64_t>(dim) == side.axis) {
      places.push_back(group);
      continue;
    }
    // Without a loop it is summed over, and one block is all of it.
    auto loop = dyn_cast<AffineDimExpr>(side.map.getResult(dim));
    AffineExpr index = loop ? loops[loop.getPosition()] : AffineExpr();
    places.push_back(index ? index.floorDiv(block)
                           : getAffineConstantExpr(0, group.getContext()));
  }
  return AffineMap::get(numDims, 0, places, group.getContext());
}

namespace {
class IntegerLowering {
public:
  IntegerLowering(ImplicitLocOpBuilder &b, linalg::LinalgOp op,
                  const IntegerContraction &plan)
      : b(b), op(op), plan(plan), numLoops(op.getNumLoops()),
        resultMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        init(op.getDpsInits()[0]),
        activation(EncodedParts::fromEncoded(
            b, op.getDpsInputs()[plan.activation.number])),
        weight(EncodedParts::fromEncoded(
            b, op.getDpsInputs()[plan.weight.number])),
        resultSizes(tensor::getMixedSizes(b, b.getLoc(), init)) {
    if (plan.hasOneGroup()) {
      groupCount = b.getIndexAttr(1);
      return;
    }
    OpFoldResult size = weight.sizes[plan.weight.axis];
    AffineExpr d0 = b.getAffineDimExpr(0);
    groupCount = emitSize(b, d0.ceilDiv(plan.group), {size});
    paddedSize = emitSize(b, d0 * plan.group, {groupCount});
  }

  Value run() { return addScaled(sumGroups(contract())); }

private:
  /// An operand's codes less zero points, the last group filled up with zeros.
  Value buildOperand(const EncodedParts &parts,
                     const IntegerContraction::Side &side) {
    Value integers = buildIntegers(b, parts);
    if (plan.hasOneGroup())
      return integers;
    return buildPadding(b, integers, side.axis, parts.sizes[side.axis],
                        paddedSize);
  }

  /// acc[g, result indices] in i32. The loops are the group and those of `op`,
  /// where the one summed over runs within the group.
  Value contract() {
    AffineExpr group = b.getAffineDimExpr(0);
    AffineExpr inGroup = b.getAffineDimExpr(plan.loop + 1);
    auto getMap = [&](const IntegerContraction::Side &side) {
      AffineMap map = side.map.shiftDims(1);
      if (plan.hasOneGroup())
        return map;
      return map.replace(inGroup, group * plan.group + inGroup, numLoops + 1,
                         0);
    };
    SmallVector<Value> inputs = {buildOperand(activation, plan.activation),
                                 buildOperand(weight, plan.weight)};
    SmallVector<AffineMap> maps = {getMap(plan.activation),
                                   getMap(plan.weight)};
    if (!plan.hasOneGroup()) {
      // Gives the loop its extent; nothing reads it.
      inputs.push_back(tensor::EmptyOp::create(b, ArrayRef<int64_t>{plan.group},
                                               b.getI8Type()));
      maps.push_back(AffineMap::get(numLoops + 1, 0, inGroup));
    }
    maps.push_back(resultMap.shiftDims(1).insertResult(group, 0));

    SmallVector<utils::IteratorType> iterators = op.getIteratorTypesArray();
    iterators.insert(iterators.begin(), utils::IteratorType::parallel);
    SmallVector<OpFoldResult> sizes = resultSizes;
    sizes.insert(sizes.begin(), groupCount);
    Value zeros = buildZeros(b, sizes, b.getI32Type());
    auto sums = linalg::GenericOp::create(
        b, zeros.getType(), inputs, zeros, maps, iterators,
        [&](OpBuilder &builder, Location loc, ValueRange elements) {
          ImplicitLocOpBuilder inner(loc, builder);
          Value product =
              arith::MulIOp::create(inner, elements[0], elements[1]);
          Value sum = arith::AddIOp::create(inner, elements.back(), product);
          linalg::YieldOp::create(inner, sum);
        });
    if (Attribute layer = op->getAttr(LowbitDialect::kLayerAttr))
      sums->setAttr(LowbitDialect::kLayerAttr, layer);
    return sums.getResult(0);
  }

  /// For each loop of `op` that indexes the result, where in it.
  SmallVector<AffineExpr> getResultLoops() {
    SmallVector<AffineExpr> loops(numLoops);
    for (unsigned i = 0; i < resultMap.getNumResults(); ++i)
      loops[resultMap.getDimPosition(i)] = b.getAffineDimExpr(i);
    return loops;
  }

  /// f[result indices]: the loops are those of the result and, last, the
  /// groups in ascending order.
  Value sumGroups(Value sums) {
    unsigned rank = resultMap.getNumResults();
    SmallVector<AffineExpr> loops = getResultLoops();
    AffineExpr group = b.getAffineDimExpr(rank);
    AffineMap result = AffineMap::getMultiDimIdentityMap(rank, b.getContext());
    result = AffineMap::get(rank + 1, 0, result.getResults(), b.getContext());
    SmallVector<AffineMap> maps = {
        result.insertResult(group, 0),
        getScaleAccess(plan.weight, rank + 1, loops, group), result};
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::parallel);
    iterators.push_back(utils::IteratorType::reduction);
    Value zeros = buildZeros(b, resultSizes, b.getF32Type());
    auto table = numerics::IntegerLevels::get(
        *weight.getEncoding().getCodec().getCodec());
    unsigned shift = table ? table->shift : 0;
    auto scaled = linalg::GenericOp::create(
        b, zeros.getType(), ValueRange{sums, buildScales(b, weight)}, zeros,
        maps, iterators,
        [&](OpBuilder &builder, Location loc, ValueRange elements) {
          ImplicitLocOpBuilder inner(loc, builder);
          Type f32 = inner.getF32Type();
          Value sum = arith::SIToFPOp::create(inner, f32, elements[0]);
          Value scale = emitToF32(inner, elements[1]);
          if (shift != 0)
            scale = arith::MulFOp::create(
                inner, scale,
                emitConstant(inner, f32, std::ldexp(1.0, -int(shift))));
          Value next = math::FmaOp::create(inner, sum, scale, elements[2]);
          linalg::YieldOp::create(inner, next);
        });
    return scaled.getResult(0);
  }

  /// fma(f, scale of the activation, init).
  Value addScaled(Value scaled) {
    unsigned rank = resultMap.getNumResults();
    SmallVector<AffineExpr> loops = getResultLoops();
    AffineMap identity = b.getMultiDimIdentityMap(rank);
    AffineMap scaleMap = getScaleAccess(plan.activation, rank, loops,
                                        b.getAffineConstantExpr(0));
    return buildParallel(
        b, resultSizes, b.getF32Type(),
        {scaled, buildScales(b, activation), init},
        {identity, scaleMap, identity},
        [](ImplicitLocOpBuilder &inner,
           ValueRange elements) -> SmallVector<Value> {
          return {math::FmaOp::create(
              inner, elements[0], emitToF32(inner, elements[1]), elements[2])};
        });
  }

  ImplicitLocOpBuilder &b;
  linalg::LinalgOp op;
  const IntegerContraction &plan;
  unsigned numLoops;
  AffineMap resultMap;
  Value init;
  EncodedParts activation, weight;
  SmallVector<OpFoldResult> resultSizes;
  /// Of the reduction; the padded size where there are several groups.
  OpFoldResult groupCount, paddedSize;
};

struct ToIntegerPass final : lowbit::impl::ToIntegerPassBase<ToIntegerPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> users;
    getOperation()->walk([&](Operation *op) {
      if (computesWithEncoded(op) && (gathers || !isa<tensor::ExtractOp>(op)))
        users.push_back(op);
    });
    RemarksByReason remarks;
    for (Operation *op : users) {
      auto contraction = dyn_cast<linalg::LinalgOp>(op);
      if (!contraction || !(linalg::isaContractionOpInterface(contraction) ||
                            isConvolutionOfProducts(contraction))) {
        decodeOperands(op);
        continue;
      }
      std::string reason;
      FailureOr<IntegerContraction> plan =
          IntegerContraction::get(contraction, reason);
      if (failed(plan)) {
        remarks.add(op, reason);
        decodeOperands(op);
        continue;
      }
      ImplicitLocOpBuilder b(op->getLoc(), op);
      Value result = IntegerLowering(b, contraction, *plan).run();
      op->replaceAllUsesWith(ValueRange{result});
      op->erase();
    }
    remarks.emit("contracts decoded operands");
  }
};
} // namespace
