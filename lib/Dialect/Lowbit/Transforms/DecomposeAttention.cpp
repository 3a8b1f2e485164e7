//===- DecomposeAttention.cpp - Attention as linalg -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches every lowbit.attention. Makes two batched products and a softmax of
// generics between them, in f32, with all scores at once. Encoded operands are
// decoded in front, pages gathered, sequences of several batches brought one
// behind the other. Leaves no lowbit.attention.
//
//===----------------------------------------------------------------------===//

#include "AttentionScores.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/Transforms/AttentionCounts.h"
#include "lowbit/Dialect/Lowbit/Transforms/CheckAttention.h"
#include "lowbit/Dialect/Lowbit/Transforms/DecodeOperands.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"

namespace lowbit {
#define GEN_PASS_DEF_DECOMPOSEATTENTIONPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// Replaces one attention. Tensors of rank 4 are [batch, heads, rows, size].
class Decomposition {
public:
  Decomposition(IRRewriter &rewriter, AttentionOp op)
      : b(op.getLoc(), rewriter), rewriter(rewriter), op(op),
        sizes(op.getSizes()) {}

  void run();

private:
  OpFoldResult sizeOf(Value value, int64_t axis) {
    return tensor::getMixedSize(b, b.getLoc(), value, axis);
  }
  OpFoldResult attr(int64_t size) { return b.getIndexAttr(size); }

  /// Builds behind what makes `value` until the guard ends. What an operand is
  /// brought into replaces it there; at the op, the projections of all three
  /// would be kept until then, each in a buffer of its own.
  OpBuilder::InsertionGuard buildAfter(Value value);
  /// [batch, rows, heads * size] as [batch, heads, rows, size].
  Value splitHeads(Value value, int64_t heads);
  /// Keys or values of all sequences, and the past ones in front of them.
  Value prepareKeys(Value value, Value past);
  /// Finds `places`, and brings keys of several sequences one behind the other.
  void placeSequences();
  /// Joins heads that share keys to rows of one product, and batch and heads.
  Value toBatches(Value value, bool isQuery);
  /// The inverse, for products with as many rows as there are queries.
  Value fromBatches(Value value, OpFoldResult last);
  /// The product of [b, m, k] and [b, k, n], or [b, n, k].
  Value contract(Value lhs, Value rhs, bool isTransposed);
  /// The row of `scores` reduced to [batch, heads, queries].
  template <typename Combiner>
  Value reduceRows(Value scores, double start);

  int64_t groupSize() const { return sizes.queryHeads / sizes.keyHeads; }

  ImplicitLocOpBuilder b;
  IRRewriter &rewriter;
  AttentionOp op;
  AttentionSizes sizes;
  Value query, key, value;
  AttentionPlaces places;
};
} // namespace

OpBuilder::InsertionGuard Decomposition::buildAfter(Value value) {
  OpBuilder::InsertionGuard guard(b);
  Operation *maker = value.getDefiningOp();
  if (maker && maker->getBlock() == op->getBlock())
    b.setInsertionPointAfter(maker);
  return guard;
}

Value Decomposition::splitHeads(Value joined, int64_t heads) {
  OpBuilder::InsertionGuard guard = buildAfter(joined);
  return swapHeadsAndRows(b, lowbit::splitHeads(b, joined, heads));
}

Value Decomposition::prepareKeys(Value tensor, Value past) {
  if (op.getPages())
    return gatherPages(b, tensor, sizes.keyHeads, op.getPages(),
                       op.getKvLengths());
  if (op.hasJoinedHeads())
    tensor = splitHeads(tensor, sizes.keyHeads);
  if (past)
    tensor = appendRows(b, past, tensor);
  return tensor;
}

