//===- ElementReader.cpp - One element of an encoded tensor ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ElementReader.h"

#include "DecodeArithmetic.h"
#include "LinalgBuilding.h"
#include "PanelFields.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace lowbit;
using namespace mlir;

Value ElementReader::emitCode() {
  numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
  if (unpackedCode)
    return emitExtended(unpackedCode, codec->isSigned());
  if (isa<PanelsAttr>(parts.getEncoding().getLayout()) && !addresses.codes.map)
    return emitFields(codec->bits(), codec->isSigned());
  if (addresses.codes.joinsAxes)
    return emitCodeInRows(
        join(codeIndices.empty() ? getIndices() : ValueRange(codeIndices),
             getStoredSizes()));
  if (std::optional<SplitRows> split = SplitRows::get(parts.type))
    return emitSplitCode(*split,
                         codeIndices.empty() ? llvm::to_vector(getIndices())
                                             : codeIndices,
                         codec->bits(), codec->isSigned());
  return emitInteger(PartKind::Codes, addresses.codes, codec->bits(),
                     codec->isSigned(), codeIndices);
}

Value ElementReader::emitCodeInRows(ValueRange place) {
  numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
  if (std::optional<SplitRows> split = SplitRows::get(parts.type))
    return emitSplitCode(*split, llvm::to_vector(place), codec->bits(),
                         codec->isSigned());
  return emitInteger(PartKind::Codes, addresses.codes, codec->bits(),
                     codec->isSigned(), place);
}

Value ElementReader::findKept(const DecodeTables &tables) {
  if (auto pattern = dyn_cast<NMAttr>(parts.getEncoding().getSparsity()))
    return findInPattern(pattern);
  return findInBitmap(tables.ranks);
}

Value ElementReader::emitZeroPoint() {
  if (addresses.zeroPoints.joinsAxes) {
    SmallVector<Value> place;
    for (AffineExpr expr : addresses.scales.getResults())
      place.push_back(emitPlace(expr));
    SmallVector<OpFoldResult> counts =
        tensor::getMixedSizes(b, b.getLoc(), parts[PartKind::Scales]);
    return emitInteger(PartKind::ZeroPoints, addresses.zeroPoints,
                       scale.getZeroPointBits(), scale.getZeroPointSigned(),
                       join(place, counts));
  }
  return emitInteger(PartKind::ZeroPoints, addresses.zeroPoints,
                     scale.getZeroPointBits(), scale.getZeroPointSigned());
}

Value ElementReader::emitScale(const ScaleCodec &codec) {
  Value number = codec.emitLoad(b, readOne(PartKind::Scales, addresses.scales));
  if (!scale.isNested())
    return number;
  return arith::MulFOp::create(b, number, emitNestedScale());
}

Value ElementReader::emitOffset() {
  return emitToF32(b, readOne(PartKind::Offsets, addresses.scales));
}

Value ElementReader::emitDifference() {
  Value code = emitCode();
  if (!parts[PartKind::ZeroPoints])
    return code;
  return arith::SubIOp::create(b, code, emitZeroPoint());
}

Value ElementReader::emitNumber(const DecodeTables &tables) {
  if (KMeansAttr learned = parts.getEncoding().getLearned())
    return emitLevel(learned);
  if (tables.levels)
    return emitLookUp(b, tables.levels, emitCode());
  numerics::CodecRef codec = parts.getEncoding().getCodec().getCodec();
  if (codec->isAffine())
    return arith::SIToFPOp::create(b, b.getF32Type(), emitDifference());
  // (C62) The code is the number's bits.
  if (codec->bits() == 32)
    return arith::BitcastOp::create(b, b.getF32Type(), emitCode());
  Type type = codec->name() == "f16" ? b.getF16Type() : b.getBF16Type();
  Value bits = arith::TruncIOp::create(b, b.getI16Type(), emitCode());
  return emitToF32(b, arith::BitcastOp::create(b, type, bits));
}

