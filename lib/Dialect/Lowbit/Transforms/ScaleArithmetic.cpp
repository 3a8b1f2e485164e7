//===- ScaleArithmetic.cpp - Scales of every type in arith ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ScaleArithmetic.h"

#include "LinalgBuilding.h"
#include "lowbit/Numerics/Codec/Float.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace lowbit;
using namespace mlir;
using numerics::ScaleType;

static Value emitF32(ImplicitLocOpBuilder &b, double value) {
  return emitConstant(b, b.getF32Type(), value);
}

static Value emitI32(ImplicitLocOpBuilder &b, int64_t value) {
  return emitConstant(b, b.getI32Type(), static_cast<double>(value));
}

static Value emitCompare(ImplicitLocOpBuilder &b, arith::CmpIPredicate kind,
                         Value lhs, Value rhs) {
  return arith::CmpIOp::create(b, kind, lhs, rhs);
}

static Value emitCompare(ImplicitLocOpBuilder &b, arith::CmpFPredicate kind,
                         Value lhs, Value rhs) {
  return arith::CmpFOp::create(b, kind, lhs, rhs);
}

//===----------------------------------------------------------------------===//
// Floats
//===----------------------------------------------------------------------===//

Value lowbit::emitToF32(ImplicitLocOpBuilder &b, Value value) {
  unsigned width = cast<FloatType>(value.getType()).getWidth();
  if (width < 32)
    return arith::ExtFOp::create(b, b.getF32Type(), value);
  if (width > 32)
    return arith::TruncFOp::create(b, b.getF32Type(), value);
  return value;
}

Value lowbit::emitFromF32(ImplicitLocOpBuilder &b, Value value, Type type) {
  unsigned width = cast<FloatType>(type).getWidth();
  if (width < 32)
    return arith::TruncFOp::create(b, type, value);
  if (width > 32)
    return arith::ExtFOp::create(b, type, value);
  return value;
}

Value lowbit::emitClamp(ImplicitLocOpBuilder &b, Value value, double low,
                        double high) {
  Value lowValue = emitF32(b, low), highValue = emitF32(b, high);
  Value above = emitCompare(b, arith::CmpFPredicate::OGT, value, lowValue);
  value = arith::SelectOp::create(b, above, value, lowValue);
  Value below = emitCompare(b, arith::CmpFPredicate::OLT, value, highValue);
  return arith::SelectOp::create(b, below, value, highValue);
}

Value lowbit::emitSaturate(ImplicitLocOpBuilder &b, Value value, double low,
                           double high) {
  Value lowValue = emitF32(b, low), highValue = emitF32(b, high);
  Value below = emitCompare(b, arith::CmpFPredicate::OLT, value, lowValue);
  value = arith::SelectOp::create(b, below, lowValue, value);
  Value above = emitCompare(b, arith::CmpFPredicate::OGT, value, highValue);
  return arith::SelectOp::create(b, above, highValue, value);
}

Value lowbit::emitCode(ImplicitLocOpBuilder &b, Value value) {
  // Through i32: an i8 would not hold 255, and vector units convert to i32.
  Value wide = arith::FPToSIOp::create(b, b.getI32Type(), value);
  return arith::TruncIOp::create(b, b.getI8Type(), wide);
}

//===----------------------------------------------------------------------===//
// Powers of two
//===----------------------------------------------------------------------===//

/// The f32 of a code of f8E8M0FNU: the code is its exponent.
static Value emitLoadExponent(ImplicitLocOpBuilder &b, Value stored) {
  Type i32 = b.getI32Type();
  Value code = arith::ExtUIOp::create(b, i32, stored);
  Value bits = arith::ShLIOp::create(b, code, emitI32(b, 23));
  // 2^-127 is a denormal of f32, and the last code is NaN.
  Value isFirst = emitCompare(b, arith::CmpIPredicate::eq, code, emitI32(b, 0));
  bits = arith::SelectOp::create(b, isFirst, emitI32(b, 0x400000), bits);
  Value isLast =
      emitCompare(b, arith::CmpIPredicate::eq, code, emitI32(b, 255));
  bits = arith::SelectOp::create(b, isLast, emitI32(b, 0x7fc00000), bits);
  return arith::BitcastOp::create(b, b.getF32Type(), bits);
}

static Value emitStoreExponent(ImplicitLocOpBuilder &b, Value scale) {
  // + 0 makes -0 a 0.
  scale = arith::AddFOp::create(b, scale, emitF32(b, 0));
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), scale);
  Value code = arith::ShRUIOp::create(b, bits, emitI32(b, 23));
  Value fraction = arith::AndIOp::create(b, bits, emitI32(b, 0x7fffff));
  // Code 0 is the denormal with the highest fraction bit alone; its neighbour
  // begins half as far from there.
  Value isFirst = emitCompare(b, arith::CmpIPredicate::eq, code, emitI32(b, 0));
  Value middle = arith::SelectOp::create(b, isFirst, emitI32(b, 0x600000),
                                         emitI32(b, 0x400000));
  Value isAbove = emitCompare(b, arith::CmpIPredicate::ugt, fraction, middle);
  Value isMiddle = emitCompare(b, arith::CmpIPredicate::eq, fraction, middle);
  Value isOdd = arith::TruncIOp::create(b, b.getI1Type(), code);
  Value up = arith::OrIOp::create(b, isAbove,
                                  arith::AndIOp::create(b, isMiddle, isOdd));
  code = arith::AddIOp::create(b, code,
                               arith::ExtUIOp::create(b, b.getI32Type(), up));
  // Negative, infinite or NaN.
  Value isBad =
      emitCompare(b, arith::CmpIPredicate::uge, bits, emitI32(b, 0x7f800000));
  code = arith::SelectOp::create(b, isBad, emitI32(b, 255), code);
  return arith::TruncIOp::create(b, b.getI8Type(), code);
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

