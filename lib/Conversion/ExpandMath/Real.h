//===- Real.h - Arithmetic on floats, written as arithmetic -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_EXPANDMATH_REAL_H
#define LOWBIT_CONVERSION_EXPANDMATH_REAL_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/TypeUtilities.h"

namespace lowbit {

/// A value of the IR that is emitted, a scalar or a vector, and the builder
/// that its operators emit with. Constants beside one are of its type.
struct Number {
  mlir::ImplicitLocOpBuilder *builder;
  mlir::Value value;

  mlir::Type element() const {
    return mlir::getElementTypeOrSelf(value.getType());
  }
  unsigned width() const { return element().getIntOrFloatBitWidth(); }
  /// The type of as many elements of another type.
  mlir::Type typeOf(mlir::Type element) const {
    auto vector = mlir::dyn_cast<mlir::VectorType>(value.getType());
    return vector ? mlir::Type(vector.cloneWith(std::nullopt, element))
                  : element;
  }
  /// `attr` in every lane.
  mlir::Value splat(mlir::TypedAttr attr) const {
    auto type = mlir::dyn_cast<mlir::VectorType>(typeOf(attr.getType()));
    if (type)
      attr = mlir::DenseElementsAttr::get(type, mlir::Attribute(attr));
    return mlir::arith::ConstantOp::create(*builder, attr);
  }
};

/// i1.
struct Truth : Number {};

/// Signless integers.
struct Bits : Number {
  Bits constant(int64_t number) const {
    return {{builder, splat(builder->getIntegerAttr(element(), number))}};
  }
};

/// f32 or f64.
struct Real : Number {
  Real constant(double number) const {
    return {{builder, splat(builder->getFloatAttr(element(), number))}};
  }
};

// The operand types of an operator, one of which may be a constant.
#define LOWBIT_OPERATOR(TYPE, CONSTANT, SYMBOL, OP)                            \
  inline TYPE operator SYMBOL(TYPE a, TYPE b) {                                \
    return {{a.builder, mlir::OP::create(*a.builder, a.value, b.value)}};      \
  }                                                                            \
  inline TYPE operator SYMBOL(TYPE a, CONSTANT b) {                            \
    return a SYMBOL a.constant(b);                                             \
  }                                                                            \
  inline TYPE operator SYMBOL(CONSTANT a, TYPE b) {                            \
    return b.constant(a) SYMBOL b;                                             \
  }
LOWBIT_OPERATOR(Real, double, +, arith::AddFOp)
LOWBIT_OPERATOR(Real, double, -, arith::SubFOp)
LOWBIT_OPERATOR(Real, double, *, arith::MulFOp)
LOWBIT_OPERATOR(Real, double, /, arith::DivFOp)
LOWBIT_OPERATOR(Bits, int64_t, +, arith::AddIOp)
LOWBIT_OPERATOR(Bits, int64_t, -, arith::SubIOp)
LOWBIT_OPERATOR(Bits, int64_t, *, arith::MulIOp)
LOWBIT_OPERATOR(Bits, int64_t, /, arith::DivUIOp)
LOWBIT_OPERATOR(Bits, int64_t, &, arith::AndIOp)
LOWBIT_OPERATOR(Bits, int64_t, |, arith::OrIOp)
LOWBIT_OPERATOR(Bits, int64_t, ^, arith::XOrIOp)
LOWBIT_OPERATOR(Bits, int64_t, <<, arith::ShLIOp)
LOWBIT_OPERATOR(Bits, int64_t, >>, arith::ShRUIOp)
#undef LOWBIT_OPERATOR

/// Comparisons are false if one is a NaN.
#define LOWBIT_COMPARISON(SYMBOL, PREDICATE)                                   \
  inline Truth operator SYMBOL(Real a, Real b) {                               \
    return {{a.builder, mlir::arith::CmpFOp::create(                           \
                            *a.builder, mlir::arith::CmpFPredicate::PREDICATE, \
                            a.value, b.value)}};                               \
  }                                                                            \
  inline Truth operator SYMBOL(Real a, double b) {                             \
    return a SYMBOL a.constant(b);                                             \
  }
LOWBIT_COMPARISON(<, OLT)
LOWBIT_COMPARISON(>, OGT)
LOWBIT_COMPARISON(>=, OGE)
LOWBIT_COMPARISON(==, OEQ)
#undef LOWBIT_COMPARISON

inline Truth operator==(Bits a, int64_t b) {
  return {{a.builder, mlir::arith::CmpIOp::create(
                          *a.builder, mlir::arith::CmpIPredicate::eq, a.value,
                          a.constant(b).value)}};
}
inline Truth isNan(Real a) {
  return {{a.builder,
           mlir::arith::CmpFOp::create(
               *a.builder, mlir::arith::CmpFPredicate::UNO, a.value, a.value)}};
}
inline Truth operator&(Truth a, Truth b) {
  return {
      {a.builder, mlir::arith::AndIOp::create(*a.builder, a.value, b.value)}};
}
inline Truth operator|(Truth a, Truth b) {
  return {
      {a.builder, mlir::arith::OrIOp::create(*a.builder, a.value, b.value)}};
}
inline Truth operator!(Truth a) {
  auto one = a.splat(a.builder->getBoolAttr(true));
  return {{a.builder, mlir::arith::XOrIOp::create(*a.builder, a.value, one)}};
}

template <typename T>
T select(Truth condition, T a, T b) {
  return {{a.builder, mlir::arith::SelectOp::create(*a.builder, condition.value,
                                                    a.value, b.value)}};
}
inline Real select(Truth condition, Real a, double b) {
  return select(condition, a, a.constant(b));
}
inline Real select(Truth condition, double a, Real b) {
  return select(condition, b.constant(a), b);
}
/// A NaN stays one.
inline Real atMost(Real a, double bound) { return select(a > bound, bound, a); }
inline Real atLeast(Real a, double bound) {
  return select(a < bound, bound, a);
}

inline Real abs(Real a) {
  return {{a.builder, mlir::math::AbsFOp::create(*a.builder, a.value)}};
}
inline Real sqrt(Real a) {
  return {{a.builder, mlir::math::SqrtOp::create(*a.builder, a.value)}};
}
inline Real copySign(Real a, Real sign) {
  return {{a.builder,
           mlir::math::CopySignOp::create(*a.builder, a.value, sign.value)}};
}
/// a * b + c, rounded once.
inline Real fma(Real a, Real b, Real c) {
  return {{a.builder,
           mlir::math::FmaOp::create(*a.builder, a.value, b.value, c.value)}};
}

inline Bits toBits(Real a) {
  mlir::Type type = a.typeOf(a.builder->getIntegerType(a.width()));
  return {
      {a.builder, mlir::arith::BitcastOp::create(*a.builder, type, a.value)}};
}
inline Real fromBits(Bits a) {
  mlir::Type type = a.typeOf(a.width() == 64 ? a.builder->getF64Type()
                                             : a.builder->getF32Type());
  return {
      {a.builder, mlir::arith::BitcastOp::create(*a.builder, type, a.value)}};
}
/// The low `width` bits, or with zeros in front.
inline Bits resize(Bits a, unsigned width) {
  mlir::Type type = a.typeOf(a.builder->getIntegerType(width));
  if (width < a.width())
    return {
        {a.builder, mlir::arith::TruncIOp::create(*a.builder, type, a.value)}};
  if (width > a.width())
    return {
        {a.builder, mlir::arith::ExtUIOp::create(*a.builder, type, a.value)}};
  return a;
}
/// The f64 next to a signed integer.
inline Real toReal(Bits a) {
  return {
      {a.builder, mlir::arith::SIToFPOp::create(
                      *a.builder, a.typeOf(a.builder->getF64Type()), a.value)}};
}
inline Real extend(Real a) {
  return {
      {a.builder, mlir::arith::ExtFOp::create(
                      *a.builder, a.typeOf(a.builder->getF64Type()), a.value)}};
}
inline Real truncate(Real a) {
  return {
      {a.builder, mlir::arith::TruncFOp::create(
                      *a.builder, a.typeOf(a.builder->getF32Type()), a.value)}};
}

/// c0 + c1 x + c2 x^2 + ...
inline Real polynomial(Real x, llvm::ArrayRef<double> coefficients) {
  Real sum = x.constant(coefficients.back());
  for (double coefficient : llvm::reverse(coefficients.drop_back()))
    sum = sum * x + coefficient;
  return sum;
}

} // namespace lowbit

#endif // LOWBIT_CONVERSION_EXPANDMATH_REAL_H
