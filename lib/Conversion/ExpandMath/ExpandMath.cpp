//===- ExpandMath.cpp - Transcendental functions become polynomials -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches transcendental functions and powers of f32, f16 and bf16, on scalars
// and vectors, clampf, powers of integers, and where asked for roundeven. Makes
// arithmetic, mostly in f64. Leaves sqrt, rsqrt, rounding and fma, which
// processors have, and functions of f64, with a remark: of those it only makes
// multiplications of small constant powers.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"
#include "lowbit/Conversion/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Math/Transforms/Passes.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace lowbit {
#define GEN_PASS_DEF_EXPANDMATHPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// A scalar or a vector of fixed size.
static bool hasLanes(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  return vector ? !vector.isScalable() : type.isIntOrIndexOrFloat();
}

/// What f32 holds.
static bool isF32OrNarrower(Type type) {
  Type element = getElementTypeOrSelf(type);
  return hasLanes(type) &&
         (element.isF32() || element.isF16() || element.isBF16());
}

/// `value`, of f32 or narrower, as f32.
static Real toF32(ImplicitLocOpBuilder &builder, Value value) {
  Real result = {{&builder, value}};
  if (result.element().isF32())
    return result;
  Type type = result.typeOf(builder.getF32Type());
  return {{&builder, arith::ExtFOp::create(builder, type, value)}};
}

/// The other way, from f64 too: in two steps, because processors have no
/// conversion of f64 to less than f32.
static Value toType(Real value, Type type) {
  if (value.element().isF64() && !getElementTypeOrSelf(type).isF64())
    value = truncate(value);
  if (value.value.getType() == type)
    return value.value;
  return arith::TruncFOp::create(*value.builder, type, value.value);
}

/// The number that `value` is in each lane.
static std::optional<APFloat> getConstant(Value value) {
  while (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  APFloat number(0.0);
  if (matchPattern(value, m_ConstantFloat(&number)))
    return number;
  return std::nullopt;
}

namespace {

template <typename Op, Real (*function)(Real)>
struct ExpandUnary final : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;

  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrNarrower(op.getType()))
      return rewriter.notifyMatchFailure(op, "is not of f32 or narrower");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Real x = toF32(b, op.getOperand());
    if (function != expandExpFast)
      x = extend(x);
    rewriter.replaceOp(op, toType(function(x), op.getType()));
    return success();
  }
};

struct ExpandAtan2 final : OpRewritePattern<math::Atan2Op> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::Atan2Op op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrNarrower(op.getType()))
      return rewriter.notifyMatchFailure(op, "is not of f32 or narrower");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, toType(expandAtan2(extend(toF32(b, op.getLhs())),
                                              extend(toF32(b, op.getRhs()))),
                                  op.getType()));
    return success();
  }
};

struct SplitSincos final : OpRewritePattern<math::SincosOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::SincosOp op,
                                PatternRewriter &rewriter) const override {
    Value x = op.getOperand();
    Location loc = op.getLoc();
    rewriter.replaceOp(op, {math::SinOp::create(rewriter, loc, x).getResult(),
                            math::CosOp::create(rewriter, loc, x).getResult()});
    return success();
  }
};

/// Replaces `op` by x^n. Products of few factors are as exact in the type of
/// the operand; more, and quotients, are rounded to it once.
static LogicalResult replaceByProduct(PatternRewriter &rewriter, Operation *op,
                                      Value operand, int64_t n) {
  Type type = operand.getType();
  bool isF64 = getElementTypeOrSelf(type).isF64() && hasLanes(type);
  if (!isF64 && !isF32OrNarrower(type))
    return rewriter.notifyMatchFailure(op, "is not of f64 or narrower");
  bool isShort = n >= -1 && n <= 3;
  if (n < -64 || n > 64 || (isF64 && !isShort))
    return rewriter.notifyMatchFailure(op, "has too many factors");
  ImplicitLocOpBuilder b(op->getLoc(), rewriter);
  Real x = isF64 ? Real{{&b, operand}} : toF32(b, operand);
  if (!isShort)
    x = extend(x);
  rewriter.replaceOp(op, toType(expandPowConstant(x, n), type));
  return success();
}

/// powf by an integer constant
struct MultiplyPowF final : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::PowFOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<APFloat> exponent = getConstant(op.getRhs());
    if (!exponent || !exponent->isInteger())
      return rewriter.notifyMatchFailure(op,
                                         "has no integer constant exponent");
    APSInt n(/*BitWidth=*/64, /*isUnsigned=*/false);
    bool isExact;
    if (exponent->convertToInteger(n, APFloat::rmTowardZero, &isExact) !=
        APFloat::opOK)
      return rewriter.notifyMatchFailure(op, "has too many factors");
    return replaceByProduct(rewriter, op, op.getLhs(), n.getSExtValue());
  }
};

/// fpowi by a constant
struct MultiplyFPowI final : OpRewritePattern<math::FPowIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FPowIOp op,
                                PatternRewriter &rewriter) const override {
    Value exponent = op.getRhs();
    while (auto broadcast = exponent.getDefiningOp<vector::BroadcastOp>())
      exponent = broadcast.getSource();
    APInt n;
    if (!matchPattern(exponent, m_ConstantInt(&n)))
      return rewriter.notifyMatchFailure(op, "has no constant exponent");
    return replaceByProduct(rewriter, op, op.getLhs(), n.getSExtValue());
  }
};

