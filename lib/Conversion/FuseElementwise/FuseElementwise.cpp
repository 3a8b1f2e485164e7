//===- FuseElementwise.cpp - Elementwise ops share loops ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches linalg.generic ops that read what an elementwise one with no other
// use computes, as linalg-fuse-elementwise-ops does. Makes one op of both.
// Leaves apart what a reduction reads several times, as the operands of a
// matmul: fused, each element would be computed anew for each use, a decoded
// weight for every row of the activation. What only moves elements is fused.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tensor/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// Whether `op` reads an element of `operand` once for several iterations of a
/// nest of loops with reductions.
static bool isReread(linalg::LinalgOp op, OpOperand *operand) {
  if (op.getNumReductionLoops() == 0)
    return false;
  AffineMap map = op.getMatchingIndexingMap(operand);
  for (unsigned loop = 0; loop < op.getNumLoops(); ++loop)
    if (!map.isFunctionOfDim(loop))
      return true;
  return false;
}

static bool computes(linalg::LinalgOp op) {
  return llvm::any_of(op.getBlock()->without_terminator(),
                      [](Operation &inner) {
                        return !isa<tensor::ExtractOp, linalg::IndexOp>(inner);
                      });
}

static bool isWorthFusing(OpOperand *operand) {
  Operation *producer = operand->get().getDefiningOp();
  if (!producer || !producer->hasOneUse())
    return false;
  auto consumer = dyn_cast<linalg::LinalgOp>(operand->getOwner());
  auto made = dyn_cast<linalg::LinalgOp>(producer);
  return !consumer || !made || !isReread(consumer, operand) || !computes(made);
}

namespace {

struct FuseElementwisePass final
    : lowbit::impl::FuseElementwisePassBase<FuseElementwisePass> {
  using Base::Base;

  void runOnOperation() override {
    MLIRContext *context = &getContext();
    RewritePatternSet patterns(context);
    linalg::populateElementwiseOpsFusionPatterns(patterns, isWorthFusing);
    linalg::populateFoldReshapeOpsByExpansionPatterns(patterns, isWorthFusing);
    tensor::populateBubbleUpExpandShapePatterns(patterns);
    affine::AffineApplyOp::getCanonicalizationPatterns(patterns, context);
    linalg::GenericOp::getCanonicalizationPatterns(patterns, context);
    tensor::ExpandShapeOp::getCanonicalizationPatterns(patterns, context);
    tensor::CollapseShapeOp::getCanonicalizationPatterns(patterns, context);
    context->getLoadedDialect<linalg::LinalgDialect>()
        ->getCanonicalizationPatterns(patterns);
    linalg::populateConstantFoldLinalgOperations(patterns, isWorthFusing);
    GreedyRewriteConfig config;
    config.setUseTopDownTraversal();
    if (failed(
            applyPatternsGreedily(getOperation(), std::move(patterns), config)))
      signalPassFailure();
  }
};

} // namespace
