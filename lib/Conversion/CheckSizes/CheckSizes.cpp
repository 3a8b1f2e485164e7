//===- CheckSizes.cpp - Sizes that meet in an op fit together -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches linalg ops, and elementwise ops, on tensors with dynamic sizes. Makes
// a cf.assert in front for each two sizes that have to be equal and are not
// known to be, and for each window of a convolution that could reach beyond its
// operand: a few comparisons for an op, whatever its size. Leaves sizes that
// come from the same place, and pairs that an assert in front has compared.

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/DescribeOp.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace lowbit {
#define GEN_PASS_DEF_CHECKSIZESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// A dimension of an operand.
struct Size {
  unsigned operand;
  Value value;
  int64_t dim;

  int64_t getStatic() const {
    return cast<ShapedType>(value.getType()).getDimSize(dim);
  }
  bool isDynamic() const { return ShapedType::isDynamic(getStatic()); }

  Value get(OpBuilder &b, Location loc) const;
};

/// Where a size comes from: a dimension of a tensor, or, with -1, an index.
using Origin = std::pair<Value, int64_t>;

class SizeChecker {
public:
  void check(linalg::LinalgOp op);
  void checkElementwise(Operation *op);

private:
  void checkEqual(Operation *op, ArrayRef<Size> sizes);
  void checkWindow(linalg::LinalgOp op, const Size &size, AffineMap map,
                   ArrayRef<SmallVector<Size>> loops);
  bool areKnownToBeEqual(Operation *op, const Size &x, const Size &y);

  /// The blocks in which an assert has compared two origins.
  DenseMap<std::pair<Origin, Origin>, SmallVector<Block *, 1>> compared;
};
} // namespace

static bool isElementwiseOnTensors(Operation *op) {
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumResults() != 0 &&
         isa<RankedTensorType>(op->getResult(0).getType());
}

/// The tensor whose dimension `dim` is, by what makes `value`, the same; null
/// if that is not so simple.
static Value getSource(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return nullptr;
  if (auto encode = dyn_cast<EncodeOp>(op))
    return encode.getInput();
  if (auto decode = dyn_cast<DecodeOp>(op))
    return decode.getInput();
  if (auto cast = dyn_cast<tensor::CastOp>(op))
    return isa<RankedTensorType>(cast.getSource().getType()) ? cast.getSource()
                                                             : Value();
  if (auto destination = dyn_cast<DestinationStyleOpInterface>(op))
    return destination.getTiedOpOperand(cast<OpResult>(value))->get();
  if (isElementwiseOnTensors(op))
    for (Value operand : op->getOperands())
      if (isa<RankedTensorType>(operand.getType()))
        return operand;
  return nullptr;
}

/// Follows a size back, as far as no arithmetic is in between.
static Origin getOrigin(Value value, int64_t dim) {
  while (true) {
    if (Value source = getSource(value)) {
      value = source;
      continue;
    }
    OpFoldResult size;
    if (auto empty = value.getDefiningOp<tensor::EmptyOp>())
      size = empty.getMixedSizes()[dim];
    else if (auto expand = value.getDefiningOp<tensor::ExpandShapeOp>())
      size = expand.getMixedOutputShape()[dim];
    auto index = dyn_cast_if_present<Value>(size);
    if (!index)
      return {value, dim};
    auto dimOp = index.getDefiningOp<tensor::DimOp>();
    std::optional<int64_t> position =
        dimOp ? dimOp.getConstantIndex() : std::nullopt;
    if (!position || !isa<RankedTensorType>(dimOp.getSource().getType()))
      return {index, -1};
    value = dimOp.getSource();
    dim = *position;
  }
}

/// The size as an index, asked of where it comes from: the values in between
/// can be fused away as if nothing had been checked.
Value Size::get(OpBuilder &b, Location loc) const {
  if (!isDynamic())
    return arith::ConstantIndexOp::create(b, loc, getStatic());
  auto [source, position] = getOrigin(value, dim);
  if (position < 0)
    return source;
  return tensor::DimOp::create(b, loc, source, position);
}

bool SizeChecker::areKnownToBeEqual(Operation *op, const Size &x,
                                    const Size &y) {
  if (!x.isDynamic() && !y.isDynamic())
    return true; // The verifier has compared them.
  Origin from = getOrigin(x.value, x.dim), to = getOrigin(y.value, y.dim);
  if (from == to)
    return true;
  auto asserted = compared.find({from, to});
  if (asserted != compared.end() &&
      llvm::any_of(asserted->second, [&](Block *block) {
        return block->findAncestorOpInBlock(*op) != nullptr;
      }))
    return true;
  FailureOr<bool> equal =
      ValueBoundsConstraintSet::areEqual({x.value, x.dim}, {y.value, y.dim});
  if (succeeded(equal) && *equal)
    return true;
  // What comes after in this block, or in a block within, need not ask again.
  compared[{from, to}].push_back(op->getBlock());
  compared[{to, from}].push_back(op->getBlock());
  return false;
}

