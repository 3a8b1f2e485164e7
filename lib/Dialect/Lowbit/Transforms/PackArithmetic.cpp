//===- PackArithmetic.cpp - From codes to their stored form, as linalg ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PackArithmetic.h"

#include "LinalgBuilding.h"
#include "PanelFields.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace mlir;

static SmallVector<Value> emitIndices(ImplicitLocOpBuilder &b, int64_t rank) {
  SmallVector<Value> indices;
  for (int64_t dim = 0; dim < rank; ++dim)
    indices.push_back(linalg::IndexOp::create(b, dim));
  return indices;
}

/// An element of a tensor at places that may lie behind its ends, where it is
/// zero. Places along axes without a size in `sizes` are known to be inside.
static Value emitBoundedExtract(ImplicitLocOpBuilder &b, Value tensor,
                                ArrayRef<Value> places,
                                ArrayRef<OpFoldResult> sizes) {
  Value inside;
  Value one = arith::ConstantIndexOp::create(b, 1);
  SmallVector<Value> clamped;
  for (auto [place, size] : llvm::zip_equal(places, sizes)) {
    if (!size) {
      clamped.push_back(place);
      continue;
    }
    Value bound = getValueOrCreateConstantIndexOp(b, b.getLoc(), size);
    Value below =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ult, place, bound);
    inside = inside ? arith::AndIOp::create(b, inside, below) : below;
    Value last = arith::SubIOp::create(b, bound, one);
    clamped.push_back(arith::MinUIOp::create(b, place, last));
  }
  Value element = tensor::ExtractOp::create(b, tensor, clamped);
  if (!inside)
    return element;
  Value zero = emitConstant(b, element.getType(), 0);
  return arith::SelectOp::create(b, inside, element, zero);
}

/// The low `bits` bits of an i8 in i32.
static Value emitMasked(ImplicitLocOpBuilder &b, Value code, unsigned bits) {
  Value wide = arith::ExtUIOp::create(b, b.getI32Type(), code);
  return arith::AndIOp::create(
      b, wide, emitConstant(b, b.getI32Type(), (1 << bits) - 1));
}

/// Byte number `byte` of `code`, the lowest being the first.
static Value emitByte(ImplicitLocOpBuilder &b, Value code, AffineExpr byte,
                      ValueRange indices) {
  Value shift = arith::IndexCastOp::create(b, code.getType(),
                                           emitIndex(b, byte * 8, indices));
  return arith::TruncIOp::create(b, b.getI8Type(),
                                 arith::ShRUIOp::create(b, code, shift));
}

/// The bytes of integers of 16 or 32 bits, the low one first, along the last
/// axis. A scalar gets an axis.
static Value splitBytes(ImplicitLocOpBuilder &b, Value plain, unsigned bits,
                        ArrayRef<OpFoldResult> sizes) {
  int64_t count = bits / 8;
  SmallVector<OpFoldResult> byteSizes = llvm::to_vector(sizes);
  if (sizes.empty())
    byteSizes.push_back(b.getIndexAttr(count));
  else
    byteSizes.back() =
        emitSize(b, b.getAffineDimExpr(0) * count, {sizes.back()});
  int64_t last = byteSizes.size() - 1;
  AffineExpr byte = b.getAffineDimExpr(last);
  return buildParallel(
      b, byteSizes, b.getI8Type(), {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        SmallVector<Value> indices = emitIndices(inner, last + 1);
        SmallVector<Value> place(ArrayRef<Value>(indices).drop_back());
        if (!sizes.empty())
          place.push_back(emitIndex(inner, byte.floorDiv(count), indices));
        Value code = tensor::ExtractOp::create(inner, plain, place);
        return {emitByte(inner, code, byte % count, indices)};
      });
}

