//===- NormalizeContractions.cpp - Plain contractions from imported IR ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches contractions of floats, named or linalg.generic. One with a weight,
// which may be encoded, however it is broadcast, transposed or reshaped on its
// way, becomes
// linalg.matmul on the weight itself, so that encoding the layer changes one
// operand; the activation is brought to rows, and the result back. A generic
// that is a product of matrices or vectors becomes the named op.
//
// Leaves named ops on activations alone (attention), weights that are not
// matrices, and what sums anything but products.
//
//===----------------------------------------------------------------------===//

#include "WeightView.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitAttributes.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/IR/LinalgInterfaces.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_NORMALIZECONTRACTIONSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// What a replacement keeps: layer names, encodings and the like.
static void keepAttributes(Operation *from, Operation *to) {
  for (NamedAttribute attr : from->getDiscardableAttrs())
    to->setDiscardableAttr(attr.getName(), attr.getValue());
}

/// The shape of a tensor of `sizes`. Only an attribute is a static size: a
/// tensor.empty can have a constant operand for a dynamic dimension.
static SmallVector<int64_t> getShape(ArrayRef<OpFoldResult> sizes) {
  return decomposeMixedValues(sizes).first;
}

static AffineMap dimsMap(ArrayRef<unsigned> dims, unsigned numDims,
                         MLIRContext *context) {
  return AffineMap::getMultiDimMapWithTargets(numDims, dims, context);
}

//===----------------------------------------------------------------------===//
// Contractions with a weight
//===----------------------------------------------------------------------===//

namespace {
/// A contraction y[M..., n] = sum over k of x[M..., k] * w[k, n], where the
/// axes of x and y may stand in any order.
struct WeightContraction {
  linalg::LinalgOp op;
  /// Which operand views the weight, and the weight.
  OpOperand *viewed;
  OpOperand *activation;
  Value weight;
  /// From the loops of `op` to the indices of the weight.
  AffineMap weightMap;
  /// Loops: one reduction, one column, and the rows in the order of the result.
  unsigned k, n;
  SmallVector<unsigned> rows;

  AffineMap getActivationMap() { return op.getMatchingIndexingMap(activation); }
  AffineMap getResultMap() {
    return op.getMatchingIndexingMap(op.getDpsInitOperand(0));
  }
  /// Whether the weight is stored as [n, k].
  bool isTransposed() const { return weightMap.getDimPosition(0) == n; }
};

/// Brings axes into another order and joins them to a matrix, and back.
class Flattening {
public:
  Flattening(PatternRewriter &rewriter, Location loc)
      : rewriter(rewriter), loc(loc) {}

  /// `value`, whose axes are those of `map`, with axes in the order `loops`.
  Value permute(Value value, AffineMap map, ArrayRef<unsigned> loops);
  /// Joins all axes of `value` but the last to one; adds one where there is
  /// only the last.
  Value toMatrix(Value value);
  /// The inverse of toMatrix; `sizes` are those of the result.
  Value fromMatrix(Value value, ArrayRef<OpFoldResult> sizes);

private:
  static SmallVector<ReassociationIndices> groups(int64_t rank) {
    SmallVector<ReassociationIndices> groups(2);
    for (int64_t axis = 0; axis < rank; ++axis)
      groups[axis + 1 < rank ? 0 : 1].push_back(axis);
    return groups;
  }

  PatternRewriter &rewriter;
  Location loc;
};
} // namespace

Value Flattening::permute(Value value, AffineMap map,
                          ArrayRef<unsigned> loops) {
  SmallVector<int64_t> permutation;
  for (unsigned loop : loops)
    permutation.push_back(
        *map.getResultPosition(getAffineDimExpr(loop, rewriter.getContext())));
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, permutation.size())))
    return value;
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, value);
  SmallVector<OpFoldResult> permuted;
  for (int64_t axis : permutation)
    permuted.push_back(sizes[axis]);
  Value empty = tensor::EmptyOp::create(rewriter, loc, permuted,
                                        getElementTypeOrSelf(value));
  return linalg::TransposeOp::create(rewriter, loc, value, empty, permutation)
      ->getResult(0);
}

