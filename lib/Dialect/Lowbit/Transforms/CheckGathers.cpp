//===- CheckGathers.cpp - Gathers and slices stay inside ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches tensor.extract, also in the bodies of linalg ops, and tensor.insert.
// Makes a cf.assert for each index that is neither a constant inside the
// tensor, or an element of a tensor of such, nor the position in a loop that
// fits it, and that no such assert checks yet. Sizes that are asked for are
// asked for in front of the linalg op. Matches tensor.extract_slice and
// tensor.insert_slice, too, and makes one for each dimension that they do not
// take whole and whose offset, size, stride or bound is dynamic. Leaves what
// verifiers have compared.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

namespace lowbit {
#define GEN_PASS_DEF_CHECKGATHERSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// A tensor.extract or tensor.insert.
struct Access {
  Operation *op;
  TypedValue<RankedTensorType> tensor;
  OperandRange indices;
};
} // namespace

/// The linalg op in whose body the access is, or null.
static linalg::LinalgOp getGather(Operation *op) {
  return dyn_cast<linalg::LinalgOp>(op->getParentOp());
}

/// Whether `index` is an element of a constant, none of which leaves 0..size-1.
static bool isConstantInside(Operation *gather, Value index, int64_t size) {
  if (auto cast = index.getDefiningOp<arith::IndexCastOp>())
    index = cast.getIn();
  auto argument = dyn_cast<BlockArgument>(index);
  auto op = dyn_cast_or_null<linalg::LinalgOp>(gather);
  DenseIntElementsAttr constant;
  return op && argument && argument.getOwner() == op.getBlock() &&
         matchPattern(op.getMatchingOpOperand(argument)->get(),
                      m_Constant(&constant)) &&
         llvm::all_of(constant.getValues<APInt>(), [&](const APInt &element) {
           return !element.isNegative() && element.slt(size);
         });
}

/// Whether `index` cannot leave 0..size-1.
static bool isInside(Operation *gather, Value index, int64_t size) {
  if (ShapedType::isDynamic(size))
    return false;
  if (std::optional<int64_t> constant = getConstantIntValue(index))
    return *constant >= 0 && *constant < size;
  if (isConstantInside(gather, index, size))
    return true;
  auto position = index.getDefiningOp<linalg::IndexOp>();
  if (!position || position->getParentOp() != gather)
    return false;
  int64_t range =
      cast<linalg::LinalgOp>(gather).getStaticLoopRanges()[position.getDim()];
  return !ShapedType::isDynamic(range) && range <= size;
}

/// Whether an assert in front of `access` checks its index along `dim`, as a
/// second run finds them.
static bool isChecked(const Access &access, int64_t dim) {
  auto isBound = [&](Value bound) {
    int64_t size = access.tensor.getType().getDimSize(dim);
    if (!ShapedType::isDynamic(size))
      return getConstantIntValue(bound) == size;
    auto op = bound.getDefiningOp<tensor::DimOp>();
    return op && op.getSource() == access.tensor &&
           op.getConstantIndex() == dim;
  };
  Value index = access.indices[dim];
  return llvm::any_of(index.getUsers(), [&](Operation *user) {
    auto compare = dyn_cast<arith::CmpIOp>(user);
    return compare && compare.getPredicate() == arith::CmpIPredicate::ult &&
           compare.getLhs() == index && isBound(compare.getRhs()) &&
           llvm::any_of(compare->getUsers(), [&](Operation *assertion) {
             return isa<cf::AssertOp>(assertion) &&
                    assertion->getBlock() == access.op->getBlock() &&
                    assertion->isBeforeInBlock(access.op);
           });
  });
}

/// "the 10 rows", "the elements of dimension 1"
static std::string getPlaces(int64_t size, int64_t dim) {
  std::string text = "the ";
  if (!ShapedType::isDynamic(size))
    text += std::to_string(size) + " ";
  return text +
         (dim == 0 ? "rows" : "elements of dimension " + std::to_string(dim));
}

/// The layer's name in quotes, or `other`.
static std::string getName(Operation *op, StringRef other) {
  auto layer = op ? op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr)
                  : StringAttr();
  return layer ? "'" + layer.str() + "'" : other.str();
}

static Value getBound(OpBuilder &b, Location loc,
                      TypedValue<RankedTensorType> tensor, int64_t dim) {
  int64_t size = tensor.getType().getDimSize(dim);
  if (ShapedType::isDynamic(size))
    return tensor::DimOp::create(b, loc, tensor, dim);
  return arith::ConstantIndexOp::create(b, loc, size);
}

