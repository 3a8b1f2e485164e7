//===- Functions.cpp - Transcendental functions as arithmetic -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Polynomials interpolate at Chebyshev points of the interval that is said;
// their errors are far below half a unit of f32, 3e-8.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"

#include <limits>
#include <numbers>

using namespace lowbit;
using namespace mlir;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double quietNan = std::numeric_limits<double>::quiet_NaN();
static constexpr double halfPi = 0x1.921fb54442d18p0;
static constexpr double ln2 = std::numbers::ln2;
static constexpr double log2e = std::numbers::log2e;

/// A number plus this has the nearest integer in its lowest bits.
static constexpr double rounder = 0x1.8p52;

/// 2^n for a number `n` plus `rounder`.
static Real powerOfTwo(Real roundedUp) {
  return fromBits((toBits(roundedUp) << 52) + (int64_t(1023) << 52));
}

//===----------------------------------------------------------------------===//
// Exponential functions
//===----------------------------------------------------------------------===//

/// e^r - 1 with its relative accuracy, |r| <= ln(2) / 2. Error 6e-14.
static Real expm1Reduced(Real r) {
  return r +
         r * r *
             polynomial(r, {0.49999999999954975, 0.16666666666662575,
                            0.04166666678652787, 0.008333333344226802,
                            0.0013888839037847843, 0.0001984122453356812,
                            2.4867918601290165e-05, 2.7617608788569917e-06});
}

namespace {
/// e^x = scale + scale * rest
struct Exponential {
  Real scale, rest;
};
} // namespace

static Exponential reduceExp(Real x) {
  // Results this large or small are infinity or zero in f32.
  x = atLeast(atMost(x, 200), -200);
  Real rounded = x * log2e + rounder;
  return {powerOfTwo(rounded), expm1Reduced(x - (rounded - rounder) * ln2)};
}

static Real exp(Real x) {
  auto [scale, rest] = reduceExp(x);
  return scale + scale * rest;
}

Real lowbit::expandExp2(Real x) {
  x = atLeast(atMost(x, 300), -300);
  Real rounded = x + rounder;
  Real scale = powerOfTwo(rounded);
  return scale + scale * expm1Reduced((x - (rounded - rounder)) * ln2);
}

/// Without the sign of a zero.
static Real expm1(Real x) {
  auto [scale, rest] = reduceExp(x);
  return (scale - 1.0) + scale * rest;
}

Real lowbit::expandExpm1(Real x) { return copySign(expm1(x), x); }

Real lowbit::expandSinh(Real x) {
  Real e = expm1(abs(x));
  return copySign((e + e / (e + 1.0)) * 0.5, x);
}

Real lowbit::expandCosh(Real x) {
  Real e = exp(abs(x));
  return (e + 1.0 / e) * 0.5;
}

Real lowbit::expandExpFast(Real x) {
  constexpr double f32Rounder = 0x1.8p23;
  x = atLeast(atMost(x, 89), -105);
  Real rounded = fma(x, x.constant(log2e), x.constant(f32Rounder));
  Real n = rounded - f32Rounder;
  // The first factor has so few bits that its product with n is exact.
  constexpr double ln2High = 0.693359375;
  Real r = fma(n, x.constant(-ln2High), x);
  r = fma(n, x.constant(ln2High - ln2), r);
  // Error 8e-9.
  Real p = x.constant(0.0013926203361634337);
  for (double coefficient : {0.008363194882419041, 0.0416665544984137,
                             0.166665768946066, 0.5, 1.0, 1.0})
    p = fma(p, r, x.constant(coefficient));
  // In two steps: 2^128 and 2^-149 are out of the range of one exponent.
  Bits exponent = toBits(rounded) - toBits(x.constant(f32Rounder));
  Bits half = {{x.builder, arith::ShRSIOp::create(*x.builder, exponent.value,
                                                  exponent.constant(1).value)}};
  auto power = [](Bits n) { return fromBits((n + 127) << 23); };
  return p * power(half) * power(exponent - half);
}

//===----------------------------------------------------------------------===//
// Logarithms
//===----------------------------------------------------------------------===//

namespace {
/// x = 2^n (1 + f), 1 + f between the roots of 1/2 and of 2.
struct Split {
  Real n, f;
};
} // namespace

