//===- ConvolutionPatches.cpp - The product that a convolution becomes ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodedParts.h"
#include "JoinedAxes.h"
#include "LinalgBuilding.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

namespace {
class ProductBuilder {
public:
  ProductBuilder(ImplicitLocOpBuilder &b, const ConvolutionProduct &product)
      : b(b), product(product), op(product.op),
        resultMap(op.getMatchingIndexingMap(op.getDpsInitOperand(0))),
        init(op.getDpsInits()[0]) {
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(b, b.getLoc(), init);
    for (unsigned loop : product.rows)
      rowSizes.push_back(sizes[getPlace(loop)]);
    columns = sizes[getPlace(product.column)];
  }

  linalg::MatmulOp buildProduct();
  /// The result of the convolution, from that of the product.
  Value buildResult(Value matrix);

private:
  unsigned getPlace(unsigned loop) {
    return *resultMap.getResultPosition(b.getAffineDimExpr(loop));
  }
  Value joinRows(Value rows, bool hasColumns);
  OpFoldResult getNumRows();
  Value buildCopy(Value input, ArrayRef<OpFoldResult> sizes, AffineMap map);
  Value buildLastAxis(Value input, AffineMap &map);
  Value buildPatches(Value input);
  Value buildActivation();
  Value buildFilter();
  Value buildInit();

  ImplicitLocOpBuilder &b;
  const ConvolutionProduct &product;
  linalg::LinalgOp op;
  AffineMap resultMap;
  Value init;
  SmallVector<OpFoldResult> rowSizes;
  OpFoldResult columns;
};
} // namespace

/// Joins the axes of rows, and those behind them.
Value ProductBuilder::joinRows(Value rows, bool hasColumns) {
  int64_t rank = cast<RankedTensorType>(rows.getType()).getRank();
  int64_t numRows = rowSizes.size();
  SmallVector<ReassociationIndices> groups = {
      llvm::to_vector(llvm::seq<int64_t>(0, numRows))};
  if (hasColumns)
    groups.push_back(llvm::to_vector(llvm::seq<int64_t>(numRows, rank)));
  return b.createOrFold<tensor::CollapseShapeOp>(rows, groups);
}

OpFoldResult ProductBuilder::getNumRows() {
  OpFoldResult count = b.getIndexAttr(1);
  for (OpFoldResult size : rowSizes)
    count = emitProduct(b, count, size);
  return count;
}

/// The elements of `input` that `map` gives, for indices below `sizes`.
Value ProductBuilder::buildCopy(Value input, ArrayRef<OpFoldResult> sizes,
                                AffineMap map) {
  auto type = cast<RankedTensorType>(input.getType());
  if (map.isIdentity() && decomposeMixedValues(sizes).first == type.getShape())
    return input;
  return buildParallel(
      b, sizes, type.getElementType(), input, map,
      [](ImplicitLocOpBuilder &, ValueRange elements) -> SmallVector<Value> {
        return {elements[0]};
      });
}

/// `input`, which is read at `map` in patches, with the axis last that their
/// innermost index is that of, so that neighbours are copied. Changes `map`.
Value ProductBuilder::buildLastAxis(Value input, AffineMap &map) {
  std::optional<unsigned> axis =
      map.getResultPosition(b.getAffineDimExpr(map.getNumDims() - 1));
  unsigned rank = map.getNumResults();
  if (!axis || *axis + 1 == rank)
    return input;
  SmallVector<int64_t> order;
  for (unsigned other = 0; other < rank; ++other)
    if (other != *axis)
      order.push_back(other);
  order.push_back(*axis);
  map = map.getSubMap(
      llvm::map_to_vector(order, [](int64_t i) { return unsigned(i); }));
  return buildTranspose(b, input, order);
}

/// The matrix of the patches of `input`.
Value ProductBuilder::buildPatches(Value input) {
  OpOperand *operand = op.getDpsInputOperand(0);
  AffineMap map = op.getMatchingIndexingMap(operand);
  auto type = cast<RankedTensorType>(input.getType());
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  // A window of one element has no axis where it leaves the index of a row, of
  // which the input is known to have no more.
  auto isDropped = [&](unsigned loop) {
    if (ranges[loop] != 1)
      return false;
    for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
      if (!expr.isFunctionOfDim(loop))
        continue;
      AffineExpr rest = simplifyAffineExpr(
          expr.replace(b.getAffineDimExpr(loop), b.getAffineConstantExpr(0)),
          map.getNumDims(), 0);
      auto row = dyn_cast<AffineDimExpr>(rest);
      if (row && (type.isDynamicDim(axis) ||
                  type.getDimSize(axis) != ranges[row.getPosition()]))
        return false;
    }
    return true;
  };
  SmallVector<AffineExpr> replacements(op.getNumLoops(),
                                       b.getAffineConstantExpr(0));
  SmallVector<OpFoldResult> sizes = rowSizes;
  for (auto [row, loop] : llvm::enumerate(product.rows))
    replacements[loop] = b.getAffineDimExpr(row);
  for (unsigned loop : product.summed)
    if (!isDropped(loop)) {
      replacements[loop] = b.getAffineDimExpr(sizes.size());
      sizes.push_back(b.getIndexAttr(ranges[loop]));
    }
  if (sizes.size() == rowSizes.size()) // The filter is one element.
    sizes.push_back(b.getIndexAttr(1));
  map = simplifyAffineMap(
      map.replaceDimsAndSymbols(replacements, {}, sizes.size(), 0));
  if (sizes.size() > rowSizes.size() + 1)
    input = buildLastAxis(input, map);
  return joinRows(buildCopy(input, sizes, map), /*hasColumns=*/true);
}

