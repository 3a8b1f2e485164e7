//===- ConvolutionsToMatmuls.cpp - Convolutions as products ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches convolutions of f32, of any number of axes, with any order of axes,
// strides, dilation and encodings. Makes linalg.matmul on a matrix of patches,
// one row for each place of the result: of codes, where the input is encoded,
// and of the elements themselves where the window is one element. The parts of
// an encoded filter keep their bytes, and are assembled as a matrix. Leaves
// groups of channels and depthwise convolutions, and filters and inputs whose
// scales are no matrix's; the lowering says why they have no kernel.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "lowbit/Dialect/Lowbit/Transforms/ConvolutionProduct.h"
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_CONVOLUTIONSTOMATMULSPASS
#include "lowbit/Dialect/Lowbit/Transforms/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {
struct ProductOfPatches final : OpInterfaceRewritePattern<linalg::LinalgOp> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;

  LogicalResult matchAndRewrite(linalg::LinalgOp op,
                                PatternRewriter &rewriter) const override {
    std::string reason;
    FailureOr<ConvolutionProduct> product = ConvolutionProduct::get(op, reason);
    if (failed(product))
      return rewriter.notifyMatchFailure(op, reason);
    product->rewrite(rewriter);
    return success();
  }
};

struct ConvolutionsToMatmulsPass final
    : lowbit::impl::ConvolutionsToMatmulsPassBase<ConvolutionsToMatmulsPass> {
  using Base::Base;

  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ProductOfPatches>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};
} // namespace