/// Asserts that all `sizes` are one. The first static one, if there is one, is
/// what the others are compared with.
void SizeChecker::checkEqual(Operation *op, ArrayRef<Size> sizes) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  const Size *first =
      llvm::find_if(sizes, [](const Size &size) { return !size.isDynamic(); });
  if (first == sizes.end())
    first = sizes.begin();
  for (const Size &size : sizes) {
    if (&size == first || areKnownToBeEqual(op, *first, size))
      continue;
    Value equal = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        first->get(b, loc), size.get(b, loc));
    const Size &low = std::min(*first, size, [](const Size &x, const Size &y) {
      return x.operand < y.operand;
    });
    const Size &high = &low == first ? size : *first;
    std::string message = llvm::formatv(
        "{0}: dimension {1} of operand #{2} and dimension {3} of operand "
        "#{4} differ in size",
        describeOp(op), low.dim, low.operand, high.dim, high.operand);
    cf::AssertOp::create(b, loc, equal, message);
  }
}

/// Whether an index grows with each loop: products with constants, and sums.
static bool grows(AffineExpr place) {
  if (isa<AffineDimExpr>(place))
    return true;
  if (auto constant = dyn_cast<AffineConstantExpr>(place))
    return constant.getValue() >= 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(place);
  return binary &&
         (place.getKind() == AffineExprKind::Add ||
          place.getKind() == AffineExprKind::Mul) &&
         grows(binary.getLHS()) && grows(binary.getRHS());
}

/// Asserts that the index `map`, of one result, stays below `size` in the last
/// iterations of all loops.
void SizeChecker::checkWindow(linalg::LinalgOp op, const Size &size,
                              AffineMap map,
                              ArrayRef<SmallVector<Size>> loops) {
  AffineExpr place = map.getResult(0);
  if (isa<AffineConstantExpr>(place) || !grows(place))
    return;
  bool isStatic = !size.isDynamic();
  for (auto [loop, sizes] : llvm::enumerate(loops))
    if (place.isFunctionOfDim(loop)) {
      if (sizes.empty())
        return; // Nothing says how long the loop is.
      isStatic &= llvm::any_of(
          sizes, [](const Size &other) { return !other.isDynamic(); });
    }
  if (isStatic)
    return; // The verifier has compared them.
  OpBuilder b(op);
  Location loc = op.getLoc();
  SmallVector<OpFoldResult> last;
  AffineExpr one = b.getAffineConstantExpr(1);
  for (const SmallVector<Size> &sizes : loops) {
    if (sizes.empty()) {
      last.push_back(b.getIndexAttr(0)); // not used
      continue;
    }
    last.push_back(affine::makeComposedFoldedAffineApply(
        b, loc, b.getAffineDimExpr(0) - one,
        {getAsOpFoldResult(sizes.front().get(b, loc))}));
  }
  Value reached = getValueOrCreateConstantIndexOp(
      b, loc, affine::makeComposedFoldedAffineApply(b, loc, map, last));
  Value inside = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                       reached, size.get(b, loc));
  std::string message =
      llvm::formatv("{0}: windows reach beyond dimension {1} of operand #{2}",
                    describeOp(op), size.dim, size.operand);
  cf::AssertOp::create(b, loc, inside, message);
}

void SizeChecker::check(linalg::LinalgOp op) {
  SmallVector<SmallVector<Size>> loops(op.getNumLoops());
  SmallVector<std::pair<Size, AffineMap>> windows;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    // An encoded tensor has the sizes of what it was made from.
    Value value = operand.get();
    if (auto encode = value.getDefiningOp<EncodeOp>())
      value = encode.getInput();
    for (auto [dim, result] : llvm::enumerate(map.getResults())) {
      Size size = {operand.getOperandNumber(), value,
                   static_cast<int64_t>(dim)};
      if (auto loop = dyn_cast<AffineDimExpr>(result))
        loops[loop.getPosition()].push_back(size);
      else
        windows.push_back({size, map.getSubMap({static_cast<unsigned>(dim)})});
    }
  }
  for (ArrayRef<Size> sizes : loops)
    checkEqual(op, sizes);
  for (const auto &[size, map] : windows)
    checkWindow(op, size, map, loops);
}

void SizeChecker::checkElementwise(Operation *op) {
  SmallVector<SmallVector<Size>> dims(
      cast<RankedTensorType>(op->getResult(0).getType()).getRank());
  for (OpOperand &operand : op->getOpOperands())
    if (isa<RankedTensorType>(operand.get().getType()))
      for (auto [dim, sizes] : llvm::enumerate(dims))
        sizes.push_back({operand.getOperandNumber(), operand.get(),
                         static_cast<int64_t>(dim)});
  for (ArrayRef<Size> sizes : dims)
    checkEqual(op, sizes);
}

namespace {

struct CheckSizesPass final : lowbit::impl::CheckSizesPassBase<CheckSizesPass> {
  using Base::Base;

  void runOnOperation() override {
    SizeChecker checker;
    getOperation()->walk([&](Operation *op) {
      if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
        if (linalgOp.hasPureTensorSemantics())
          checker.check(linalgOp);
      } else if (isElementwiseOnTensors(op)) {
        checker.checkElementwise(op);
      }
    });
  }
};

} // namespace