/// `x` is normal and positive.
static Split splitExponent(Real x) {
  constexpr int64_t one = int64_t(1023) << 52;
  constexpr int64_t rootOfHalf = 0x3fe6a09e667f3bcd;
  Bits bits = toBits(x);
  Bits biased = (bits + (one - rootOfHalf)) >> 52;
  Real m = fromBits(bits - (biased << 52) + one);
  // An integer below the leading bit of 2^52 is added to it.
  Real n = fromBits(biased | toBits(x.constant(0x1p52))) - (0x1p52 + 1023.0);
  return {n, m - 1.0};
}

/// log(1 + f) with its relative accuracy, by 2 atanh(f / (2 + f)). Error 2e-16.
static Real log1pReduced(Real f) {
  Real s = f / (f + 2.0);
  Real z = s * s;
  return 2.0 * s *
         (1.0 + z * polynomial(z, {0.3333333333333335, 0.19999999999949722,
                                   0.14285714313001635, 0.11111105565129939,
                                   0.09091444727837474, 0.07665855309105386,
                                   0.07308292712444311}));
}

/// `result` for positive finite x; what logarithms have in common for others.
static Real withEnds(Real result, Real x) {
  Real ends = select(x == 0.0, x.constant(-infinity), quietNan);
  return select(x > 0.0, select(x < infinity, result, x), ends);
}

Real lowbit::expandLog(Real x) {
  auto [n, f] = splitExponent(x);
  return withEnds(log1pReduced(f) + n * ln2, x);
}

Real lowbit::expandLog2(Real x) {
  auto [n, f] = splitExponent(x);
  return withEnds(log1pReduced(f) * log2e + n, x);
}

Real lowbit::expandLog10(Real x) {
  constexpr double log10Of2 = 0.30102999566398119521;
  auto [n, f] = splitExponent(x);
  return withEnds(log1pReduced(f) * std::numbers::log10e + n * log10Of2, x);
}

/// log(1 + x) for positive finite 1 + x, without the sign of a zero.
static Real log1p(Real x) {
  auto [n, f] = splitExponent(x + 1.0);
  // Near 1, what 1 + x lost.
  return log1pReduced(select(n == 0.0, x, f)) + n * ln2;
}

Real lowbit::expandLog1p(Real x) {
  return copySign(withEnds(log1p(x), x + 1.0), x);
}

Real lowbit::expandAsinh(Real x) {
  Real a = abs(x);
  Real square = a * a;
  Real result = log1p(a + square / (sqrt(square + 1.0) + 1.0));
  return select(a < infinity, copySign(result, x), x);
}

Real lowbit::expandAcosh(Real x) {
  Real over = x - 1.0;
  Real result = log1p(over + sqrt(over * (x + 1.0)));
  return select(x >= 1.0, select(x < infinity, result, x), quietNan);
}

Real lowbit::expandAtanh(Real x) {
  Real a = abs(x);
  Real ratio = 2.0 * a / (1.0 - a);
  Real end = select(a == 1.0, a.constant(infinity), quietNan);
  return copySign(select(a < 1.0, 0.5 * log1p(ratio), end), x);
}

//===----------------------------------------------------------------------===//
// Inverse trigonometric functions
//===----------------------------------------------------------------------===//

/// atan for 0 <= x <= 1. Error 1e-11.
static Real atanReduced(Real x) {
  Real z = x * x;
  return x *
         (1.0 + z * polynomial(z, {-0.3333333333230858, 0.1999999965269345,
                                   -0.14285694570640292, 0.11110666303625419,
                                   -0.09085624177887072, 0.07654295472644398,
                                   -0.06487062356606563, 0.052943908816199266,
                                   -0.038767022568525905, 0.02324837369843582,
                                   -0.010257166271499646, 0.002875485609943425,
                                   -0.0003778858076662609}));
}

Real lowbit::expandAtan(Real x) {
  Real a = abs(x);
  Truth isLarge = a > 1.0;
  Real angle = atanReduced(select(isLarge, 1.0 / a, a));
  return copySign(select(isLarge, halfPi - angle, angle), x);
}

Real lowbit::expandAtan2(Real y, Real x) {
  Real absY = abs(y), absX = abs(x);
  Truth isSteep = absY > absX;
  Real smaller = select(isSteep, absX, absY);
  Real larger = select(isSteep, absY, absX);
  Real ratio = select(larger == 0.0, 0.0, smaller / larger);
  ratio = select(smaller == infinity, 1.0, ratio);
  Real angle = atanReduced(ratio);
  angle = select(isSteep, halfPi - angle, angle);
  // -0 is to the left too.
  Truth isLeft = copySign(x.constant(1.0), x) < 0.0;
  angle = copySign(select(isLeft, 2.0 * halfPi - angle, angle), y);
  return select(isNan(x) | isNan(y), quietNan, angle);
}

