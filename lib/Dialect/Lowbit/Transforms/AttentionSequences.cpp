//===- AttentionSequences.cpp - Where queries and keys stand --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionSequences.h"

#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/Transforms/AttentionCounts.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

using arith::CmpIPredicate;

static Value indexOf(ImplicitLocOpBuilder &b, int64_t dim) {
  return linalg::IndexOp::create(b, dim);
}

/// An integer of any width as an index.
static Value toIndex(ImplicitLocOpBuilder &b, Value value) {
  return arith::IndexCastOp::create(b, b.getIndexType(), value);
}

/// Elements `from` up to the last or last but one of the offsets.
static Value sliceOffsets(ImplicitLocOpBuilder &b, Value offsets,
                          int64_t from) {
  OpFoldResult count =
      emitSize(b, b.getAffineDimExpr(0) - 1,
               {tensor::getMixedSize(b, b.getLoc(), offsets, 0)});
  // A slice may not begin behind the one element that there is of no sequence.
  OpFoldResult start =
      from == 0 ? b.getIndexAttr(0) : emitMinimum(b, from, count);
  SmallVector<OpFoldResult> one = {b.getIndexAttr(1)};
  return tensor::ExtractSliceOp::create(b, offsets,
                                        SmallVector<OpFoldResult>{start},
                                        SmallVector<OpFoldResult>{count}, one);
}

Value lowbit::buildLengths(ImplicitLocOpBuilder &b, Value offsets) {
  Value starts = sliceOffsets(b, offsets, 0),
        ends = sliceOffsets(b, offsets, 1);
  AffineMap map = b.getMultiDimIdentityMap(1);
  return buildParallel(
      b, tensor::getMixedSizes(b, b.getLoc(), starts), b.getI64Type(),
      {starts, ends}, {map, map},
      [](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        return {arith::SubIOp::create(body, emitI64(body, e[1]),
                                      emitI64(body, e[0]))};
      });
}

AttentionRows lowbit::buildRows(ImplicitLocOpBuilder &b, Value offsets,
                                OpFoldResult rows, Value shifts) {
  SmallVector<Value> inputs = {sliceOffsets(b, offsets, 0),
                               sliceOffsets(b, offsets, 1)};
  if (shifts)
    inputs.push_back(shifts);
  AffineMap perRow = AffineMap::get(2, 0, b.getAffineDimExpr(0));
  AffineMap perSequence = AffineMap::get(2, 0, b.getAffineDimExpr(1));
  SmallVector<AffineMap> maps(inputs.size(), perSequence);
  maps.append({perRow, perRow});
  Type i64 = b.getI64Type();
  Value none = buildFilled(b, {rows}, emitConstant(b, i64, -1));
  Value start = buildFilled(b, {rows}, emitConstant(b, i64, 0));
  auto generic = linalg::GenericOp::create(
      b, TypeRange{none.getType(), none.getType()}, inputs,
      ValueRange{none, start}, maps,
      {utils::IteratorType::parallel, utils::IteratorType::reduction},
      [&](OpBuilder &inner, Location loc, ValueRange e) {
        ImplicitLocOpBuilder body(loc, inner);
        Value row = emitI64(body, indexOf(body, 0));
        Value begin = emitI64(body, e[0]), end = emitI64(body, e[1]);
        Value in = arith::AndIOp::create(
            body, arith::CmpIOp::create(body, CmpIPredicate::sle, begin, row),
            arith::CmpIOp::create(body, CmpIPredicate::slt, row, end));
        Value place = arith::SubIOp::create(body, row, begin);
        if (shifts)
          place = arith::AddIOp::create(body, place, e[2]);
        Value sequence = emitI64(body, indexOf(body, 1));
        ValueRange before = e.take_back(2);
        linalg::YieldOp::create(
            body,
            ValueRange{arith::SelectOp::create(body, in, sequence, before[0]),
                       arith::SelectOp::create(body, in, place, before[1])});
      });
  return {generic.getResult(0), generic.getResult(1)};
}