struct ExpandPowF final : OpRewritePattern<math::PowFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::PowFOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrNarrower(op.getType()))
      return rewriter.notifyMatchFailure(op, "is not of f32 or narrower");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    rewriter.replaceOp(op, toType(expandPow(extend(toF32(b, op.getLhs())),
                                            extend(toF32(b, op.getRhs()))),
                                  op.getType()));
    return success();
  }
};

/// The exponent, which may be an index, as an integer.
Value getExponent(ImplicitLocOpBuilder &b, math::FPowIOp op) {
  Number n = {&b, op.getRhs()};
  if (!n.element().isIndex())
    return n.value;
  return arith::IndexCastOp::create(b, n.typeOf(b.getI64Type()), n.value);
}

struct ExpandFPowI final : OpRewritePattern<math::FPowIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FPowIOp op,
                                PatternRewriter &rewriter) const override {
    if (!isF32OrNarrower(op.getType()))
      return rewriter.notifyMatchFailure(op, "is not of f32 or narrower");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Real x = extend(toF32(b, op.getLhs()));
    Bits n = {{&b, getExponent(b, op)}};
    rewriter.replaceOp(op, toType(expandPowInteger(x, n), op.getType()));
    return success();
  }
};

/// fpowi  ->  powf of the magnitude, with the sign for odd exponents: a float
/// does not hold the last bit of each. The compiler's library only has i32.
struct FPowIToPowF final : OpRewritePattern<math::FPowIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::FPowIOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasLanes(op.getType()))
      return rewriter.notifyMatchFailure(op, "is no scalar or vector");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Real x = {{&b, op.getLhs()}};
    Bits n = {{&b, getExponent(b, op)}};
    Value exponent = arith::SIToFPOp::create(b, op.getType(), n.value);
    Real magnitude = {{&b, math::PowFOp::create(b, abs(x).value, exponent)}};
    Real result = select((n & 1) == 0, magnitude, copySign(magnitude, x));
    rewriter.replaceOp(op, result.value);
    return success();
  }
};

/// clampf  ->  the smaller of x and the upper bound, but at least the lower one
struct ExpandClampF final : OpRewritePattern<math::ClampFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::ClampFOp op,
                                PatternRewriter &rewriter) const override {
    Value atMost = arith::MinimumFOp::create(rewriter, op.getLoc(),
                                             op.getValue(), op.getMax());
    rewriter.replaceOpWithNewOp<arith::MaximumFOp>(op, atMost, op.getMin());
    return success();
  }
};

/// ipowi  ->  a loop over the bits of the exponent
struct ExpandIPowI final : OpRewritePattern<math::IPowIOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::IPowIOp op,
                                PatternRewriter &rewriter) const override {
    if (!hasLanes(op.getType()))
      return rewriter.notifyMatchFailure(op, "is no scalar or vector");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Bits x = {{&b, op.getLhs()}}, n = {{&b, op.getRhs()}};
    Bits one = x.constant(1), zero = x.constant(0);
    Value first = arith::ConstantIndexOp::create(b, 0);
    Value step = arith::ConstantIndexOp::create(b, 1);
    Value bits = arith::ConstantIndexOp::create(
        b, x.element().isIndex() ? IndexType::kInternalStorageBitWidth
                                 : x.width());
    auto loop =
        scf::ForOp::create(b, first, bits, step, {one.value, x.value, n.value});
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Bits product = {{&b, loop.getRegionIterArg(0)}};
      Bits power = {{&b, loop.getRegionIterArg(1)}};
      Bits rest = {{&b, loop.getRegionIterArg(2)}};
      product = select((rest & 1) == 0, product, product * power);
      scf::YieldOp::create(b, ValueRange{product.value, (power * power).value,
                                         (rest >> 1).value});
    }
    // What a negative exponent leaves of an integer: 1 and -1 are their own
    // inverses, others have none above 0.
    Bits parity = select((n & 1) == 0, one, x);
    Bits inverse = select(x == 1, one, select(x == -1, parity, zero));
    Truth isNegative = {
        {&b, arith::CmpIOp::create(b, arith::CmpIPredicate::slt, n.value,
                                   n.constant(0).value)}};
    Bits result = {{&b, loop.getResult(0)}};
    rewriter.replaceOp(op, select(isNegative, inverse, result).value);
    return success();
  }
};

