//===- ResultStore.cpp - Stores sums and what is computed of them ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An activation function may be a hundred instructions: it is emitted once for
// a block, in loops over its rows and vectors, rather than for each register of
// sums. These come by way of a kilobyte of the first-level cache, and not of c,
// whose rows, a power of two apart, would drive one another out of it.
//
//===----------------------------------------------------------------------===//

#include "ResultStore.h"

#include "Codes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

void ResultStore::enter(int64_t rows, int64_t width) {
  if (spec.epilogue)
    scratch = memref::AllocOp::create(
        b, MemRefType::get({rows, width, spec.target.lanes()}, b.getF32Type()),
        ValueRange{}, b.getI64IntegerAttr(64));
}

void ResultStore::leave() {
  if (scratch)
    memref::DeallocOp::create(b, scratch);
  scratch = {};
}

SmallVector<Value> ResultStore::getPlace(ArrayRef<Value> place) const {
  if (!spec.result)
    return SmallVector<Value>(place);
  ArrayRef<int64_t> dims = spec.result.dims;
  SmallVector<Value> result(dims.size()), rest(place);
  // From the innermost part of each dimension to its outermost, which is what
  // is left.
  for (int64_t i = dims.size() - 1; i >= 0; --i) {
    Value &index = rest[dims[i]];
    if (!llvm::is_contained(dims.take_front(i), dims[i])) {
      result[i] = index;
      continue;
    }
    Value size = memref::DimOp::create(b, c, i);
    result[i] = arith::RemUIOp::create(b, index, size);
    index = arith::DivUIOp::create(b, index, size);
  }
  return result;
}

