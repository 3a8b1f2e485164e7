//===- ExpandReshapes.cpp - Strides of reshapes with dynamic sizes --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches memref.expand_shape that splits a dimension into several of dynamic
// size. Makes memref.reinterpret_cast with the strides computed. Leaves other
// reshapes to expand-strided-metadata.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDRESHAPESPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

/// expand_shape [.., ?, ?, ..]  ->  reinterpret_cast
struct ExpandToReinterpretCast final : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    MemRefType type = op.getResultType();
    SmallVector<ReassociationIndices> groups = op.getReassociationIndices();
    if (llvm::none_of(groups, [&](const ReassociationIndices &group) {
          return llvm::count_if(group, [&](int64_t dim) {
                   return type.isDynamicDim(dim);
                 }) > 1;
        }))
      return rewriter.notifyMatchFailure(
          op, "every group has at most one dynamic size");

    Location loc = op.getLoc();
    auto source =
        memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getSrc());
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> sourceStrides =
        source.getConstifiedMixedStrides();
    SmallVector<OpFoldResult> strides(sizes.size());
    AffineExpr size, stride;
    bindSymbols(rewriter.getContext(), size, stride);
    for (auto [group, sourceStride] : llvm::zip_equal(groups, sourceStrides)) {
      // The last of a group steps as the dimension that it came from; each
      // before it over all of the next.
      OpFoldResult step = sourceStride;
      for (int64_t dim : llvm::reverse(group)) {
        strides[dim] = step;
        step = affine::makeComposedFoldedAffineApply(
            rewriter, loc, size * stride, {sizes[dim], step});
      }
    }
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        op, type, source.getBaseBuffer(), source.getConstifiedMixedOffset(),
        sizes, strides);
    return success();
  }
};

struct ExpandReshapesPass final
    : lowbit::impl::ExpandReshapesPassBase<ExpandReshapesPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    set.add<ExpandToReinterpretCast>(context);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (succeeded(applyPatternsGreedily(getOperation(), patterns)))
      return;
    getOperation()->emitError()
        << '\'' << getArgument() << "' does not come to an end";
    signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
