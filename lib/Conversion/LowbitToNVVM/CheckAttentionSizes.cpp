//===- CheckAttentionSizes.cpp - Sizes that attention compares ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CheckAttentionSizes.h"

#include "lowbit/Dialect/Lowbit/Transforms/DescribeOp.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/FormatVariadic.h"

using namespace lowbit;
using namespace mlir;

namespace {
class SizeChecks {
public:
  SizeChecks(ImplicitLocOpBuilder &b, AttentionOp op)
      : b(b), op(op), rows(op.hasJoinedHeads() ? 1 : 2) {}

  void emit();

private:
  OpFoldResult sizeOf(Value value, int64_t axis) {
    return tensor::getMixedSize(b, b.getLoc(), value, axis);
  }
  Value toValue(OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  }
  OpFoldResult combine(OpFoldResult x, OpFoldResult y, bool isProduct);
  /// Known sizes the verifier has compared.
  void require(const llvm::Twine &what, OpFoldResult actual,
               OpFoldResult expected);
  void checkSequences();
  void checkMask();
  OpFoldResult getKeys();

  ImplicitLocOpBuilder &b;
  AttentionOp op;
  /// Axis of queries, or of keys, in their tensor.
  int64_t rows;
};
} // namespace

OpFoldResult SizeChecks::combine(OpFoldResult x, OpFoldResult y,
                                 bool isProduct) {
  std::optional<int64_t> a = getConstantIntValue(x), c = getConstantIntValue(y);
  if (a && c)
    return b.getIndexAttr(isProduct ? *a * *c : *a + *c);
  Value left = toValue(x), right = toValue(y);
  if (isProduct)
    return arith::MulIOp::create(b, left, right).getResult();
  return arith::AddIOp::create(b, left, right).getResult();
}

void SizeChecks::require(const llvm::Twine &what, OpFoldResult actual,
                         OpFoldResult expected) {
  if (isa<Attribute>(actual) && isa<Attribute>(expected))
    return;
  Value equal = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                      toValue(actual), toValue(expected));
  cf::AssertOp::create(b, equal, (describeOp(op) + ": " + what).str());
}

/// Of all of a sequence, past ones and all of its pages included.
OpFoldResult SizeChecks::getKeys() {
  OpFoldResult keys = sizeOf(op.getKey(), rows);
  if (op.getPages())
    return combine(sizeOf(op.getPages(), 1), keys, /*isProduct=*/true);
  if (op.getPastKey())
    return combine(sizeOf(op.getPastKey(), 2), keys, /*isProduct=*/false);
  return keys;
}

void SizeChecks::checkSequences() {
  OpFoldResult sequences = sizeOf(op.getQuery(), 0), one = b.getIndexAttr(1);
  if (op.getQueryOffsets()) {
    require("sequences with offsets lie in a batch of 1", sequences, one);
    sequences = combine(sizeOf(op.getQueryOffsets(), 0), b.getIndexAttr(-1),
                        /*isProduct=*/false);
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

void SizeChecks::checkMask() {
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

void SizeChecks::emit() {
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

void lowbit::nvvm::checkSizes(ImplicitLocOpBuilder &b, AttentionOp op) {
  SizeChecks(b, op).emit();
}
