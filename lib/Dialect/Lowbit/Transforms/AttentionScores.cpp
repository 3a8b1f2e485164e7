//===- AttentionScores.cpp - From products to masked scores ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionScores.h"

#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/Transforms/AttentionCounts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

using arith::CmpIPredicate;

enum { Batch, Head, Query, Key };

namespace {
/// Builds the generic of scores: first which tensors it reads, then its body.
class ScoresBuilder {
public:
  ScoresBuilder(ImplicitLocOpBuilder &b, AttentionOp op,
                const AttentionPlaces &places)
      : b(b), op(op), places(places) {}

  Value build(Value products);

private:
  /// Makes the generic read `tensor`, whose axes are indexed by `axes`; gives
  /// the number of the element in the body.
  unsigned read(Value tensor, ArrayRef<AffineExpr> axes) {
    inputs.push_back(tensor);
    maps.push_back(AffineMap::get(4, 0, axes, b.getContext()));
    return inputs.size() - 1;
  }
  unsigned read(Value tensor, unsigned axis) {
    return read(tensor, b.getAffineDimExpr(axis));
  }
  void readMask();

  SmallVector<Value> emitBody(ImplicitLocOpBuilder &body, ValueRange elements);
  /// The score before masks.
  Value emitScore(ImplicitLocOpBuilder &body, ValueRange elements);
  /// Places of query and key in the sequence of keys, i64.
  std::pair<Value, Value> emitPlaces(ImplicitLocOpBuilder &body,
                                     ValueRange elements);
  /// Whether the key takes part; null where all do.
  Value emitTakesPart(ImplicitLocOpBuilder &body, ValueRange elements,
                      Value query, Value key);

  ImplicitLocOpBuilder &b;
  AttentionOp op;
  const AttentionPlaces &places;

  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  std::optional<unsigned> mask, slope, length;
  std::optional<unsigned> querySequence, queryPosition, keySequence,
      keyPosition;
  Value shift;
};
} // namespace

void ScoresBuilder::readMask() {
  Value tensor = padMask(b, op);
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<AffineExpr> axes;
  for (auto [axis, size] : llvm::enumerate(type.getShape()))
    axes.push_back(size == 1 ? b.getAffineConstantExpr(0)
                             : b.getAffineDimExpr(4 - type.getRank() + axis));
  mask = read(tensor, axes);
}

Value ScoresBuilder::emitScore(ImplicitLocOpBuilder &body,
                               ValueRange elements) {
  Type f32 = body.getF32Type();
  Value score = elements[0];
  double scale = op.getScale().convertToDouble();
  if (!op.getSoftCap()) {
    if (scale != 1)
      score =
          arith::MulFOp::create(body, score, emitConstant(body, f32, scale));
    return score;
  }
  double cap = op.getSoftCap()->convertToDouble();
  score =
      arith::MulFOp::create(body, score, emitConstant(body, f32, scale / cap));
  score = math::TanhOp::create(body, score);
  return arith::MulFOp::create(body, score, emitConstant(body, f32, cap));
}

static Value indexOf(ImplicitLocOpBuilder &body, unsigned axis) {
  return emitI64(body, linalg::IndexOp::create(body, axis));
}

std::pair<Value, Value> ScoresBuilder::emitPlaces(ImplicitLocOpBuilder &body,
                                                  ValueRange elements) {
  if (queryPosition)
    return {elements[*queryPosition], elements[*keyPosition]};
  Value query = indexOf(body, Query);
  if (shift)
    query = arith::AddIOp::create(body, query, shift);
  if (length && !op.getTopLeft())
    query =
        arith::AddIOp::create(body, query, emitI64(body, elements[*length]));
  return {query, indexOf(body, Key)};
}

Value ScoresBuilder::emitTakesPart(ImplicitLocOpBuilder &body,
                                   ValueRange elements, Value query,
                                   Value key) {
  Value all;
  auto require = [&](CmpIPredicate predicate, Value lhs, Value rhs) {
    Value holds = arith::CmpIOp::create(body, predicate, lhs, rhs);
    all = all ? arith::AndIOp::create(body, all, holds).getResult() : holds;
  };
  auto plus = [&](Value value, int64_t count) -> Value {
    if (count == 0)
      return value;
    return arith::AddIOp::create(body, value,
                                 emitConstant(body, body.getI64Type(), count));
  };
  if (querySequence) {
    // Rows of no sequence are -1 on both sides.
    require(CmpIPredicate::eq, elements[*querySequence],
            elements[*keySequence]);
    require(CmpIPredicate::sge, elements[*querySequence],
            emitConstant(body, body.getI64Type(), 0));
  }
  if (length)
    require(CmpIPredicate::slt, indexOf(body, Key),
            emitI64(body, elements[*length]));
  if (int64_t right = op.getRightWindow(); right >= 0)
    require(CmpIPredicate::sle, key, plus(query, right));
  if (int64_t left = op.getLeftWindow(); left >= 0)
    require(CmpIPredicate::sge, key, plus(query, -left));
  if (mask && elements[*mask].getType().isInteger(1))
    all = all ? arith::AndIOp::create(body, all, elements[*mask]).getResult()
              : elements[*mask];
  return all;
}

SmallVector<Value> ScoresBuilder::emitBody(ImplicitLocOpBuilder &body,
                                           ValueRange elements) {
  Type f32 = body.getF32Type();
  Value score = emitScore(body, elements);
  Value query, key;
  if (op.usesPositions())
    std::tie(query, key) = emitPlaces(body, elements);
  if (slope) {
    Value distance = arith::SIToFPOp::create(
        body, f32, arith::SubIOp::create(body, query, key));
    distance = math::AbsFOp::create(body, distance);
    Value loss = arith::MulFOp::create(body, elements[*slope], distance);
    score = arith::SubFOp::create(body, score, loss);
  }
  if (mask && !elements[*mask].getType().isInteger(1)) {
    Value bias = elements[*mask];
    if (!bias.getType().isF32())
      bias = arith::ExtFOp::create(body, f32, bias);
    score = arith::AddFOp::create(body, score, bias);
  }
  if (Value takesPart = emitTakesPart(body, elements, query, key))
    score = arith::SelectOp::create(
        body, takesPart, score,
        emitConstant(body, f32, -std::numeric_limits<double>::infinity()));
  return {score};
}

Value ScoresBuilder::build(Value products) {
  Location loc = b.getLoc();
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, products);
  auto identity = b.getMultiDimIdentityMap(4).getResults();
  read(products, SmallVector<AffineExpr>(identity));
  if (op.getSlopes())
    slope = read(op.getSlopes(), Head);
  if (op.getMask())
    readMask();
  if (places.queries) {
    querySequence = read(places.queries->sequences, Query);
    keySequence = read(places.keys->sequences, Key);
    if (op.usesPositions()) {
      queryPosition = read(places.queries->positions, Query);
      keyPosition = read(places.keys->positions, Key);
    }
  } else {
    if (op.getKvLengths())
      length = read(op.getKvLengths(), Batch);
    if (op.usesPositions() && !isZeroInteger(places.shift))
      shift = emitI64(b, getValueOrCreateConstantIndexOp(b, loc, places.shift));
  }
  return buildParallel(b, sizes, b.getF32Type(), inputs, maps,
                       [&](ImplicitLocOpBuilder &body, ValueRange elements) {
                         return emitBody(body, elements);
                       });
}

Value lowbit::buildScores(ImplicitLocOpBuilder &b, AttentionOp op,
                          Value products, const AttentionPlaces &places) {
  return ScoresBuilder(b, op, places).build(products);
}
