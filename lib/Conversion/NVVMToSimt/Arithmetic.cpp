//===- Arithmetic.cpp - What the host computes for a kernel ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Approximations become the exact functions: hardware differs from both in the
// last bits.
//
//===----------------------------------------------------------------------===//

#include "ConvertOps.h"

#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace lowbit;
using namespace mlir;

static std::optional<LowbitSimtRegister> getRegister(Operation *op) {
  return llvm::StringSwitch<std::optional<LowbitSimtRegister>>(
             op->getName().getStringRef())
      .Case("nvvm.read.ptx.sreg.tid.x", LOWBIT_SIMT_TID_X)
      .Case("nvvm.read.ptx.sreg.tid.y", LOWBIT_SIMT_TID_Y)
      .Case("nvvm.read.ptx.sreg.tid.z", LOWBIT_SIMT_TID_Z)
      .Case("nvvm.read.ptx.sreg.ntid.x", LOWBIT_SIMT_NTID_X)
      .Case("nvvm.read.ptx.sreg.ntid.y", LOWBIT_SIMT_NTID_Y)
      .Case("nvvm.read.ptx.sreg.ntid.z", LOWBIT_SIMT_NTID_Z)
      .Case("nvvm.read.ptx.sreg.ctaid.x", LOWBIT_SIMT_CTAID_X)
      .Case("nvvm.read.ptx.sreg.ctaid.y", LOWBIT_SIMT_CTAID_Y)
      .Case("nvvm.read.ptx.sreg.ctaid.z", LOWBIT_SIMT_CTAID_Z)
      .Case("nvvm.read.ptx.sreg.nctaid.x", LOWBIT_SIMT_NCTAID_X)
      .Case("nvvm.read.ptx.sreg.nctaid.y", LOWBIT_SIMT_NCTAID_Y)
      .Case("nvvm.read.ptx.sreg.nctaid.z", LOWBIT_SIMT_NCTAID_Z)
      .Case("nvvm.read.ptx.sreg.laneid", LOWBIT_SIMT_LANEID)
      .Case("nvvm.read.ptx.sreg.warpsize", LOWBIT_SIMT_WARPSIZE)
      .Case("nvvm.read.ptx.sreg.lanemask.eq", LOWBIT_SIMT_LANEMASK_EQ)
      .Case("nvvm.read.ptx.sreg.lanemask.le", LOWBIT_SIMT_LANEMASK_LE)
      .Case("nvvm.read.ptx.sreg.lanemask.lt", LOWBIT_SIMT_LANEMASK_LT)
      .Case("nvvm.read.ptx.sreg.lanemask.ge", LOWBIT_SIMT_LANEMASK_GE)
      .Case("nvvm.read.ptx.sreg.lanemask.gt", LOWBIT_SIMT_LANEMASK_GT)
      .Default(std::nullopt);
}

namespace {
/// Integers of 32 and 64 bits.
class IntegerBuilder : public ImplicitLocOpBuilder {
public:
  using ImplicitLocOpBuilder::ImplicitLocOpBuilder;

  Value constant(Type type, int64_t value) {
    return create<LLVM::ConstantOp>(type, getIntegerAttr(type, value));
  }
  Value shiftLeft(Value a, int64_t by) {
    return create<LLVM::ShlOp>(a, constant(a.getType(), by));
  }
  Value shiftRight(Value a, Value by) { return create<LLVM::LShrOp>(a, by); }
  Value shiftRight(Value a, int64_t by) {
    return shiftRight(a, constant(a.getType(), by));
  }
  Value keep(Value a, int64_t mask) {
    return create<LLVM::AndOp>(a, constant(a.getType(), mask));
  }
  Value either(Value a, Value b) { return create<LLVM::OrOp>(a, b); }
  Value add(Value a, Value b) { return create<LLVM::AddOp>(a, b); }
  Value widen(Value a) { return create<LLVM::ZExtOp>(getI64Type(), a); }
  Value narrow(Value a, unsigned bits) {
    return create<LLVM::TruncOp>(getIntegerType(bits), a);
  }
};
} // namespace