ScaleCodec::ScaleCodec(ImplicitLocOpBuilder &b, ScaleType type, bool stores)
    : type(type) {
  if (type != ScaleType::F8E4M3FN)
    return;
  numerics::TableCodecRef codec =
      numerics::getSmallFloatCodec(numerics::FloatKind::F8E4M3FN);
  levels = buildTable(b, ArrayRef<float>(codec->levels()));
  if (stores)
    encoder.emplace(b, *codec);
}

Type ScaleCodec::getStoredType(Builder &b) const {
  switch (type) {
  case ScaleType::F32:
    return b.getF32Type();
  case ScaleType::F16:
    return b.getF16Type();
  case ScaleType::BF16:
    return b.getBF16Type();
  default:
    return b.getI8Type();
  }
}

Value ScaleCodec::emitLoad(ImplicitLocOpBuilder &b, Value stored) const {
  switch (type) {
  case ScaleType::F8E4M3FN:
    return emitLookUp(b, levels,
                      arith::ExtUIOp::create(b, b.getI32Type(), stored));
  case ScaleType::F8E8M0FNU:
    return emitLoadExponent(b, stored);
  case ScaleType::U8:
    return arith::UIToFPOp::create(b, b.getF32Type(), stored);
  default:
    return emitToF32(b, stored);
  }
}

Value ScaleCodec::emitStore(ImplicitLocOpBuilder &b, Value scale) const {
  switch (type) {
  case ScaleType::F8E4M3FN: {
    // Above the middle of 448 and 480, which would come next, it is NaN.
    Value magnitude = math::AbsFOp::create(b, scale);
    Value fits =
        emitCompare(b, arith::CmpFPredicate::OLE, magnitude, emitF32(b, 464));
    return arith::SelectOp::create(b, fits, encoder->emit(b, scale),
                                   emitConstant(b, b.getI8Type(), 0x7f));
  }
  case ScaleType::F8E8M0FNU:
    return emitStoreExponent(b, scale);
  case ScaleType::U8:
    return emitCode(b,
                    math::RoundEvenOp::create(b, emitClamp(b, scale, 0, 255)));
  default:
    return emitFromF32(b, scale, getStoredType(b));
  }
}

Value ScaleCodec::emitStoredConstant(ImplicitLocOpBuilder &b,
                                     float scale) const {
  Type storedType = getStoredType(b);
  if (isa<FloatType>(storedType))
    return emitConstant(b, storedType, scale);
  uint8_t byte;
  numerics::storeScales(&scale, 1, type, &byte);
  return emitConstant(b, storedType, static_cast<int8_t>(byte));
}

/// NaN in place of a stored infinity, which bytes have none of: what an
/// infinity is multiplied by would decide whether that shows.
static Value emitNaNIfInfinite(ImplicitLocOpBuilder &b, Value stored) {
  if (!isa<FloatType>(stored.getType()))
    return stored;
  auto emitNumber = [&](double value) {
    return emitConstant(b, stored.getType(), value);
  };
  Value isFinite =
      emitCompare(b, arith::CmpFPredicate::OLT, math::AbsFOp::create(b, stored),
                  emitNumber(std::numeric_limits<double>::infinity()));
  return arith::SelectOp::create(
      b, isFinite, stored,
      emitNumber(std::numeric_limits<double>::quiet_NaN()));
}

Value ScaleCodec::emitStoreNonZero(ImplicitLocOpBuilder &b, Value scale,
                                   const numerics::SmallScales &small) const {
  Value stored = emitNaNIfInfinite(b, emitStore(b, scale)), result = stored;
  Type storedType = stored.getType();
  bool isSmallest = small.least == numerics::smallestScale(type);
  // Nothing but zero is stored as zero in f32, and nothing at all in f8E8M0FNU.
  if (!isSmallest || (type != ScaleType::F32 && type != ScaleType::F8E8M0FNU)) {
    Value isSmall;
    if (!isSmallest)
      isSmall = emitCompare(b, arith::CmpFPredicate::OLT,
                            math::AbsFOp::create(b, stored),
                            emitStoredConstant(b, small.least));
    else if (isa<FloatType>(storedType))
      isSmall = emitCompare(b, arith::CmpFPredicate::OEQ, stored,
                            emitConstant(b, storedType, 0));
    else // Zero has code 0.
      isSmall = emitCompare(b, arith::CmpIPredicate::eq, stored,
                            emitConstant(b, storedType, 0));
    result = arith::SelectOp::create(
        b, isSmall, emitStoredConstant(b, small.least), stored);
  }
  if (small.ofZeros == small.least && result != stored)
    return result;
  Value isZero =
      emitCompare(b, arith::CmpFPredicate::OEQ, scale, emitF32(b, 0));
  return arith::SelectOp::create(b, isZero,
                                 emitStoredConstant(b, small.ofZeros), result);
}
