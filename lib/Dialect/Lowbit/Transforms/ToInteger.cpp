//===- ToInteger.cpp - Contract integers where both operands are integers -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// Matches contractions over one axis whose operands are both encoded with
// affine codecs. With a and w the codes less their zero points, makes, for each
// group g of the weight along the reduction, sums in i32, and then in f32, as
// docs/spec.md has it:
//
//   acc[g] = sum over the group of a * w
//   f      = 0;  for g ascending: f = fma(acc[g], scale of w, f)
//   result = fma(f, scale of a, init)
//
// The activation's scale must be constant along the reduction. All other uses
// of encoded tensors are decoded as lowbit-decode does, contractions with a
// remark that says why.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"
#include "DecodeOperands.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <variant>

namespace lowbit {
#define GEN_PASS_DEF_TOINTEGERPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// An operand of a contraction.
struct Side {
  unsigned number;
  RankedTensorType type;
  /// From the loops of the contraction to the operand's indices.
  AffineMap map;
  /// Its dimension that is summed over.
  int64_t axis;
  SmallVector<int64_t> blocks;

  EncodingAttr getEncoding() const {
    return cast<EncodingAttr>(type.getEncoding());
  }
  int64_t getSize() const { return type.getDimSize(axis); }
  /// How many of `size` elements along the reduction share a scale, 0 for all.
  int64_t getGroup(int64_t size) const {
    int64_t block = blocks[axis];
    return !ShapedType::isDynamic(size) && block >= size ? 0 : block;
  }
  /// The largest |code - zero point|.
  int64_t getBound() const {
    numerics::CodecRef codec = getEncoding().getCodec().getCodec();
    if (getEncoding().getScale().hasZeroPoint())
      return codec->codeMax() - codec->codeMin();
    return std::max(-codec->codeMin(), codec->codeMax());
  }
};

/// How a contraction is to be computed on integers.
struct Plan {
  Side activation, weight;
  /// The loop that is summed over.
  unsigned loop;
  /// Its extent, or kDynamic.
  int64_t size;
  /// How many of its iterations make a group.
  int64_t group;

  /// Whether there is one group, known to be all of the reduction.
  bool hasOneGroup() const { return group == size; }
};
} // namespace

/// The plan for `op`, or the reason why there is none.
static std::variant<Plan, std::string> makePlan(linalg::LinalgOp op) {
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  if (reductions.size() != 1)
    return "it sums over " + std::to_string(reductions.size()) + " axes";

  SmallVector<Side> sides;
  for (unsigned i = 0; i < 2; ++i) {
    OpOperand *operand = op.getDpsInputOperand(i);
    std::string name = "operand #" + std::to_string(i);
    EncodingAttr encoding = getEncoding(operand->get().getType());
    if (!encoding)
      return name + " is not encoded";
    if (!encoding.getCodec().getCodec()->isAffine())
      return name + " has no affine codec";
    auto type = cast<RankedTensorType>(operand->get().getType());
    if (!type.getElementType().isF32())
      return name + " is not f32";
    AffineMap map = op.getMatchingIndexingMap(operand);
    std::optional<unsigned> axis = map.getResultPosition(
        getAffineDimExpr(reductions.front(), op.getContext()));
    if (!axis)
      return name + " is not summed over";
    sides.push_back({i, type, map, *axis,
                     encoding.getScale().getBlockShape(type.getRank())});
  }
  if (!getElementTypeOrSelf(op.getDpsInits()[0].getType()).isF32())
    return std::string("its result is not f32");

  // One operand with a static shape is enough to know the size.
  int64_t size = ShapedType::isDynamic(sides[0].getSize()) ? sides[1].getSize()
                                                           : sides[0].getSize();
  // By custom the weight is the second operand; grouped scales show it.
  if (sides[0].getGroup(size) != 0)
    std::swap(sides[0], sides[1]);
  if (sides[0].getGroup(size) != 0)
    return std::string("both operands have several scales along the reduction");

  int64_t group = sides[1].getGroup(size);
  if (group == 0)
    group = size;
  if (ShapedType::isDynamic(group))
    return std::string("the size of the reduction is not known, so that i32 "
                       "could overflow");
  int64_t product = sides[0].getBound() * sides[1].getBound();
  if (group > std::numeric_limits<int32_t>::max() / product)
    return "i32 could overflow in sums of " + std::to_string(group) +
           " products of up to " + std::to_string(product);
  return Plan{sides[0], sides[1], reductions.front(), size, group};
}

