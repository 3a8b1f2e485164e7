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
//   ranges       reductions over each block (EncodeRanges)
//   scale        divided in f32, rounded to the scale type, 0 replaced by 1 or
//                a small number, infinity by NaN; or divided by the nested
//                scale, which is found first
//   shift        zero point or offset, found with the stored scale
//   codes        less the offset, divided by the stored scale, rounded
//   layout       packed (PackArithmetic)
//
// Inputs of another float type are converted to f32 first.
//
//===----------------------------------------------------------------------===//

#include "EncodeArithmetic.h"

#include "DecodeArithmetic.h"
#include "EncodeRanges.h"
#include "LinalgBuilding.h"
#include "PackArithmetic.h"
#include "ScaleArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

/// An i8 code in f32.
static Value emitCodeToF32(ImplicitLocOpBuilder &b, Value code, bool isSigned) {
  if (isSigned)
    return arith::SIToFPOp::create(b, b.getF32Type(), code);
  return arith::UIToFPOp::create(b, b.getF32Type(), code);
}

namespace {
class Encoder {
public:
  Encoder(ImplicitLocOpBuilder &b, EncodeOp op, Value input)
      : b(b), input(input), encoding(op.getEncoding()),
        scale(encoding.getScale()), codec(encoding.getCodec().getCodec()) {
    parts.type = op.getResult().getType();
    hasZero = encoding.getFormat(parts.type.getRank()).hasZero();
    parts.sizes = tensor::getMixedSizes(b, op.getLoc(), input);
    for (auto [block, size] :
         llvm::zip(scale.getBlockShape(parts.type.getRank()), parts.sizes))
      if (block != 0)
        counts.push_back(
            emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {size}));
  }

  EncodedParts run(EncodeOp op, ValueRange given) {
    if (scale.isStored()) {
      BlockRanges ranges(b, op, input, given, parts.sizes, counts);
      if (scale.isNested())
        buildNestedScales(ranges);
      else
        buildScales(ranges);
      if (scale.hasZeroPoint())
        buildZeroPoints(ranges);
      if (scale.hasOffset())
        buildOffsets(ranges);
    }
    buildCodes();
    return buildPacked(b, parts);
  }

private:
  /// A tensor of the shape of the scales. Bodies take `inputs` in this order.
  Value buildForScales(Type elementType, ValueRange inputs, GenericBody body) {
    SmallVector<AffineMap> maps(inputs.size(),
                                b.getMultiDimIdentityMap(counts.size()));
    return buildParallel(b, counts, elementType, inputs, maps, body);
  }

  void buildScales(const BlockRanges &ranges);
  Value buildNestedMaxima(Value scales);
  void buildNestedScales(const BlockRanges &ranges);
  void buildZeroPoints(const BlockRanges &ranges);
  void buildOffsets(const BlockRanges &ranges);
  void buildCodes();
  /// The code of a quotient; `zeroPoint` may be null.
  Value emitQuotientCode(ImplicitLocOpBuilder &inner, Value quotient,
                         Value zeroPoint,
                         const std::optional<TableEncoder> &table);

  ImplicitLocOpBuilder &b;
  Value input;
  EncodingAttr encoding;
  ScaleAttr scale;
  numerics::CodecRef codec;
  /// Format::hasZero().
  bool hasZero;
  /// Sizes of scales, zero points and offsets.
  SmallVector<OpFoldResult> counts;
  /// The parts before they are packed: one i8 (i16 for codes of 16 bits) per
  /// code and zero point.
  EncodedParts parts;
  /// The scales as decoding uses them, of any float type.
  Value loadedScales;
};
} // namespace

void Encoder::buildScales(const BlockRanges &ranges) {
  ScaleCodec stored(b, scale.getNumericType(), /*stores=*/true);
  Value scales = buildForScales(
      stored.getStoredType(b), ranges.getFound(),
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        // That of a block of zeros, or too small for its type.
        return {stored.emitStoreNonZero(
            inner, ranges.emitExactScale(inner, elements),
            numerics::smallScales(scale.getNumericType(), hasZero))};
      });
  parts[PartKind::Scales] = loadedScales = scales;
  if (!scale.isPlain())
    loadedScales =
        buildForScales(b.getF32Type(), scales,
                       [&](ImplicitLocOpBuilder &inner,
                           ValueRange elements) -> SmallVector<Value> {
                         return {stored.emitLoad(inner, elements[0])};
                       });
}

