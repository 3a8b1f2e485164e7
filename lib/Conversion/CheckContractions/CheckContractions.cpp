//===- CheckContractions.cpp - Sizes of contractions fit together ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Matches linalg contractions on tensors with dynamic sizes. Makes a cf.assert
// in front for each two sizes that have to be equal and are not known to be: a
// few comparisons for an op, whatever its size. Leaves other linalg ops, whose
// sizes importers check where they meet (the rules of broadcasting are theirs).

#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

namespace lowbit {
#define GEN_PASS_DEF_CHECKCONTRACTIONSPASS
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

  Value get(OpBuilder &b, Location loc) const {
    if (isDynamic())
      return tensor::DimOp::create(b, loc, value, dim);
    return arith::ConstantIndexOp::create(b, loc, getStatic());
  }
};
} // namespace

/// The layer, the name of the location, or the op and its line.
static std::string getName(linalg::LinalgOp op) {
  if (auto layer = op->getAttrOfType<StringAttr>(LowbitDialect::kLayerAttr))
    return "'" + layer.str() + "'";
  std::string place;
  op->getLoc()->walk([&](Location part) {
    if (auto name = dyn_cast<NameLoc>(part))
      place = "'" + name.getName().str() + "'";
    else if (auto line = dyn_cast<FileLineColLoc>(part))
      place = llvm::formatv("{0} ({1}:{2})", op->getName(),
                            llvm::sys::path::filename(line.getFilename()),
                            line.getLine());
    return place.empty() ? WalkResult::advance() : WalkResult::interrupt();
  });
  return place.empty() ? op->getName().getStringRef().str() : place;
}

static bool areKnownToBeEqual(const Size &x, const Size &y) {
  if (!x.isDynamic() && !y.isDynamic())
    return true; // The verifier has compared them.
  FailureOr<bool> equal =
      ValueBoundsConstraintSet::areEqual({x.value, x.dim}, {y.value, y.dim});
  return succeeded(equal) && *equal;
}

static void check(linalg::LinalgOp op) {
  // The sizes of each loop; that of the first static operand, if there is one,
  // is what the others are compared with.
  SmallVector<SmallVector<Size>> loops(op.getNumLoops());
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    // An encoded tensor has the sizes of what it was made from.
    Value value = operand.get();
    if (auto encode = value.getDefiningOp<EncodeOp>())
      value = encode.getInput();
    for (auto [dim, result] : llvm::enumerate(map.getResults()))
      if (auto loop = dyn_cast<AffineDimExpr>(result))
        loops[loop.getPosition()].push_back(
            {operand.getOperandNumber(), value, static_cast<int64_t>(dim)});
  }
  OpBuilder b(op);
  Location loc = op->getLoc();
  for (ArrayRef<Size> sizes : loops) {
    const Size *first = llvm::find_if(
        sizes, [](const Size &size) { return !size.isDynamic(); });
    if (first == sizes.end())
      first = sizes.begin();
    for (const Size &size : sizes) {
      if (&size == first || areKnownToBeEqual(*first, size))
        continue;
      Value equal = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          first->get(b, loc), size.get(b, loc));
      const Size &low =
          std::min(*first, size, [](const Size &x, const Size &y) {
            return x.operand < y.operand;
          });
      const Size &high = &low == first ? size : *first;
      std::string message = llvm::formatv(
          "{0}: dimension {1} of operand #{2} and dimension {3} of operand "
          "#{4} differ in size",
          getName(op), low.dim, low.operand, high.dim, high.operand);
      cf::AssertOp::create(b, loc, equal, message);
    }
  }
}

namespace {

struct CheckContractionsPass final
    : lowbit::impl::CheckContractionsPassBase<CheckContractionsPass> {
  using Base::Base;

  void runOnOperation() override {
    getOperation()->walk([](linalg::LinalgOp op) {
      if (linalg::isaContractionOpInterface(op) && op.hasPureTensorSemantics())
        check(op);
    });
  }
};

} // namespace