/// What `.ftz` does to an operand and to a result: denormals of f32 become
/// zeros of their sign.
static Value flush(IntegerBuilder &b, Value value) {
  Value least = b.create<LLVM::ConstantOp>(b.getF32FloatAttr(0x1p-126f));
  Value isDenormal = b.create<LLVM::FCmpOp>(
      LLVM::FCmpPredicate::olt, b.create<LLVM::FAbsOp>(value), least);
  Value zero = b.create<LLVM::CopySignOp>(
      b.create<LLVM::ConstantOp>(b.getF32FloatAttr(0)), value);
  return b.create<LLVM::SelectOp>(isDenormal, zero, value);
}

/// f32 to bf16, to nearest even; NaN becomes 0x7fff as on hardware. The host
/// may have no instruction for it, or one that flushes denormals.
static Value roundToBf16(IntegerBuilder &b, Value value) {
  Type i32 = b.getI32Type();
  Value bits = b.create<LLVM::BitcastOp>(i32, value);
  Value isOdd = b.keep(b.shiftRight(bits, 16), 1);
  Value sum = b.add(bits, b.add(b.constant(i32, 0x7fff), isOdd));
  Value isNaN = b.create<LLVM::FCmpOp>(LLVM::FCmpPredicate::uno, value, value);
  Value result = b.create<LLVM::SelectOp>(isNaN, b.constant(i32, 0x7fff),
                                          b.shiftRight(sum, 16));
  return b.create<LLVM::BitcastOp>(b.getBF16Type(), b.narrow(result, 16));
}

/// The number in f64. Those that are denormal in bf16 keep their value, which
/// the host may take for zero in f32.
static Value extendBf16(IntegerBuilder &b, Value value) {
  Type i16 = b.getI16Type(), i32 = b.getI32Type(), f32 = b.getF32Type(),
       f64 = b.getF64Type();
  Value bits =
      b.create<LLVM::ZExtOp>(i32, b.create<LLVM::BitcastOp>(i16, value));
  Value magnitude = b.keep(bits, 0x7fff);
  Value normal = b.create<LLVM::FPExtOp>(
      f64, b.create<LLVM::BitcastOp>(f32, b.shiftLeft(magnitude, 16)));
  Value denormal = b.create<LLVM::FMulOp>(
      b.create<LLVM::UIToFPOp>(f64, magnitude),
      b.create<LLVM::ConstantOp>(b.getF64FloatAttr(std::ldexp(1.0, -133))));
  Value isDenormal = b.create<LLVM::ICmpOp>(LLVM::ICmpPredicate::ult, magnitude,
                                            b.constant(i32, 0x80));
  Value absolute = b.create<LLVM::SelectOp>(isDenormal, denormal, normal);
  Value isNegative = b.create<LLVM::ICmpOp>(
      LLVM::ICmpPredicate::ne, b.keep(bits, 0x8000), b.constant(i32, 0));
  return b.create<LLVM::SelectOp>(isNegative, b.create<LLVM::FNegOp>(absolute),
                                  absolute);
}

/// The same back. An f64 with the bits of a sum or product of bf16 rounds to
/// bf16 by way of f32 as it does at once.
static Value roundFromF64(IntegerBuilder &b, Value value) {
  Type i16 = b.getI16Type(), i64 = b.getI64Type();
  auto constant = [&](double number) -> Value {
    return b.create<LLVM::ConstantOp>(b.getF64FloatAttr(number));
  };
  Value absolute = b.create<LLVM::FAbsOp>(value);
  Value normal = b.create<LLVM::BitcastOp>(
      i16, roundToBf16(b, b.create<LLVM::FPTruncOp>(b.getF32Type(), absolute)));
  // Denormals are multiples of 2^-133: the last bits of 2^52 and such a number.
  Value large = constant(std::ldexp(1.0, 52));
  Value sum = b.create<LLVM::FAddOp>(
      b.create<LLVM::FMulOp>(absolute, constant(std::ldexp(1.0, 133))), large);
  Value denormal = b.narrow(b.create<LLVM::BitcastOp>(i64, sum), 16);
  Value isDenormal = b.create<LLVM::FCmpOp>(LLVM::FCmpPredicate::olt, absolute,
                                            constant(std::ldexp(1.0, -126)));
  Value bits = b.create<LLVM::SelectOp>(isDenormal, denormal, normal);
  Value sign =
      b.shiftLeft(b.shiftRight(b.create<LLVM::BitcastOp>(i64, value), 63), 15);
  return b.create<LLVM::BitcastOp>(b.getBF16Type(),
                                   b.either(bits, b.narrow(sign, 16)));
}

