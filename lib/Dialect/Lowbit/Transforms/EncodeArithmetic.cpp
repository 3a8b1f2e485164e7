//===- EncodeArithmetic.cpp - From numbers to stored parts, as linalg -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The order of operations and every rounding are those of docs/spec.md:
//
//   ranges       reductions over each block, in f32, NaN propagating
//   scale        divided in f32, rounded to the scale type, 0 replaced by 1
//   zero point   found with the stored scale
//   codes        divided by the stored scale, rounded half to even, saturated
//   layout       packed (PackArithmetic)
//
// Inputs of another float type are converted to f32 first.
//
//===----------------------------------------------------------------------===//

#include "EncodeArithmetic.h"

#include "DecodeArithmetic.h"
#include "LinalgBuilding.h"
#include "PackArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <bit>
#include <cmath>

using namespace lowbit;
using namespace mlir;

static Value emitF32(ImplicitLocOpBuilder &b, double value) {
  return emitConstant(b, b.getF32Type(), value);
}

static Value emitCompare(ImplicitLocOpBuilder &b, arith::CmpFPredicate kind,
                         Value lhs, Value rhs) {
  return arith::CmpFOp::create(b, kind, lhs, rhs);
}

/// `value` brought into [low, high]. Comparisons with NaN are false: NaN
/// becomes `low`.
static Value emitClamp(ImplicitLocOpBuilder &b, Value value, double low,
                       double high) {
  Value lowValue = emitF32(b, low), highValue = emitF32(b, high);
  Value above = emitCompare(b, arith::CmpFPredicate::OGT, value, lowValue);
  value = arith::SelectOp::create(b, above, value, lowValue);
  Value below = emitCompare(b, arith::CmpFPredicate::OLT, value, highValue);
  return arith::SelectOp::create(b, below, value, highValue);
}

/// An integral f32 in the range of an 8-bit code as an i8.
static Value emitCode(ImplicitLocOpBuilder &b, Value value) {
  // Through i32: an i8 would not hold 255, and vector units convert to i32.
  Value wide = arith::FPToSIOp::create(b, b.getI32Type(), value);
  return arith::TruncIOp::create(b, b.getI8Type(), wide);
}

/// An i8 code in f32.
static Value emitCodeToF32(ImplicitLocOpBuilder &b, Value code, bool isSigned) {
  if (isSigned)
    return arith::SIToFPOp::create(b, b.getF32Type(), code);
  return arith::UIToFPOp::create(b, b.getF32Type(), code);
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

/// The smaller of a constant and a size.
static OpFoldResult emitMinimum(ImplicitLocOpBuilder &b, int64_t constant,
                                OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size))
    return b.getIndexAttr(std::min(constant, *known));
  Value bound = arith::ConstantIndexOp::create(b, constant);
  return arith::MinUIOp::create(b, bound, cast<Value>(size)).getResult();
}

/// The product of two sizes.
static OpFoldResult emitProduct(ImplicitLocOpBuilder &b, OpFoldResult lhs,
                                OpFoldResult rhs) {
  std::optional<int64_t> knownLhs = getConstantIntValue(lhs);
  std::optional<int64_t> knownRhs = getConstantIntValue(rhs);
  if (knownLhs && knownRhs)
    return b.getIndexAttr(*knownLhs * *knownRhs);
  auto toValue = [&](OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  };
  return arith::MulIOp::create(b, toValue(lhs), toValue(rhs)).getResult();
}

namespace {
class Encoder {
public:
  Encoder(ImplicitLocOpBuilder &b, EncodeOp op, Value input, ValueRange given)
      : b(b), input(input), given(given), type(op.getResult().getType()),
        encoding(op.getEncoding()), scale(encoding.getScale()),
        codec(encoding.getCodec().getCodec()), range(op.getEffectiveRange()),
        sizes(tensor::getMixedSizes(b, op.getLoc(), input)) {
    for (auto [block, size] :
         llvm::zip(scale.getBlockShape(type.getRank()), sizes))
      if (block != 0)
        counts.push_back(
            emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {size}));
  }