/// roundeven  ->  two additions: above 2^23, or 2^52, numbers are whole, so
/// that the first rounds as it should.
struct ExpandRoundEven final : OpRewritePattern<math::RoundEvenOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(math::RoundEvenOp op,
                                PatternRewriter &rewriter) const override {
    bool isF64 =
        getElementTypeOrSelf(op.getType()).isF64() && hasLanes(op.getType());
    if (!isF64 && !isF32OrNarrower(op.getType()))
      return rewriter.notifyMatchFailure(op, "is not of f64 or narrower");
    ImplicitLocOpBuilder b(op.getLoc(), rewriter);
    Real x = isF64 ? Real{{&b, op.getOperand()}} : toF32(b, op.getOperand());
    double whole = isF64 ? 0x1p52 : 0x1p23;
    Real magnitude = abs(x);
    Real rounded = (magnitude + whole) - whole;
    // Those beyond, and NaN, stay.
    Real result = select(magnitude.constant(whole) > magnitude, rounded, x);
    rewriter.replaceOp(op, toType(copySign(result, x), op.getType()));
    return success();
  }
};

struct ExpandMathPass final : lowbit::impl::ExpandMathPassBase<ExpandMathPass> {
  using Base::Base;

  LogicalResult initialize(MLIRContext *context) override;
  void runOnOperation() override;

private:
  FrozenRewritePatternSet patterns;
};

} // namespace

LogicalResult ExpandMathPass::initialize(MLIRContext *context) {
  RewritePatternSet set(context);
  set.add<SplitSincos, FPowIToPowF, ExpandClampF, ExpandIPowI>(context);
  if (roundeven)
    set.add<ExpandRoundEven>(context);
  if (library) {
    patterns = std::move(set);
    return success();
  }
  set.add<ExpandUnary<math::ExpOp, expandExpFast>,
          ExpandUnary<math::Exp2Op, expandExp2>,
          ExpandUnary<math::ExpM1Op, expandExpm1>,
          ExpandUnary<math::LogOp, expandLog>,
          ExpandUnary<math::Log2Op, expandLog2>,
          ExpandUnary<math::Log10Op, expandLog10>,
          ExpandUnary<math::Log1pOp, expandLog1p>,
          ExpandUnary<math::SinhOp, expandSinh>,
          ExpandUnary<math::CoshOp, expandCosh>,
          ExpandUnary<math::AsinhOp, expandAsinh>,
          ExpandUnary<math::AcoshOp, expandAcosh>,
          ExpandUnary<math::AtanhOp, expandAtanh>,
          ExpandUnary<math::SinOp, expandSin>,
          ExpandUnary<math::CosOp, expandCos>,
          ExpandUnary<math::TanOp, expandTan>,
          ExpandUnary<math::AsinOp, expandAsin>,
          ExpandUnary<math::AcosOp, expandAcos>,
          ExpandUnary<math::AtanOp, expandAtan>,
          ExpandUnary<math::ErfcOp, expandErfc>,
          ExpandUnary<math::CbrtOp, expandCbrt>, ExpandAtan2, ExpandPowF>(
      context);
  set.add<ExpandFPowI>(context, /*benefit=*/2);
  set.add<MultiplyPowF, MultiplyFPowI>(context, /*benefit=*/3);
  // Rational functions in f32.
  auto isMlirs = [](StringRef name) {
    return name == "math.tanh" || name == "math.erf";
  };
  populateMathF32ExpansionPatterns(set, isMlirs);
  populateMathPolynomialApproximationPatterns(set, isMlirs);
  patterns = std::move(set);
  return success();
}

/// Whether this stays a call of the C library.
static bool isLibraryCall(Operation *op) {
  return isa<math::AcosOp, math::AcoshOp, math::AsinOp, math::AsinhOp,
             math::AtanOp, math::Atan2Op, math::AtanhOp, math::CbrtOp,
             math::CosOp, math::CoshOp, math::ErfOp, math::ErfcOp, math::ExpOp,
             math::Exp2Op, math::ExpM1Op, math::LogOp, math::Log10Op,
             math::Log1pOp, math::Log2Op, math::PowFOp, math::SinOp,
             math::SinhOp, math::TanOp, math::TanhOp>(op);
}

/// MLIR's approximation loses the sign of a zero.
static void keepSignsOfErf(Operation *root) {
  SmallVector<math::ErfOp> ops;
  root->walk([&](math::ErfOp op) {
    if (isF32OrNarrower(op.getType()))
      ops.push_back(op);
  });
  for (math::ErfOp op : ops) {
    ImplicitLocOpBuilder b(op.getLoc(), op);
    Real x = toF32(b, op.getOperand());
    Real result = {{&b, math::ErfOp::create(b, x.value)}};
    op.replaceAllUsesWith(toType(copySign(result, x), op.getType()));
    op.erase();
  }
}

void ExpandMathPass::runOnOperation() {
  if (!library)
    keepSignsOfErf(getOperation());
  if (failed(applyPatternsGreedily(getOperation(), patterns))) {
    getOperation()->emitError()
        << '\'' << getArgument() << "' does not come to an end";
    return signalPassFailure();
  }
  if (library)
    return;
  // Loops have a body for whole vectors and one for the rest.
  llvm::DenseSet<std::pair<Location, OperationName>> known;
  getOperation()->walk([&](Operation *op) {
    if (!isLibraryCall(op) ||
        !known.insert({op->getLoc(), op->getName()}).second)
      return;
    Type type = op->getResult(0).getType();
    op->emitRemark() << "'" << op->getName() << "' of " << type
                     << " calls the C library"
                     << (isa<VectorType>(type) ? " for each element" : "");
  });
}