Value Flattening::toMatrix(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getRank() == 2)
    return value;
  if (type.getRank() > 2)
    return tensor::CollapseShapeOp::create(rewriter, loc, value,
                                           groups(type.getRank()));
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(rewriter, loc, value);
  sizes.insert(sizes.begin(), rewriter.getIndexAttr(1));
  auto matrix =
      RankedTensorType::get({1, type.getDimSize(0)}, type.getElementType());
  return tensor::ExpandShapeOp::create(rewriter, loc, matrix, value,
                                       ArrayRef<ReassociationIndices>{{0, 1}},
                                       sizes);
}

Value Flattening::fromMatrix(Value value, ArrayRef<OpFoldResult> sizes) {
  int64_t rank = sizes.size();
  if (rank == 2)
    return value;
  auto type = cast<RankedTensorType>(value.getType());
  if (rank == 1)
    return tensor::CollapseShapeOp::create(
        rewriter, loc, value, ArrayRef<ReassociationIndices>{{0, 1}});
  return tensor::ExpandShapeOp::create(
      rewriter, loc,
      RankedTensorType::get(getShape(sizes), type.getElementType()), value,
      groups(rank), sizes);
}

/// The sizes of the init of `op`. Those of a tensor.empty that is filled are
/// taken from it, so that the fill can go.
static SmallVector<OpFoldResult> getInitSizes(OpBuilder &builder, Location loc,
                                              Value init) {
  if (auto fill = init.getDefiningOp<linalg::FillOp>())
    init = fill.getDpsInitOperand(0)->get();
  auto type = cast<RankedTensorType>(init.getType());
  auto empty = init.getDefiningOp<tensor::EmptyOp>();
  SmallVector<OpFoldResult> sizes;
  for (int64_t axis = 0; axis < type.getRank(); ++axis) {
    if (!type.isDynamicDim(axis))
      sizes.push_back(builder.getIndexAttr(type.getDimSize(axis)));
    else if (empty)
      sizes.push_back(empty.getDynamicSize(axis));
    else
      sizes.push_back(
          tensor::DimOp::create(builder, loc, init, axis).getResult());
  }
  return sizes;
}

