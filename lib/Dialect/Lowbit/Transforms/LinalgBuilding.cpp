//===- LinalgBuilding.cpp - Index arithmetic and plain generics -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgBuilding.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/AffineExprVisitor.h"

using namespace lowbit;
using namespace mlir;

namespace {
class IndexEmitter : public AffineExprVisitor<IndexEmitter, Value> {
public:
  IndexEmitter(ImplicitLocOpBuilder &b, ValueRange dims) : b(b), dims(dims) {}

  Value visitAddExpr(AffineBinaryOpExpr expr) {
    return emit<arith::AddIOp>(expr);
  }
  Value visitMulExpr(AffineBinaryOpExpr expr) {
    return emit<arith::MulIOp>(expr);
  }
  Value visitModExpr(AffineBinaryOpExpr expr) {
    return emit<arith::RemUIOp>(expr);
  }
  Value visitFloorDivExpr(AffineBinaryOpExpr expr) {
    return emit<arith::DivUIOp>(expr);
  }
  Value visitCeilDivExpr(AffineBinaryOpExpr expr) {
    return emit<arith::CeilDivUIOp>(expr);
  }
  Value visitConstantExpr(AffineConstantExpr expr) {
    return arith::ConstantIndexOp::create(b, expr.getValue());
  }
  Value visitDimExpr(AffineDimExpr expr) { return dims[expr.getPosition()]; }
  Value visitSymbolExpr(AffineSymbolExpr) {
    llvm_unreachable("places are functions of dimensions alone");
  }

private:
  template <typename Op>
  Value emit(AffineBinaryOpExpr expr) {
    Value lhs = visit(expr.getLHS());
    return Op::create(b, lhs, visit(expr.getRHS()));
  }

  ImplicitLocOpBuilder &b;
  ValueRange dims;
};
} // namespace

Value lowbit::emitIndex(ImplicitLocOpBuilder &b, AffineExpr expr,
                        ValueRange dims) {
  return IndexEmitter(b, dims).visit(expr);
}

OpFoldResult lowbit::emitSize(ImplicitLocOpBuilder &b, AffineExpr expr,
                              ArrayRef<OpFoldResult> dims) {
  SmallVector<AffineExpr> known;
  SmallVector<Value> values;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    std::optional<int64_t> size = getConstantIntValue(dim);
    known.push_back(size ? b.getAffineConstantExpr(*size)
                         : b.getAffineDimExpr(i));
    values.push_back(dyn_cast<Value>(dim));
  }
  expr = simplifyAffineExpr(expr.replaceDims(known), dims.size(), 0);
  if (auto constant = dyn_cast<AffineConstantExpr>(expr))
    return b.getIndexAttr(constant.getValue());
  return emitIndex(b, expr, values);
}

OpFoldResult lowbit::emitMinimum(ImplicitLocOpBuilder &b, int64_t constant,
                                 OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return b.getIndexAttr(std::min(constant, *known));
  Value bound = arith::ConstantIndexOp::create(b, constant);
  return arith::MinUIOp::create(b, bound, cast<Value>(size)).getResult();
}

OpFoldResult lowbit::emitProduct(ImplicitLocOpBuilder &b, OpFoldResult lhs,
                                 OpFoldResult rhs) {
  std::optional<int64_t> knownLhs = getConstantIntValue(lhs);
  std::optional<int64_t> knownRhs = getConstantIntValue(rhs);
  if (knownLhs && knownRhs)
    return b.getIndexAttr(*knownLhs * *knownRhs);
  auto toValue = [&](OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  };
  return arith::MulIOp::create(b, toValue(lhs), toValue(rhs)).getResult();
}

Value lowbit::emitI64(ImplicitLocOpBuilder &b, Value value) {
  if (value.getType().isIndex())
    return arith::IndexCastOp::create(b, b.getI64Type(), value);
  if (value.getType().isInteger(64))
    return value;
  return arith::ExtSIOp::create(b, b.getI64Type(), value);
}

Value lowbit::buildParallel(ImplicitLocOpBuilder &b,
                            ArrayRef<OpFoldResult> sizes, Type elementType,
                            ValueRange inputs, ArrayRef<AffineMap> inputMaps,
                            GenericBody body) {
  SmallVector<AffineMap> maps = llvm::to_vector(inputMaps);
  maps.push_back(b.getMultiDimIdentityMap(sizes.size()));
  SmallVector<utils::IteratorType> iterators(sizes.size(),
                                             utils::IteratorType::parallel);
  Value empty = tensor::EmptyOp::create(b, sizes, elementType);
  auto generic = linalg::GenericOp::create(
      b, empty.getType(), inputs, empty, maps, iterators,
      [&](OpBuilder &inner, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder bodyBuilder(loc, inner);
        linalg::YieldOp::create(bodyBuilder, body(bodyBuilder, elements));
      });
  return generic.getResult(0);
}

Value lowbit::buildFilled(ImplicitLocOpBuilder &b, ArrayRef<OpFoldResult> sizes,
                          Value value) {
  Value empty = tensor::EmptyOp::create(b, sizes, value.getType());
  return linalg::FillOp::create(b, value, empty).getResult(0);
}

Value lowbit::buildZeros(ImplicitLocOpBuilder &b, ArrayRef<OpFoldResult> sizes,
                         Type elementType) {
  return buildFilled(b, sizes, emitConstant(b, elementType, 0));
}

Value lowbit::buildPadding(ImplicitLocOpBuilder &b, Value tensor, int64_t axis,
                           OpFoldResult oldSize, OpFoldResult size) {
  AffineExpr before = b.getAffineDimExpr(0), after = b.getAffineDimExpr(1);
  OpFoldResult high = emitSize(b, after - before, {oldSize, size});
  if (isZeroInteger(high))
    return tensor;
  auto type = cast<RankedTensorType>(tensor.getType());
  if (llvm::is_contained(type.getShape(), 0)) {
    // Bufferization of a pad refuses slices without elements.
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), tensor);
    sizes[axis] = size;
    return buildZeros(b, sizes, type.getElementType());
  }
  SmallVector<OpFoldResult> none(type.getRank(), b.getIndexAttr(0));
  SmallVector<OpFoldResult> highs = none;
  highs[axis] = high;
  Value zero = emitConstant(b, type.getElementType(), 0);
  return tensor::PadOp::create(b, Type(), tensor, none, highs, zero);
}

Value lowbit::buildExpand(ImplicitLocOpBuilder &b, Value tensor,
                          ArrayRef<ReassociationIndices> groups,
                          ArrayRef<OpFoldResult> sizes) {
  auto type = RankedTensorType::get(decomposeMixedValues(sizes).first,
                                    getElementTypeOrSelf(tensor));
  return tensor::ExpandShapeOp::create(b, type, tensor, groups, sizes);
}

Value lowbit::buildTranspose(ImplicitLocOpBuilder &b, Value tensor,
                             ArrayRef<int64_t> permutation) {
  SmallVector<OpFoldResult> sizes =
      tensor::getMixedSizes(b, b.getLoc(), tensor);
  Value empty = tensor::EmptyOp::create(b, applyPermutation(sizes, permutation),
                                        getElementTypeOrSelf(tensor));
  return linalg::TransposeOp::create(b, tensor, empty, permutation)
      ->getResult(0);
}

Value lowbit::emitConstant(ImplicitLocOpBuilder &b, Type type, double value) {
  if (auto floatType = dyn_cast<FloatType>(type))
    return arith::ConstantOp::create(b, b.getFloatAttr(floatType, value));
  return arith::ConstantOp::create(
      b, b.getIntegerAttr(type, static_cast<int64_t>(value)));
}