SmallVector<Value> ResultStore::finish(Value row, int64_t rows, ValueRange sums,
                                       const Panel &panel,
                                       Value isFirst) const {
  auto type = VectorType::get({spec.target.lanes()}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  bool readsC = !spec.overwrite || isFirst;
  SmallVector<Value> readMasks(panel.masks);
  if (spec.overwrite && isFirst)
    for (Value &mask : readMasks) {
      Value none = arith::ConstantOp::create(b, b.getZeroAttr(mask.getType()));
      mask = arith::SelectOp::create(b, isFirst, none, mask);
    }
  SmallVector<Value> result;
  int64_t width = panel.getNumVectors();
  for (int64_t i = 0; i < rows; ++i) {
    Value place = arith::AddIOp::create(b, row, constantIndex(b, i)), scale;
    if (spec.isInteger()) {
      SmallVector<Value> indices;
      if (spec.scalePerRow)
        indices.push_back(place);
      scale = vector::BroadcastOp::create(
          b, type, memref::LoadOp::create(b, aScale, indices));
    }
    for (int64_t j = 0; j < width; ++j) {
      Value sum = sums[i * width + j], start = zero;
      if (readsC)
        start = vector::MaskedLoadOp::create(
            b, type, c, getPlace(panel.at(place, panel.getColumn(b, spec, j))),
            readMasks[j], zero);
      if (spec.isInteger())
        sum = math::FmaOp::create(b, sum, scale, start);
      else if (readsC)
        sum = arith::AddFOp::create(b, start, sum);
      result.push_back(sum);
    }
  }
  return result;
}

void ResultStore::store(Value row, int64_t rows, ValueRange sums,
                        const Panel &panel, Value isFirst, Value isLast) const {
  SmallVector<Value> finished = finish(row, rows, sums, panel, isFirst);
  if (!spec.epilogue)
    return storeSums(row, rows, finished, panel);
  if (!isLast)
    return storeEpilogue(row, rows, finished, panel);
  auto choice = scf::IfOp::create(b, isLast, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  storeEpilogue(row, rows, finished, panel);
  b.setInsertionPointToStart(choice.elseBlock());
  storeSums(row, rows, finished, panel);
}

SmallVector<Value> ResultStore::loadSums(Value row, int64_t rows,
                                         const Panel &panel) const {
  auto type = VectorType::get({spec.target.lanes()}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  SmallVector<Value> sums;
  for (int64_t i = 0; i < rows; ++i)
    for (auto [j, mask] : llvm::enumerate(panel.masks)) {
      Value place = arith::AddIOp::create(b, row, constantIndex(b, i));
      sums.push_back(vector::MaskedLoadOp::create(
          b, type, c, getPlace(panel.at(place, panel.getColumn(b, spec, j))),
          mask, zero));
    }
  return sums;
}

void ResultStore::prefetch(Value row, int64_t rows, const Panel &panel) const {
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t j = 0; j < panel.getNumVectors(); ++j) {
      Value place = arith::AddIOp::create(b, row, constantIndex(b, i));
      memref::PrefetchOp::create(
          b, c, getPlace(panel.at(place, panel.getColumn(b, spec, j))),
          /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
    }
}

void ResultStore::storeSums(Value row, int64_t rows, ValueRange sums,
                            const Panel &panel) const {
  int64_t width = panel.getNumVectors();
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value place = arith::AddIOp::create(b, row, constantIndex(b, i / width));
    int64_t j = i % width;
    vector::MaskedStoreOp::create(
        b, c, getPlace(panel.at(place, panel.getColumn(b, spec, j))),
        panel.masks[j], sum);
  }
}

void ResultStore::storeEpilogue(Value row, int64_t rows, ValueRange sums,
                                const Panel &panel) const {
  int64_t width = panel.getNumVectors(), lanes = spec.target.lanes();
  Value zero = constantIndex(b, 0);
  for (auto [i, sum] : llvm::enumerate(sums))
    vector::StoreOp::create(b, sum, scratch,
                            ValueRange{constantIndex(b, i / width),
                                       constantIndex(b, i % width), zero});
  // One loop rather than two: that over the vectors of a row would be unrolled.
  auto loop = scf::ForOp::create(b, zero, constantIndex(b, rows * width),
                                 constantIndex(b, 1));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value vectors = constantIndex(b, width), number = loop.getInductionVar();
  Value i = arith::DivUIOp::create(b, number, vectors);
  Value j = arith::RemUIOp::create(b, number, vectors);
  Value sum = vector::LoadOp::create(b, sums.front().getType(), scratch,
                                     ValueRange{i, j, zero});
  Value column = arith::AddIOp::create(
      b, panel.firstColumn,
      arith::MulIOp::create(b, j, constantIndex(b, lanes)));
  Value mask = panel.masks.front();
  if (width > 1 && !mask.getDefiningOp<vector::ConstantMaskOp>()) {
    mask = vector::CreateMaskOp::create(
        b, mask.getType(),
        ValueRange{arith::SubIOp::create(b, numColumns, column)});
  }
  storeEpilogueOf(sum, panel.at(arith::AddIOp::create(b, row, i), column),
                  mask);
}

Value ResultStore::loadOperand(size_t i, ArrayRef<Value> place,
                               Value mask) const {
  ArrayRef<int64_t> dims = spec.epilogue.dims[i];
  SmallVector<Value> indices;
  for (int64_t dim : dims)
    indices.push_back(place[dim]);
  auto type =
      VectorType::get({spec.target.lanes()}, spec.epilogue.getOperandType(i));
  Value operand = epilogueOperands[i];
  if (dims.empty() || dims.back() + 1 != int64_t(place.size()))
    return vector::BroadcastOp::create(
        b, type, memref::LoadOp::create(b, operand, indices));
  return vector::MaskedLoadOp::create(
      b, type, operand, indices, mask,
      arith::ConstantOp::create(b, b.getZeroAttr(type)));
}

void ResultStore::storeEpilogueOf(Value sum, ArrayRef<Value> place,
                                  Value mask) const {
  Block &body = func::FuncOp(payload).getBody().front();
  IRMapping mapping;
  mapping.map(body.getArgument(0), sum);
  for (size_t i = 0; i < spec.epilogue.dims.size(); ++i)
    mapping.map(body.getArgument(i + 1), loadOperand(i, place, mask));
  auto vectorOf = [&](Type type) {
    return VectorType::get({spec.target.lanes()}, type);
  };
  for (Operation &op : body.without_terminator()) {
    if (op.hasTrait<OpTrait::ConstantLike>()) {
      Operation *constant = b.clone(op);
      mapping.map(op.getResult(0), vector::BroadcastOp::create(
                                       b, vectorOf(op.getResult(0).getType()),
                                       constant->getResult(0)));
      continue;
    }
    SmallVector<Value> operands;
    for (Value operand : op.getOperands())
      operands.push_back(mapping.lookup(operand));
    Operation *made =
        b.create(b.getLoc(), op.getName().getIdentifier(), operands,
                 {vectorOf(op.getResult(0).getType())}, op.getAttrs());
    mapping.map(op.getResult(0), made->getResult(0));
  }
  vector::MaskedStoreOp::create(
      b, c, getPlace(place), mask,
      mapping.lookup(body.getTerminator()->getOperand(0)));
}