/// (C73) Packs rows in blocks of bytes, of which the first codes of a block
/// take the lowest bits.
static Value packSplitRows(ImplicitLocOpBuilder &b, Value plain, unsigned bits,
                           SplitRows split, ArrayRef<OpFoldResult> sizes) {
  SmallVector<OpFoldResult> packedSizes = llvm::to_vector(sizes);
  OpFoldResult rowBytes =
      emitSize(b, (b.getAffineDimExpr(0) * bits).ceilDiv(8), {sizes.back()});
  packedSizes.back() = rowBytes;
  SmallVector<OpFoldResult> bounds(sizes.size());
  bounds.back() = sizes.back();
  Value whole = arith::ConstantIndexOp::create(b, split.bytes);
  Value block = arith::ConstantIndexOp::create(b, split.block);
  Value length = getValueOrCreateConstantIndexOp(b, b.getLoc(), rowBytes);
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  return buildParallel(
      b, packedSizes, i8, {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        SmallVector<Value> indices = emitIndices(inner, sizes.size());
        Value number = arith::DivUIOp::create(inner, indices.back(), whole);
        Value inBlock = arith::RemUIOp::create(inner, indices.back(), whole);
        Value begin = arith::MulIOp::create(inner, number, whole);
        // A last block has the bytes that it needs.
        Value bytes = arith::MinUIOp::create(
            inner, arith::SubIOp::create(inner, length, begin), whole);
        Value code = arith::AddIOp::create(
            inner, arith::MulIOp::create(inner, number, block), inBlock);
        Value word = emitConstant(inner, i32, 0);
        for (unsigned part = 0; part < 8 / bits; ++part) {
          SmallVector<Value> place = indices;
          place.back() = code;
          Value value = emitBoundedExtract(inner, plain, place, bounds);
          Value moved =
              arith::ShLIOp::create(inner, emitMasked(inner, value, bits),
                                    emitConstant(inner, i32, part * bits));
          word = arith::OrIOp::create(inner, word, moved);
          code = arith::AddIOp::create(inner, code, bytes);
        }
        return {arith::TruncIOp::create(inner, i8, word)};
      });
}

/// Packs `bits`-bit integers, one i8 each (those of 16 and 32 bits whole),
/// along the last axis, the first in the lowest bits, or in the highest; rows
/// end with a whole byte. A scalar takes one byte.
static Value packRows(ImplicitLocOpBuilder &b, Value plain, unsigned bits,
                      ArrayRef<OpFoldResult> sizes, bool highFirst = false) {
  if (bits == 8)
    return plain;
  if (bits > 8)
    return splitBytes(b, plain, bits, sizes);
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  if (sizes.empty())
    return buildParallel(b, sizes, i8, plain, b.getMultiDimIdentityMap(0),
                         [&](ImplicitLocOpBuilder &inner,
                             ValueRange elements) -> SmallVector<Value> {
                           Value masked = emitMasked(inner, elements[0], bits);
                           if (highFirst)
                             masked = arith::ShLIOp::create(
                                 inner, masked,
                                 emitConstant(inner, i32, 8 - int64_t(bits)));
                           return {arith::TruncIOp::create(inner, i8, masked)};
                         });

  SmallVector<OpFoldResult> packedSizes = llvm::to_vector(sizes);
  AffineExpr d0 = b.getAffineDimExpr(0);
  packedSizes.back() = emitSize(b, (d0 * bits).ceilDiv(8), {sizes.back()});

  // How many codes can have bits in one byte.
  int64_t most = 8 % bits == 0 ? 8 / bits : llvm::divideCeilSigned(7, bits) + 1;
  int64_t rank = sizes.size();
  AffineExpr byte = b.getAffineDimExpr(rank - 1);
  AffineExpr first =
      8 % bits == 0 ? byte * (8 / bits) : (byte * 8).floorDiv(bits);
  // Where the last byte of a row is full, no code is missing in it.
  std::optional<int64_t> length = getConstantIntValue(sizes.back());
  bool full = length && 8 % bits == 0 && *length * bits % 8 == 0;
  SmallVector<OpFoldResult> bounds(rank);
  bounds.back() = full ? OpFoldResult() : sizes.back();
  return buildParallel(
      b, packedSizes, i8, {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        SmallVector<Value> indices = emitIndices(inner, rank);
        Value word = emitConstant(inner, i32, 0);
        for (int64_t i = 0; i < most; ++i) {
          SmallVector<Value> place = indices;
          place.back() = emitIndex(inner, first + i, indices);
          Value code = emitBoundedExtract(inner, plain, place, bounds);
          // The byte lies in bits 8 to 15 of the word: a code may begin up to
          // 7 bits before it.
          AffineExpr shift = 8 % bits == 0
                                 ? b.getAffineConstantExpr(i * bits + 8)
                                 : (first + i) * bits - byte * 8 + 8;
          // The same counted from the other end, for a byte in bits 16 to 23.
          if (highFirst)
            shift = 32 - static_cast<int64_t>(bits) - shift;
          Value up = arith::IndexCastOp::create(
              inner, i32, emitIndex(inner, shift, indices));
          Value moved =
              arith::ShLIOp::create(inner, emitMasked(inner, code, bits), up);
          word = arith::OrIOp::create(inner, word, moved);
        }
        word = arith::ShRUIOp::create(
            inner, word, emitConstant(inner, i32, highFirst ? 16 : 8));
        return {arith::TruncIOp::create(inner, i8, word)};
      });
}

