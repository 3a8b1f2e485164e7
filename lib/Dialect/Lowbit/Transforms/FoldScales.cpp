//===- FoldScales.cpp - Fold scales into what makes the channels ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches products of an activation with a constant for each channel. Makes the
// value anew from a producer that has the constants in it: in vectors that it
// adds or multiplies by, or in the weight of a contraction, whose columns they
// meet; through linear elementwise ops, transposes, reshapes and padding with
// zeros in between.
// Leaves, with a remark, products whose channels come from elsewhere or with
// anything in between that is not linear, those whose producer has other
// users and costs more than a sum and a product to have twice, and those with
// constants that the producer's type cannot hold.
//
//===----------------------------------------------------------------------===//

#include "ChannelProduct.h"
#include "Homogeneity.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/RemarksByReason.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <functional>

namespace lowbit {
#define GEN_PASS_DEF_FOLDSCALESPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
/// Makes a value times the factors; null if that cannot be.
using Build = std::function<Value(OpBuilder &)>;

/// Looks for a way to make a value times the factors of one product, and does
/// not change anything before it has found one.
class Folding {
public:
  explicit Folding(const ChannelProduct &product) : factors(product.factors) {
    isPositive = llvm::all_of(getFactorValues(factors),
                              [](float factor) { return factor > 0; });
  }

  /// `value` times the factors along `axis`. `isShared` says that something
  /// else needs the value as it is.
  Build plan(Value value, int64_t axis, bool isShared);

  std::string reason;

private:
  Build planVector(Value value);
  Build planReshape(Operation *op, int64_t axis, bool isShared);
  Build planPadding(tensor::PadOp op, int64_t axis, bool isShared);
  Build planElementwise(linalg::LinalgOp op, int64_t axis, bool isShared);
  Build planContraction(linalg::LinalgOp op, int64_t axis, bool isShared);
  Build planWeight(linalg::LinalgOp op, OpOperand *weight, int64_t axis);

  /// Nothing, and why; the first reason stays.
  Build refuse(const Twine &why) {
    if (reason.empty())
      reason = why.str();
    return nullptr;
  }

  DenseElementsAttr factors;
  bool isPositive;
};

struct FoldScalesPass final : lowbit::impl::FoldScalesPassBase<FoldScalesPass> {
  using Base::Base;
  void runOnOperation() override;
};
} // namespace

/// Where `map` has the loop `dim` by itself; nothing if it does not have it, or
/// only together with others.
static std::optional<int64_t> findDim(AffineMap map, unsigned dim) {
  std::optional<int64_t> found;
  for (auto [place, expr] : llvm::enumerate(map.getResults())) {
    if (!expr.isFunctionOfDim(dim))
      continue;
    if (found || !isa<AffineDimExpr>(expr))
      return std::nullopt;
    found = place;
  }
  return found;
}

/// The loop of `op` that runs over `axis` of its result.
static std::optional<unsigned> getLoop(linalg::LinalgOp op, int64_t axis) {
  AffineExpr expr =
      op.getMatchingIndexingMap(op.getDpsInitOperand(0)).getResult(axis);
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return dim.getPosition();
  return std::nullopt;
}

/// Whether the elements of `value` have one reader. Its sizes are those of what
/// takes its place.
static bool hasOneReader(Value value) {
  return llvm::count_if(value.getUsers(), [](Operation *user) {
           return !isa<tensor::DimOp>(user);
         }) == 1;
}

/// A copy of `op` behind it, with other operands.
static Value cloneWith(OpBuilder &builder, Operation *op,
                       ArrayRef<std::pair<unsigned, Build>> operands) {
  SmallVector<std::pair<unsigned, Value>> values;
  for (const auto &[number, build] : operands)
    values.push_back({number, build(builder)});
  builder.setInsertionPointAfter(op);
  Operation *clone = builder.clone(*op);
  for (auto [number, value] : values)
    clone->setOperand(number, value);
  Value result = clone->getResult(0);
  op->getResult(0).replaceUsesWithIf(result, [](OpOperand &use) {
    return isa<tensor::DimOp>(use.getOwner());
  });
  return result;
}

/// Whether `op` is a convolution that multiplies: a pooling has the interface,
/// too.
static bool isConvolution(linalg::LinalgOp op) {
  return linalg::isaConvolutionOpInterface(op) &&
         llvm::any_of(*op.getBlock(),
                      [](Operation &op) { return isa<arith::MulFOp>(op); });
}

