//===- ChannelProduct.cpp - A tensor times a constant per channel ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelProduct.h"

#include "ChannelSelection.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/Layers.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace lowbit;
using namespace mlir;

/// A generic that computes each element of its one result from those at the
/// same place.
static linalg::GenericOp matchElementwise(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || !generic.hasPureTensorSemantics() ||
      generic.getNumDpsInits() != 1 ||
      generic.getNumParallelLoops() != generic.getNumLoops() ||
      !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0))
           .isIdentity())
    return nullptr;
  return generic;
}

std::optional<ChannelProduct> lowbit::matchChannelProduct(Operation *op) {
  linalg::GenericOp generic = matchElementwise(op);
  if (!generic || generic.getNumDpsInputs() != 2)
    return std::nullopt;
  Block *body = generic.getBody();
  Value result = body->getTerminator()->getOperand(0);
  auto narrow = result.getDefiningOp<arith::TruncFOp>();
  if (narrow && !narrow.getRoundingmode())
    result = narrow.getIn();
  auto product = result.getDefiningOp<arith::MulFOp>();
  if (!product || product->getBlock() != body)
    return std::nullopt;
  auto getArgument = [&](Value operand) {
    if (auto widen = operand.getDefiningOp<arith::ExtFOp>(); widen && narrow)
      return widen.getIn();
    return operand;
  };
  Value a = body->getArgument(0), b = body->getArgument(1);
  Value lhs = getArgument(product.getLhs());
  Value rhs = getArgument(product.getRhs());
  if (!(lhs == a && rhs == b) && !(lhs == b && rhs == a))
    return std::nullopt;

  // Of two vectors the constant is the factor; of two constants the last.
  for (unsigned place : {1u, 0u}) {
    OpOperand *vector = generic.getDpsInputOperand(place);
    OpOperand *source = generic.getDpsInputOperand(1 - place);
    AffineMap map = generic.getMatchingIndexingMap(vector);
    ChannelProduct result;
    // Where a product is rounded, the source is of that type, and the factors
    // are as they are.
    if (map.getNumResults() != 1 || !isa<AffineDimExpr>(map.getResult(0)) ||
        !generic.getMatchingIndexingMap(source).isIdentity() ||
        !isa<RankedTensorType>(source->get().getType()) ||
        getElementTypeOrSelf(source->get()) !=
            getElementTypeOrSelf(op->getResult(0)) ||
        getElementTypeOrSelf(vector->get()) != product.getType() ||
        !matchPattern(vector->get(), m_Constant(&result.factors)))
      continue;
    result.source = source->get();
    result.axis = map.getDimPosition(0);
    return result;
  }
  return std::nullopt;
}

DenseElementsAttr lowbit::getFactors(FloatType elementType,
                                     ArrayRef<float> values) {
  SmallVector<APFloat> converted;
  for (float value : values) {
    APFloat element(value);
    bool losesInfo;
    element.convert(elementType.getFloatSemantics(),
                    APFloat::rmNearestTiesToEven, &losesInfo);
    converted.push_back(element);
  }
  return DenseElementsAttr::get(
      RankedTensorType::get({static_cast<int64_t>(values.size())}, elementType),
      converted);
}

std::vector<float> lowbit::getFactorValues(DenseElementsAttr factors) {
  std::vector<float> values;
  for (APFloat value : factors.getValues<APFloat>()) {
    bool losesInfo;
    value.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    values.push_back(value.convertToFloat());
  }
  return values;
}

/// Rounds `value` to `type`. Says whether that holds it: as a finite number,
/// and one without leading zeros unless it is 0.
static bool convert(APFloat &value, FloatType type) {
  bool losesInfo, isZero = value.isZero();
  value.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return isZero || value.isNormal();
}

std::optional<DenseElementsAttr> lowbit::multiplyFactors(DenseElementsAttr a,
                                                         DenseElementsAttr b) {
  auto type = cast<FloatType>(a.getElementType());
  SmallVector<APFloat> products;
  for (auto [value, factor] :
       llvm::zip_equal(a.getValues<APFloat>(), b.getValues<APFloat>())) {
    bool isSubnormal = value.isDenormal();
    bool losesInfo;
    APFloat product = value, other = factor;
    for (APFloat *number : {&product, &other})
      number->convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                      &losesInfo);
    product.multiply(other, APFloat::rmNearestTiesToEven);
    if (!convert(product, type) && !(isSubnormal && product.isFinite()))
      return std::nullopt;
    products.push_back(product);
  }
  return DenseElementsAttr::get(a.getType(), products);
}

/// The wider of two, or one that is wider than both.
static FloatType getWider(FloatType a, FloatType b) {
  if (a.getWidth() != b.getWidth())
    return a.getWidth() > b.getWidth() ? a : b;
  return a == b ? a : Float32Type::get(a.getContext());
}

/// The vector that `source` is, if it is a constant.
static DenseElementsAttr getConstantVector(Value source) {
  DenseElementsAttr constant;
  bool isVector = cast<RankedTensorType>(source.getType()).getRank() == 1 &&
                  matchPattern(source, m_Constant(&constant));
  return isVector ? constant : nullptr;
}