/// From loops (or whatever `loops` has for each) to the scale of an operand.
/// `group` is the number of the group along the reduction.
static AffineMap getScaleAccess(const Side &side, unsigned numDims,
                                ArrayRef<AffineExpr> loops, AffineExpr group) {
  SmallVector<AffineExpr> places;
  for (auto [dim, block] : llvm::enumerate(side.blocks)) {
    if (block == 0)
      continue;
    if (static_cast<int64_t>(dim) == side.axis)
      places.push_back(group);
    else
      places.push_back(loops[side.map.getDimPosition(dim)].floorDiv(block));
  }
  return AffineMap::get(numDims, 0, places, group.getContext());
}

namespace {
class IntegerContraction {
public:
  IntegerContraction(ImplicitLocOpBuilder &b, linalg::LinalgOp op,
                     const Plan &plan)
      : b(b), op(op), plan(plan), numLoops(op.getNumLoops()),
        resultMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        init(op.getDpsInits()[0]),
        activation(EncodedParts::fromEncoded(
            b, op.getDpsInputs()[plan.activation.number])),
        weight(EncodedParts::fromEncoded(
            b, op.getDpsInputs()[plan.weight.number])),
        resultSizes(tensor::getMixedSizes(b, b.getLoc(), init)) {
    OpFoldResult size = weight.sizes[plan.weight.axis];
    AffineExpr d0 = b.getAffineDimExpr(0);
    groupCount = emitSize(b, d0.ceilDiv(plan.group), {size});
    paddedSize = emitSize(b, d0 * plan.group, {groupCount});
  }

  Value run() { return addScaled(sumGroups(contract())); }

private:
  /// An operand's codes less zero points, the last group filled up with zeros.
  Value buildOperand(const EncodedParts &parts, const Side &side) {
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
    auto getMap = [&](const Side &side) {
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

  /// f[result indices]: the loops are those of `op`, where the one summed over
  /// is the group, in ascending order.
  Value sumGroups(Value sums) {
    SmallVector<AffineExpr> loops;
    for (unsigned i = 0; i < numLoops; ++i)
      loops.push_back(b.getAffineDimExpr(i));
    AffineExpr group = loops[plan.loop];
    SmallVector<AffineMap> maps = {
        resultMap.insertResult(group, 0),
        getScaleAccess(plan.weight, numLoops, loops, group), resultMap};
    Value zeros = buildZeros(b, resultSizes, b.getF32Type());
    auto scaled = linalg::GenericOp::create(
        b, zeros.getType(), ValueRange{sums, buildScales(b, weight)}, zeros,
        maps, op.getIteratorTypesArray(),
        [](OpBuilder &builder, Location loc, ValueRange elements) {
          ImplicitLocOpBuilder inner(loc, builder);
          Value sum =
              arith::SIToFPOp::create(inner, inner.getF32Type(), elements[0]);
          Value next = math::FmaOp::create(
              inner, sum, emitToF32(inner, elements[1]), elements[2]);
          linalg::YieldOp::create(inner, next);
        });
    return scaled.getResult(0);
  }

  /// fma(f, scale of the activation, init).
  Value addScaled(Value scaled) {
    unsigned rank = resultMap.getNumResults();
    SmallVector<AffineExpr> loops(numLoops);
    for (unsigned i = 0; i < rank; ++i)
      loops[resultMap.getDimPosition(i)] = b.getAffineDimExpr(i);
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
  const Plan &plan;
  unsigned numLoops;
  AffineMap resultMap;
  Value init;
  EncodedParts activation, weight;
  SmallVector<OpFoldResult> resultSizes;
  OpFoldResult groupCount, paddedSize;
};

struct ToIntegerPass final : lowbit::impl::ToIntegerPassBase<ToIntegerPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<Operation *> users;
    getOperation()->walk([&](Operation *op) {
      if (computesWithEncoded(op))
        users.push_back(op);
    });
    for (Operation *op : users) {
      auto contraction = dyn_cast<linalg::LinalgOp>(op);
      if (!contraction || !linalg::isaContractionOpInterface(contraction)) {
        decodeOperands(op);
        continue;
      }
      std::variant<Plan, std::string> plan = makePlan(contraction);
      if (auto *reason = std::get_if<std::string>(&plan)) {
        op->emitRemark("contracts decoded operands: ") << *reason;
        decodeOperands(op);
        continue;
      }
      ImplicitLocOpBuilder b(op->getLoc(), op);
      Value result =
          IntegerContraction(b, contraction, std::get<Plan>(plan)).run();
      op->replaceAllUsesWith(ValueRange{result});
      op->erase();
    }
  }
};
} // namespace