Value ElementReader::emitIndexConstant(int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value ElementReader::emitSizeOf(int64_t dim) {
  return getValueOrCreateConstantIndexOp(b, b.getLoc(), parts.sizes[dim]);
}

ValueRange ElementReader::getIndices() {
  if (indices.empty())
    for (int64_t dim = 0; dim < parts.type.getRank(); ++dim)
      indices.push_back(linalg::IndexOp::create(b, dim));
  return indices;
}

SmallVector<Value> ElementReader::join(ValueRange place,
                                       ArrayRef<OpFoldResult> sizes) {
  Value number = place[1];
  for (auto [index, size] :
       llvm::zip(place.drop_front(2), sizes.drop_front(2))) {
    Value whole = getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
    number = arith::MulIOp::create(b, number, whole);
    number = arith::AddIOp::create(b, number, index);
  }
  return {place.front(), number};
}

SmallVector<OpFoldResult> ElementReader::getStoredSizes() {
  SmallVector<OpFoldResult> sizes = parts.sizes;
  auto pattern = dyn_cast<NMAttr>(parts.getEncoding().getSparsity());
  if (!pattern)
    return sizes;
  OpFoldResult &size = sizes[pattern.getAxis()];
  if (std::optional<int64_t> known = getConstantIntValue(size)) {
    size = b.getIndexAttr(pattern.getSparsity().keptBlock(*known));
    return sizes;
  }
  AffineExpr d0 = b.getAffineDimExpr(0);
  int64_t run = pattern.getRun(), keep = pattern.getKeep();
  Value whole = emitIndex(b, d0.floorDiv(run) * keep, cast<Value>(size));
  Value rest = emitIndex(b, d0 % run, cast<Value>(size));
  size = arith::AddIOp::create(
             b, whole, cast<Value>(emitMinimum(b, keep, OpFoldResult(rest))))
             .getResult();
  return sizes;
}

Value ElementReader::emitPlace(AffineExpr expr, ValueRange of) {
  // Constants need no index ops in front of them.
  if (isa<AffineConstantExpr>(expr))
    return emitIndex(b, expr, {});
  return emitIndex(b, expr, of.empty() ? getIndices() : of);
}

SmallVector<Value, 2> ElementReader::read(Value part, AffineMap map,
                                          bool straddle, ValueRange of) {
  SmallVector<Value> place;
  for (AffineExpr expr : map.getResults())
    place.push_back(emitPlace(expr, of));
  SmallVector<Value, 2> elements = {tensor::ExtractOp::create(b, part, place)};
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

Value ElementReader::readOne(PartKind kind, AffineMap map) {
  return elements[kind] ? elements[kind] : read(parts[kind], map).front();
}

Value ElementReader::emitNestedScale() {
  // Scales are numbered as in rows, wherever they lie.
  int64_t rank = parts.type.getRank();
  SmallVector<Value> place;
  for (AffineExpr expr : getScaleMap(scale, rank).getResults())
    place.push_back(emitPlace(expr));
  SmallVector<OpFoldResult> counts;
  if (isa<RowsAttr>(parts.getEncoding().getLayout())) {
    counts = tensor::getMixedSizes(b, b.getLoc(), parts[PartKind::Scales]);
  } else {
    for (auto [block, size] :
         llvm::zip_equal(scale.getBlockShape(rank), parts.sizes))
      if (block != 0)
        counts.push_back(
            emitSize(b, b.getAffineDimExpr(0).ceilDiv(block), {size}));
  }
  return lowbit::emitNestedScale(b, scale, parts[PartKind::NestedScales],
                                 counts, place);
}

Value ElementReader::emitInteger(PartKind kind, const PackedAddress &address,
                                 unsigned bits, bool isSigned, ValueRange of) {
  if (bits == 32)
    return emitWord(parts[kind], address.map, of);
  SmallVector<Value, 2> bytes = {elements[kind]};
  if (!elements[kind])
    bytes = read(parts[kind], address.map, address.straddles, of);
  if (bits == 8)
    return emitExtended(bytes[0], isSigned);
  Type i32 = b.getI32Type();
  Value word = arith::ExtUIOp::create(b, i32, bytes[0]);
  if (address.straddles) {
    Value other = arith::ExtUIOp::create(b, i32, bytes[1]);
    Value &high = address.highFirst ? word : other;
    high = arith::ShLIOp::create(b, high, emitConstant(b, i32, 8));
    word = arith::OrIOp::create(b, word, other);
  }
  AffineExpr up =
      b.getAffineConstantExpr(32 - static_cast<int64_t>(bits)) - address.shift;
  return emitField(word, emitPlace(up, of), bits, isSigned);
}

/// The four bytes from `map` on.
Value ElementReader::emitWord(Value part, AffineMap map, ValueRange of) {
  SmallVector<Value> place;
  for (AffineExpr expr : map.getResults())
    place.push_back(emitPlace(expr, of));
  Value first = place.back(), word;
  for (int64_t byte = 0; byte < 4; ++byte) {
    place.back() = arith::AddIOp::create(b, first, emitIndexConstant(byte));
    Value bits = emitExtended(tensor::ExtractOp::create(b, part, place),
                              /*isSigned=*/false);
    bits = arith::ShLIOp::create(b, bits,
                                 emitConstant(b, b.getI32Type(), 8 * byte));
    word = word ? arith::OrIOp::create(b, word, bits).getResult() : bits;
  }
  return word;
}

Value ElementReader::emitExtended(Value byte, bool isSigned) {
  Type i32 = b.getI32Type();
  return isSigned ? arith::ExtSIOp::create(b, i32, byte).getResult()
                  : arith::ExtUIOp::create(b, i32, byte).getResult();
}

Value ElementReader::emitField(Value word, Value up, unsigned bits,
                               bool isSigned) {
  // To the top of the word, which drops what is above the integer, and down
  // again, which drops what is below it and extends its sign.
  Type i32 = b.getI32Type();
  Value upBits = arith::IndexCastOp::create(b, i32, up);
  Value top = arith::ShLIOp::create(b, word, upBits);
  Value down = emitConstant(b, i32, 32 - static_cast<int64_t>(bits));
  return isSigned ? arith::ShRSIOp::create(b, top, down).getResult()
                  : arith::ShRUIOp::create(b, top, down).getResult();
}

/// (C200) The code that is cut into fields.
Value ElementReader::emitFields(unsigned bits, bool isSigned) {
  Value word;
  for (const FieldAddress &place : getFieldAddresses(parts.type)) {
    auto [shift, width] = place.field;
    Value part = emitInteger(PartKind::Codes, place.address, width,
                             /*isSigned=*/false);
    if (shift != 0)
      part = arith::ShLIOp::create(b, part,
                                   emitConstant(b, b.getI32Type(), shift));
    word = word ? arith::OrIOp::create(b, word, part).getResult() : part;
  }
  return emitField(word, emitIndexConstant(32 - int64_t(bits)), bits, isSigned);
}

/// The level of the element's code in its book.
Value ElementReader::emitLevel(KMeansAttr learned) {
  SmallVector<Value> place;
  AffineMap map = getScaleMap(learned.getBooks(), parts.type.getRank());
  for (AffineExpr expr : map.getResults())
    place.push_back(emitPlace(expr));
  Value code = arith::IndexCastUIOp::create(b, b.getIndexType(), emitCode());
  // (C57) Codes behind the last level stand for nothing.
  bool isFull = learned.getLevels() == int64_t(1)
                                           << parts.getEncoding().getBits();
  Value last = emitIndexConstant(learned.getLevels() - 1);
  place.push_back(isFull ? code
                         : arith::MinUIOp::create(b, code, last).getResult());
  Value level = emitToF32(
      b, tensor::ExtractOp::create(b, parts[PartKind::Codebook], place));
  if (isFull)
    return level;
  Value isLevel =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ule, code, last);
  Value none =
      emitConstant(b, b.getF32Type(), std::numeric_limits<double>::quiet_NaN());
  return arith::SelectOp::create(b, isLevel, level, none);
}

/// (C73) How many bytes the last block of a row has depends on the row.
Value ElementReader::emitSplitCode(SplitRows split, SmallVector<Value> place,
                                   unsigned bits, bool isSigned) {
  Value block = emitIndexConstant(split.block);
  Value number = arith::DivUIOp::create(b, place.back(), block);
  Value inBlock = arith::RemUIOp::create(b, place.back(), block);
  Value whole = emitIndexConstant(split.bytes);
  Value begin = arith::MulIOp::create(b, number, whole);
  Value rowBytes = tensor::DimOp::create(
      b, parts[PartKind::Codes], static_cast<int64_t>(place.size()) - 1);
  Value bytes = arith::MinUIOp::create(
      b, arith::SubIOp::create(b, rowBytes, begin), whole);
  place.back() = arith::AddIOp::create(
      b, begin, arith::RemUIOp::create(b, inBlock, bytes));
  Value byte = tensor::ExtractOp::create(b, parts[PartKind::Codes], place);
  if (bits == 8)
    return emitExtended(byte, isSigned);
  Value shift = arith::MulIOp::create(
      b, arith::DivUIOp::create(b, inBlock, bytes), emitIndexConstant(bits));
  Value up =
      arith::SubIOp::create(b, emitIndexConstant(32 - int64_t(bits)), shift);
  return emitField(arith::ExtUIOp::create(b, b.getI32Type(), byte), up, bits,
                   isSigned);
}

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
  auto address =
      PackedAddress::get(RowsAttr::get(b.getContext()),
                         pattern.getStoredShape(parts.type.getShape()), bits);
  SmallVector<OpFoldResult> sizes;
  if (address.joinsAxes)
    sizes = getStoredSizes();
  Value found, slot = first;
  for (int64_t i = 0; i < pattern.getKeep(); ++i) {
    Value exists = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                         emitIndexConstant(i), length);
    Value next = arith::AddIOp::create(b, first, emitIndexConstant(i));
    next = arith::SelectOp::create(b, exists, next, first);
    codeIndices = element;
    codeIndices[axis] = next;
    Value position =
        emitInteger(PartKind::Positions, address, bits, /*isSigned=*/false,
                    address.joinsAxes ? join(codeIndices, sizes) : codeIndices);
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
  auto address = PackedAddress::get(RowsAttr::get(b.getContext()),
                                    parts.type.getShape(), 1);
  SmallVector<Value> element(getIndices());
  if (address.joinsAxes)
    element = join(element, parts.sizes);
  auto type = cast<RankedTensorType>(parts[PartKind::Bitmap].getType());
  Value byteNumber = emitIndexConstant(0);
  SmallVector<Value> place;
  for (auto [expr, size] :
       llvm::zip_equal(address.map.getResults(), type.getShape())) {
    place.push_back(emitPlace(expr, element));
    byteNumber = arith::AddIOp::create(
        b, arith::MulIOp::create(b, byteNumber, emitIndexConstant(size)),
        place.back());
  }
  Value byte = arith::ExtUIOp::create(
      b, i32, tensor::ExtractOp::create(b, parts[PartKind::Bitmap], place));
  Value one = emitConstant(b, i32, 1);
  Value shift =
      arith::IndexCastOp::create(b, i32, emitPlace(address.shift, element));
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
                              Value nested, ArrayRef<OpFoldResult> counts,
                              ValueRange place) {
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
    Value size = getValueOrCreateConstantIndexOp(b, b.getLoc(), counts[axis]);
    number = arith::MulIOp::create(b, number, size);
    number = arith::AddIOp::create(b, number, index);
  }
  if (!number)
    number = arith::ConstantIndexOp::create(b, 0);
  Value index = arith::DivUIOp::create(
      b, number, arith::ConstantIndexOp::create(b, block));
  return emitToF32(b, tensor::ExtractOp::create(b, nested, index));
}