  EncodedParts run() {
    SmallVector<Value> found =
        given.empty() ? reduceBlocks() : combineGivenRanges();
    EncodedParts plain;
    plain.type = type;
    plain.sizes = sizes;
    plain.scales = buildScales(found);
    if (scale.hasZeroPoint())
      plain.zeroPoints = buildZeroPoints(found.front(), plain.scales);
    plain.codes = buildCodes(plain.scales, plain.zeroPoints);
    return buildPacked(b, plain);
  }

private:
  /// One step of finding ranges: from what was found and a further value.
  SmallVector<Value> emitRangeStep(ImplicitLocOpBuilder &inner,
                                   ValueRange found, Value value) {
    switch (range) {
    case RangeKind::AbsMax: {
      Value size = math::AbsFOp::create(inner, value);
      return {arith::MaximumFOp::create(inner, found[0], size)};
    }
    case RangeKind::Full:
      return {emitLargest(inner, found[0], value)};
    case RangeKind::MinMax:
      return {arith::MinimumFOp::create(inner, found[0], value),
              arith::MaximumFOp::create(inner, found[1], value)};
    }
    llvm_unreachable("unknown range kind");
  }

  unsigned numRanges() const { return range == RangeKind::MinMax ? 2 : 1; }

  /// What the range kind wants to know of each block: the largest magnitude,
  /// the value of largest magnitude, or least and largest value (zero counts
  /// as a value). Tensors of the shape of the scales.
  SmallVector<Value> reduceBlocks();

  /// The same from the least and the largest value of each block.
  SmallVector<Value> combineGivenRanges() {
    SmallVector<Value> found;
    AffineMap identity = b.getMultiDimIdentityMap(counts.size());
    for (unsigned i = 0; i < numRanges(); ++i)
      found.push_back(buildParallel(
          b, counts, b.getF32Type(), given, {identity, identity},
          [&](ImplicitLocOpBuilder &inner,
              ValueRange elements) -> SmallVector<Value> {
            SmallVector<Value> step(numRanges(), emitF32(inner, 0));
            step = emitRangeStep(inner, step, elements[0]);
            step = emitRangeStep(inner, step, elements[1]);
            return {step[i]};
          }));
    return found;
  }

  Value buildScales(ArrayRef<Value> found) {
    SmallVector<AffineMap> maps(found.size(),
                                b.getMultiDimIdentityMap(counts.size()));
    return buildParallel(
        b, counts, scale.getType(), found, maps,
        [&](ImplicitLocOpBuilder &inner,
            ValueRange elements) -> SmallVector<Value> {
          Value extent = elements[0];
          double steps = codec->decode(codec->codeMax());
          if (range == RangeKind::Full) {
            steps = codec->decode(codec->codeMin());
          } else if (range == RangeKind::MinMax) {
            extent = arith::SubFOp::create(inner, elements[1], elements[0]);
            steps = codec->codeMax() - codec->codeMin();
          }
          Value exact =
              arith::DivFOp::create(inner, extent, emitF32(inner, steps));
          Value stored = emitFromF32(inner, exact, scale.getType());
          // A block of zeros, or a scale too small for its type.
          Value zero = emitConstant(inner, scale.getType(), 0);
          Value one = emitConstant(inner, scale.getType(), 1);
          Value isZero =
              emitCompare(inner, arith::CmpFPredicate::OEQ, stored, zero);
          return {arith::SelectOp::create(inner, isZero, one, stored)};
        });
  }

  /// clamp(rne(codeMin - lowest / stored scale)), one i8 per scale.
  Value buildZeroPoints(Value lowest, Value scales) {
    AffineMap identity = b.getMultiDimIdentityMap(counts.size());
    return buildParallel(
        b, counts, b.getI8Type(), {lowest, scales}, {identity, identity},
        [&](ImplicitLocOpBuilder &inner,
            ValueRange elements) -> SmallVector<Value> {
          Value stored = emitToF32(inner, elements[1]);
          Value quotient = arith::DivFOp::create(inner, elements[0], stored);
          Value place = arith::SubFOp::create(
              inner, emitF32(inner, codec->codeMin()), quotient);
          Value rounded = math::RoundEvenOp::create(inner, place);
          return {emitCode(inner, emitClamp(inner, rounded, codec->codeMin(),
                                            codec->codeMax()))};
        });
  }

  /// One i8 per element.
  Value buildCodes(Value scales, Value zeroPoints);