/// Matches `op` as a contraction with a weight that is not in normal form yet.
static FailureOr<WeightContraction> matchWeight(linalg::LinalgOp op,
                                                PatternRewriter &rewriter) {
  if (!op.hasPureTensorSemantics() || !linalg::isaContractionOpInterface(op))
    return rewriter.notifyMatchFailure(op, "not a contraction on tensors");
  if (!isSumOfProducts(op))
    return rewriter.notifyMatchFailure(op, "not a sum of products of floats");
  if (!isIndexedByAllParallelLoops(op))
    return rewriter.notifyMatchFailure(
        op, "the result is not indexed by the loops that are not summed over");

  WeightContraction match;
  match.op = op;
  OpOperand *lhs = op.getDpsInputOperand(0), *rhs = op.getDpsInputOperand(1);
  FailureOr<WeightView> view = getWeightView(rhs->get());
  match.viewed = rhs;
  match.activation = lhs;
  if (failed(view)) {
    view = getWeightView(lhs->get());
    std::swap(match.viewed, match.activation);
  }
  if (failed(view))
    return rewriter.notifyMatchFailure(op, "neither operand is a weight");
  if (getEncoding(match.activation->get().getType()))
    return rewriter.notifyMatchFailure(op, "the activation is encoded");

  match.weight = view->weight;
  match.weightMap = view->map.compose(op.getMatchingIndexingMap(match.viewed));
  if (match.weightMap.getNumResults() != 2 ||
      !match.weightMap.isProjectedPermutation())
    return rewriter.notifyMatchFailure(
        op, "the weight is not indexed as a matrix by two loops");

  SmallVector<unsigned> reductions;
  op.getReductionDims(reductions);
  if (reductions.size() != 1 || !match.weightMap.isFunctionOfDim(reductions[0]))
    return rewriter.notifyMatchFailure(
        op, "the reduction is not along one axis of the weight");
  match.k = reductions[0];
  unsigned first = match.weightMap.getDimPosition(0);
  match.n = first == match.k ? match.weightMap.getDimPosition(1) : first;

  AffineMap activationMap = match.getActivationMap();
  if (!activationMap.isFunctionOfDim(match.k))
    return rewriter.notifyMatchFailure(op, "the activation is not summed over");
  AffineMap resultMap = match.getResultMap();
  if (activationMap.isFunctionOfDim(match.n))
    return rewriter.notifyMatchFailure(
        op, "the activation varies along the columns of the weight");
  // A loop that left the weight with its broadcast must be one of the
  // activation's, or nothing but the result's size tells how long it is.
  for (AffineExpr expr : resultMap.getResults()) {
    unsigned loop = cast<AffineDimExpr>(expr).getPosition();
    if (loop == match.n)
      continue;
    if (!activationMap.isFunctionOfDim(loop))
      return rewriter.notifyMatchFailure(
          op, "a row of the result is not a row of the activation");
    match.rows.push_back(loop);
  }

  unsigned numLoops = op.getNumLoops();
  MLIRContext *context = op.getContext();
  if (isa<linalg::MatmulOp>(op) && match.viewed == rhs &&
      match.weight == rhs->get() && match.rows.size() == 1 &&
      activationMap == dimsMap({match.rows[0], match.k}, numLoops, context) &&
      resultMap == dimsMap({match.rows[0], match.n}, numLoops, context))
    return rewriter.notifyMatchFailure(op, "already a matmul on the weight");
  return match;
}

namespace {
/// y = op(x, view of w)  ->  y = unflatten(linalg.matmul(flatten(x), w))
struct MatmulOnWeight final : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    FailureOr<WeightContraction> match = matchWeight(op, rewriter);
    if (failed(match))
      return failure();
    Location loc = op.getLoc();
    MLIRContext *context = op.getContext();
    Flattening flattening(rewriter, loc);

    SmallVector<unsigned> loops = match->rows;
    loops.push_back(match->k);
    Value x = flattening.toMatrix(flattening.permute(
        match->activation->get(), match->getActivationMap(), loops));

    loops.back() = match->n;
    AffineMap resultMap = match->getResultMap();
    Value init = op.getDpsInitOperand(0)->get();
    SmallVector<OpFoldResult> initSizes = getInitSizes(rewriter, loc, init);
    SmallVector<OpFoldResult> sizes;
    for (unsigned loop : loops)
      sizes.push_back(initSizes[*resultMap.getResultPosition(
          getAffineDimExpr(loop, context))]);
    Value matrixInit =
        flattenInit(flattening, rewriter, init, resultMap, loops, sizes, x);

    enum { M, N, K };
    SmallVector<NamedAttribute> attrs;
    if (match->isTransposed())
      attrs.push_back(rewriter.getNamedAttr(
          "indexing_maps",
          rewriter.getAffineMapArrayAttr({dimsMap({M, K}, 3, context),
                                          dimsMap({N, K}, 3, context),
                                          dimsMap({M, N}, 3, context)})));
    auto matmul = linalg::MatmulOp::create(
        rewriter, loc, TypeRange{matrixInit.getType()},
        ValueRange{x, match->weight}, ValueRange{matrixInit}, attrs);
    keepAttributes(op, matmul);

    Value result = flattening.fromMatrix(matmul->getResult(0), sizes);
    // Back to the order of the result: its axes seen from the loops, inverted.
    SmallVector<unsigned> axes;
    for (AffineExpr expr : resultMap.getResults())
      axes.push_back(cast<AffineDimExpr>(expr).getPosition());
    result = flattening.permute(
        result, dimsMap(loops, op.getNumLoops(), context), axes);
    rewriter.replaceOp(op, result);
    return success();
  }