Build Folding::plan(Value value, int64_t axis, bool isShared) {
  auto type = cast<RankedTensorType>(value.getType());
  if (isZero(value))
    return [value](OpBuilder &) { return value; };
  if (isWeight(value))
    return planVector(value);
  Operation *op = value.getDefiningOp();
  if (!op)
    return refuse("the channels are an argument's");
  if (type.getDimSize(axis) != factors.getNumElements())
    return refuse("the number of channels is not known");
  isShared |= !hasOneReader(value);
  if (isa<tensor::CastOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return planReshape(op, axis, isShared);
  if (auto pad = dyn_cast<tensor::PadOp>(op))
    return planPadding(pad, axis, isShared);
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  if (!linalgOp || !linalgOp.hasPureTensorSemantics() ||
      linalgOp.getNumDpsInits() != 1)
    return refuse("the channels are made by " + op->getName().getStringRef());
  if (linalgOp.getNumParallelLoops() == linalgOp.getNumLoops())
    return planElementwise(linalgOp, axis, isShared);
  if (linalg::isaContractionOpInterface(linalgOp) || isConvolution(linalgOp))
    return planContraction(linalgOp, axis, isShared);
  return refuse("the channels are made by a reduction (" +
                op->getName().getStringRef() + ")");
}

/// A vector that is stored or a constant: multiplying it costs nothing.
Build Folding::planVector(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() != 1 || lowbit::getEncoding(type))
    return refuse("the channels are those of a weight with several axes");
  if (std::string misfit = getProductMisfit(value, factors); !misfit.empty())
    return refuse("of the vector that makes the channels " + misfit);
  return [value, factors = factors](OpBuilder &builder) {
    builder.setInsertionPointAfterValue(value);
    return buildChannelProduct(builder, value.getLoc(), value, factors, 0);
  };
}