/// (C14) Packs integers of `shape` as they are, or as a matrix of joined rows.
static Value packInRows(ImplicitLocOpBuilder &b, Value plain, RowsAttr rows,
                        unsigned bits, ArrayRef<int64_t> shape,
                        std::optional<SplitRows> split = std::nullopt) {
  SmallVector<OpFoldResult> packedSizes =
      tensor::getMixedSizes(b, b.getLoc(), plain);
  if (rows.joinsAxes(shape, bits)) {
    packedSizes = joinSizes(b, packedSizes);
    // Bufferization would take a size of 0 times an unknown one for static.
    if (llvm::is_contained(shape, 0))
      plain = tensor::EmptyOp::create(b, packedSizes,
                                      getElementTypeOrSelf(plain.getType()));
    else
      plain = tensor::CollapseShapeOp::create(b, plain,
                                              getJoinedAxes(shape.size()));
  }
  if (split && bits < 8)
    return packSplitRows(b, plain, bits, *split, packedSizes);
  return packRows(b, plain, bits, packedSizes,
                  rows.getOrder() == BitOrderKind::HighFirst);
}

static EncodedParts packIntoRows(ImplicitLocOpBuilder &b,
                                 const EncodedParts &plain) {
  EncodedParts packed = plain;
  packed[PartKind::Codes] =
      packInRows(b, plain[PartKind::Codes],
                 cast<RowsAttr>(plain.getEncoding().getLayout()),
                 plain.getEncoding().getBits(), plain.type.getShape(),
                 SplitRows::get(plain.type));
  ScaleAttr scale = plain.getEncoding().getScale();
  if (Value zeroPoints = plain[PartKind::ZeroPoints])
    packed[PartKind::ZeroPoints] = packInRows(
        b, zeroPoints, RowsAttr::get(b.getContext()), scale.getZeroPointBits(),
        scale.getBlockCounts(plain.type.getShape()));
  return packed;
}

//===----------------------------------------------------------------------===//
// Panels
//===----------------------------------------------------------------------===//

static SmallVector<OpFoldResult> getStaticSizes(OpBuilder &b, Value tensor) {
  return getAsIndexOpFoldResult(
      b.getContext(), cast<RankedTensorType>(tensor.getType()).getShape());
}

/// One value per scale, in the shape of the scales in panels.
static Value spreadScales(ImplicitLocOpBuilder &b, Value plain,
                          RankedTensorType type, RankedTensorType spread,
                          PanelsAttr panels) {
  // The first element of a block has the scale of the block.
  ScaleAttr scale = getEncoding(type).getScale();
  AffineExpr panel = b.getAffineDimExpr(0), group = b.getAffineDimExpr(1),
             column = b.getAffineDimExpr(2);
  bool grouped = scale.getGranularity() == GranularityKind::Group;
  SmallVector<AffineExpr> element(2);
  element[panels.getReduction()] = group * (grouped ? scale.getGroup() : 1);
  element[1 - panels.getReduction()] = panel * panels.getColumns() + column;
  AffineMap places = getScaleMap(scale, 2).compose(
      AffineMap::get(3, 0, element, b.getContext()));

  SmallVector<OpFoldResult> sizes =
      getAsIndexOpFoldResult(b.getContext(), spread.getShape());
  return buildParallel(
      b, sizes, spread.getElementType(), {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        SmallVector<Value> indices = emitIndices(inner, 3);
        // The column is looked at even where all columns share a scale:
        // padding is zero.
        Value n = emitIndex(inner, element[1 - panels.getReduction()], indices);
        Value bound = arith::ConstantIndexOp::create(
            inner, type.getDimSize(1 - panels.getReduction()));
        Value inside =
            arith::CmpIOp::create(inner, arith::CmpIPredicate::ult, n, bound);
        SmallVector<Value> place;
        for (AffineExpr expr : places.getResults())
          place.push_back(emitIndex(inner, expr, indices));
        Value value = emitBoundedExtract(inner, plain, place,
                                         getStaticSizes(inner, plain));
        Value zero = emitConstant(inner, value.getType(), 0);
        return {arith::SelectOp::create(inner, inside, value, zero)};
      });
}

