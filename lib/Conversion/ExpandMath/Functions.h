//===- Functions.h - Transcendental functions as arithmetic -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_EXPANDMATH_FUNCTIONS_H
#define LOWBIT_CONVERSION_EXPANDMATH_FUNCTIONS_H

#include "Real.h"

namespace lowbit {

// Functions of f64 operands that are f32 numbers. Results are not as exact as
// f64 can be, but enough that rounding to f32 is nearly all of the error. None
// uses fma, so that processors without it compute the same at nearly the same
// speed. Special values are those of C.

Real expandExp2(Real x);
Real expandExpm1(Real x);
Real expandLog(Real x);
Real expandLog2(Real x);
Real expandLog10(Real x);
Real expandLog1p(Real x);

Real expandSinh(Real x);
Real expandCosh(Real x);
Real expandAsinh(Real x);
Real expandAcosh(Real x);
Real expandAtanh(Real x);

Real expandSin(Real x);
Real expandCos(Real x);
Real expandTan(Real x);
Real expandAsin(Real x);
Real expandAcos(Real x);
Real expandAtan(Real x);
Real expandAtan2(Real y, Real x);

Real expandErfc(Real x);
Real expandCbrt(Real x);

/// x^y for an f32 number y.
Real expandPow(Real x, Real y);
/// x^n for signed integers.
Real expandPowInteger(Real x, Bits n);
/// x^n for one n, by multiplications; of x's type.
Real expandPowConstant(Real x, int64_t n);

/// exp in f32 alone and with fma, for softmax: a third of the work.
Real expandExpFast(Real x);

} // namespace lowbit

#endif // LOWBIT_CONVERSION_EXPANDMATH_FUNCTIONS_H
