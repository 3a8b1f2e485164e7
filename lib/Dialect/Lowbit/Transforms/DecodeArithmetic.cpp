//===- DecodeArithmetic.cpp - From stored parts to numbers, as linalg -----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The places of an element's code, scale, zero point and offset are affine
// functions of its indices. Where linalg can take such a function as an
// indexing map the part is an operand of the generic, so that loops stay plain;
// otherwise the body computes the place and reads it with tensor.extract.
// Nested scales are always read so: their place is found by numbering the
// scales.
//
//===----------------------------------------------------------------------===//

#include "DecodeArithmetic.h"

#include "LinalgBuilding.h"
#include "ScaleArithmetic.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace lowbit;
using namespace mlir;

namespace {
/// What the bodies that decode read besides the parts.
struct DecodeTables {
  /// The value of each code, if the codec is a table.
  Value levels;
  ScaleCodec scales;

  /// For each byte of a bitmap the number of values kept before it.
  Value ranks;

  DecodeTables(ImplicitLocOpBuilder &b, const EncodedParts &parts);
};

/// What one element is decoded from: the parts that are operands of the generic
/// as their elements, the others to be read at `indices`.
class ElementReader {
public:
  ElementReader(ImplicitLocOpBuilder &b, const EncodedParts &parts)
      : b(b), parts(parts), scale(parts.getEncoding().getScale()),
        addresses(getPartAddresses(parts.type)) {}

  numerics::PartArray<Value> elements;
  /// The indices of the element; empty if they are those of the generic.
  SmallVector<Value> indices;

  /// Codes and zero points in i32, scales and offsets in f32.
  Value emitCode() {
    // Of a sparse tensor only where findKept found it.
    numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
    return emitInteger(PartKind::Codes, addresses.codes, addresses.codeShift,
                       addresses.codesStraddle, codec->bits(),
                       codec->isSigned(), codeIndices);
  }
  /// Whether the element of a sparse tensor is kept, an i1; finds its code.
  Value findKept(const DecodeTables &tables) {
    if (auto pattern = dyn_cast<NMAttr>(parts.getEncoding().getSparsity()))
      return findInPattern(pattern);
    return findInBitmap(tables.ranks);
  }
  Value emitZeroPoint() {
    return emitInteger(PartKind::ZeroPoints, addresses.zeroPoints,
                       addresses.zeroPointShift, addresses.zeroPointsStraddle,
                       scale.getZeroPointBits(), scale.getZeroPointSigned());
  }
  Value emitScale(const ScaleCodec &codec) {
    Value number =
        codec.emitLoad(b, readOne(PartKind::Scales, addresses.scales));
    if (!scale.isNested())
      return number;
    return arith::MulFOp::create(b, number, emitNestedScale());
  }
  Value emitOffset() {
    return emitToF32(b, readOne(PartKind::Offsets, addresses.scales));
  }
  Value emitDifference() {
    Value code = emitCode();
    if (!parts[PartKind::ZeroPoints])
      return code;
    return arith::SubIOp::create(b, code, emitZeroPoint());
  }
  /// decode(code) - zero point in f32.
  Value emitNumber(const DecodeTables &tables) {
    if (tables.levels)
      return emitLookUp(b, tables.levels, emitCode());
    numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
    if (codec->isAffine())
      return arith::SIToFPOp::create(b, b.getF32Type(), emitDifference());
    // (C62) The code is the number's bits.
    Type type = codec->name() == "f16" ? b.getF16Type() : b.getBF16Type();
    Value bits = arith::TruncIOp::create(b, b.getI16Type(), emitCode());
    return emitToF32(b, arith::BitcastOp::create(b, type, bits));
  }

private:
  Value findInPattern(NMAttr pattern);
  Value findInBitmap(Value ranks);

  Value emitIndexConstant(int64_t value) {
    return arith::ConstantIndexOp::create(b, value);
  }
  Value emitSizeOf(int64_t dim) {
    return getValueOrCreateConstantIndexOp(b, b.getLoc(), parts.sizes[dim]);
  }

  ValueRange getIndices() {
    if (indices.empty())
      for (int64_t dim = 0; dim < parts.type.getRank(); ++dim)
        indices.push_back(linalg::IndexOp::create(b, dim));
    return indices;
  }

  /// `expr` of indices, those of the element if `of` is empty.
  Value emitPlace(AffineExpr expr, ValueRange of = {}) {
    // Constants need no index ops in front of them.
    if (isa<AffineConstantExpr>(expr))
      return emitIndex(b, expr, {});
    return emitIndex(b, expr, of.empty() ? getIndices() : of);
  }

