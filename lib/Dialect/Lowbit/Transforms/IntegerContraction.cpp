//===- IntegerContraction.cpp - Which contractions are on integers --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/IntegerContraction.h"

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"

#include <limits>
#include <variant>

using namespace lowbit;
using namespace mlir;

int64_t IntegerContraction::Side::getGroup(int64_t size) const {
  int64_t block = blocks[axis];
  // Where nothing is summed over there are no groups, not one that is all.
  return !ShapedType::isDynamic(size) && block >= size && size != 0 ? 0 : block;
}

int64_t IntegerContraction::Side::getBound() const {
  return numerics::largestInteger(*getEncoding().getCodec().getCodec(),
                                  getEncoding().getScale().hasZeroPoint());
}

bool IntegerContraction::hasIntegers(EncodingAttr weight) {
  return numerics::largestInteger(*weight.getCodec().getCodec(),
                                  weight.getScale().hasZeroPoint()) != 0;
}

using PlanOrReason = std::variant<IntegerContraction, std::string>;

/// Why codes of this operand make no integers to contract; "" if they do.
static std::string getCodeProblem(RankedTensorType type) {
  EncodingAttr encoding = getEncoding(type);
  if (!encoding)
    return "is not encoded";
  if (!IntegerContraction::hasIntegers(encoding))
    return "has neither an affine codec nor a table of integers";
  if (!encoding.getScale().isStored())
    return "has no scale";
  if (!isa<DenseAttr>(encoding.getSparsity()))
    return "is sparse";
  if (encoding.getScale().hasOffset())
    return "has offsets, which are no integers";
  if (!type.getElementType().isF32())
    return "is not f32";
  return "";
}

/// Why i32 could overflow in sums of `count` products; "" if it cannot.
static std::string getOverflow(int64_t count,
                               ArrayRef<IntegerContraction::Side> sides) {
  if (ShapedType::isDynamic(count))
    return "the size of the reduction is not known, so that i32 could overflow";
  int64_t product = sides[0].getBound() * sides[1].getBound();
  if (count <= std::numeric_limits<int32_t>::max() / product)
    return "";
  return "i32 could overflow in sums of " + std::to_string(count) +
         " products of up to " + std::to_string(product);
}

/// Only weights have tables.
static std::string getTableProblem(const IntegerContraction::Side &activation) {
  if (activation.getEncoding().getCodec().getCodec()->isAffine())
    return "";
  return "the activation has no affine codec";
}

/// The plan of a convolution: one scale for all that is summed over.
static PlanOrReason
makeConvolutionPlan(linalg::LinalgOp op, ArrayRef<unsigned> reductions,
                    ArrayRef<IntegerContraction::Side> sides) {
  for (const IntegerContraction::Side &side : sides)
    for (auto [dim, block] : llvm::enumerate(side.blocks)) {
      AffineExpr place = side.map.getResult(dim);
      bool isSummed = llvm::any_of(reductions, [&](unsigned loop) {
        return place.isFunctionOfDim(loop);
      });
      // A scale for the whole axis, or for each index of an axis that is kept.
      if (isSummed ? block != 0 && block != side.type.getDimSize(dim)
                   : block != 0 && !isa<AffineDimExpr>(place))
        return std::string(side.number == 0 ? "the activation" : "the weight") +
               " has several scales along what a convolution sums over";
    }
  // The filter is indexed by every loop that is summed over.
  const IntegerContraction::Side &filter = sides[1];
  int64_t size = 1;
  for (unsigned loop : reductions) {
    std::optional<unsigned> dim =
        filter.map.getResultPosition(getAffineDimExpr(loop, op.getContext()));
    if (!dim || filter.type.isDynamicDim(*dim))
      size = ShapedType::kDynamic;
    else if (!ShapedType::isDynamic(size))
      size *= filter.type.getDimSize(*dim);
  }
  if (std::string reason = getOverflow(size, sides); !reason.empty())
    return reason;
  return IntegerContraction{sides[0], sides[1], reductions.front(), size, size};
}

static PlanOrReason makePlan(linalg::LinalgOp op) {
  bool isConvolution = isConvolutionOfProducts(op);
  if (!isConvolution && !linalg::isaContractionOpInterface(op))
    return std::string("it is no contraction");
  if (!isSumOfProducts(op))
    return std::string("its body is not a sum of products");
  if (!isIndexedByAllParallelLoops(op))
    return std::string("its result is not indexed by the loops that are not "
                       "summed over");
  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  if (reductions.size() != 1 && !isConvolution)
    return "it sums over " + std::to_string(reductions.size()) + " axes";

  SmallVector<IntegerContraction::Side> sides;
  for (unsigned i = 0; i < 2; ++i) {
    OpOperand *operand = op.getDpsInputOperand(i);
    std::string name = i == 0 ? "the activation" : "the weight";
    auto type = cast<RankedTensorType>(operand->get().getType());
    if (std::string problem = getCodeProblem(type); !problem.empty())
      return name + " " + problem;
    AffineMap map = op.getMatchingIndexingMap(operand);
    std::optional<unsigned> axis = map.getResultPosition(
        getAffineDimExpr(reductions.front(), op.getContext()));
    if (!axis && !isConvolution)
      return name + " is not summed over";
    sides.push_back(
        {i, type, map, isConvolution ? -1 : int64_t(*axis),
         getEncoding(type).getScale().getBlockShape(type.getRank())});
  }
  if (!getElementTypeOrSelf(op.getDpsInits()[0].getType()).isF32())
    return std::string("its result is not f32");
  if (isConvolution) {
    if (std::string problem = getTableProblem(sides[0]); !problem.empty())
      return problem;
    return makeConvolutionPlan(op, reductions, sides);
  }

  // One operand with a static shape is enough to know the size.
  int64_t size = ShapedType::isDynamic(sides[0].getSize()) ? sides[1].getSize()
                                                           : sides[0].getSize();
  // By custom the weight is the second operand; grouped scales show it.
  if (sides[0].getGroup(size) != 0)
    std::swap(sides[0], sides[1]);
  if (sides[0].getGroup(size) != 0)
    return std::string("both operands have several scales along the reduction");
  if (std::string problem = getTableProblem(sides[0]); !problem.empty())
    return problem;

  int64_t group = sides[1].getGroup(size);
  if (group == 0)
    group = size;
  if (std::string reason = getOverflow(group, sides); !reason.empty())
    return reason;
  return IntegerContraction{sides[0], sides[1], reductions.front(), size,
                            group};
}

FailureOr<IntegerContraction> IntegerContraction::get(linalg::LinalgOp op,
                                                      std::string &reason) {
  PlanOrReason plan = makePlan(op);
  if (auto *why = std::get_if<std::string>(&plan)) {
    reason = std::move(*why);
    return failure();
  }
  return std::get<IntegerContraction>(std::move(plan));
}
