//===- ConvolutionProduct.cpp - Convolutions as matrix products -----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"

#include "JoinedAxes.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Utils/IndexingUtils.h"

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
  unsigned rank = maps[1].getNumResults();
  unsigned place = *getPlace(maps[1], product.column);
  if (place != 0 && place + 1 != rank)
    return "the output channels stand between other axes of its filter";
  product.isTransposed = place == 0;
  for (AffineExpr expr : maps[1].getResults())
    if (unsigned loop = cast<AffineDimExpr>(expr).getPosition();
        loop != product.column)
      product.summed.push_back(loop);
  return std::nullopt;
}

/// The type of the matrix that the filter is with its axes in an order.
static FailureOr<RankedTensorType>
getMatrixType(RankedTensorType type, ArrayRef<int64_t> order,
              ArrayRef<ReassociationIndices> groups, std::string &reason) {
  if (getEncoding(type)) {
    FailureOr<RankedTensorType> ordered = type;
    if (!isIdentityPermutation(order))
      ordered = permuteEncodedAxes(type, order, reason);
    if (failed(ordered))
      return failure();
    return joinEncodedAxes(*ordered, groups, reason);
  }
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &places : groups) {
    shape.push_back(1);
    for (int64_t place : places)
      shape.back() *= type.getDimSize(order[place]);
  }
  return RankedTensorType::get(shape, type.getElementType());
}

/// Whether it is better to move what a filter has for an output than to copy
/// patches in the order of the filter. A filter that is not encoded moves in
/// each run: no more of them than there are places of the result.
static bool isWorthMoving(ConvolutionProduct product, RankedTensorType filter) {
  if (getEncoding(filter))
    return true;
  auto result = cast<RankedTensorType>(product.op.getDpsInits()[0].getType());
  AffineMap map = product.op.getIndexingMapsArray()[2];
  int64_t places = 1;
  for (unsigned loop : product.rows)
    if (int64_t size = result.getDimSize(*getPlace(map, loop));
        !ShapedType::isDynamic(size))
      places *= size;
  return product.filter.getDimSize(product.isTransposed ? 0 : 1) <= places;
}

/// The matrix that the filter is, and the order of what is summed over.
static Reason viewFilter(ConvolutionProduct &product) {
  auto type = cast<RankedTensorType>(product.op.getDpsInputs()[1].getType());
  if (!type.hasStaticShape())
    return "its filter has a dynamic shape";
  int64_t rank = type.getRank();
  auto groups = [&](int64_t first) {
    return llvm::to_vector(llvm::seq<int64_t>(first, first + rank - 1));
  };
  if (product.isTransposed)
    product.filterAxes = {{0}, groups(1)};
  else
    product.filterAxes = {groups(0), {rank - 1}};
  std::string reason;
  SmallVector<int64_t> stored = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  FailureOr<RankedTensorType> matrix =
      getMatrixType(type, stored, product.filterAxes, reason);
  product.filterOrder = stored;
  if (succeeded(matrix))
    product.filter = *matrix;

  // Channels last.
  AffineMap map = product.op.getIndexingMapsArray()[1];
  linalg::ConvolutionDimensions dims =
      *linalg::inferConvolutionDims(product.op);
  SmallVector<unsigned> loops(product.summed);
  llvm::erase_if(loops, [&](unsigned loop) {
    return llvm::is_contained(dims.inputChannel, loop);
  });
  llvm::append_range(loops, dims.inputChannel);
  SmallVector<int64_t> order;
  for (unsigned loop : loops)
    order.push_back(*getPlace(map, loop));
  order.insert(product.isTransposed ? order.begin() : order.end(),
               *getPlace(map, product.column));
  bool hasWindow = llvm::any_of(dims.filterLoop, [&](unsigned loop) {
    return type.getDimSize(*getPlace(map, loop)) != 1;
  });
  if (!isIdentityPermutation(order) && hasWindow) {
    std::string noOrder;
    FailureOr<RankedTensorType> ordered =
        getMatrixType(type, order, product.filterAxes, noOrder);
    if (succeeded(ordered) &&
        (failed(matrix) || isWorthMoving(product, type))) {
      product.filter = *ordered;
      product.filterOrder = order;
      product.summed = loops;
      return std::nullopt;
    }
  }
  if (failed(matrix))
    return "its filter is no matrix: " + reason;
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
