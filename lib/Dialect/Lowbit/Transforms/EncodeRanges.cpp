//===- EncodeRanges.cpp - From the values of a block to its scale ---------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "EncodeRanges.h"

#include "LinalgBuilding.h"
#include "ScaleArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <cmath>
#include <limits>

using namespace lowbit;
using namespace mlir;

static Value emitF32(ImplicitLocOpBuilder &b, double value) {
  return emitConstant(b, b.getF32Type(), value);
}

static Value emitI32(ImplicitLocOpBuilder &b, int64_t value) {
  return emitConstant(b, b.getI32Type(), static_cast<double>(value));
}

static Value emitCompare(ImplicitLocOpBuilder &b, arith::CmpFPredicate kind,
                         Value lhs, Value rhs) {
  return arith::CmpFOp::create(b, kind, lhs, rhs);
}

/// The one of largest magnitude of what was found before and a further value,
/// the earlier one where both have it. NaN has the largest magnitude.
static Value emitLargest(ImplicitLocOpBuilder &b, Value found, Value value) {
  Value foundSize = math::AbsFOp::create(b, found);
  Value valueSize = math::AbsFOp::create(b, value);
  Value larger =
      emitCompare(b, arith::CmpFPredicate::OGT, valueSize, foundSize);
  Value isNaN = emitCompare(b, arith::CmpFPredicate::UNO, value, value);
  Value take = arith::OrIOp::create(b, larger, isNaN);
  return arith::SelectOp::create(b, take, value, found);
}

//===----------------------------------------------------------------------===//
// Finding ranges
//===----------------------------------------------------------------------===//

BlockRanges::BlockRanges(ImplicitLocOpBuilder &b, EncodeOp op, Value input,
                         ValueRange given, ArrayRef<OpFoldResult> sizes,
                         ArrayRef<OpFoldResult> counts)
    : type(op.getResult().getType()), scale(op.getEncoding().getScale()),
      codec(op.getEncoding().getCodec().getCodec()),
      range(op.getEffectiveRange()), given(given), sizes(sizes),
      counts(counts) {
  if (given.empty())
    reduceBlocks(b, input);
  else
    combineGiven(b);
}

FloatType BlockRanges::getRangeType(Builder &b) const {
  return range == RangeKind::Mean ? FloatType(b.getF64Type())
                                  : FloatType(b.getF32Type());
}

/// What is found in a block without values.
double BlockRanges::getStart(unsigned number) const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (!hasExtremes())
    return 0;
  return number == 0 ? infinity : -infinity;
}

/// One step of finding ranges: from what was found before and a further value.
SmallVector<Value> BlockRanges::emitStep(ImplicitLocOpBuilder &b,
                                         ValueRange before, Value value) const {
  switch (range) {
  case RangeKind::AbsMax:
  case RangeKind::Exponent:
    return {arith::MaximumFOp::create(b, before[0],
                                      math::AbsFOp::create(b, value))};
  case RangeKind::Full:
    return {emitLargest(b, before[0], value)};
  case RangeKind::MinMax:
    return {arith::MinimumFOp::create(b, before[0], value),
            arith::MaximumFOp::create(b, before[1], value)};
  case RangeKind::Mean: {
    Value size = math::AbsFOp::create(b, value);
    Value wide = arith::ExtFOp::create(b, b.getF64Type(), size);
    return {arith::AddFOp::create(b, before[0], wide)};
  }
  }
  llvm_unreachable("unknown range kind");
}

/// The ranges of blocks that hold two values each, the given ones.
void BlockRanges::combineGiven(ImplicitLocOpBuilder &b) {
  AffineMap identity = b.getMultiDimIdentityMap(counts.size());
  for (unsigned i = 0; i < numRanges(); ++i)
    found.push_back(
        buildParallel(b, counts, getRangeType(b), given, {identity, identity},
                      [&](ImplicitLocOpBuilder &inner,
                          ValueRange elements) -> SmallVector<Value> {
                        SmallVector<Value> step;
                        for (unsigned j = 0; j < numRanges(); ++j)
                          step.push_back(emitConstant(
                              inner, getRangeType(inner), getStart(j)));
                        step = emitStep(inner, step, elements[0]);
                        step = emitStep(inner, step, elements[1]);
                        return {step[i]};
                      }));
}

/// Takes what was found `before` where a place is behind the end of its axis.
static void skipPadding(ImplicitLocOpBuilder &b, unsigned numLoops,
                        AffineExpr place, OpFoldResult size, ValueRange before,
                        SmallVectorImpl<Value> &after) {
  SmallVector<Value> loops;
  for (unsigned loop = 0; loop < numLoops; ++loop)
    loops.push_back(linalg::IndexOp::create(b, loop));
  Value inside = arith::CmpIOp::create(
      b, arith::CmpIPredicate::ult, emitIndex(b, place, loops),
      getValueOrCreateConstantIndexOp(b, b.getLoc(), size));
  for (auto [old, value] : llvm::zip_equal(before, after))
    value = arith::SelectOp::create(b, inside, value, old);
}