  /// The element of `part` at `map`, and where bytes share codes the one after
  /// it, too.
  SmallVector<Value, 2> read(Value part, AffineMap map, bool straddle = false,
                             ValueRange of = {}) {
    SmallVector<Value> place;
    for (AffineExpr expr : map.getResults())
      place.push_back(emitPlace(expr, of));
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

  Value readOne(PartKind kind, AffineMap map) {
    return elements[kind] ? elements[kind] : read(parts[kind], map).front();
  }

  /// The scale that multiplies that of the element.
  Value emitNestedScale() {
    SmallVector<Value> place;
    for (AffineExpr expr : addresses.scales.getResults())
      place.push_back(emitPlace(expr));
    return lowbit::emitNestedScale(b, scale, parts[PartKind::NestedScales],
                                   parts[PartKind::Scales], place);
  }

  /// The `bits`-bit integer at a place, in i32.
  Value emitInteger(PartKind kind, AffineMap map, AffineExpr shift,
                    bool straddle, unsigned bits, bool isSigned,
                    ValueRange of = {}) {
    SmallVector<Value, 2> bytes = {elements[kind]};
    if (!elements[kind])
      bytes = read(parts[kind], map, straddle, of);
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
    Value upBits = arith::IndexCastOp::create(b, i32, emitPlace(up, of));
    Value top = arith::ShLIOp::create(b, word, upBits);
    Value down = emitConstant(b, i32, 32 - static_cast<int64_t>(bits));
    return isSigned ? arith::ShRSIOp::create(b, top, down).getResult()
                    : arith::ShRUIOp::create(b, top, down).getResult();
  }

  ImplicitLocOpBuilder &b;
  const EncodedParts &parts;
  ScaleAttr scale;
  PartAddresses addresses;
  /// Of a sparse tensor, the place among the codes; else empty.
  SmallVector<Value> codeIndices;
};
} // namespace

/// Looks for the element's place among those of its run.
Value ElementReader::findInPattern(NMAttr pattern) {
  SmallVector<Value> element(getIndices());
  unsigned axis = pattern.getAxis();
  Value run = emitIndexConstant(pattern.getRun());
  Value number = arith::DivUIOp::create(b, element[axis], run);
  Value place = arith::RemUIOp::create(b, element[axis], run);
  // The last run may be short, and keep fewer values.
  Value begin = arith::MulIOp::create(b, number, run);
  Value rest = arith::SubIOp::create(b, emitSizeOf(axis), begin);
  Value length = arith::MinUIOp::create(b, rest, run);
  Value last = arith::SubIOp::create(b, length, emitIndexConstant(1));
  Value first =
      arith::MulIOp::create(b, number, emitIndexConstant(pattern.getKeep()));

  unsigned bits = pattern.getSparsity().positionBits();
  auto address = PackedAddress::get(b.getContext(), parts.type.getRank(), bits);
  Value found, slot = first;
  for (int64_t i = 0; i < pattern.getKeep(); ++i) {
    Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                         emitIndexConstant(i), length);
    Value next = arith::AddIOp::create(b, first, emitIndexConstant(i));
    next = arith::SelectOp::create(b, exists, next, first);
    codeIndices = element;
    codeIndices[axis] = next;
    Value position = emitInteger(PartKind::Positions, address.map,
                                 address.shift, address.straddles, bits,
                                 /*isSigned=*/false, codeIndices);
    position = arith::IndexCastUIOp::create(b, b.getIndexType(), position);
    // Places behind the end of the run stand for its last value.
    position = arith::MinUIOp::create(b, position, last);
    Value isThis = arith::AndIOp::create(
        b, exists,
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, position, place));
    slot = arith::SelectOp::create(b, isThis, next, slot);
    found = found ? arith::OrIOp::create(b, found, isThis).getResult() : isThis;
  }
  codeIndices = element;
  codeIndices[axis] = slot;
  return found;
}

