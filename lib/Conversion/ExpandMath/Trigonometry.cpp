//===- Trigonometry.cpp - Sine, cosine and tangent as arithmetic ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An angle is reduced to what is left of it beside a multiple of pi / 2: by
// Cody and Waite's subtraction of the multiple in two parts below 2^20, by
// Payne and Hanek's multiplication with the bits of 2 / pi that matter above,
// which only runs where a lane needs it.
//
//===----------------------------------------------------------------------===//

#include "Functions.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace lowbit;
using namespace mlir;

static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {
/// x = quadrant * pi / 2 + angle, |angle| <= pi / 4; the lowest two bits of
/// the quadrant count.
struct Reduced {
  Bits quadrant;
  Real angle;
};
} // namespace

static Reduced reduceSmall(Real x) {
  constexpr double rounder = 0x1.8p52;
  Real rounded = x * 0x1.45f306dc9c883p-1 + rounder;
  Real n = rounded - rounder;
  // 25 bits of pi / 2, and the next 53.
  Real angle = (x - n * 0x1.921fb5p0) - n * 0x1.110b4611a6263p-26;
  return {toBits(rounded), angle};
}

/// For finite f32 numbers from 2^20 on.
static Reduced reduceLarge(Real x) {
  // x is m 2^e with a mantissa of 24 bits.
  Bits bits = toBits(x);
  Bits exponent = ((bits >> 52) & 0x7ff) - (1023 + 23);
  Bits m = ((bits >> 29) & 0x7fffff) | 0x800000;
  // 2 / pi after a word of zeros. Bits that are times m 2^e a multiple of 4 do
  // not matter; the next 96 do.
  constexpr int64_t words[] = {0,          0xa2f9836e, 0x4e441529, 0xfc2757d1,
                               0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab};
  Bits first = exponent + 30;
  Bits word = first >> 5, shift = first & 31;
  auto wordAt = [&](int64_t offset) {
    Bits result = bits.constant(words[offset]);
    for (int64_t i = 1; i < 5; ++i)
      result = select(word == i, bits.constant(words[i + offset]), result);
    return result;
  };
  SmallVector<Bits> products;
  Bits here = wordAt(0);
  for (int64_t i = 0; i < 3; ++i) {
    Bits next = wordAt(i + 1);
    products.push_back(m * ((((here << 32) | next) << shift) >> 32));
    here = next;
  }
  // Quarters of the circle, with 62 bits after the point.
  Bits quarters = (products[0] << 32) + products[1] + (products[2] >> 32);
  Bits quadrant = (quarters + (int64_t(1) << 61)) >> 62;
  Real angle = toReal(quarters - (quadrant << 62)) * 0x1.921fb54442d18p-62;
  Truth isNegative = x < 0.0;
  return {select(isNegative, 0 - quadrant, quadrant),
          select(isNegative, 0.0 - angle, angle)};
}

/// Whether a lane is true.
static Value any(Truth lanes) {
  auto type = dyn_cast<VectorType>(lanes.value.getType());
  if (!type)
    return lanes.value;
  auto flat = VectorType::get({type.getNumElements()}, type.getElementType());
  Value value = lanes.value;
  if (flat != type)
    value = vector::ShapeCastOp::create(*lanes.builder, flat, value);
  return vector::ReductionOp::create(*lanes.builder, vector::CombiningKind::OR,
                                     value);
}

static Reduced reduce(Real x) {
  Reduced small = reduceSmall(x);
  Truth isLarge = abs(x) >= 0x1p20;
  auto ifLarge = scf::IfOp::create(
      *x.builder, any(isLarge),
      [&](OpBuilder &builder, Location loc) {
        ImplicitLocOpBuilder inner(loc, builder);
        auto [quadrant, angle] = reduceLarge({{&inner, x.value}});
        Truth condition = {{&inner, isLarge.value}};
        scf::YieldOp::create(inner,
                             {select(condition, quadrant, small.quadrant).value,
                              select(condition, angle, small.angle).value});
      },
      [&](OpBuilder &builder, Location loc) {
        scf::YieldOp::create(builder, loc,
                             {small.quadrant.value, small.angle.value});
      });
  Real angle = {{x.builder, ifLarge.getResult(1)}};
  return {{{x.builder, ifLarge.getResult(0)}},
          select(abs(x) < infinity, angle, x - x)};
}

/// For |x| <= pi / 4. Error 3e-14.
static Real sinReduced(Real x) {
  Real z = x * x;
  return x * (1.0 +
              z * polynomial(z, {-0.16666666666663882, 0.008333333331077422,
                                 -0.0001984126691523504, 2.7555990399839905e-06,
                                 -2.4805587179980646e-08}));
}

/// For |x| <= pi / 4. Error 2e-15.
static Real cosReduced(Real x) {
  Real z = x * x;
  return 1.0 - 0.5 * z +
         z * z *
             polynomial(z, {0.04166666666666468, -0.0013888888887276056,
                            2.4801585209738397e-05, -2.755636931675049e-07,
                            2.070056539736993e-09});
}

static Real sinOfQuadrant(Bits quadrant, Real angle) {
  Real result =
      select((quadrant & 1) == 0, sinReduced(angle), cosReduced(angle));
  return fromBits(toBits(result) ^ ((quadrant & 2) << 62));
}

Real lowbit::expandSin(Real x) {
  auto [quadrant, angle] = reduce(x);
  return sinOfQuadrant(quadrant, angle);
}

Real lowbit::expandCos(Real x) {
  auto [quadrant, angle] = reduce(x);
  return sinOfQuadrant(quadrant + 1, angle);
}

Real lowbit::expandTan(Real x) {
  auto [quadrant, angle] = reduce(x);
  Truth isEven = (quadrant & 1) == 0;
  Real sine = sinReduced(angle), cosine = cosReduced(angle);
  return select(isEven, sine, cosine) / select(isEven, cosine, 0.0 - sine);
}