void Decomposition::placeSequences() {
  AffineExpr x = b.getAffineDimExpr(0), y = b.getAffineDimExpr(1);
  if (!op.getQueryOffsets()) {
    // What is beyond the lengths may be anything, and 0 times that too. Pages
    // are read no further already.
    if (op.getKvLengths() && !op.getPages())
      value = clearBeyond(b, value, op.getKvLengths());
    OpFoldResult queries = sizeOf(query, 2);
    if (op.getTopLeft())
      places.shift = op.getPastKey() ? sizeOf(op.getPastKey(), 2) : attr(0);
    else if (op.getKvLengths())
      places.shift = emitSize(b, 0 - x, {queries});
    else
      places.shift = emitSize(b, y - x, {queries, sizeOf(key, 2)});
    return;
  }
  Value lengths;
  OpFoldResult keys = sizeOf(key, 2);
  if (op.getKeyOffsets()) {
    places.keys = buildRows(b, op.getKeyOffsets(), keys, /*shifts=*/nullptr);
    lengths = buildLengths(b, op.getKeyOffsets());
  } else {
    OpFoldResult count = sizeOf(key, 0);
    places.keys = buildRowsOfBatch(b, count, keys, op.getKvLengths());
    lengths = op.getKvLengths();
    for (Value *tensor : {&key, &value}) {
      SmallVector<OpFoldResult> one = {attr(1), sizeOf(*tensor, 1),
                                       emitProduct(b, count, keys),
                                       sizeOf(*tensor, 3)};
      Value transposed = buildTranspose(b, *tensor, {1, 0, 2, 3});
      Value joined = tensor::CollapseShapeOp::create(
          b, transposed, ArrayRef<ReassociationIndices>{{0}, {1, 2}, {3}});
      *tensor = buildExpand(b, joined, {{0, 1}, {2}, {3}}, one);
    }
  }
  value = clearRows(b, value, places.keys->sequences);
  Value shifts;
  if (op.usesPositions() && !op.getTopLeft()) {
    Value queries = buildLengths(b, op.getQueryOffsets());
    SmallVector<Value> inputs = {queries};
    if (lengths)
      inputs.push_back(lengths);
    SmallVector<AffineMap> maps(inputs.size(), b.getMultiDimIdentityMap(1));
    Value all = lengths ? Value()
                        : getValueOrCreateConstantIndexOp(b, b.getLoc(), keys);
    shifts = buildParallel(
        b, {sizeOf(queries, 0)}, b.getI64Type(), inputs, maps,
        [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
          Value length = lengths ? e[1] : all;
          return {arith::SubIOp::create(body, emitI64(body, length), e[0])};
        });
  }
  places.queries = buildRows(b, op.getQueryOffsets(), sizeOf(query, 2), shifts);
}

Value Decomposition::toBatches(Value tensor, bool isQuery) {
  SmallVector<ReassociationIndices> groups = {{0, 1}, {2}, {3}};
  if (isQuery && groupSize() > 1) {
    SmallVector<OpFoldResult> split =
        tensor::getMixedSizes(b, b.getLoc(), tensor);
    split[1] = attr(groupSize());
    split.insert(split.begin() + 1, attr(sizes.keyHeads));
    tensor = buildExpand(b, tensor, {{0}, {1, 2}, {3}, {4}}, split);
    groups = {{0, 1}, {2, 3}, {4}};
  }
  return tensor::CollapseShapeOp::create(b, tensor, groups);
}

Value Decomposition::fromBatches(Value tensor, OpFoldResult last) {
  OpFoldResult batch = sizeOf(query, 0), queries = sizeOf(query, 2);
  if (groupSize() == 1)
    return buildExpand(b, tensor, {{0, 1}, {2}, {3}},
                       {batch, attr(sizes.queryHeads), queries, last});
  Value split = buildExpand(
      b, tensor, {{0, 1}, {2, 3}, {4}},
      {batch, attr(sizes.keyHeads), attr(groupSize()), queries, last});
  return tensor::CollapseShapeOp::create(
      b, split, ArrayRef<ReassociationIndices>{{0}, {1, 2}, {3}, {4}});
}

Value Decomposition::contract(Value lhs, Value rhs, bool isTransposed) {
  Value init = buildZeros(
      b, {sizeOf(lhs, 0), sizeOf(lhs, 1), sizeOf(rhs, isTransposed ? 1 : 2)},
      b.getF32Type());
  SmallVector<NamedAttribute> attributes;
  if (isTransposed) {
    AffineExpr batch, m, n, k;
    bindDims(b.getContext(), batch, m, n, k);
    auto map = [&](AffineExpr row, AffineExpr column) {
      return AffineMap::get(4, 0, {batch, row, column}, b.getContext());
    };
    attributes.push_back(b.getNamedAttr(
        "indexing_maps",
        b.getAffineMapArrayAttr({map(m, k), map(n, k), map(m, n)})));
  }
  return linalg::BatchMatmulOp::create(b, TypeRange{init.getType()},
                                       ValueRange{lhs, rhs}, ValueRange{init},
                                       attributes)
      ->getResult(0);
}