/// The number of an element's code is that of the bits before its own.
Value ElementReader::findInBitmap(Value ranks) {
  Type i32 = b.getI32Type();
  auto address = PackedAddress::get(b.getContext(), parts.type.getRank(), 1);
  auto type = cast<RankedTensorType>(parts[PartKind::Bitmap].getType());
  Value byteNumber = emitIndexConstant(0);
  SmallVector<Value> place;
  for (auto [expr, size] :
       llvm::zip_equal(address.map.getResults(), type.getShape())) {
    place.push_back(emitPlace(expr));
    byteNumber = arith::AddIOp::create(
        b, arith::MulIOp::create(b, byteNumber, emitIndexConstant(size)),
        place.back());
  }
  Value byte = arith::ExtUIOp::create(
      b, i32, tensor::ExtractOp::create(b, parts[PartKind::Bitmap], place));
  Value one = emitConstant(b, i32, 1);
  Value shift = arith::IndexCastOp::create(b, i32, emitPlace(address.shift));
  Value bit = arith::ShLIOp::create(b, one, shift);
  Value before =
      arith::AndIOp::create(b, byte, arith::SubIOp::create(b, bit, one));
  Value number =
      arith::AddIOp::create(b, tensor::ExtractOp::create(b, ranks, byteNumber),
                            math::CtPopOp::create(b, before));
  number = arith::IndexCastUIOp::create(b, b.getIndexType(), number);
  int64_t kept = cast<BitmapAttr>(parts.getEncoding().getSparsity()).getKept();
  codeIndices = {
      arith::MinUIOp::create(b, number, emitIndexConstant(kept - 1))};
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                               arith::AndIOp::create(b, byte, bit),
                               emitConstant(b, i32, 0));
}

/// For each byte of a bitmap the number of bits that are set before it, in
/// front of all linalg ops around `b`.
static Value buildRanks(ImplicitLocOpBuilder &b, Value bitmap) {
  OpBuilder::InsertionGuard guard(b);
  setInsertionPointOutside(b);
  auto type = cast<RankedTensorType>(bitmap.getType());
  Type i32 = b.getI32Type();
  Value none = tensor::EmptyOp::create(b, {type.getNumElements()}, i32);
  Value zero = arith::ConstantIndexOp::create(b, 0);
  Value one = arith::ConstantIndexOp::create(b, 1);
  Value end = arith::ConstantIndexOp::create(b, type.getNumElements());
  auto loop = scf::ForOp::create(
      b, zero, end, one, ValueRange{emitConstant(b, i32, 0), none},
      [&](OpBuilder &builder, Location loc, Value number, ValueRange carried) {
        ImplicitLocOpBuilder inner(loc, builder);
        SmallVector<Value> place(type.getRank());
        Value rest = number;
        for (size_t axis = place.size(); axis-- > 0;) {
          Value size =
              arith::ConstantIndexOp::create(inner, type.getDimSize(axis));
          place[axis] = arith::RemUIOp::create(inner, rest, size);
          rest = arith::DivUIOp::create(inner, rest, size);
        }
        Value byte = tensor::ExtractOp::create(inner, bitmap, place);
        Value bits = math::CtPopOp::create(
            inner, arith::ExtUIOp::create(inner, i32, byte));
        Value ranks =
            tensor::InsertOp::create(inner, carried[0], carried[1], number);
        scf::YieldOp::create(
            inner,
            ValueRange{arith::AddIOp::create(inner, carried[0], bits), ranks});
      });
  return loop.getResult(1);
}

DecodeTables::DecodeTables(ImplicitLocOpBuilder &b, const EncodedParts &parts)
    : scales(b, parts.getEncoding().getScale().getNumericType()) {
  numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
  if (const numerics::TableCodec *table = getTableCodec(*codec))
    levels = buildTable(b, ArrayRef<float>(table->levels()));
  if (parts[PartKind::Bitmap])
    ranks = buildRanks(b, parts[PartKind::Bitmap]);
}

Value lowbit::emitNestedScale(ImplicitLocOpBuilder &b, ScaleAttr scale,
                              Value nested, Value scales, ValueRange place) {
  int64_t block = scale.getNestedBlock();
  if (block == 0)
    return emitToF32(b, tensor::ExtractOp::create(b, nested, ValueRange()));
  // Scales are numbered in row-major order.
  Value number;
  for (auto [axis, index] : llvm::enumerate(place)) {
    if (!number) {
      number = index;
      continue;
    }
    Value size = tensor::DimOp::create(b, scales, axis);
    number = arith::MulIOp::create(b, number, size);
    number = arith::AddIOp::create(b, number, index);
  }
  if (!number)
    number = arith::ConstantIndexOp::create(b, 0);
  Value index = arith::DivUIOp::create(
      b, number, arith::ConstantIndexOp::create(b, block));
  return emitToF32(b, tensor::ExtractOp::create(b, nested, index));
}

