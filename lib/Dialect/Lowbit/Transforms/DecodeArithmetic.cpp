//===- DecodeArithmetic.cpp - From stored parts to numbers, as linalg -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The places of an element's code, scale and zero point are affine functions of
// its indices. Where linalg can take such a function as an indexing map the
// part is an operand of the generic, so that loops stay plain; otherwise the
// body computes the place and reads it with tensor.extract.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"

#include "LinalgBuilding.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

namespace {
/// What one element is decoded from: the parts that are operands of the generic
/// as their elements, the others to be read at `indices`.
class ElementReader {
public:
  ElementReader(ImplicitLocOpBuilder &b, const EncodedParts &parts)
      : b(b), parts(parts), addresses(getPartAddresses(parts.type)) {}

  Value codeByte, scaleElement, zeroPointByte;
  /// The indices of the element; empty if they are those of the generic.
  SmallVector<Value> indices;

  /// Codes and zero points in i32, scales in f32.
  Value emitCode() {
    numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
    return emitInteger(parts.codes, codeByte, addresses.codes,
                       addresses.codeShift, addresses.codesStraddle,
                       codec->bits(), codec->isSigned());
  }
  Value emitZeroPoint() {
    ScaleAttr scale = parts.getEncoding().getScale();
    return emitInteger(parts.zeroPoints, zeroPointByte, addresses.zeroPoints,
                       addresses.zeroPointShift, addresses.zeroPointsStraddle,
                       scale.getZeroPointBits(), scale.getZeroPointSigned());
  }
  Value emitScale() {
    Value scale = scaleElement ? scaleElement
                               : read(parts.scales, addresses.scales).front();
    return emitToF32(b, scale);
  }
  Value emitDifference() {
    Value code = emitCode();
    if (!parts.zeroPoints)
      return code;
    return arith::SubIOp::create(b, code, emitZeroPoint());
  }

private:
  ValueRange getIndices() {
    if (indices.empty())
      for (int64_t dim = 0; dim < parts.type.getRank(); ++dim)
        indices.push_back(linalg::IndexOp::create(b, dim));
    return indices;
  }

  Value emitPlace(AffineExpr expr) {
    // Constants need no index ops in front of them.
    return emitIndex(
        b, expr, isa<AffineConstantExpr>(expr) ? ValueRange() : getIndices());
  }

  /// The element of `part` at `map`, and where bytes share codes the one after
  /// it, too.
  SmallVector<Value, 2> read(Value part, AffineMap map, bool straddle = false) {
    SmallVector<Value> place;
    for (AffineExpr expr : map.getResults())
      place.push_back(emitPlace(expr));
    SmallVector<Value, 2> elements = {
        tensor::ExtractOp::create(b, part, place)};
    if (!straddle)
      return elements;
    // Behind the last byte of a row nothing is read: no code begins there that
    // needs it.
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value size = tensor::DimOp::create(b, part, map.getNumResults() - 1);
    Value last = arith::SubIOp::create(b, size, one);
    Value next = arith::AddIOp::create(b, place.back(), one);
    place.back() = arith::MinUIOp::create(b, next, last);
    elements.push_back(tensor::ExtractOp::create(b, part, place));
    return elements;
  }

  /// The `bits`-bit integer at a place, in i32.
  Value emitInteger(Value part, Value element, AffineMap map, AffineExpr shift,
                    bool straddle, unsigned bits, bool isSigned) {
    SmallVector<Value, 2> bytes = {element};
    if (!element)
      bytes = read(part, map, straddle);
    Type i32 = b.getI32Type();
    if (bits == 8)
      return isSigned ? arith::ExtSIOp::create(b, i32, bytes[0]).getResult()
                      : arith::ExtUIOp::create(b, i32, bytes[0]).getResult();

    Value word = arith::ExtUIOp::create(b, i32, bytes[0]);
    if (straddle) {
      Value high = arith::ExtUIOp::create(b, i32, bytes[1]);
      high = arith::ShLIOp::create(b, high, emitConstant(b, i32, 8));
      word = arith::OrIOp::create(b, word, high);
    }
    // To the top of the word, which drops what is above the integer, and down
    // again, which drops what is below it and extends its sign.
    AffineExpr up =
        b.getAffineConstantExpr(32 - static_cast<int64_t>(bits)) - shift;
    Value upBits = arith::IndexCastOp::create(b, i32, emitPlace(up));
    Value top = arith::ShLIOp::create(b, word, upBits);
    Value down = emitConstant(b, i32, 32 - static_cast<int64_t>(bits));
    return isSigned ? arith::ShRSIOp::create(b, top, down).getResult()
                    : arith::ShRUIOp::create(b, top, down).getResult();
  }

  ImplicitLocOpBuilder &b;
  const EncodedParts &parts;
  PartAddresses addresses;
};
} // namespace