private:
  /// The init of the matmul: the fill of a matrix where `init` is a fill, else
  /// `init` itself flattened.
  static Value flattenInit(Flattening &flattening, PatternRewriter &rewriter,
                           Value init, AffineMap map, ArrayRef<unsigned> loops,
                           ArrayRef<OpFoldResult> sizes, Value x) {
    auto fill = init.getDefiningOp<linalg::FillOp>();
    if (!fill)
      return flattening.toMatrix(flattening.permute(init, map, loops));
    int64_t rows = 1;
    for (int64_t size : getShape(sizes.drop_back()))
      rows = ShapedType::isDynamic(size) || ShapedType::isDynamic(rows)
                 ? ShapedType::kDynamic
                 : rows * size;
    Location loc = fill.getLoc();
    OpFoldResult rowsSize =
        ShapedType::isDynamic(rows)
            ? OpFoldResult(
                  tensor::DimOp::create(rewriter, loc, x, 0).getResult())
            : OpFoldResult(rewriter.getIndexAttr(rows));
    Value empty = tensor::EmptyOp::create(
        rewriter, loc, ArrayRef<OpFoldResult>{rowsSize, sizes.back()},
        getElementTypeOrSelf(init));
    return linalg::FillOp::create(rewriter, loc, fill.getInputs(), empty)
        .getResult(0);
  }
};

//===----------------------------------------------------------------------===//
// Generics with a name
//===----------------------------------------------------------------------===//

/// linalg.generic or linalg.contract  ->  matmul, batch_matmul, matvec, ...
struct NameContraction final : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    if (!isa<linalg::GenericOp, linalg::ContractOp>(op))
      return rewriter.notifyMatchFailure(op, "has a name already");
    if (!op.hasPureTensorSemantics() || !linalg::isaContractionOpInterface(op))
      return rewriter.notifyMatchFailure(op, "not a contraction on tensors");
    if (!isSumOfProducts(op))
      return rewriter.notifyMatchFailure(op, "not a sum of products of floats");
    FailureOr<linalg::ContractionDimensions> dims =
        linalg::inferContractionDims(op);
    if (failed(dims) || dims->k.size() != 1 || dims->batch.size() > 1 ||
        dims->m.size() > 1 || dims->n.size() > 1 ||
        dims->batch.size() + dims->m.size() + dims->n.size() + 1 !=
            op.getNumLoops())
      return rewriter.notifyMatchFailure(
          op, "more loops than one each of batch, row, column, reduction");
    if (!dims->batch.empty() && dims->m.empty() && dims->n.empty())
      return rewriter.notifyMatchFailure(
          op, "a batch of products of vectors has no name");

    // The left operand is the one whose free loop comes first in the result.
    Value lhs = op.getDpsInputs()[0], rhs = op.getDpsInputs()[1];
    SmallVector<AffineMap> maps = op.getIndexingMapsArray();
    SmallVector<unsigned, 2> m = dims->m, n = dims->n;
    AffineMap result = maps[2];
    auto position = [&](unsigned loop) {
      return *result.getResultPosition(
          getAffineDimExpr(loop, result.getContext()));
    };
    if (!m.empty() && !n.empty() && position(n[0]) < position(m[0])) {
      std::swap(lhs, rhs);
      std::swap(maps[0], maps[1]);
      std::swap(m, n);
    }
    if (!dims->batch.empty()) {
      AffineExpr batch = getAffineDimExpr(dims->batch[0], result.getContext());
      if (llvm::any_of(
              maps, [&](AffineMap map) { return map.getResult(0) != batch; }))
        return rewriter.notifyMatchFailure(op, "the batch is not outermost");
    }
    Operation *named = create(rewriter, op, lhs, rhs, maps, *dims, m, n);
    keepAttributes(op, named);
    rewriter.replaceOp(op, named->getResults());
    return success();
  }