/// Whether linalg can take `map` as the indexing map of an operand: it finds
/// the extent of an operand from the ends of the loops, so indices must ascend.
static bool isIndexingMap(AffineMap map) {
  return llvm::all_of(map.getResults(), [](AffineExpr expr) {
    while (expr.getKind() == AffineExprKind::FloorDiv)
      expr = cast<AffineBinaryOpExpr>(expr).getLHS();
    return isa<AffineDimExpr>(expr);
  });
}

/// The real number that `reader` reads.
static Value emitReal(ImplicitLocOpBuilder &b, ElementReader &reader,
                      const EncodedParts &parts, const DecodeTables &tables) {
  SparsityAttrInterface sparsity = parts.getEncoding().getSparsity();
  Value zero = emitConstant(b, b.getF32Type(), 0);
  if (auto bitmap = dyn_cast<BitmapAttr>(sparsity))
    if (bitmap.getKept() == 0)
      return emitFromF32(b, zero, parts.type.getElementType());
  Value isKept = isa<DenseAttr>(sparsity) ? Value() : reader.findKept(tables);
  Value real = reader.emitNumber(tables);
  if (parts[PartKind::Scales])
    real = arith::MulFOp::create(b, reader.emitScale(tables.scales), real);
  if (parts[PartKind::Offsets])
    real = arith::AddFOp::create(b, real, reader.emitOffset());
  if (isKept)
    real = arith::SelectOp::create(b, isKept, real, zero);
  return emitFromF32(b, real, parts.type.getElementType());
}

/// A generic over all elements of `parts` that yields what `emit` makes of what
/// a reader finds. `emit` reads parts of `kinds` alone.
static Value buildElementwise(
    ImplicitLocOpBuilder &b, const EncodedParts &parts, Type type,
    ArrayRef<PartKind> kinds,
    function_ref<Value(ImplicitLocOpBuilder &, ElementReader &)> emit) {
  PartAddresses addresses = getPartAddresses(parts.type);
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  // Those parts that can be operands.
  SmallVector<PartKind> operands;
  auto add = [&](PartKind kind, AffineMap map, bool straddle) {
    if (!parts[kind] || straddle || !isIndexingMap(map) ||
        !llvm::is_contained(kinds, kind))
      return;
    inputs.push_back(parts[kind]);
    maps.push_back(map);
    operands.push_back(kind);
  };
  if (isa<DenseAttr>(parts.getEncoding().getSparsity()))
    add(PartKind::Codes, addresses.codes, addresses.codesStraddle);
  add(PartKind::Scales, addresses.scales, /*straddle=*/false);
  add(PartKind::ZeroPoints, addresses.zeroPoints, addresses.zeroPointsStraddle);
  add(PartKind::Offsets, addresses.scales, /*straddle=*/false);
  auto body = [&](ImplicitLocOpBuilder &inner,
                  ValueRange elements) -> SmallVector<Value> {
    ElementReader reader(inner, parts);
    for (auto [kind, element] : llvm::zip(operands, elements))
      reader.elements[kind] = element;
    return {emit(inner, reader)};
  };
  return buildParallel(b, parts.sizes, type, inputs, maps, body);
}

Value lowbit::buildDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  DecodeTables tables(b, parts);
  return buildElementwise(
      b, parts, parts.type.getElementType(), numerics::allPartKinds,
      [&](ImplicitLocOpBuilder &inner, ElementReader &reader) {
        return emitReal(inner, reader, parts, tables);
      });
}

Value lowbit::emitDecode(ImplicitLocOpBuilder &b, const EncodedParts &parts,
                         ValueRange indices) {
  ElementReader reader(b, parts);
  reader.indices = llvm::to_vector(indices);
  DecodeTables tables(b, parts);
  return emitReal(b, reader, parts, tables);
}

Value lowbit::buildIntegers(ImplicitLocOpBuilder &b,
                            const EncodedParts &parts) {
  return buildElementwise(b, parts, b.getI32Type(),
                          {PartKind::Codes, PartKind::ZeroPoints},
                          [](ImplicitLocOpBuilder &, ElementReader &reader) {
                            return reader.emitDifference();
                          });
}

Value lowbit::buildScales(ImplicitLocOpBuilder &b, const EncodedParts &parts) {
  int64_t rank = parts.type.getRank();
  ScaleAttr scale = parts.getEncoding().getScale();
  if (scale.isPlain() &&
      getPartAddresses(parts.type).scales == getScaleMap(scale, rank))
    return parts[PartKind::Scales];
  ScaleCodec codec(b, scale.getNumericType());
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
        return {reader.emitScale(codec)};
      });
}