template <typename Combiner>
Value Decomposition::reduceRows(Value scores, double start) {
  SmallVector<OpFoldResult> rows = tensor::getMixedSizes(b, b.getLoc(), scores);
  rows.pop_back();
  Value init = buildFilled(b, rows, emitConstant(b, b.getF32Type(), start));
  SmallVector<utils::IteratorType> iterators(4, utils::IteratorType::parallel);
  iterators.back() = utils::IteratorType::reduction;
  auto generic = linalg::GenericOp::create(
      b, init.getType(), scores, init,
      {b.getMultiDimIdentityMap(4), b.getMultiDimIdentityMap(4).dropResult(3)},
      iterators, [](OpBuilder &inner, Location loc, ValueRange e) {
        Value combined = Combiner::create(inner, loc, e[0], e[1]);
        linalg::YieldOp::create(inner, loc, combined);
      });
  return generic.getResult(0);
}

/// `value`, or `other` where it is `special`.
static Value replaceSpecial(ImplicitLocOpBuilder &body, Value value,
                            double special, double other) {
  Type type = value.getType();
  Value is = arith::CmpFOp::create(body, arith::CmpFPredicate::OEQ, value,
                                   emitConstant(body, type, special));
  return arith::SelectOp::create(body, is, emitConstant(body, type, other),
                                 value);
}

void Decomposition::run() {
  Location loc = op.getLoc();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  checkAttention(b, op);
  if (Value lengths = op.getKvLengths())
    op.getKvLengthsMutable().assign(clampLengths(b, lengths));
  query = op.getQuery();
  if (op.hasJoinedHeads())
    query = splitHeads(query, sizes.queryHeads);
  key = prepareKeys(op.getKey(), op.getPastKey());
  value = prepareKeys(op.getValue(), op.getPastValue());
  Value presentKey = key, presentValue = value;
  placeSequences();

  // Kernels transpose what they read of keys in registers.
  Value products = contract(toBatches(query, /*isQuery=*/true),
                            toBatches(key, /*isQuery=*/false),
                            /*isTransposed=*/true);
  Value scores =
      buildScores(b, op, fromBatches(products, sizeOf(key, 2)), places);

  // A row whose scores are all -inf has that maximum, and -inf - -inf is NaN.
  AffineMap full = b.getMultiDimIdentityMap(4), row = full.dropResult(3);
  Value max = reduceRows<arith::MaximumFOp>(scores, -infinity);
  Value exps = buildParallel(
      b, tensor::getMixedSizes(b, loc, scores), b.getF32Type(), {scores, max},
      {full, row},
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Value finite = replaceSpecial(body, e[1], -infinity, 0);
        return {math::ExpOp::create(body,
                                    arith::SubFOp::create(body, e[0], finite))};
      });
  Value sum = reduceRows<arith::AddFOp>(exps, 0);

  Value weighted = contract(toBatches(exps, /*isQuery=*/true),
                            toBatches(value, /*isQuery=*/false),
                            /*isTransposed=*/false);
  weighted = fromBatches(weighted, sizeOf(value, 3));
  Type element = op.getResult().getType().getElementType();
  Value result = buildParallel(
      b, tensor::getMixedSizes(b, loc, weighted), element, {weighted, sum},
      {full, row},
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Value divisor = replaceSpecial(body, e[1], 0, 1);
        Value quotient = arith::DivFOp::create(body, e[0], divisor);
        if (!element.isF32())
          quotient = arith::TruncFOp::create(body, element, quotient);
        return {quotient};
      });
  if (op.hasJoinedHeads())
    result = tensor::CollapseShapeOp::create(
        b, swapHeadsAndRows(b, result),
        ArrayRef<ReassociationIndices>{{0}, {1}, {2, 3}});

  SmallVector<Value> results = {result};
  if (op.getPresentKey())
    results.append({presentKey, presentValue});
  if (op.getLse())
    results.push_back(buildParallel(
        b, tensor::getMixedSizes(b, loc, sum), b.getF32Type(), {max, sum},
        {b.getMultiDimIdentityMap(3), b.getMultiDimIdentityMap(3)},
        [](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
          return {arith::AddFOp::create(body, e[0],
                                        math::LogOp::create(body, e[1]))};
        }));
  // What the op knows of its sizes and its operands do not.
  for (auto [index, replacement] : llvm::enumerate(results)) {
    Type type = op->getResult(index).getType();
    if (replacement.getType() != type)
      replacement = tensor::CastOp::create(b, type, replacement);
  }
  rewriter.replaceOp(op, results);
}

namespace {
struct DecomposeAttentionPass final
    : lowbit::impl::DecomposeAttentionPassBase<DecomposeAttentionPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      decodeOperands(op);
      rewriter.setInsertionPoint(op);
      Decomposition(rewriter, op).run();
    }
  }
};
} // namespace