  ImplicitLocOpBuilder &b;
  Value input;
  ValueRange given;
  RankedTensorType type;
  EncodingAttr encoding;
  ScaleAttr scale;
  numerics::CodecRef codec;
  RangeKind range;
  SmallVector<OpFoldResult> sizes;
  /// Sizes of scales and zero points.
  SmallVector<OpFoldResult> counts;
};
} // namespace

SmallVector<Value> Encoder::reduceBlocks() {
  // The loops: one for each axis of the scales, then, for each axis along which
  // a block has several elements, one within the block. A block's elements are
  // so met in row-major order.
  int64_t rank = type.getRank();
  SmallVector<int64_t> blocks = scale.getBlockShape(rank);
  SmallVector<Value> inputs = {input};
  SmallVector<AffineExpr> places;
  unsigned numLoops = counts.size(), axis = 0;
  SmallVector<AffineExpr> windowPlaces;
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
    inits.push_back(buildZeros(b, counts, b.getF32Type()));
    types.push_back(inits.back().getType());
    maps.push_back(scalesMap);
  }
  auto generic = linalg::GenericOp::create(
      b, types, inputs, inits, maps, iterators,
      [&](OpBuilder &builder, Location loc, ValueRange elements) {
        ImplicitLocOpBuilder inner(loc, builder);
        Value value = emitToF32(inner, elements.front());
        ValueRange found = elements.take_back(numRanges());
        linalg::YieldOp::create(inner, emitRangeStep(inner, found, value));
      });
  return llvm::to_vector_of<Value>(generic.getResults());
}

/// The largest float that `codec` rounds to `code` or a lower one. Encoding
/// ascends, so bisection over floats, in order, finds it exactly.
static float getThreshold(const numerics::Codec &codec, int code) {
  // Floats in order: negative ones have their other bits inverted.
  auto flip = [](int32_t bits) { return bits ^ (bits >> 31 & 0x7fffffff); };
  int64_t low = flip(std::bit_cast<int32_t>(-INFINITY));
  int64_t high = flip(std::bit_cast<int32_t>(INFINITY));
  auto fromKey = [&](int64_t key) {
    return std::bit_cast<float>(flip(static_cast<int32_t>(key)));
  };
  while (high - low > 1) {
    int64_t middle = low + (high - low) / 2;
    (codec.encode(fromKey(middle)) <= code ? low : high) = middle;
  }
  return fromKey(low);
}

Value Encoder::buildCodes(Value scales, Value zeroPoints) {
  int64_t rank = type.getRank();
  SmallVector<Value> inputs = {input, scales};
  AffineMap scaleMap = getScaleMap(scale, rank);
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(rank), scaleMap};
  if (zeroPoints) {
    inputs.push_back(zeroPoints);
    maps.push_back(scaleMap);
  }
  return buildParallel(
      b, sizes, b.getI8Type(), inputs, maps,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value value = emitToF32(inner, elements[0]);
        Value stored = emitToF32(inner, elements[1]);
        Value quotient = arith::DivFOp::create(inner, value, stored);
        if (codec->isAffine()) {
          Value code = math::RoundEvenOp::create(inner, quotient);
          // Exact wherever it matters: larger sums saturate.
          if (zeroPoints)
            code = arith::AddFOp::create(
                inner, code,
                emitCodeToF32(inner, elements[2], scale.getZeroPointSigned()));
          return {emitCode(inner, emitClamp(inner, code, codec->codeMin(),
                                            codec->codeMax()))};
        }
        // The nearest level is that above as many thresholds as its code. NaN
        // is above none.
        Value code = emitConstant(inner, inner.getI8Type(), codec->codeMin());
        for (int i = codec->codeMin(); i < codec->codeMax(); ++i) {
          Value above = emitCompare(inner, arith::CmpFPredicate::OGT, quotient,
                                    emitF32(inner, getThreshold(*codec, i)));
          Value one = arith::ExtUIOp::create(inner, inner.getI8Type(), above);
          code = arith::AddIOp::create(inner, code, one);
        }
        return {code};
      });
}

EncodedParts lowbit::buildEncode(ImplicitLocOpBuilder &b, EncodeOp op,
                                 Value input, ValueRange ranges) {
  return Encoder(b, op, input, ranges).run();
}