std::string lowbit::getProductMisfit(Value source, DenseElementsAttr factors) {
  Type elementType = getElementTypeOrSelf(source);
  std::string name;
  llvm::raw_string_ostream(name) << elementType;
  auto type = dyn_cast<FloatType>(elementType);
  if (!type)
    return "elements of " + name + " are not floats";
  for (APFloat factor : factors.getValues<APFloat>())
    if (!convert(factor, type))
      return "a factor leaves the range of " + name;
  DenseElementsAttr constant = getConstantVector(source);
  if (constant && !multiplyFactors(constant, factors))
    return "a product leaves the range of " + name;
  return {};
}

Value lowbit::buildChannelProduct(OpBuilder &builder, Location loc,
                                  Value source, DenseElementsAttr factors,
                                  int64_t axis) {
  ImplicitLocOpBuilder b(loc, builder);
  if (DenseElementsAttr constant = getConstantVector(source))
    if (std::optional<DenseElementsAttr> product =
            multiplyFactors(constant, factors))
      return arith::ConstantOp::create(b, *product);
  if (std::optional<ChannelProduct> inner =
          matchChannelProduct(source.getDefiningOp());
      inner && inner->axis == axis &&
      !(isWeight(source) &&
        source.getDefiningOp()->hasAttr(LowbitDialect::kInputScalesAttr))) {
    bool isWider =
        cast<FloatType>(inner->factors.getElementType()).getWidth() >=
        cast<FloatType>(factors.getElementType()).getWidth();
    // In the wider of the two types.
    if (std::optional<DenseElementsAttr> joint =
            isWider ? multiplyFactors(inner->factors, factors)
                    : multiplyFactors(factors, inner->factors))
      return buildChannelProduct(builder, loc, inner->source, *joint, axis);
  }
  return createChannelProduct(builder, loc, source, factors, axis)
      ->getResult(0);
}

Operation *lowbit::createChannelProduct(OpBuilder &builder, Location loc,
                                        Value source, DenseElementsAttr factors,
                                        int64_t axis) {
  ImplicitLocOpBuilder b(loc, builder);
  auto type = cast<RankedTensorType>(source.getType());
  auto elementType = cast<FloatType>(type.getElementType());
  FloatType wide =
      getWider(elementType, cast<FloatType>(factors.getElementType()));
  if (factors.getElementType() != wide)
    factors = getFactors(wide, getFactorValues(factors));
  Value vector = arith::ConstantOp::create(b, factors);
  AffineMap all = b.getMultiDimIdentityMap(type.getRank());
  AffineMap one = AffineMap::get(type.getRank(), 0, b.getAffineDimExpr(axis),
                                 b.getContext());
  return buildParallel(
             b, tensor::getMixedSizes(b, loc, source), elementType,
             {source, vector}, {all, one},
             [&](ImplicitLocOpBuilder &inner, ValueRange elements) {
               Value element = elements[0];
               if (wide != elementType)
                 element = arith::ExtFOp::create(inner, wide, element);
               Value product =
                   arith::MulFOp::create(inner, element, elements[1]);
               if (wide != elementType)
                 product = arith::TruncFOp::create(inner, elementType, product);
               return SmallVector<Value>{product};
             })
      .getDefiningOp();
}

/// What `op` casts to a wider type, or null.
static Value getWidened(Operation *op) {
  if (auto widen = dyn_cast_or_null<arith::ExtFOp>(op))
    return widen.getIn();
  linalg::GenericOp generic = matchElementwise(op);
  if (!generic || generic.getNumDpsInputs() != 1 ||
      !generic.getMatchingIndexingMap(generic.getDpsInputOperand(0))
           .isIdentity())
    return nullptr;
  Block *body = generic.getBody();
  auto widen =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::ExtFOp>();
  return widen && widen.getIn() == body->getArgument(0) ? generic.getInputs()[0]
                                                        : nullptr;
}

/// What `op` takes the channels of a stored tensor from, or null.
static Value getSelected(Operation *op) {
  std::optional<ChannelSelection> selection = matchChannelSelection(op);
  return selection ? selection->source : nullptr;
}

bool lowbit::isUnscaledBy(Operation *op) {
  return getWidened(op) || matchChannelProduct(op) || getSelected(op);
}

Value lowbit::getUnscaled(Value value, function_ref<void(Operation *)> visit) {
  bool isSelected = false;
  while (Operation *op = value.getDefiningOp()) {
    Value source = getWidened(op);
    if (std::optional<ChannelProduct> product = matchChannelProduct(op))
      source = product->source;
    // Of a selection none is made.
    if (Value selected = isSelected ? nullptr : getSelected(op)) {
      source = selected;
      isSelected = true;
    }
    if (!source)
      break;
    if (visit)
      visit(op);
    value = source;
  }
  return value;
}

void lowbit::eraseDead(Operation *op, function_ref<void(Operation *)> visit) {
  SmallVector<Operation *> left = {op};
  while (!left.empty()) {
    Operation *dead = left.pop_back_val();
    if (!isOpTriviallyDead(dead))
      continue;
    if (visit)
      visit(dead);
    llvm::SmallSetVector<Operation *, 4> sources;
    // A selection's source is an operand of its body.
    dead->walk([&](Operation *user) {
      for (Value operand : user->getOperands())
        if (Operation *source = operand.getDefiningOp();
            source && !dead->isAncestor(source))
          sources.insert(source);
    });
    dead->erase();
    left.append(sources.begin(), sources.end());
  }
}
