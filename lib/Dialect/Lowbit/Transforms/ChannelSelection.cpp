//===- ChannelSelection.cpp - Channels at constant indices ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ChannelSelection.h"

#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

/// What the body of `generic` reads at its own place, but along one axis at the
/// element of its input.
static tensor::ExtractOp matchBody(linalg::GenericOp generic, int64_t axis) {
  Block *body = generic.getBody();
  auto extract =
      body->getTerminator()->getOperand(0).getDefiningOp<tensor::ExtractOp>();
  if (!extract || extract->getBlock() != body)
    return nullptr;
  Value source = extract.getTensor();
  if (generic->isAncestor(source.getParentBlock()->getParentOp()) ||
      extract.getIndices().size() != generic.getNumLoops())
    return nullptr;
  for (auto [dim, index] : llvm::enumerate(extract.getIndices())) {
    if (static_cast<int64_t>(dim) == axis) {
      auto cast = index.getDefiningOp<arith::IndexCastOp>();
      if (!cast || cast.getIn() != body->getArgument(0))
        return nullptr;
      continue;
    }
    auto position = index.getDefiningOp<linalg::IndexOp>();
    if (!position || position.getDim() != dim)
      return nullptr;
  }
  return extract;
}

std::optional<ChannelSelection> lowbit::matchChannelSelection(Operation *op) {
  auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
  if (!generic || !generic->hasAttr(LowbitDialect::kSelectionAttr) ||
      !generic.hasPureTensorSemantics() || generic.getNumDpsInputs() != 1 ||
      generic.getNumDpsInits() != 1 ||
      generic.getNumParallelLoops() != generic.getNumLoops() ||
      !generic.getMatchingIndexingMap(generic.getDpsInitOperand(0))
           .isIdentity())
    return std::nullopt;
  OpOperand *input = generic.getDpsInputOperand(0);
  AffineMap map = generic.getMatchingIndexingMap(input);
  DenseIntElementsAttr indices;
  if (map.getNumResults() != 1 || !isa<AffineDimExpr>(map.getResult(0)) ||
      !matchPattern(input->get(), m_Constant(&indices)) ||
      !indices.getElementType().isInteger(64))
    return std::nullopt;
  ChannelSelection selection;
  selection.axis = map.getDimPosition(0);
  tensor::ExtractOp extract = matchBody(generic, selection.axis);
  if (!extract)
    return std::nullopt;
  selection.source = extract.getTensor();
  llvm::append_range(selection.indices, indices.getValues<int64_t>());
  int64_t size = extract.getTensor().getType().getDimSize(selection.axis);
  bool fits = llvm::all_of(selection.indices, [&](int64_t index) {
    return index >= 0 && (ShapedType::isDynamic(size) || index < size);
  });
  if (!fits)
    return std::nullopt;
  return selection;
}

Value lowbit::createChannelSelection(OpBuilder &builder, Location loc,
                                     Value source, ArrayRef<int64_t> indices,
                                     int64_t axis) {
  ImplicitLocOpBuilder b(loc, builder);
  auto type = cast<RankedTensorType>(source.getType());
  Value constant = arith::ConstantOp::create(b, b.getI64TensorAttr(indices));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, source);
  sizes[axis] = b.getIndexAttr(indices.size());
  AffineMap map = AffineMap::get(type.getRank(), 0, b.getAffineDimExpr(axis),
                                 b.getContext());
  Value selected = buildParallel(
      b, sizes, type.getElementType(), constant, map,
      [&](ImplicitLocOpBuilder &inner, ValueRange elements) {
        SmallVector<Value> place;
        for (int64_t dim = 0; dim < type.getRank(); ++dim)
          place.push_back(
              dim == axis ? arith::IndexCastOp::create(
                                inner, inner.getIndexType(), elements[0])
                                .getResult()
                          : linalg::IndexOp::create(inner, dim).getResult());
        return SmallVector<Value>{
            tensor::ExtractOp::create(inner, source, place)};
      });
  selected.getDefiningOp()->setAttr(LowbitDialect::kSelectionAttr,
                                    b.getUnitAttr());
  return selected;
}

Operation *lowbit::getReader(Operation *user) {
  Operation *parent = user->getParentOp();
  return matchChannelSelection(parent) ? parent : user;
}