AttentionRows lowbit::buildRowsOfBatch(ImplicitLocOpBuilder &b,
                                       OpFoldResult count, OpFoldResult length,
                                       Value lengths) {
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  if (lengths) {
    inputs.push_back(lengths);
    maps.push_back(AffineMap::get(2, 0, b.getAffineDimExpr(0)));
  }
  auto join = [&](Value value) -> Value {
    return tensor::CollapseShapeOp::create(
        b, value, ArrayRef<ReassociationIndices>{{0, 1}});
  };
  Value sequences = buildParallel(
      b, {count, length}, b.getI64Type(), inputs, maps,
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Value sequence = emitI64(body, indexOf(body, 0));
        if (!lengths)
          return {sequence};
        Value there = arith::CmpIOp::create(body, CmpIPredicate::slt,
                                            emitI64(body, indexOf(body, 1)),
                                            emitI64(body, e[0]));
        Value none = emitConstant(body, body.getI64Type(), -1);
        return {arith::SelectOp::create(body, there, sequence, none)};
      });
  Value positions = buildParallel(
      b, {count, length}, b.getI64Type(), {}, {},
      [](ImplicitLocOpBuilder &body, ValueRange) -> SmallVector<Value> {
        return {emitI64(body, indexOf(body, 1))};
      });
  return {join(sequences), join(positions)};
}

Value lowbit::gatherPages(ImplicitLocOpBuilder &b, Value pool, int64_t heads,
                          Value table, Value lengths) {
  Location loc = b.getLoc();
  auto type = cast<RankedTensorType>(pool.getType());
  bool joined = type.getRank() == 3;
  if (joined)
    pool = splitHeads(b, pool, heads);
  OpFoldResult page = tensor::getMixedSize(b, loc, pool, joined ? 1 : 2);
  OpFoldResult pages = tensor::getMixedSize(b, loc, table, 1);
  OpFoldResult keys = emitProduct(b, pages, page);
  SmallVector<OpFoldResult> sizes = {tensor::getMixedSize(b, loc, table, 0),
                                     b.getIndexAttr(heads), keys,
                                     tensor::getMixedSize(b, loc, pool, 3)};
  Value pageSize = getValueOrCreateConstantIndexOp(b, loc, page);
  return buildParallel(
      b, sizes, type.getElementType(), {lengths},
      {AffineMap::get(4, 0, b.getAffineDimExpr(0))},
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Value sequence = indexOf(body, 0), head = indexOf(body, 1),
              key = indexOf(body, 2), place = indexOf(body, 3);
        Value there = arith::CmpIOp::create(body, CmpIPredicate::slt, key,
                                            toIndex(body, e[0]));
        Value entry = arith::DivUIOp::create(body, key, pageSize);
        Value row = arith::RemUIOp::create(body, key, pageSize);
        Value number =
            toIndex(body, tensor::ExtractOp::create(
                              body, table, ValueRange{sequence, entry}));
        // What a table says beyond the length may be no page.
        Value none = arith::ConstantIndexOp::create(body, 0);
        number = arith::SelectOp::create(body, there, number, none);
        SmallVector<Value> index = {number, head, row, place};
        if (joined)
          std::swap(index[1], index[2]);
        Value element = tensor::ExtractOp::create(body, pool, index);
        Value zero = emitConstant(body, type.getElementType(), 0);
        return {arith::SelectOp::create(body, there, element, zero)};
      });
}

/// `rows` where `isThere` holds of an element of `which`, 0 elsewhere.
static Value
clearUnless(ImplicitLocOpBuilder &b, Value rows, Value which, unsigned axis,
            llvm::function_ref<Value(ImplicitLocOpBuilder &, Value)> isThere) {
  auto type = cast<RankedTensorType>(rows.getType());
  return buildParallel(
      b, tensor::getMixedSizes(b, b.getLoc(), rows), type.getElementType(),
      {rows, which},
      {b.getMultiDimIdentityMap(4),
       AffineMap::get(4, 0, b.getAffineDimExpr(axis))},
      [&](ImplicitLocOpBuilder &body, ValueRange e) -> SmallVector<Value> {
        Value there = isThere(body, e[1]);
        Value zero = emitConstant(body, type.getElementType(), 0);
        return {arith::SelectOp::create(body, there, e[0], zero)};
      });
}

Value lowbit::clearRows(ImplicitLocOpBuilder &b, Value rows, Value sequences) {
  return clearUnless(b, rows, sequences, 2,
                     [](ImplicitLocOpBuilder &body, Value sequence) -> Value {
                       return arith::CmpIOp::create(
                           body, CmpIPredicate::sge, sequence,
                           emitConstant(body, sequence.getType(), 0));
                     });
}

Value lowbit::clearBeyond(ImplicitLocOpBuilder &b, Value rows, Value lengths) {
  return clearUnless(b, rows, lengths, 0,
                     [](ImplicitLocOpBuilder &body, Value length) -> Value {
                       return arith::CmpIOp::create(
                           body, CmpIPredicate::slt,
                           emitI64(body, indexOf(body, 2)),
                           emitI64(body, length));
                     });
}
