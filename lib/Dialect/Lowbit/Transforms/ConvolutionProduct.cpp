//===- ConvolutionProduct.cpp - Convolutions as matrix products -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"

#include "JoinedAxes.h"
#include "SumOfProducts.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"

using namespace lowbit;
using namespace mlir;

using Reason = std::optional<std::string>;

/// The place of `loop` among the indices that `map` gives.
static std::optional<unsigned> getPlace(AffineMap map, unsigned loop) {
  return map.getResultPosition(getAffineDimExpr(loop, map.getContext()));
}

/// Which loops are rows, columns and what is summed over.
static Reason findLoops(ConvolutionProduct &product) {
  linalg::LinalgOp op = product.op;
  linalg::ConvolutionDimensions dims = *linalg::inferConvolutionDims(op);
  if (!dims.depth.empty())
    return dims.inputChannel.empty()
               ? "each of its channels is by itself (depthwise)"
               : "its channels are in groups";
  if (dims.outputChannel.size() != 1)
    return "it has no axis of output channels";
  product.column = dims.outputChannel.front();
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  for (AffineExpr expr : maps[2].getResults()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (loop != product.column)
      product.rows.push_back(loop);
  }
  product.filterAxes.resize(2);
  unsigned rank = maps[1].getNumResults();
  unsigned place = *getPlace(maps[1], product.column);
  if (place != 0 && place + 1 != rank)
    return "the output channels stand between other axes of its filter";
  product.isTransposed = place == 0;
  for (auto [axis, expr] : llvm::enumerate(maps[1].getResults())) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    bool isColumn = loop == product.column;
    product.filterAxes[isColumn == product.isTransposed ? 0 : 1].push_back(
        axis);
    if (!isColumn)
      product.summed.push_back(loop);
  }
  return std::nullopt;
}

/// The matrix that the filter is.
static Reason viewFilter(ConvolutionProduct &product) {
  auto type = cast<RankedTensorType>(product.op.getDpsInputs()[1].getType());
  if (!type.hasStaticShape())
    return "its filter has a dynamic shape";
  std::string reason;
  if (getEncoding(type)) {
    FailureOr<RankedTensorType> joined =
        joinEncodedAxes(type, product.filterAxes, reason);
    if (failed(joined))
      return "its filter is no matrix: " + reason;
    product.filter = *joined;
    return std::nullopt;
  }
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &axes : product.filterAxes) {
    shape.push_back(1);
    for (int64_t axis : axes)
      shape.back() *= type.getDimSize(axis);
  }
  product.filter = RankedTensorType::get(shape, type.getElementType());
  return std::nullopt;
}

/// How patches of an encoded input are encoded: the codes are moved as bytes.
static Reason viewInput(ConvolutionProduct &product, EncodingAttr &patches) {
  auto type = cast<RankedTensorType>(product.op.getDpsInputs()[0].getType());
  EncodingAttr encoding = getEncoding(type);
  if (!encoding)
    return std::nullopt;
  if (encoding.getBits() != 8)
    return "codes of its input are not of 8 bits";
  if (!isa<RowsAttr>(encoding.getLayout()) ||
      !isa<DenseAttr>(encoding.getSparsity()) || encoding.getLearned())
    return "its input is sparse, in panels, or has learned levels";
  ScaleAttr scale = encoding.getScale();
  if (scale.isNested())
    return "its input has nested scales";
  ScaleFields fields = scale.getFields();
  fields.granularity = GranularityKind::Tensor;
  fields.axes.clear();
  fields.block.clear();
  AffineMap map = product.op.getIndexingMapsArray()[0];
  for (auto [axis, block] :
       llvm::enumerate(scale.getBlockShape(type.getRank()))) {
    if (block == 0)
      continue;
    auto loop = dyn_cast<AffineDimExpr>(map.getResult(axis));
    bool isRow = loop && llvm::is_contained(product.rows, loop.getPosition());
    if (block != 1 || !isRow || product.scaleAxis >= 0)
      return "its input has several scales along what it sums over";
    product.scaleAxis = axis;
    fields.granularity = GranularityKind::Axis;
    fields.axes = {0};
  }
  patches = EncodingAttr::get(type.getContext(), encoding.getCodec(),
                              ScaleAttr::get(type.getContext(), fields),
                              encoding.getSparsity(), encoding.getLayout());
  return std::nullopt;
}

static Reason match(ConvolutionProduct &product) {
  linalg::LinalgOp op = product.op;
  if (!op.hasPureTensorSemantics() || !isConvolutionOfProducts(op))
    return "it is no convolution of floats on tensors";
  if (!isIndexedByAllParallelLoops(op))
    return "its result is not indexed by the loops that are not summed over";
  for (Value value : op->getOperands())
    if (!getElementTypeOrSelf(value.getType()).isF32())
      return "an operand is not f32";
  if (Reason reason = findLoops(product))
    return reason;
  if (Reason reason = viewFilter(product))
    return reason;
  EncodingAttr encoding;
  if (Reason reason = viewInput(product, encoding))
    return reason;
  auto filter = cast<RankedTensorType>(op.getDpsInputs()[1].getType());
  if (encoding && !getEncoding(filter))
    return "its input is encoded but its filter is not";
  auto result = cast<RankedTensorType>(op.getDpsInits()[0].getType());
  AffineMap map = op.getIndexingMapsArray()[2];
  int64_t rows = 1;
  for (unsigned loop : product.rows) {
    int64_t size = result.getDimSize(*getPlace(map, loop));
    rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows)
               ? ShapedType::kDynamic
               : rows * size;
  }
  product.patches = RankedTensorType::get(
      {rows, product.filter.getDimSize(product.isTransposed ? 1 : 0)},
      filter.getElementType(), encoding);
  return std::nullopt;
}

FailureOr<ConvolutionProduct> ConvolutionProduct::get(linalg::LinalgOp op,
                                                      std::string &reason) {
  ConvolutionProduct product;
  product.op = op;
  if (Reason why = match(product)) {
    reason = std::move(*why);
    return failure();
  }
  return product;
}
