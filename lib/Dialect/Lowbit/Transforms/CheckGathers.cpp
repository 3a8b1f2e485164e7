//===- CheckGathers.cpp - Gathers stay inside their table -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches tensor.extract in the bodies of linalg ops. Makes a cf.assert for
// each index that is neither a constant inside the table nor the position in a
// loop that fits it, and that no such assert checks yet. Leaves extracts
// elsewhere: only data can lead outside, and in linalg on tensors data is read
// in bodies.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

namespace lowbit {
#define GEN_PASS_DEF_CHECKGATHERSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Whether `index` cannot leave 0..size-1.
static bool isInside(linalg::LinalgOp op, Value index, int64_t size) {
  if (ShapedType::isDynamic(size))
    return false;
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant >= 0 && *constant < size;
  auto position = index.getDefiningOp<linalg::IndexOp>();
  if (!position || position->getParentOp() != op)
    return false;
  int64_t range = op.getStaticLoopRanges()[position.getDim()];
  return !ShapedType::isDynamic(range) && range <= size;
}

/// Whether an assert in front of `extract` checks its index along `dim`, as a
/// second run finds them.
static bool isChecked(tensor::ExtractOp extract, int64_t dim) {
  auto isBound = [&](Value bound) {
    int64_t size = extract.getTensor().getType().getDimSize(dim);
    if (!ShapedType::isDynamic(size))
      return getConstantIntValue(bound) == size;
    auto op = bound.getDefiningOp<tensor::DimOp>();
    return op && op.getSource() == extract.getTensor() &&
           op.getConstantIndex() == dim;
  };
  Value index = extract.getIndices()[dim];
  return llvm::any_of(index.getUsers(), [&](Operation *user) {
    auto compare = dyn_cast<arith::CmpIOp>(user);
    return compare && compare.getPredicate() == arith::CmpIPredicate::ult &&
           compare.getLhs() == index && isBound(compare.getRhs()) &&
           llvm::any_of(compare->getUsers(), [&](Operation *assertion) {
             return isa<cf::AssertOp>(assertion) &&
                    assertion->getBlock() == extract->getBlock() &&
                    assertion->isBeforeInBlock(extract);
           });
  });
}

static std::string getMessage(linalg::LinalgOp op, int64_t size, int64_t dim) {
  std::string message = "an index is outside the ";
  if (!ShapedType::isDynamic(size))
    message += std::to_string(size) + " ";
  message += dim == 0 ? "rows" : "elements of dimension " + std::to_string(dim);
  auto layer = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr);
  return message + " that " + (layer ? "'" + layer.str() + "'" : "a gather") +
         " reads from";
}

static void check(linalg::LinalgOp op, tensor::ExtractOp extract) {
  OpBuilder b(extract);
  Location loc = extract.getLoc();
  auto type = cast<RankedTensorType>(extract.getTensor().getType());
  for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
    int64_t size = type.getDimSize(dim);
    if (isInside(op, index, size) || isChecked(extract, dim))
      continue;
    Value bound =
        ShapedType::isDynamic(size)
            ? tensor::DimOp::create(b, loc, extract.getTensor(), dim)
                  .getResult()
            : arith::ConstantIndexOp::create(b, loc, size).getResult();
    // As an unsigned number a negative index is larger than any size.
    Value inside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, bound);
    cf::AssertOp::create(b, loc, inside, getMessage(op, size, dim));
  }
}

namespace {

struct CheckGathersPass final
    : lowbit::impl::CheckGathersPassBase<CheckGathersPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](linalg::LinalgOp op) {
      op->walk([&](tensor::ExtractOp extract) { check(op, extract); });
    });
  }
};

} // namespace
