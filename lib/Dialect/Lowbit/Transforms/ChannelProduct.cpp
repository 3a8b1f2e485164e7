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
  auto product =
      body->getTerminator()->getOperand(0).getDefiningOp<arith::MulFOp>();
  if (!product || product->getBlock() != body)
    return std::nullopt;
  Value a = body->getArgument(0), b = body->getArgument(1);
  if (!(product.getLhs() == a && product.getRhs() == b) &&
      !(product.getLhs() == b && product.getRhs() == a))
    return std::nullopt;

  // Of two vectors the constant is the factor; of two constants the last.
  for (unsigned place : {1u, 0u}) {
    OpOperand *vector = generic.getDpsInputOperand(place);
    OpOperand *source = generic.getDpsInputOperand(1 - place);
    AffineMap map = generic.getMatchingIndexingMap(vector);
    ChannelProduct result;
    if (map.getNumResults() != 1 || !isa<AffineDimExpr>(map.getResult(0)) ||
        !generic.getMatchingIndexingMap(source).isIdentity() ||
        !isa<RankedTensorType>(source->get().getType()) ||
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

DenseElementsAttr lowbit::multiplyFactors(DenseElementsAttr a,
                                          DenseElementsAttr b) {
  std::vector<float> values = getFactorValues(a);
  for (auto [value, other] : llvm::zip_equal(values, getFactorValues(b)))
    value *= other;
  return getFactors(cast<FloatType>(a.getElementType()), values);
}

Value lowbit::buildChannelProduct(OpBuilder &builder, Location loc,
                                  Value source, DenseElementsAttr factors,
                                  int64_t axis) {
  ImplicitLocOpBuilder b(loc, builder);
  auto type = cast<RankedTensorType>(source.getType());
  if (factors.getElementType() != type.getElementType())
    factors = getFactors(cast<FloatType>(type.getElementType()),
                         getFactorValues(factors));
  DenseElementsAttr constant;
  if (type.getRank() == 1 && matchPattern(source, m_Constant(&constant)))
    return arith::ConstantOp::create(b, multiplyFactors(constant, factors));
  if (std::optional<ChannelProduct> inner =
          matchChannelProduct(source.getDefiningOp());
      inner && inner->axis == axis &&
      !source.getDefiningOp()->hasAttr(LowbitDialect::kInputScalesAttr))
    return buildChannelProduct(builder, loc, inner->source,
                               multiplyFactors(inner->factors, factors), axis);
  return createChannelProduct(builder, loc, source, factors, axis)
      ->getResult(0);
}

Operation *lowbit::createChannelProduct(OpBuilder &builder, Location loc,
                                        Value source, DenseElementsAttr factors,
                                        int64_t axis) {
  ImplicitLocOpBuilder b(loc, builder);
  auto type = cast<RankedTensorType>(source.getType());
  Value vector = arith::ConstantOp::create(b, factors);
  AffineMap all = b.getMultiDimIdentityMap(type.getRank());
  AffineMap one = AffineMap::get(type.getRank(), 0, b.getAffineDimExpr(axis),
                                 b.getContext());
  return buildParallel(b, tensor::getMixedSizes(b, loc, source),
                       type.getElementType(), {source, vector}, {all, one},
                       [](ImplicitLocOpBuilder &inner, ValueRange elements) {
                         return SmallVector<Value>{arith::MulFOp::create(
                             inner, elements[0], elements[1])};
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

void lowbit::eraseDead(Operation *op) {
  SmallVector<Operation *> left = {op};
  while (!left.empty()) {
    Operation *dead = left.pop_back_val();
    if (!isOpTriviallyDead(dead))
      continue;
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
