//===- ExpandMath.cpp - Transcendental functions become polynomials -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches math ops on scalars and vectors of floats. Makes arithmetic that
// approximates them to a few units in the last place of f32. Leaves sqrt, rsqrt
// and fma, which processors have, and functions without an approximation.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

namespace {

struct ExpandMathPass final : lowbit::impl::ExpandMathPassBase<ExpandMathPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    populateMathPolynomialApproximationPatterns(set);
    patterns = std::move(set);
    return success();
  }

  void runOnOperation() override {
    if (succeeded(applyPatternsGreedily(getOperation(), patterns)))
      return;
    getOperation()->emitError(
        "lowbit-expand-math: rewriting did not come to an end");
    signalPassFailure();
  }

private:
  FrozenRewritePatternSet patterns;
};

} // namespace