static void check(Access access) {
  linalg::LinalgOp gather = getGather(access.op);
  OpBuilder b(access.op), outside(access.op);
  // What is asked for in a body is asked for each element.
  if (gather && access.tensor.getParentRegion() != access.op->getParentRegion())
    outside.setInsertionPoint(gather);
  Location loc = access.op->getLoc();
  for (auto [dim, index] : llvm::enumerate(access.indices)) {
    int64_t size = access.tensor.getType().getDimSize(dim);
    if (isInside(gather, index, size) || isChecked(access, dim))
      continue;
    Value bound = getBound(ShapedType::isDynamic(size) ? outside : b, loc,
                           access.tensor, dim);
    // As an unsigned number a negative index is larger than any size.
    Value inside =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, index, bound);
    std::string message = "an index is outside " + getPlaces(size, dim);
    if (isa<tensor::InsertOp>(access.op))
      message += " that an element is put into";
    else
      message += " that " + getName(gather, gather ? "a gather" : "an op") +
                 " reads from";
    cf::AssertOp::create(b, loc, inside, message);
  }
}

/// Whether a slice takes all of dimension `dim`.
static bool takesWhole(OffsetSizeAndStrideOpInterface op,
                       TypedValue<RankedTensorType> tensor, int64_t dim) {
  if (!isZeroInteger(op.getMixedOffsets()[dim]) ||
      !isOneInteger(op.getMixedStrides()[dim]))
    return false;
  OpFoldResult size = op.getMixedSizes()[dim];
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return *constant == tensor.getType().getDimSize(dim);
  auto dimOp = cast<Value>(size).getDefiningOp<tensor::DimOp>();
  return dimOp && dimOp.getSource() == tensor &&
         dimOp.getConstantIndex() == dim;
}

/// Checks the slice of `tensor` that `op` reads or writes.
static void checkSlice(OffsetSizeAndStrideOpInterface op,
                       TypedValue<RankedTensorType> tensor) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  using Predicate = arith::CmpIPredicate;
  auto compare = [&](Predicate predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, loc, predicate, x, y);
  };
  auto both = [&](Value x, Value y) -> Value {
    return arith::AndIOp::create(b, loc, x, y);
  };
  for (int64_t dim = 0; dim < tensor.getType().getRank(); ++dim) {
    OpFoldResult stride = op.getMixedStrides()[dim];
    int64_t bound = tensor.getType().getDimSize(dim);
    bool isStatic = !ShapedType::isDynamic(bound) && !op.isDynamicSize(dim) &&
                    !op.isDynamicOffset(dim) && !op.isDynamicStride(dim);
    if (isStatic || takesWhole(op, tensor, dim))
      continue;
    auto value = [&](OpFoldResult number) {
      return getValueOrCreateConstantIndexOp(b, loc, number);
    };
    Value offset = value(op.getMixedOffsets()[dim]);
    Value size = value(op.getMixedSizes()[dim]);
    Value end = getBound(b, loc, tensor, dim);
    // As an unsigned number a negative one is larger than any size. Each
    // comparison keeps the arithmetic of the next from wrapping around.
    Value inside = compare(Predicate::ule, offset, end);
    Value rest = arith::SubIOp::create(b, loc, end, offset);
    if (isOneInteger(stride)) {
      inside = both(inside, compare(Predicate::ule, size, rest));
    } else {
      Value one = arith::ConstantIndexOp::create(b, loc, 1);
      Value zero = arith::ConstantIndexOp::create(b, loc, 0);
      Value step = value(stride);
      inside = both(inside, compare(Predicate::ule, size, end));
      inside = both(inside, compare(Predicate::ule, step, end));
      Value before = arith::SubIOp::create(b, loc, size, one);
      Value reach = arith::MulIOp::create(b, loc, before, step);
      Value isEmpty = compare(Predicate::eq, size, zero);
      inside = both(inside,
                    arith::OrIOp::create(b, loc, isEmpty,
                                         compare(Predicate::ult, reach, rest)));
    }
    cf::AssertOp::create(b, loc, inside,
                         "a slice is outside " + getPlaces(bound, dim) +
                             " that " + getName(op, "an op") +
                             " takes it from");
  }
}

namespace {

struct CheckGathersPass final
    : lowbit::impl::CheckGathersPassBase<CheckGathersPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](Operation *op) {
      if (auto extract = dyn_cast<tensor::ExtractOp>(op))
        check({op, extract.getTensor(), extract.getIndices()});
      else if (auto insert = dyn_cast<tensor::InsertOp>(op))
        check({op, insert.getDest(), insert.getIndices()});
      else if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
        checkSlice(slice, slice.getSource());
      else if (auto slice = dyn_cast<tensor::InsertSliceOp>(op))
        checkSlice(slice, slice.getDest());
    });
  }
};

} // namespace