void BlockRanges::reduceBlocks(ImplicitLocOpBuilder &b, Value input) {
  // The loops: one for each axis of the scales, then, for each axis along which
  // a block has several elements, one within the block. A block's elements are
  // so met in row-major order.
  int64_t rank = type.getRank();
  SmallVector<int64_t> blocks = scale.getBlockShape(rank);
  SmallVector<Value> inputs = {input};
  SmallVector<AffineExpr> places;
  unsigned numLoops = counts.size(), axis = 0;
  SmallVector<AffineExpr> windowPlaces;
  // The places along padded axes, and the sizes that they are to stay below.
  SmallVector<std::pair<AffineExpr, OpFoldResult>> padded;
  for (int64_t dim = 0; dim < rank; ++dim) {
    int64_t block = blocks[dim];
    AffineExpr place =
        block ? b.getAffineDimExpr(axis++) : b.getAffineConstantExpr(0);
    if (block != 1) {
      AffineExpr inBlock = b.getAffineDimExpr(numLoops++);
      // In a block that is longer than the axis, and so the only one, the loop
      // ends with the axis: filling up a block of 2^24 or so would take more
      // memory than there is.
      OpFoldResult extent;
      if (block && type.isDynamicDim(dim)) {
        extent = emitMinimum(b, block, sizes[dim]);
      } else if (block) {
        block = std::min(block, std::max<int64_t>(type.getDimSize(dim), 1));
        extent = b.getIndexAttr(block);
      }
      place = place * block + inBlock;
      if (block) {
        // A short last block is filled up: zeros change no range. The extent
        // of a loop in a block is that of an operand that nothing reads.
        OpFoldResult whole = emitProduct(b, counts[axis - 1], extent);
        inputs[0] = buildPadding(b, inputs[0], dim, sizes[dim], whole);
        inputs.push_back(tensor::EmptyOp::create(b, extent, b.getI8Type()));
        windowPlaces.push_back(inBlock);
        if (getConstantIntValue(whole) != getConstantIntValue(sizes[dim]) ||
            type.isDynamicDim(dim))
          padded.push_back({place, sizes[dim]});
      }
    }
    places.push_back(place);
  }

  MLIRContext *context = b.getContext();
  SmallVector<AffineMap> maps = {AffineMap::get(numLoops, 0, places, context)};
  for (AffineExpr place : windowPlaces)
    maps.push_back(AffineMap::get(numLoops, 0, place, context));
  SmallVector<AffineExpr> scalePlaces;
  for (unsigned i = 0; i < counts.size(); ++i)
    scalePlaces.push_back(b.getAffineDimExpr(i));
  auto scalesMap = AffineMap::get(numLoops, 0, scalePlaces, context);
  SmallVector<utils::IteratorType> iterators(numLoops,
                                             utils::IteratorType::reduction);
  std::fill_n(iterators.begin(), counts.size(), utils::IteratorType::parallel);

  SmallVector<Value> inits;
  SmallVector<Type> types;
  for (unsigned i = 0; i < numRanges(); ++i) {
    inits.push_back(
        buildFilled(b, counts, emitConstant(b, getRangeType(b), getStart(i))));
    types.push_back(inits.back().getType());
    maps.push_back(scalesMap);
  }
  auto generic = linalg::GenericOp::create(
      b, types, inputs, inits, maps, iterators,
      [&](OpBuilder &builder, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder inner(loc, builder);
        Value value = emitToF32(inner, elements.front());
        ValueRange before = elements.take_back(numRanges());
        SmallVector<Value> after = emitStep(inner, before, value);
        if (hasExtremes())
          for (auto [place, size] : padded)
            skipPadding(inner, numLoops, place, size, before, after);
        linalg::YieldOp::create(inner, after);
      });
  llvm::append_range(found, generic.getResults());
}

//===----------------------------------------------------------------------===//
// Scales
//===----------------------------------------------------------------------===//