/// The largest magnitude of the scales that share a nested scale.
Value Encoder::buildNestedMaxima(Value scales) {
  auto emitMaximum = [](ImplicitLocOpBuilder &inner, Value before,
                        Value value) -> Value {
    return arith::MaximumFOp::create(inner, before,
                                     math::AbsFOp::create(inner, value));
  };
  MLIRContext *context = b.getContext();
  unsigned rank = counts.size();
  if (scale.getNestedBlock() == 0) {
    SmallVector<utils::IteratorType> iterators(rank,
                                               utils::IteratorType::reduction);
    Value init = buildZeros(b, {}, b.getF32Type());
    return linalg::GenericOp::create(
               b, init.getType(), scales, init,
               {b.getMultiDimIdentityMap(rank),
                AffineMap::get(rank, 0, context)},
               iterators,
               [&](OpBuilder &builder, Location loc, ValueRange elements) {
                 ImplicitLocOpBuilder inner(loc, builder);
                 linalg::YieldOp::create(
                     inner, emitMaximum(inner, elements[1], elements[0]));
               })
        .getResult(0);
  }

  // Two loops, over the nested scales and over the scales of one: scales are
  // numbered in row-major order, and read at the place of a number. The extent
  // of the second is that of an operand that nothing reads.
  OpFoldResult total = b.getIndexAttr(1);
  for (OpFoldResult count : counts)
    total = emitProduct(b, total, count);
  int64_t block = scale.getNestedBlock();
  OpFoldResult nestedCount =
      emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {total});
  Value extent = tensor::EmptyOp::create(
      b, ArrayRef<OpFoldResult>{emitMinimum(b, block, total)}, b.getI8Type());
  Value init = buildZeros(b, {nestedCount}, b.getF32Type());
  auto toValue = [&](OpFoldResult size) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
  };
  Value end = toValue(total);
  SmallVector<Value> dims = llvm::map_to_vector(counts, toValue);
  AffineExpr d0 = b.getAffineDimExpr(0), d1 = b.getAffineDimExpr(1);
  return linalg::GenericOp::create(
             b, init.getType(), extent, init,
             {AffineMap::get(2, 0, d1), AffineMap::get(2, 0, d0)},
             {utils::IteratorType::parallel, utils::IteratorType::reduction},
             [&](OpBuilder &builder, Location loc, ValueRange elements) {
               ImplicitLocOpBuilder inner(loc, builder);
               SmallVector<Value> loops = {linalg::IndexOp::create(inner, 0),
                                           linalg::IndexOp::create(inner, 1)};
               Value number = emitIndex(inner, d0 * block + d1, loops);
               Value one = arith::ConstantIndexOp::create(inner, 1);
               Value inside = arith::CmpIOp::create(
                   inner, arith::CmpIPredicate::ult, number, end);
               number = arith::MinUIOp::create(
                   inner, number, arith::SubIOp::create(inner, end, one));
               SmallVector<Value> place(dims.size());
               for (size_t axis = dims.size(); axis-- > 0;) {
                 place[axis] = number;
                 if (axis == 0)
                   break;
                 place[axis] =
                     arith::RemUIOp::create(inner, number, dims[axis]);
                 number = arith::DivUIOp::create(inner, number, dims[axis]);
               }
               Value value = tensor::ExtractOp::create(inner, scales, place);
               Value after = emitMaximum(inner, elements[1], value);
               linalg::YieldOp::create(inner,
                                       ValueRange{arith::SelectOp::create(
                                           inner, inside, after, elements[1])});
             })
      .getResult(0);
}

void Encoder::buildNestedScales(const BlockRanges &ranges) {
  Value exact =
      buildForScales(b.getF32Type(), ranges.getFound(),
                     [&](ImplicitLocOpBuilder &inner,
                         ValueRange elements) -> SmallVector<Value> {
                       return {ranges.emitExactScale(inner, elements)};
                     });
  Value maxima = buildNestedMaxima(exact);
  numerics::ScaleType type = scale.getNumericType();
  double end = numerics::largestScale(type);
  auto nestedType = getNumericScaleType(scale.getNestedType());
  ScaleCodec outer(b, nestedType, /*stores=*/true);
  numerics::SmallScales small =
      numerics::NestedScales{nestedType, scale.getNestedBlock()}.smallScales(
          type, hasZero);
  SmallVector<OpFoldResult> nestedSizes =
      tensor::getMixedSizes(b, b.getLoc(), maxima);
  Value nested = buildParallel(
      b, nestedSizes, scale.getNestedType(), maxima,
      b.getMultiDimIdentityMap(nestedSizes.size()),
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value quotient = arith::DivFOp::create(
            inner, elements[0], emitConstant(inner, inner.getF32Type(), end));
        return {outer.emitStoreNonZero(inner, quotient, small)};
      });
  parts[PartKind::NestedScales] = nested;

  auto emitNested = [&](ImplicitLocOpBuilder &inner) {
    SmallVector<Value> place;
    for (unsigned axis = 0; axis < counts.size(); ++axis)
      place.push_back(linalg::IndexOp::create(inner, axis));
    return emitNestedScale(inner, scale, nested, counts, place);
  };
  ScaleCodec stored(b, type, /*stores=*/true);
  parts[PartKind::Scales] = buildForScales(
      stored.getStoredType(b), exact,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value quotient =
            arith::DivFOp::create(inner, elements[0], emitNested(inner));
        // A nested scale that was rounded down must not make its largest
        // scale overflow.
        quotient = emitSaturate(inner, quotient, -end, end);
        return {stored.emitStoreNonZero(
            inner, quotient, numerics::smallScales(type, /*hasZero=*/false))};
      });
  loadedScales = buildForScales(
      b.getF32Type(), parts[PartKind::Scales],
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        return {arith::MulFOp::create(
            inner, stored.emitLoad(inner, elements[0]), emitNested(inner))};
      });
}

