//===- ExpandBf16.cpp - Conversions of bf16 become integer arithmetic -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches arith.extf and arith.truncf between bf16 and f32 or f64, on scalars
// and vectors. Makes shifts and an addition that rounds. Without it processors
// would differ: few have an instruction, which flushes denormal numbers to
// zero, and for the others a call goes to a function that many C libraries
// lack. Leaves conversions between other types.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Transforms/Passes.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDBF16PASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// `type` with f32 or i32 elements.
static Type withElements(Type type, Type element) {
  auto shaped = dyn_cast<ShapedType>(type);
  return shaped ? Type(shaped.clone(element)) : element;
}

namespace {

/// extf bf16 to f64  ->  by way of f32
struct ExtendByF32 final : OpRewritePattern<arith::ExtFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::ExtFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isBF16() ||
        !getElementTypeOrSelf(op.getType()).isF64())
      return rewriter.notifyMatchFailure(op, "is not from bf16 to f64");
    Type f32 = withElements(op.getType(), rewriter.getF32Type());
    Value middle =
        arith::ExtFOp::create(rewriter, op.getLoc(), f32, op.getIn());
    rewriter.replaceOpWithNewOp<arith::ExtFOp>(op, op.getType(), middle);
    return success();
  }
};

/// truncf f64 to bf16  ->  by way of f32, where a number that is not exact gets
/// an odd last bit: that breaks no tie which the second rounding would see, and
/// makes none. (Boldo and Melquiond, "Emulation of a FMA and correctly rounded
/// sums: proved algorithms using rounding to odd", 2008)
struct TruncateByF32 final : OpRewritePattern<arith::TruncFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::TruncFOp op,
                                PatternRewriter &rewriter) const override {
    if (!getElementTypeOrSelf(op.getIn()).isF64() ||
        !getElementTypeOrSelf(op.getType()).isBF16())
      return rewriter.notifyMatchFailure(op, "is not from f64 to bf16");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Type f32 = withElements(op.getType(), b.getF32Type());
    Type i32 = withElements(op.getType(), b.getI32Type());
    Value x = op.getIn();
    Value nearest = arith::TruncFOp::create(b, f32, x);
    Value back = arith::ExtFOp::create(b, x.getType(), nearest);
    // Not for a NaN.
    Value isInexact =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ONE, back, x);
    Value isAbove = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                          math::AbsFOp::create(b, back),
                                          math::AbsFOp::create(b, x));
    Value bits = arith::BitcastOp::create(b, i32, nearest);
    Value one = arith::ConstantOp::create(b, b.getOneAttr(i32));
    Value towardZero = arith::SelectOp::create(
        b, isAbove, arith::SubIOp::create(b, bits, one), bits);
    Value odd = arith::SelectOp::create(
        b, isInexact, arith::OrIOp::create(b, towardZero, one), bits);
    rewriter.replaceOpWithNewOp<arith::TruncFOp>(
        op, op.getType(), arith::BitcastOp::create(b, f32, odd));
    return success();
  }
};

struct ExpandBf16Pass final : lowbit::impl::ExpandBf16PassBase<ExpandBf16Pass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override {
    RewritePatternSet set(context);
    set.add<ExtendByF32, TruncateByF32>(context);
    arith::populateExpandBFloat16Patterns(set);
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