/// The patches; of an encoded input those of its codes, with its scales.
Value ProductBuilder::buildActivation() {
  Value input = op.getDpsInputs()[0];
  if (!getEncoding(input.getType()))
    return buildPatches(input);
  SmallVector<Value> parts = getStoredParts(b, input);
  parts.front() = buildPatches(parts.front());
  if (product.scaleAxis >= 0) {
    // Each row has the scale of its image.
    AffineMap map = op.getMatchingIndexingMap(op.getDpsInputOperand(0));
    unsigned loop = map.getDimPosition(product.scaleAxis);
    unsigned row =
        std::distance(product.rows.begin(), llvm::find(product.rows, loop));
    for (Value &part : MutableArrayRef(parts).drop_front())
      part = joinRows(buildCopy(part, rowSizes,
                                AffineMap::get(rowSizes.size(), 0,
                                               b.getAffineDimExpr(row))),
                      /*hasColumns=*/false);
  }
  SmallVector<Value> sizes;
  if (product.patches.isDynamicDim(0))
    sizes.push_back(
        getValueOrCreateConstantIndexOp(b, b.getLoc(), getNumRows()));
  return AssembleOp::create(b, product.patches, parts, sizes);
}

Value ProductBuilder::buildFilter() {
  Value filter = op.getDpsInputs()[1];
  if (getEncoding(filter.getType()))
    return buildJoinedAxes(b, filter, product.filterOrder, product.filter);
  if (!isIdentityPermutation(product.filterOrder))
    filter = buildTranspose(b, filter, product.filterOrder);
  return buildReshapedPart(b, filter, product.filter);
}

/// The init as a matrix. One that is the same for all places of the result is
/// made anew.
Value ProductBuilder::buildInit() {
  SmallVector<OpFoldResult> sizes = {getNumRows(), columns};
  Value scalar;
  Attribute constant;
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    scalar = fill.getInputs().front();
  else if (matchPattern(init, m_Constant(&constant)))
    if (auto splat = dyn_cast<SplatElementsAttr>(constant))
      scalar = arith::ConstantOp::create(
          b, cast<TypedAttr>(splat.getSplatValue<Attribute>()));
  if (scalar)
    return buildFilled(b, sizes, scalar);
  auto broadcast = init.getDefiningOp<linalg::BroadcastOp>();
  int64_t axis = getPlace(product.column);
  if (broadcast && broadcast.getInput().getType().getRank() == 1 &&
      !llvm::is_contained(broadcast.getDimensions(), axis)) {
    Value empty = tensor::EmptyOp::create(b, sizes, b.getF32Type());
    return linalg::BroadcastOp::create(b, broadcast.getInput(), empty,
                                       ArrayRef<int64_t>{0})
        ->getResult(0);
  }
  SmallVector<int64_t> order;
  for (unsigned loop : product.rows)
    order.push_back(getPlace(loop));
  order.push_back(axis);
  Value rows =
      isIdentityPermutation(order) ? init : buildTranspose(b, init, order);
  return joinRows(rows, /*hasColumns=*/true);
}

linalg::MatmulOp ProductBuilder::buildProduct() {
  SmallVector<NamedAttribute> attributes;
  if (product.isTransposed) {
    enum { M, N, K };
    auto map = [&](unsigned first, unsigned second) {
      return AffineMap::getMultiDimMapWithTargets(3, {first, second},
                                                  b.getContext());
    };
    attributes.push_back(b.getNamedAttr(
        "indexing_maps",
        b.getAffineMapArrayAttr({map(M, K), map(N, K), map(M, N)})));
  }
  Value activation = buildActivation(), filter = buildFilter();
  Value matrix = buildInit();
  auto matmul = linalg::MatmulOp::create(b, TypeRange{matrix.getType()},
                                         ValueRange{activation, filter},
                                         ValueRange{matrix}, attributes);
  for (NamedAttribute attribute : op->getDiscardableAttrs())
    matmul->setDiscardableAttr(attribute.getName(), attribute.getValue());
  return matmul;
}

Value ProductBuilder::buildResult(Value matrix) {
  SmallVector<OpFoldResult> sizes = rowSizes;
  sizes.push_back(columns);
  int64_t numRows = rowSizes.size();
  SmallVector<ReassociationIndices> groups = {
      llvm::to_vector(llvm::seq<int64_t>(0, numRows)), {numRows}};
  Value rows = numRows == 1 ? matrix : buildExpand(b, matrix, groups, sizes);
  // Its axes are the loops of rows and the column; those of the result are the
  // same in another order.
  SmallVector<unsigned> loops = product.rows;
  loops.push_back(product.column);
  SmallVector<int64_t> order;
  for (AffineExpr expr : resultMap.getResults())
    order.push_back(std::distance(
        loops.begin(),
        llvm::find(loops, cast<AffineDimExpr>(expr).getPosition())));
  return isIdentityPermutation(order) ? rows : buildTranspose(b, rows, order);
}

linalg::MatmulOp ConvolutionProduct::rewrite(RewriterBase &rewriter) const {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  ImplicitLocOpBuilder b(op->getLoc(), rewriter);
  ProductBuilder builder(b, *this);
  linalg::MatmulOp matmul = builder.buildProduct();
  rewriter.replaceOp(op, builder.buildResult(matmul->getResult(0)));
  return matmul;
}