/// clamp(rne(codeMin - lowest / stored scale)), one i8 per scale.
void Encoder::buildZeroPoints(const BlockRanges &ranges) {
  SmallVector<Value> inputs(ranges.getFound());
  inputs.push_back(loadedScales);
  parts[PartKind::ZeroPoints] = buildForScales(
      b.getI8Type(), inputs,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value low = ranges.emitLow(inner, elements);
        Value quotient = arith::DivFOp::create(
            inner, low, emitToF32(inner, elements[inputs.size() - 1]));
        Value codeMin =
            emitConstant(inner, inner.getF32Type(), codec->codeMin());
        Value place = arith::SubFOp::create(inner, codeMin, quotient);
        Value rounded = math::RoundEvenOp::create(inner, place);
        return {emitCode(inner, emitClamp(inner, rounded, codec->codeMin(),
                                          codec->codeMax()))};
      });
}

/// lowest - stored scale * minValue.
void Encoder::buildOffsets(const BlockRanges &ranges) {
  SmallVector<Value> inputs(ranges.getFound());
  inputs.push_back(loadedScales);
  parts[PartKind::Offsets] = buildForScales(
      scale.getOffsetType(), inputs,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value low = ranges.emitLow(inner, elements);
        Value product = arith::MulFOp::create(
            inner, emitToF32(inner, elements[inputs.size() - 1]),
            emitConstant(inner, inner.getF32Type(), codec->minValue()));
        Value offset = arith::SubFOp::create(inner, low, product);
        // A block without values has nothing to be shifted.
        Value isEmpty = arith::CmpFOp::create(inner, arith::CmpFPredicate::OGT,
                                              elements[0], elements[1]);
        offset = arith::SelectOp::create(
            inner, isEmpty, emitConstant(inner, inner.getF32Type(), 0), offset);
        return {emitFromF32(inner, offset, scale.getOffsetType())};
      });
}

Value Encoder::emitQuotientCode(ImplicitLocOpBuilder &inner, Value quotient,
                                Value zeroPoint,
                                const std::optional<TableEncoder> &table) {
  if (table)
    return table->emit(inner, quotient);
  if (!codec->isAffine()) {
    // (C62)
    Value number =
        emitSaturate(inner, quotient, codec->minValue(), codec->maxValue());
    if (codec->bits() == 32)
      return arith::BitcastOp::create(inner, inner.getI32Type(), number);
    Type type =
        codec->name() == "f16" ? inner.getF16Type() : inner.getBF16Type();
    return arith::BitcastOp::create(inner, inner.getI16Type(),
                                    emitFromF32(inner, number, type));
  }
  Value code = math::RoundEvenOp::create(inner, quotient);
  // Exact wherever it matters: larger sums saturate.
  if (zeroPoint)
    code = arith::AddFOp::create(
        inner, code,
        emitCodeToF32(inner, zeroPoint, scale.getZeroPointSigned()));
  return emitCode(inner,
                  emitClamp(inner, code, codec->codeMin(), codec->codeMax()));
}

void Encoder::buildCodes() {
  int64_t rank = parts.type.getRank();
  AffineMap scaleMap = getScaleMap(scale, rank);
  SmallVector<Value> inputs = {input};
  SmallVector<AffineMap> maps = {b.getMultiDimIdentityMap(rank)};
  // The number among the inputs, or 0.
  auto add = [&](Value part) -> size_t {
    if (!part)
      return 0;
    inputs.push_back(part);
    maps.push_back(scaleMap);
    return inputs.size() - 1;
  };
  size_t scaleNumber = add(loadedScales);
  size_t zeroPointNumber = add(parts[PartKind::ZeroPoints]);
  size_t offsetNumber = add(parts[PartKind::Offsets]);
  std::optional<TableEncoder> table;
  if (const numerics::TableCodec *codecTable = getTableCodec(*codec))
    table.emplace(b, *codecTable);
  Type codeType = b.getIntegerType(8 * codec->codeBytes());
  parts[PartKind::Codes] = buildParallel(
      b, parts.sizes, codeType, inputs, maps,
      [&](ImplicitLocOpBuilder &inner,
          ValueRange elements) -> SmallVector<Value> {
        Value value = emitToF32(inner, elements[0]);
        if (offsetNumber)
          value = arith::SubFOp::create(
              inner, value, emitToF32(inner, elements[offsetNumber]));
        if (scaleNumber)
          value = arith::DivFOp::create(
              inner, value, emitToF32(inner, elements[scaleNumber]));
        Value zeroPoint = zeroPointNumber ? elements[zeroPointNumber] : Value();
        return {emitQuotientCode(inner, value, zeroPoint, table)};
      });
}

EncodedParts lowbit::buildEncode(ImplicitLocOpBuilder &b, EncodeOp op,
                                 Value input, ValueRange ranges) {
  return Encoder(b, op, input).run(op, ranges);
}