static Value roundTo(IntegerBuilder &b, Value value, Type type) {
  return type.isBF16() ? roundToBf16(b, value)
                       : b.create<LLVM::FPTruncOp>(type, value);
}

/// Applies `fn` to each element of a vector, or to a scalar.
static Value forEachElement(IntegerBuilder &b, Value value, Type result,
                            function_ref<Value(Value)> fn) {
  auto type = dyn_cast<VectorType>(result);
  if (!type)
    return fn(value);
  Value all = b.create<LLVM::PoisonOp>(type);
  for (int64_t i = 0; i < type.getNumElements(); ++i) {
    Value index = b.constant(b.getI32Type(), i);
    Value element = b.create<LLVM::ExtractElementOp>(value, index);
    all = b.create<LLVM::InsertElementOp>(all, fn(element), index);
  }
  return all;
}

/// Sums, differences and products of bf16, which processors compute in f32 and
/// then call a function of the C library to round.
template <typename Op>
static bool convertBf16(RewriterBase &rewriter, Op op) {
  Type type = op.getType();
  if (!getElementTypeOrSelf(type).isBF16())
    return false;
  IntegerBuilder b(op.getLoc(), rewriter);
  auto vector = dyn_cast<VectorType>(type);
  Value all = vector ? b.create<LLVM::PoisonOp>(vector) : Value();
  for (int64_t i = 0, e = vector ? vector.getNumElements() : 1; i < e; ++i) {
    Value index = b.constant(b.getI32Type(), i);
    auto get = [&](Value operand) {
      if (vector)
        operand = b.create<LLVM::ExtractElementOp>(operand, index);
      return extendBf16(b, operand);
    };
    Value result =
        roundFromF64(b, b.create<Op>(get(op.getLhs()), get(op.getRhs())));
    all = vector ? Value(b.create<LLVM::InsertElementOp>(all, result, index))
                 : result;
  }
  rewriter.replaceOp(op, all);
  return true;
}

/// E4M3 as f16, exactly: shifted to the places of f16, it is 2^-8 of it.
static FailureOr<bool> convertF8Pair(RewriterBase &rewriter,
                                     NVVM::ConvertF8x2ToF16x2Op op,
                                     SimtCalls &calls) {
  if (op.getRelu() || !isa<Float8E4M3FNType>(op.getSrcType()))
    return op.emitOpError("converts in a way that the emulator does not know: "
                          "only f8E4M3FN without relu is known");
  IntegerBuilder b(op.getLoc(), rewriter);
  calls.createCount(b, op.getLoc(), LOWBIT_SIMT_CONVERT);
  Type i16 = b.getI16Type(), f32 = b.getF32Type(), f16 = b.getF16Type();
  Value factor = b.create<LLVM::ConstantOp>(b.getF32FloatAttr(256));
  rewriter.replaceOp(
      op, forEachElement(b, op.getSrc(), op.getType(), [&](Value code) {
        Value bits = b.create<LLVM::ZExtOp>(i16, code);
        Value magnitude = b.keep(bits, 0x7f);
        Value sign = b.shiftLeft(b.keep(bits, 0x80), 8);
        Value small = b.create<LLVM::BitcastOp>(
            f16, b.either(sign, b.shiftLeft(magnitude, 7)));
        Value number = b.create<LLVM::FPTruncOp>(
            f16, b.create<LLVM::FMulOp>(b.create<LLVM::FPExtOp>(f32, small),
                                        factor));
        Value isNaN = b.create<LLVM::ICmpOp>(LLVM::ICmpPredicate::eq, magnitude,
                                             b.constant(i16, 0x7f));
        Value nan = b.create<LLVM::BitcastOp>(f16, b.constant(i16, 0x7fff));
        return Value(b.create<LLVM::SelectOp>(isNaN, nan, number));
      }));
  return true;
}

