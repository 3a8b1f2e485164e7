//===- CheckAttention.cpp - What attention assumes at run time ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/CheckAttention.h"

#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/Transforms/DescribeOp.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lowbit;
using namespace mlir;

namespace {
class Checks {
public:
  Checks(ImplicitLocOpBuilder &b, AttentionOp op)
      : b(b), op(op), rows(op.hasJoinedHeads() ? 1 : 2) {}

  void emitSizes();
  void emitLists();

private:
  OpFoldResult sizeOf(Value value, int64_t axis) {
    return tensor::getMixedSize(b, b.getLoc(), value, axis);
  }
  Value toValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value compare(arith::CmpIPredicate predicate, Value x, Value y) {
    return arith::CmpIOp::create(b, predicate, x, y);
  }
  /// An element of a list of integers.
  Value load(Value list, ValueRange place) {
    Value element = tensor::ExtractOp::create(b, list, place);
    return arith::IndexCastOp::create(b, b.getIndexType(), element);
  }
  void emitAssert(Value condition, const llvm::Twine &what) {
    cf::AssertOp::create(b, condition, (describeOp(op) + ": " + what).str());
  }
  /// Known sizes the verifier has compared.
  void require(const llvm::Twine &what, OpFoldResult actual,
               OpFoldResult expected);
  void checkSequences();
  void checkMask();
  void checkOffsets(StringRef name, Value offsets, Value most);
  void checkPages();
  OpFoldResult getKeys();

  ImplicitLocOpBuilder &b;
  AttentionOp op;
  /// Axis of queries, or of keys, in their tensor.
  int64_t rows;
};
} // namespace

void Checks::require(const llvm::Twine &what, OpFoldResult actual,
                     OpFoldResult expected) {
  if (isa<Attribute>(actual) && isa<Attribute>(expected))
    return;
  emitAssert(
      compare(arith::CmpIPredicate::eq, toValue(actual), toValue(expected)),
      what);
}

/// Of all of a sequence, past ones and all of its pages included.
OpFoldResult Checks::getKeys() {
  OpFoldResult keys = sizeOf(op.getKey(), rows);
  if (op.getPages())
    return emitProduct(b, sizeOf(op.getPages(), 1), keys);
  if (op.getPastKey())
    return emitSize(b, b.getAffineDimExpr(0) + b.getAffineDimExpr(1),
                    {sizeOf(op.getPastKey(), 2), keys});
  return keys;
}

void Checks::checkSequences() {
  OpFoldResult sequences = sizeOf(op.getQuery(), 0), one = b.getIndexAttr(1);
  if (op.getQueryOffsets()) {
    require("sequences with offsets lie in a batch of 1", sequences, one);
    sequences = emitSize(b, b.getAffineDimExpr(0) - 1,
                         {sizeOf(op.getQueryOffsets(), 0)});
  }
  if (Value offsets = op.getKeyOffsets()) {
    require("query and key offsets differ in number",
            sizeOf(op.getQueryOffsets(), 0), sizeOf(offsets, 0));
    sequences = one;
  }
  if (op.getPages())
    require("pages are of another number of sequences",
            sizeOf(op.getPages(), 0), sequences);
  else
    require("keys are of another number of sequences", sizeOf(op.getKey(), 0),
            sequences);
  if (op.getKvLengths())
    require("lengths are of another number of sequences",
            sizeOf(op.getKvLengths(), 0), sequences);
}

void Checks::checkMask() {
  Value mask = op.getMask();
  auto type = cast<RankedTensorType>(mask.getType());
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    int64_t axisOfScores = 4 - type.getRank() + axis;
    if (type.getDimSize(axis) == 1)
      continue;
    OpFoldResult sizes[] = {sizeOf(op.getQuery(), 0),
                            b.getIndexAttr(op.getSizes().queryHeads),
                            sizeOf(op.getQuery(), rows), getKeys()};
    static constexpr llvm::StringLiteral names[] = {"batches", "heads",
                                                    "queries", "keys"};
    require("the mask is of another number of " + names[axisOfScores],
            sizeOf(mask, axis), sizes[axisOfScores]);
  }
}