/// Whether linalg can take `map` as the indexing map of an operand: it finds
/// the extent of an operand from the ends of the loops, so indices must ascend.
static bool isIndexingMap(AffineMap map) {
  return llvm::all_of(map.getResults(), [](AffineExpr expr) {
    while (expr.getKind() == AffineExprKind::FloorDiv)
      expr = cast<AffineBinaryOpExpr>(expr).getLHS();
    return isa<AffineDimExpr>(expr);
  });
}

/// The levels of a codebook, in front of all linalg ops around `b`.
static Value buildLevels(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
  if (codec->isAffine())
    return nullptr;
  SmallVector<float> levels;
  for (int code = codec->codeMin(); code <= codec->codeMax(); ++code)
    levels.push_back(codec->decode(code));
  OpBuilder::InsertionGuard guard(b);
  Operation *parent = b.getInsertionBlock()->getParentOp();
  while (isa_and_nonnull<linalg::LinalgOp>(parent)) {
    b.setInsertionPoint(parent);
    parent = parent->getParentOp();
  }
  auto type = RankedTensorType::get(static_cast<int64_t>(levels.size()),
                                    b.getF32Type());
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef(levels)));
}

/// The real number that `reader` reads.
static Value emitReal(ImplicitLocOpBuilder &b, ElementReader &reader,
                      Value levels, Type type) {
  Value number;
  if (levels) {
    Value index =
        arith::IndexCastUIOp::create(b, b.getIndexType(), reader.emitCode());
    number = tensor::ExtractOp::create(b, levels, index);
  } else {
    number =
        arith::SIToFPOp::create(b, b.getF32Type(), reader.emitDifference());
  }
  Value real = arith::MulFOp::create(b, reader.emitScale(), number);
  return emitFromF32(b, real, type);
}

/// A generic over all elements of `parts` that yields what `emit` makes of what
/// a reader finds. Reads scales only if asked to.
static Value buildElementwise(
    ImplicitLocOpBuilder &b, const EncodedParts &parts, Type type,
    bool readScales,
    function_ref<Value(ImplicitLocOpBuilder &, ElementReader &)> emit) {
  PartAddresses addresses = getPartAddresses(parts.type);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  // Each part that can be an operand, by its number among the inputs.
  auto add = [&](Value part, AffineMap map, bool straddle) -> int {
    if (!part || straddle || !isIndexingMap(map))
      return -1;
    inputs.push_back(part);
    maps.push_back(map);
    return inputs.size() - 1;
  };
  int codes = add(parts.codes, addresses.codes, addresses.codesStraddle);
  int scales = add(readScales ? parts.scales : Value(), addresses.scales,
                   /*straddle=*/false);
  int zeroPoints =
      add(parts.zeroPoints, addresses.zeroPoints, addresses.zeroPointsStraddle);
  auto body = [&](ImplicitLocOpBuilder &inner,
                  ValueRange elements) -> SmallVector<Value> {
    ElementReader reader(inner, parts);
    auto element = [&](int i) { return i < 0 ? Value() : elements[i]; };
    reader.codeByte = element(codes);
    reader.scaleElement = element(scales);
    reader.zeroPointByte = element(zeroPoints);
    return {emit(inner, reader)};
  };
  return buildParallel(b, parts.sizes, type, inputs, maps, body);
}

Value lowbit::buildDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  Value levels = buildLevels(b, parts);
  Type type = parts.type.getElementType();
  return buildElementwise(
      b, parts, type, /*readScales=*/true,
      [&](ImplicitLocOpBuilder &inner, ElementReader &reader) {
        return emitReal(inner, reader, levels, type);
      });
}

Value lowbit::emitDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts,
                         ValueRange indices) {
  ElementReader reader(b, parts);
  reader.indices = llvm::to_vector(indices);
  return emitReal(b, reader, buildLevels(b, parts),
                  parts.type.getElementType());
}

Value lowbit::buildIntegers(ImplicitLocOpBuilder &b,
                            const EncodedParts &parts) {
  return buildElementwise(b, parts, b.getI32Type(), /*readScales=*/false,
                          [](ImplicitLocOpBuilder &, ElementReader &reader) {
                            return reader.emitDifference();
                          });
}

Value lowbit::buildScales(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  int64_t rank = parts.type.getRank();
  ScaleAttr scale = parts.getEncoding().getScale();
  if (getPartAddresses(parts.type).scales == getScaleMap(scale, rank))
    return parts.scales;
  SmallVector<int64_t> blocks = scale.getBlockShape(rank);
  SmallVector<OpFoldResult> counts;
  for (auto [block, size] : llvm::zip_equal(blocks, parts.sizes))
    if (block != 0)
      counts.push_back(
          emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {size}));
  return buildParallel(
      b, counts, b.getF32Type(), {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        // Any element of a block tells its scale; take the first.
        ElementReader reader(inner, parts);
        int64_t axis = 0;
        for (int64_t block : blocks) {
          Value first = arith::ConstantIndexOp::create(inner, block);
          if (block != 0)
            first = arith::MulIOp::create(
                inner, linalg::IndexOp::create(inner, axis++), first);
          reader.indices.push_back(first);
        }
        return {reader.emitScale()};
      });
}

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