/// A reshape in which the channels stay an axis of their own.
Build Folding::planReshape(Operation *op, int64_t axis, bool isShared) {
  Value source = op->getOperand(0);
  auto from = cast<RankedTensorType>(source.getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  int64_t sourceAxis = axis;
  if (!isa<tensor::CastOp>(op)) {
    bool expands = isa<tensor::ExpandShapeOp>(op);
    SmallVector<ReassociationIndices> groups =
        expands ? cast<tensor::ExpandShapeOp>(op).getReassociationIndices()
                : cast<tensor::CollapseShapeOp>(op).getReassociationIndices();
    std::optional<int64_t> found;
    for (auto [fewer, group] : llvm::enumerate(groups)) {
      if (expands ? !llvm::is_contained(group, axis) : int64_t(fewer) != axis)
        continue;
      // The channels' own axis, beside axes of one element.
      for (int64_t more : group) {
        int64_t size = (expands ? to : from).getDimSize(more);
        if (size == 1)
          continue;
        if (found || (expands && more != axis))
          return refuse("a reshape splits the channels or joins them with "
                        "something else");
        found = expands ? int64_t(fewer) : more;
      }
    }
    if (!found)
      return refuse("there is one channel");
    sourceAxis = *found;
  }
  Build build = plan(source, sourceAxis, isShared);
  if (!build)
    return nullptr;
  return [op, build](OpBuilder &builder) {
    return cloneWith(builder, op, {{0, build}});
  };
}

/// Zeros beside what has the channels.
Build Folding::planPadding(tensor::PadOp op, int64_t axis, bool isShared) {
  Value padding = op.getConstantPaddingValue();
  if (!padding || !isZero(padding))
    return refuse("the channels are padded with something else than zeros");
  if (op.getPaddedDims().test(axis))
    return refuse("there are channels of padding");
  Build build = plan(op.getSource(), axis, isShared);
  if (!build)
    return nullptr;
  return [op, build](OpBuilder &builder) {
    return cloneWith(builder, op, {{0, build}});
  };
}

/// Whether to compute an elementwise op twice costs no more than the product
/// that is saved.
static bool isCheap(linalg::LinalgOp op) {
  return llvm::all_of(op.getBlock()->without_terminator(), [](Operation &op) {
    return isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::NegFOp,
               arith::ExtFOp, arith::ConstantOp>(op);
  });
}

Build Folding::planElementwise(linalg::LinalgOp op, int64_t axis,
                               bool isShared) {
  std::string name = op->getName().getStringRef().str();
  std::optional<unsigned> loop = getLoop(op, axis);
  if (!loop || op.payloadUsesValueFromOperand(op.getDpsInitOperand(0)))
    return refuse("the channels are made by " + name);
  if (isShared && !isCheap(op))
    return refuse("what makes the channels (" + name +
                  ") has other users and costs too much to be done twice");

  // The inputs that have the channels: first those that are vectors, which are
  // tried first.
  SmallVector<std::pair<OpOperand *, int64_t>> inputs;
  for (bool isVector : {true, false})
    for (OpOperand *input : op.getDpsInputOperands())
      if (isa<RankedTensorType>(input->get().getType()) &&
          isWeight(input->get()) == isVector)
        if (auto place = findDim(op.getMatchingIndexingMap(input), *loop))
          inputs.push_back({input, *place});
  constexpr size_t maxInputs = 8;
  if (inputs.size() > maxInputs)
    return refuse("what makes the channels (" + name + ") has many inputs");

  unsigned numArguments = op.getBlock()->getNumArguments();
  Homogeneity all;
  for (unsigned set = 1; set < 1u << inputs.size(); ++set) {
    llvm::SmallBitVector scaled(numArguments);
    for (size_t i = 0; i < inputs.size(); ++i)
      if (set >> i & 1)
        scaled.set(inputs[i].first->getOperandNumber());
    Homogeneity of = getHomogeneity(*op.getBlock(), scaled);
    all = of; // in the end of all inputs
    if (of.degree != Degree::One)
      continue;
    if (of.needsPositive && !isPositive) {
      refuse("a factor is not positive, which " +
             of.op->getName().getStringRef() + " needs");
      continue;
    }
    SmallVector<std::pair<unsigned, Build>> operands;
    bool ok = true;
    for (size_t i = 0; ok && i < inputs.size(); ++i) {
      if (!(set >> i & 1))
        continue;
      auto [operand, place] = inputs[i];
      Build build = plan(operand->get(), place, isShared);
      ok = build != nullptr;
      operands.push_back({operand->getOperandNumber(), build});
    }
    if (ok)
      return [op, operands](OpBuilder &builder) {
        return cloneWith(builder, op, operands);
      };
  }
  if (inputs.empty())
    return refuse("the channels are made by " + name);
  if (all.degree == Degree::Other && all.op)
    return refuse(all.op->getName().getStringRef() + " is not linear");
  return refuse("what makes the channels (" + name +
                ") is not linear in inputs that have them");
}

/// The weight of `op`, whose axis `axis` is the channels', times the factors.
Build Folding::planWeight(linalg::LinalgOp op, OpOperand *weight,
                          int64_t axis) {
  Value value = weight->get();
  if (lowbit::getEncoding(value.getType()))
    return refuse("the weight that makes the channels is encoded already");
  if (!value.hasOneUse())
    return refuse("the weight that makes the channels has other users");
  if (std::string misfit = getProductMisfit(value, factors); !misfit.empty())
    return refuse("of the weight that makes the channels " + misfit);
  // Nothing else computes a product of a large constant before the model runs.
  if (!op->hasAttr(LowbitDialect::kWeightEncodingAttr) &&
      !getUnscaled(value).getDefiningOp<ml_program::GlobalLoadConstOp>())
    return refuse("the weight that makes the channels is a constant that stays "
                  "float");
  return [value, axis, factors = factors](OpBuilder &builder) {
    builder.setInsertionPointAfterValue(value);
    return buildChannelProduct(builder, value.getLoc(), value, factors, axis);
  };
}

/// A contraction or convolution is linear in either operand, and in its init.
Build Folding::planContraction(linalg::LinalgOp op, int64_t axis,
                               bool isShared) {
  if (isShared)
    return refuse("the contraction that makes the channels has other users");
  std::optional<unsigned> loop = getLoop(op, axis);
  OpOperand *init = op.getDpsInitOperand(0);
  if (!loop)
    return refuse("the channels are made by " + op->getName().getStringRef());
  Build initial = plan(init->get(), axis, /*isShared=*/false);
  if (!initial)
    return nullptr;
  SmallVector<OpOperand *> inputs = op.getDpsInputOperands();
  llvm::sort(inputs, [](OpOperand *a, OpOperand *b) {
    return std::pair(!isWeight(a->get()), a->getOperandNumber()) <
           std::pair(!isWeight(b->get()), b->getOperandNumber());
  });
  for (OpOperand *input : inputs) {
    std::optional<int64_t> place =
        findDim(op.getMatchingIndexingMap(input), *loop);
    if (!place)
      continue;
    Build build = isWeight(input->get())
                      ? planWeight(op, input, *place)
                      : plan(input->get(), *place, /*isShared=*/false);
    if (build)
      return [op, input, build, init, initial](OpBuilder &builder) {
        return cloneWith(builder, op,
                         {{input->getOperandNumber(), build},
                          {init->getOperandNumber(), initial}});
      };
  }
  return refuse("no operand of a contraction has the channels");
}

void FoldScalesPass::runOnOperation() {
  SmallVector<Operation *> products;
  getOperation()->walk([&](linalg::GenericOp op) {
    std::optional<ChannelProduct> product = matchChannelProduct(op);
    if (product && !isWeight(product->source) &&
        (!onlyMarked || op->hasAttr(LowbitDialect::kInputScalesAttr)))
      products.push_back(op);
  });
  RemarksByReason remarks;
  // With one product goes another that only it read, which may be a later one:
  // blocks need not be in order of dominance.
  llvm::SmallPtrSet<Operation *, 8> erased;
  for (Operation *op : products) {
    if (erased.contains(op))
      continue;
    ChannelProduct product = *matchChannelProduct(op);
    Folding folding(product);
    Build build =
        folding.plan(product.source, product.axis, /*isShared=*/false);
    if (!build) {
      remarks.add(op, folding.reason);
      continue;
    }
    OpBuilder builder(op);
    Value folded = build(builder);
    op->getResult(0).replaceAllUsesWith(folded);
    eraseDead(op, [&](Operation *dead) { erased.insert(dead); });
  }
  remarks.emit("a product by channel is not folded");
  // What stays, and what was made of such a product, is one as any other.
  getOperation()->walk([](linalg::GenericOp op) {
    if (op->getNumResults() == 1 && !isWeight(op->getResult(0)))
      op->removeDiscardableAttr(LowbitDialect::kInputScalesAttr);
  });
}