/// The mean of a block from the sum of its magnitudes. Blocks at the end of an
/// axis may be short.
Value BlockRanges::emitMean(ImplicitLocOpBuilder &b, Value sum) const {
  Value count = arith::ConstantIndexOp::create(b, given.empty() ? 1 : 2);
  unsigned axis = 0;
  for (auto [block, size] :
       llvm::zip_equal(scale.getBlockShape(type.getRank()), sizes)) {
    if (block == 1)
      ++axis;
    if (block == 1 || !given.empty())
      continue;
    Value length = getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
    if (block != 0) {
      Value whole = arith::ConstantIndexOp::create(b, block);
      Value first =
          arith::MulIOp::create(b, linalg::IndexOp::create(b, axis++), whole);
      length = arith::MinUIOp::create(
          b, arith::SubIOp::create(b, length, first), whole);
    }
    count = arith::MulIOp::create(b, count, length);
  }
  count = arith::IndexCastOp::create(b, b.getI64Type(), count);
  Value divisor = arith::SIToFPOp::create(b, b.getF64Type(), count);
  Value mean = arith::TruncFOp::create(b, b.getF32Type(),
                                       arith::DivFOp::create(b, sum, divisor));
  // Nothing over nothing is nothing.
  Value zero = emitConstant(b, b.getF64Type(), 0);
  Value isZero = emitCompare(b, arith::CmpFPredicate::OEQ, sum, zero);
  return arith::SelectOp::create(b, isZero, emitF32(b, 0), mean);
}

/// 2^(floor(log2 magnitude) - floor(log2 maxValue)) by the exponents' bits.
Value BlockRanges::emitExponentScale(ImplicitLocOpBuilder &b,
                                     Value magnitude) const {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  constexpr int64_t bias = 127, fractionBits = 23, least = -149;
  auto getExponent = [&](Value value) {
    Value bits = arith::BitcastOp::create(b, i32, value);
    return arith::ShRUIOp::create(b, bits, emitI32(b, fractionBits));
  };
  auto select = [&](arith::CmpIPredicate kind, Value lhs, int64_t rhs,
                    Value yes, Value no) -> Value {
    Value is = arith::CmpIOp::create(b, kind, lhs, emitI32(b, rhs));
    return arith::SelectOp::create(b, is, yes, no);
  };
  // Denormals become normal numbers first.
  Value normal = getExponent(magnitude);
  Value denormal =
      getExponent(arith::MulFOp::create(b, magnitude, emitF32(b, 0x1p24)));
  denormal = arith::SubIOp::create(b, denormal, emitI32(b, 24));
  Value exponent =
      select(arith::CmpIPredicate::eq, normal, 0, denormal, normal);
  Value power = arith::SubIOp::create(
      b, exponent, emitI32(b, bias + std::ilogb(codec->maxValue())));

  Value place = arith::MinSIOp::create(
      b, arith::AddIOp::create(b, power, emitI32(b, bias)), emitI32(b, 255));
  Value bits = arith::ShLIOp::create(b, place, emitI32(b, fractionBits));
  Value bit = arith::AddIOp::create(b, power, emitI32(b, -least));
  bit = arith::MinSIOp::create(b, arith::MaxSIOp::create(b, bit, emitI32(b, 0)),
                               emitI32(b, 31));
  Value single = arith::ShLIOp::create(b, emitI32(b, 1), bit);
  bits = select(arith::CmpIPredicate::slt, power, 1 - bias, single, bits);
  bits = select(arith::CmpIPredicate::slt, power, least, emitI32(b, 0), bits);
  Value result = arith::BitcastOp::create(b, f32, bits);

  // Zero, infinity and NaN stay.
  Value isOrdinary = arith::AndIOp::create(
      b, emitCompare(b, arith::CmpFPredicate::OGT, magnitude, emitF32(b, 0)),
      emitCompare(b, arith::CmpFPredicate::OLT, magnitude,
                  emitF32(b, std::numeric_limits<double>::infinity())));
  return arith::SelectOp::create(b, isOrdinary, result, magnitude);
}

/// Zero for a block without values, where the least is above the largest.
static Value emitEnd(ImplicitLocOpBuilder &b, ValueRange elements,
                     unsigned number) {
  Value isEmpty =
      emitCompare(b, arith::CmpFPredicate::OGT, elements[0], elements[1]);
  return arith::SelectOp::create(b, isEmpty, emitF32(b, 0), elements[number]);
}

Value BlockRanges::emitLow(ImplicitLocOpBuilder &b, ValueRange elements) const {
  return hasExtremes() ? emitEnd(b, elements, 0) : elements[0];
}

Value BlockRanges::emitExactScale(ImplicitLocOpBuilder &b,
                                  ValueRange elements) const {
  switch (range) {
  case RangeKind::AbsMax:
    return arith::DivFOp::create(b, elements[0], emitF32(b, codec->maxValue()));
  case RangeKind::Full:
    return arith::DivFOp::create(b, elements[0], emitF32(b, codec->minValue()));
  case RangeKind::MinMax: {
    Value high = hasExtremes() ? emitEnd(b, elements, 1) : elements[1];
    Value extent = arith::SubFOp::create(b, high, emitLow(b, elements));
    return arith::DivFOp::create(
        b, extent, emitF32(b, codec->maxValue() - codec->minValue()));
  }
  case RangeKind::Mean:
    return emitMean(b, elements[0]);
  case RangeKind::Exponent:
    return emitExponentScale(b, elements[0]);
  }
  llvm_unreachable("unknown range kind");
}