/// asin for |x| <= 1/2. Error 1e-12.
static Real asinReduced(Real x) {
  Real z = x * x;
  return x *
         (1.0 + z * polynomial(z, {0.16666666666738927, 0.07499999953258117,
                                   0.044642906636416894, 0.030379939464357363,
                                   0.02241251693593384, 0.01690176112688145,
                                   0.01686881267929702, 0.0010549948438043743,
                                   0.028360143945785232}));
}

/// asin(|x|), or for large |x| what is missing to pi / 2 of it, and which.
static std::pair<Real, Truth> asinOfMagnitude(Real x) {
  Real a = abs(x);
  Truth isLarge = a > 0.5;
  Real angle = asinReduced(select(isLarge, sqrt((1.0 - a) * 0.5), a));
  return {select(isLarge, 2.0 * angle, angle), isLarge};
}

Real lowbit::expandAsin(Real x) {
  auto [angle, isLarge] = asinOfMagnitude(x);
  return copySign(select(isLarge, halfPi - angle, angle), x);
}

Real lowbit::expandAcos(Real x) {
  auto [angle, isLarge] = asinOfMagnitude(x);
  Real fromZero = select(isLarge, angle, halfPi - angle);
  return select(x < 0.0, 2.0 * halfPi - fromZero, fromZero);
}

//===----------------------------------------------------------------------===//
// Others
//===----------------------------------------------------------------------===//

/// e^(x^2) erfc(x) (x + 3) for x = 3 (1 + t) / (1 - t) <= 10.25. Error 5e-11.
static Real erfcScaled(Real t) {
  return polynomial(
      t, {1.074006907056409, -0.8833944538119592, 0.590228361867151,
          -0.3104672267582801, 0.11952766014132689, -0.026827813974047536,
          -0.0012118330793646239, 0.003038139278129952, -0.0005481102649223597,
          -0.000289418804558227, 9.820188212012523e-05, 4.3283036623571464e-05,
          1.3213234228552346e-06});
}

Real lowbit::expandErfc(Real x) {
  // erfc(10.25) is nothing in f32.
  Real a = atMost(abs(x), 10.25);
  Real inverse = 1.0 / (a + 3.0);
  Real result = exp(0.0 - a * a) * inverse * erfcScaled(1.0 - 6.0 * inverse);
  return select(x < 0.0, 2.0 - result, result);
}

Real lowbit::expandCbrt(Real x) {
  Real a = abs(x);
  // A third of the exponent and of the mantissa is a root to 5 %; two of
  // Halley's iterations make that 1e-13.
  Bits third = resize(toBits(a) >> 32, 32) / 3 + 715094163;
  Real root = fromBits(resize(third, 64) << 32);
  for (int i = 0; i < 2; ++i) {
    Real cube = root * root * root;
    root = root * ((a + a + cube) / (a + cube + cube));
  }
  return select((a > 0.0) & (a < infinity), copySign(root, x), x);
}

/// |x|^y, with 1 where x is 1 or y is 0, whatever the other is.
static Real powMagnitude(Real x, Real y) {
  Real logarithm = expandLog2(abs(x));
  Real product = y * logarithm;
  return expandExp2(select((logarithm == 0.0) | (y == 0.0), 0.0, product));
}

Real lowbit::expandPow(Real x, Real y) {
  // f32 numbers from 2^24 on are even.
  Truth isLarge = abs(y) >= 0x1p24;
  Real rounded = y + rounder;
  Truth isInteger = isLarge | (rounded - rounder == y);
  Truth isOdd = !isLarge & isInteger & !((toBits(rounded) & 1) == 0);
  Real magnitude = powMagnitude(x, y);
  Real result = select(isOdd, copySign(magnitude, x), magnitude);
  return select((x < 0.0) & (x > -infinity) & !isInteger, quietNan, result);
}

Real lowbit::expandPowInteger(Real x, Bits n) {
  Real magnitude = powMagnitude(x, toReal(n));
  return select((n & 1) == 0, magnitude, copySign(magnitude, x));
}

Real lowbit::expandPowConstant(Real x, int64_t n) {
  if (n == 0)
    return x.constant(1.0);
  std::optional<Real> result;
  for (uint64_t rest = n < 0 ? -uint64_t(n) : n; rest;) {
    if (rest & 1)
      result = result ? *result * x : x;
    if (rest >>= 1)
      x = x * x;
  }
  return n < 0 ? 1.0 / *result : *result;
}