template <typename Op>
static FailureOr<bool> convertPair(RewriterBase &rewriter, Op op,
                                   SimtCalls &calls) {
  if (op.getRandomBits() || op.getSat() != NVVM::SaturationMode::NONE ||
      op.getRnd() != NVVM::FPRoundingMode::RN)
    return op.emitOpError("rounds in a way that the emulator does not know: "
                          "only rn, without saturation, is known");
  IntegerBuilder b(op.getLoc(), rewriter);
  calls.createCount(b, op.getLoc(), LOWBIT_SIMT_CONVERT);
  auto type = cast<VectorType>(op.getType());
  Value pair = b.create<LLVM::PoisonOp>(type);
  Value halves[] = {op.getSrcLo(), op.getSrcHi()};
  for (auto [i, half] : llvm::enumerate(halves)) {
    if (op.getRelu()) {
      Value zero = b.create<LLVM::ConstantOp>(b.getF32FloatAttr(0));
      Value isNegative =
          b.create<LLVM::FCmpOp>(LLVM::FCmpPredicate::olt, half, zero);
      half = b.create<LLVM::SelectOp>(isNegative, zero, half);
    }
    pair = b.create<LLVM::InsertElementOp>(
        pair, roundTo(b, half, type.getElementType()),
        b.constant(b.getI32Type(), i));
  }
  rewriter.replaceOp(op, pair);
  return true;
}

/// prmt: each nibble of the selector takes one of eight bytes, or copies of its
/// sign. A selector that is constant folds.
static FailureOr<bool> convertPermute(RewriterBase &rewriter,
                                      NVVM::PermuteOp op, SimtCalls &calls) {
  if (op.getMode() != NVVM::PermuteMode::DEFAULT)
    return op.emitOpError("permutes in a mode that the emulator does not know: "
                          "only the default one is known");
  IntegerBuilder b(op.getLoc(), rewriter);
  calls.createCount(b, op.getLoc(), LOWBIT_SIMT_PRMT);
  Value pool =
      b.either(b.widen(op.getLo()), b.shiftLeft(b.widen(op.getHi()), 32));
  Value selector = b.widen(op.getSelector());
  Type i64 = b.getI64Type();
  Value result = b.constant(i64, 0);
  for (int64_t i = 0; i < 4; ++i) {
    Value nibble = b.shiftRight(selector, 4 * i);
    Value byte =
        b.keep(b.shiftRight(pool, b.shiftLeft(b.keep(nibble, 7), 3)), 255);
    Value isSign = b.create<LLVM::ICmpOp>(
        LLVM::ICmpPredicate::ne, b.keep(nibble, 8), b.constant(i64, 0));
    Value isNegative = b.create<LLVM::ICmpOp>(
        LLVM::ICmpPredicate::ne, b.keep(byte, 128), b.constant(i64, 0));
    Value sign = b.create<LLVM::SelectOp>(isNegative, b.constant(i64, 255),
                                          b.constant(i64, 0));
    byte = b.create<LLVM::SelectOp>(isSign, sign, byte);
    result = b.either(result, b.shiftLeft(byte, 8 * i));
  }
  rewriter.replaceOp(op, b.narrow(result, 32));
  return true;
}