/// Code number `code` of the tile at `indices`; zero if there is none.
static Value extractCode(ImplicitLocOpBuilder &b, const EncodedParts &plain,
                         PanelsAttr panels, const PanelTiles &tiles,
                         AffineExpr code, ValueRange indices) {
  int64_t step = panels.getStep(), reduction = panels.getReduction();
  AffineExpr panel = b.getAffineDimExpr(0), tile = b.getAffineDimExpr(1);
  AffineExpr inGroup = (tile % tiles.tilesPerGroup) * step + code % step;
  AffineExpr k = tile.floorDiv(tiles.tilesPerGroup) * tiles.group + inGroup;
  AffineExpr n = panel * panels.getColumns() + code.floorDiv(step);
  SmallVector<Value> place(2);
  place[reduction] = emitIndex(b, k, indices);
  place[1 - reduction] = emitIndex(b, n, indices);
  Value value =
      emitBoundedExtract(b, plain[PartKind::Codes], place, plain.sizes);
  // Behind the end of a group the next one begins.
  Value group = arith::ConstantIndexOp::create(b, tiles.group);
  Value inside = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                       emitIndex(b, inGroup, indices), group);
  return arith::SelectOp::create(b, inside, value,
                                 emitConstant(b, value.getType(), 0));
}

/// The byte at `indices` of codes in panels, in i32, if it is one of `packed`.
static Value packField(ImplicitLocOpBuilder &b, const EncodedParts &plain,
                       PanelsAttr panels, const PanelTiles &tiles,
                       const FieldAddress &packed, ValueRange indices) {
  auto [shift, bits] = packed.field;
  AffineExpr byte = b.getAffineDimExpr(2) - packed.first;
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  Value word = emitConstant(b, i32, 0);
  for (unsigned part = 0; part < 8 / bits; ++part) {
    Value value = extractCode(b, plain, panels, tiles,
                              byte + part * packed.bytes, indices);
    if (shift != 0)
      value =
          arith::ShRUIOp::create(b, value, emitConstant(b, i8, double(shift)));
    Value moved = arith::ShLIOp::create(b, emitMasked(b, value, bits),
                                        emitConstant(b, i32, part * bits));
    word = arith::OrIOp::create(b, word, moved);
  }
  return word;
}

static Value packTiles(ImplicitLocOpBuilder &b, const EncodedParts &plain,
                       RankedTensorType packed, PanelsAttr panels) {
  EncodingAttr encoding = plain.getEncoding();
  auto tiles = PanelTiles::get(panels, encoding.getScale(),
                               plain.type.getDimSize(panels.getReduction()));
  SmallVector<FieldAddress> fields = getFieldAddresses(plain.type);
  SmallVector<OpFoldResult> sizes =
      getAsIndexOpFoldResult(b.getContext(), packed.getShape());
  return buildParallel(
      b, sizes, b.getI8Type(), {}, {},
      [&](ImplicitLocOpBuilder &inner, ValueRange) -> SmallVector<Value> {
        SmallVector<Value> indices = emitIndices(inner, 3);
        if (int64_t codeBytes = encoding.getBits() / 8; codeBytes > 1) {
          // (C11)
          AffineExpr byte = inner.getAffineDimExpr(2);
          Value code = extractCode(inner, plain, panels, tiles,
                                   byte.floorDiv(codeBytes), indices);
          return {emitByte(inner, code, byte % codeBytes, indices)};
        }
        Value word;
        for (const FieldAddress &field : fields) {
          Value bits = packField(inner, plain, panels, tiles, field, indices);
          if (!word) {
            word = bits;
            continue;
          }
          Value begin = arith::ConstantIndexOp::create(inner, field.first);
          Value isBehind = arith::CmpIOp::create(
              inner, arith::CmpIPredicate::uge, indices[2], begin);
          word = arith::SelectOp::create(inner, isBehind, bits, word);
        }
        return {arith::TruncIOp::create(inner, inner.getI8Type(), word)};
      });
}

EncodedParts lowbit::buildPacked(ImplicitLocOpBuilder &b,
                                 const EncodedParts &plain) {
  EncodingAttr encoding = plain.getEncoding();
  auto panels = dyn_cast<PanelsAttr>(encoding.getLayout());
  if (!panels)
    return packIntoRows(b, plain);
  auto getType = [&](PartKind kind) {
    return encoding.getPartType(kind, plain.type.getShape());
  };
  EncodedParts packed = plain;
  packed[PartKind::Codes] =
      packTiles(b, plain, getType(PartKind::Codes), panels);
  for (PartKind kind : {PartKind::Scales, PartKind::ZeroPoints})
    if (plain[kind])
      packed[kind] =
          spreadScales(b, plain[kind], plain.type, getType(kind), panels);
  return packed;
}
