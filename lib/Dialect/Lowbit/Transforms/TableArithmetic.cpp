//===- TableArithmetic.cpp - Look-up and search in constants --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TableArithmetic.h"

#include "LinalgBuilding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <bit>
#include <cmath>
#include <limits>

using namespace lowbit;
using namespace mlir;

/// With more thresholds a search takes fewer steps than comparing with all.
static constexpr size_t kFewThresholds = 15;

void lowbit::setInsertionPointOutside(ImplicitLocOpBuilder &b) {
  Operation *parent = b.getInsertionBlock()->getParentOp();
  while (isa_and_nonnull<linalg::LinalgOp>(parent)) {
    b.setInsertionPoint(parent);
    parent = parent->getParentOp();
  }
}

static Value buildConstant(ImplicitLocOpBuilder &b, DenseElementsAttr values) {
  OpBuilder::InsertionGuard guard(b);
  setInsertionPointOutside(b);
  return arith::ConstantOp::create(b, values);
}

Value lowbit::buildTable(ImplicitLocOpBuilder &b, ArrayRef<float> values) {
  auto type = RankedTensorType::get(static_cast<int64_t>(values.size()),
                                    b.getF32Type());
  return buildConstant(b, DenseElementsAttr::get(type, values));
}

Value lowbit::buildTable(ImplicitLocOpBuilder &b, ArrayRef<uint8_t> values) {
  auto type =
      RankedTensorType::get(static_cast<int64_t>(values.size()), b.getI8Type());
  return buildConstant(b, DenseElementsAttr::get(type, values));
}

Value lowbit::emitLookUp(ImplicitLocOpBuilder &b, Value table, Value index) {
  index = arith::IndexCastUIOp::create(b, b.getIndexType(), index);
  return tensor::ExtractOp::create(b, table, index);
}

const numerics::TableCodec *
lowbit::getTableCodec(const numerics::Codec &codec) {
  // (C56) Learned codecs have no levels of their own.
  if (codec.isAffine() || codec.bits() > 8 || std::isnan(codec.maxValue()))
    return nullptr;
  return static_cast<const numerics::TableCodec *>(&codec);
}

TableEncoder::TableEncoder(ImplicitLocOpBuilder &b,
                           const numerics::TableCodec &codec) {
  llvm::append_range(thresholds, codec.thresholds());
  SmallVector<uint8_t> order;
  llvm::append_range(order, codec.sortedCodes());
  if (thresholds.size() > kFewThresholds) {
    // One less than a power of two, nothing is above the others.
    thresholds.resize(std::bit_ceil(thresholds.size() + 1) - 1,
                      std::numeric_limits<float>::infinity());
    bounds = buildTable(b, thresholds);
  }
  bool isIdentity = true;
  for (size_t i = 0; i < order.size(); ++i)
    isIdentity &= order[i] == i;
  if (!isIdentity)
    codes = buildTable(b, order);
}

/// How many thresholds are below `value`. NaN is above none.
Value TableEncoder::emitCount(ImplicitLocOpBuilder &b, Value value) const {
  Type i32 = b.getI32Type();
  Value count = emitConstant(b, i32, 0);
  for (float threshold : thresholds) {
    Value above =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, value,
                              emitConstant(b, b.getF32Type(), threshold));
    count =
        arith::AddIOp::create(b, count, arith::ExtUIOp::create(b, i32, above));
  }
  return count;
}

/// The same by bisection of the table.
Value TableEncoder::emitSearch(ImplicitLocOpBuilder &b, Value value) const {
  Type i32 = b.getI32Type();
  Value count = emitConstant(b, i32, 0);
  for (size_t step = (thresholds.size() + 1) / 2; step > 0; step /= 2) {
    Value middle =
        arith::AddIOp::create(b, count, emitConstant(b, i32, step - 1));
    Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, value,
                                        emitLookUp(b, bounds, middle));
    Value next = arith::AddIOp::create(b, count, emitConstant(b, i32, step));
    count = arith::SelectOp::create(b, above, next, count);
  }
  return count;
}

Value TableEncoder::emit(ImplicitLocOpBuilder &b, Value value) const {
  Value count = bounds ? emitSearch(b, value) : emitCount(b, value);
  if (codes)
    return emitLookUp(b, codes, count);
  return arith::TruncIOp::create(b, b.getI8Type(), count);
}