/// Intrinsics that NVVM has no op for, by name; other suffixes (ftz, f32) say
/// nothing that the launch does not.
static FailureOr<bool> convertIntrinsic(RewriterBase &rewriter,
                                        LLVM::CallIntrinsicOp op,
                                        SimtCalls &calls) {
  StringRef name = op.getIntrin();
  if (!name.starts_with("llvm.nvvm."))
    return false;
  auto isOf = [&](StringRef prefix) { return name.starts_with(prefix); };
  IntegerBuilder b(op.getLoc(), rewriter);
  Value x = op.getArgs().size() == 1 ? op.getArgs().front() : Value();
  bool flushes = name.contains(".ftz");
  if (x && x.getType().isF32() && flushes)
    x = flush(b, x);
  auto replace = [&](LowbitSimtArithmetic what, Value value) {
    calls.createCount(b, op.getLoc(), what);
    rewriter.replaceOp(op, flushes ? flush(b, value) : value);
    return true;
  };
  auto one = [&]() -> Value {
    return b.create<LLVM::ConstantOp>(b.getF32FloatAttr(1));
  };
  if (x && x.getType().isF32()) {
    if (isOf("llvm.nvvm.ex2.approx"))
      return replace(LOWBIT_SIMT_EXP2, b.create<LLVM::Exp2Op>(x));
    if (isOf("llvm.nvvm.lg2.approx"))
      return replace(LOWBIT_SIMT_LOG2, b.create<LLVM::Log2Op>(x));
    if (isOf("llvm.nvvm.rcp.approx") || isOf("llvm.nvvm.rcp.rn"))
      return replace(LOWBIT_SIMT_RECIPROCAL, b.create<LLVM::FDivOp>(one(), x));
    if (isOf("llvm.nvvm.sqrt.approx") || isOf("llvm.nvvm.sqrt.rn"))
      return replace(LOWBIT_SIMT_SQRT, b.create<LLVM::SqrtOp>(x));
    if (isOf("llvm.nvvm.rsqrt.approx"))
      return replace(LOWBIT_SIMT_RSQRT,
                     b.create<LLVM::FDivOp>(one(), b.create<LLVM::SqrtOp>(x)));
    if (isOf("llvm.nvvm.tanh.approx"))
      return replace(LOWBIT_SIMT_TANH, b.create<LLVM::TanhOp>(x));
  }
  return op.emitOpError("calls '")
         << name << "', which the emulator does not know";
}

FailureOr<bool> lowbit::convertArithmetic(RewriterBase &rewriter, Operation *op,
                                          SimtCalls &calls) {
  Location loc = op->getLoc();
  if (std::optional<LowbitSimtRegister> which = getRegister(op)) {
    rewriter.replaceOp(op, calls.createRegister(rewriter, loc, *which));
    return true;
  }
  auto count = [&](LowbitSimtArithmetic what) -> FailureOr<bool> {
    calls.createCount(rewriter, loc, what);
    return true;
  };
  return llvm::TypeSwitch<Operation *, FailureOr<bool>>(op)
      .Case<NVVM::ConvertF32x2ToF16x2Op, NVVM::ConvertF32x2ToBF16x2Op>(
          [&](auto op) { return convertPair(rewriter, op, calls); })
      .Case<LLVM::FAddOp, LLVM::FSubOp, LLVM::FMulOp>(
          [&](auto op) -> FailureOr<bool> { return convertBf16(rewriter, op); })
      .Case([&](NVVM::ConvertF8x2ToF16x2Op op) {
        return convertF8Pair(rewriter, op, calls);
      })
      .Case([&](NVVM::PermuteOp op) {
        return convertPermute(rewriter, op, calls);
      })
      .Case([&](NVVM::RcpApproxFtzF32Op op) -> FailureOr<bool> {
        IntegerBuilder b(loc, rewriter);
        calls.createCount(b, loc, LOWBIT_SIMT_RECIPROCAL);
        Value one = b.create<LLVM::ConstantOp>(b.getF32FloatAttr(1));
        rewriter.replaceOp(
            op, flush(b, b.create<LLVM::FDivOp>(one, flush(b, op.getArg()))));
        return true;
      })
      .Case([&](LLVM::FPTruncOp op) -> FailureOr<bool> {
        Type to = op.getType(), from = op.getArg().getType();
        if (!getElementTypeOrSelf(to).isBF16() ||
            !getElementTypeOrSelf(from).isF32())
          return count(LOWBIT_SIMT_CONVERT);
        IntegerBuilder b(loc, rewriter);
        calls.createCount(b, loc, LOWBIT_SIMT_CONVERT);
        rewriter.replaceOp(op, forEachElement(b, op.getArg(), to, [&](Value x) {
                             return roundToBf16(b, x);
                           }));
        return true;
      })
      .Case<NVVM::WarpIdOp, NVVM::WarpDimOp>([](auto op) -> FailureOr<bool> {
        return op.emitOpError(
            "is not known to the emulator: hardware may answer anything, at "
            "each time another; divide nvvm.read.ptx.sreg.tid or ntid by 32");
      })
      .Case([&](LLVM::Exp2Op) { return count(LOWBIT_SIMT_EXP2); })
      .Case([&](LLVM::CallIntrinsicOp op) {
        return convertIntrinsic(rewriter, op, calls);
      })
      .Default([](Operation *) { return false; });
}