void Checks::emitSizes() {
  checkSequences();
  Value key = op.getKey(), value = op.getValue();
  StringRef whole = op.getPages() ? "pages" : "batches";
  require("keys and values differ in " + whole, sizeOf(key, 0),
          sizeOf(value, 0));
  require("keys and values differ in number", sizeOf(key, rows),
          sizeOf(value, rows));
  for (Value past : {op.getPastKey(), op.getPastValue()})
    if (past)
      require("past keys and values are of another number of batches",
              sizeOf(past, 0), sizeOf(op.getQuery(), 0));
  if (op.getPastKey())
    require("past keys and values differ in number", sizeOf(op.getPastKey(), 2),
            sizeOf(op.getPastValue(), 2));
  if (op.getSlopes())
    require("slopes are of another number of heads", sizeOf(op.getSlopes(), 0),
            b.getIndexAttr(op.getSizes().queryHeads));
  if (op.getMask())
    checkMask();
}

/// Whether each is at least the one before, the first at least 0, and the last
/// at most `most`.
void Checks::checkOffsets(StringRef name, Value offsets, Value most) {
  Value zero = index(0), yes = arith::ConstantIntOp::create(b, 1, 1);
  auto loop = scf::ForOp::create(b, zero, toValue(sizeOf(offsets, 0)), index(1),
                                 ValueRange{zero, yes});
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    ValueRange before = loop.getRegionIterArgs();
    Value offset = load(offsets, loop.getInductionVar());
    Value isNext = compare(arith::CmpIPredicate::sge, offset, before[0]);
    Value all = arith::AndIOp::create(b, before[1], isNext);
    scf::YieldOp::create(b, ValueRange{offset, all});
  }
  Value isInside = compare(arith::CmpIPredicate::sle, loop.getResult(0), most);
  emitAssert(arith::AndIOp::create(b, loop.getResult(1), isInside),
             name + " ascend from 0 or more up to the number of rows");
}

/// Whether no entry of keys within a sequence's length leads outside.
void Checks::checkPages() {
  Value table = op.getPages(), zero = index(0), one = index(1);
  Value columns = toValue(sizeOf(table, 1));
  Value keysPerPage = toValue(sizeOf(op.getKey(), rows));
  Value keys = arith::MulIOp::create(b, columns, keysPerPage);
  // Pages without keys have no entry that counts, and keys are none as well.
  Value divisor = arith::MaxUIOp::create(b, keysPerPage, one);
  Value pages = toValue(sizeOf(op.getKey(), 0));
  OpBuilder::InsertionGuard guard(b);
  auto perSequence =
      scf::ForOp::create(b, zero, toValue(sizeOf(table, 0)), one);
  b.setInsertionPointToStart(perSequence.getBody());
  Value sequence = perSequence.getInductionVar();
  Value length = load(op.getKvLengths(), sequence);
  length =
      arith::MinSIOp::create(b, arith::MaxSIOp::create(b, length, zero), keys);
  Value used = arith::CeilDivUIOp::create(b, length, divisor);
  auto perPage = scf::ForOp::create(b, zero, used, one);
  b.setInsertionPointToStart(perPage.getBody());
  Value page = load(table, {sequence, perPage.getInductionVar()});
  // A page below 0 is, without its sign, above all.
  emitAssert(compare(arith::CmpIPredicate::ult, page, pages),
             "reads a page that is not there");
}

void Checks::emitLists() {
  if (Value offsets = op.getQueryOffsets())
    checkOffsets("query_offsets", offsets,
                 toValue(sizeOf(op.getQuery(), rows)));
  if (Value offsets = op.getKeyOffsets())
    checkOffsets("key_offsets", offsets, toValue(sizeOf(op.getKey(), rows)));
  if (op.getPages())
    checkPages();
}

void lowbit::checkAttention(ImplicitLocOpBuilder &b, AttentionOp op) {
  Checks checks(b, op);
  checks.emitSizes();
  checks.emitLists();
}