private:
  static Operation *create(PatternRewriter &rewriter, linalg::LinalgOp op,
                           Value lhs, Value rhs, ArrayRef<AffineMap> maps,
                           const linalg::ContractionDimensions &dims,
                           ArrayRef<unsigned> m, ArrayRef<unsigned> n) {
    Location loc = op.getLoc();
    ValueRange outs(op.getDpsInits());
    TypeRange types(outs);
    bool hasBatch = !dims.batch.empty();
    if (!m.empty() && !n.empty()) {
      // Loops are renamed to their order in the named op.
      SmallVector<AffineExpr> names(op.getNumLoops());
      unsigned next = 0;
      for (unsigned loop :
           llvm::concat<const unsigned>(ArrayRef<unsigned>(dims.batch), m, n,
                                        ArrayRef<unsigned>(dims.k)))
        names[loop] = getAffineDimExpr(next++, op.getContext());
      SmallVector<AffineMap> renamed;
      for (AffineMap map : maps)
        renamed.push_back(map.replaceDimsAndSymbols(names, {}, next, 0));
      SmallVector<NamedAttribute> attrs;
      ArrayAttr mapsAttr = rewriter.getAffineMapArrayAttr(renamed);
      bool isPlain =
          hasBatch
              ? renamed == linalg::BatchMatmulOp::getDefaultIndexingMaps(
                               op.getContext())
              : renamed ==
                    linalg::MatmulOp::getDefaultIndexingMaps(op.getContext());
      if (!isPlain)
        attrs.push_back(rewriter.getNamedAttr("indexing_maps", mapsAttr));
      if (hasBatch)
        return linalg::BatchMatmulOp::create(rewriter, loc, types,
                                             ValueRange{lhs, rhs}, outs, attrs);
      return linalg::MatmulOp::create(rewriter, loc, types,
                                      ValueRange{lhs, rhs}, outs, attrs);
    }
    if (m.empty() && n.empty() && !hasBatch)
      return linalg::DotOp::create(rewriter, loc, types, ValueRange{lhs, rhs},
                                   outs);
    // A matrix and a vector: which of matvec and vecmat it is follows from the
    // axis of the matrix that is summed over.
    bool matrixIsLeft = !m.empty();
    Value matrix = matrixIsLeft ? lhs : rhs, vector = matrixIsLeft ? rhs : lhs;
    AffineMap map = matrixIsLeft ? maps[0] : maps[1];
    bool sumsLast = map.getDimPosition(map.getNumResults() - 1) == dims.k[0];
    if (sumsLast && hasBatch)
      return linalg::BatchMatvecOp::create(rewriter, loc, types,
                                           ValueRange{matrix, vector}, outs);
    if (sumsLast)
      return linalg::MatvecOp::create(rewriter, loc, types,
                                      ValueRange{matrix, vector}, outs);
    if (hasBatch)
      return linalg::BatchVecmatOp::create(rewriter, loc, types,
                                           ValueRange{vector, matrix}, outs);
    return linalg::VecmatOp::create(rewriter, loc, types,
                                    ValueRange{vector, matrix}, outs);
  }
};

struct NormalizeContractionsPass final
    : lowbit::impl::NormalizeContractionsPassBase<NormalizeContractionsPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    // A generic on a weight goes to its matmul at once.
    set.add<MatmulOnWeight>(context, /*benefit=*/2);
    set.add<NameContraction>(context, /*benefit=*/1);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    GreedyRewriteConfig config;
    config.setRegionSimplificationLevel(GreedySimplifyRegionLevel::Disabled);
    config.setMaxIterations(maxIterations);
    if (failed(applyPatternsGreedily(getOperation(), patterns, config))) {
      // At the location only: the op is the whole module.
      emitError(getOperation()->getLoc())
          << getArgument() << " did not converge in "
          << maxIterations.getValue() << " iterations";
      signalPassFailure();
    }
  }

private:
  FrozenRewritePatternSet patterns;
};
} // namespace
