//===- Codes.cpp - Vectors of codes, scales and zero points ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"

#include "PanelSource.h"
#include "lowbit/Dialect/Lowbit/IR/Bf16Products.h"
#include "lowbit/Numerics/Codec/IntegerLevels.h"
#include "lowbit/Numerics/Layout/Panels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <cmath>
#include <limits>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

int64_t x86::getCodeBias(const MatmulSpec &spec) {
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  bool isSigned = spec.isInteger() && spec.hasUnsignedActivations();
  if (auto table = numerics::IntegerLevels::get(*codec))
    return isSigned ? 0 : std::max(-table->least(), 0);
  if (isSigned && codec->bits() == 8)
    return codec->isSigned() ? 0 : -128;
  return codec->isSigned() ? 1 << (codec->bits() - 1) : 0;
}

unsigned x86::getLevelShift(const MatmulSpec &spec) {
  if (!spec.isInteger())
    return 0;
  auto table =
      numerics::IntegerLevels::get(*spec.encoding.getCodec().getCodec());
  return table ? table->shift : 0;
}

Value x86::constantIndex(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

Value x86::splat(ImplicitLocOpBuilder &b, VectorType type, int64_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, b.getIntegerAttr(type.getElementType(), value)));
}

Value x86::splatFloat(ImplicitLocOpBuilder &b, VectorType type, double value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(type,
                                b.getFloatAttr(type.getElementType(), value)));
}

static VectorType getVectorOf(const MatmulSpec &spec, Type element) {
  return VectorType::get({spec.target.lanes()}, element);
}

//===----------------------------------------------------------------------===//
// Scales and zero points
//===----------------------------------------------------------------------===//

/// (C63) f8E8M0FNU: the exponent of a float, NaN for the last code, and 2^-127,
/// which is denormal, for the first.
static Value decodeExponents(ImplicitLocOpBuilder &b, VectorType floats,
                             Value codes) {
  auto type = floats.clone(b.getI32Type());
  Value wide = arith::ExtUIOp::create(b, type, codes);
  Value bits = arith::ShLIOp::create(b, wide, splat(b, type, 23));
  bits = arith::MaxUIOp::create(b, bits, splat(b, type, 1 << 22));
  Value isNaN = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, wide,
                                      splat(b, type, 255));
  bits = arith::SelectOp::create(b, isNaN, splat(b, type, 0x7fc00000), bits);
  return vector::BitCastOp::create(b, floats, bits);
}

Value x86::decodeE4M3(ImplicitLocOpBuilder &b, VectorType floats, Value codes) {
  // Its bits at the place of an f32's are 2^-120 times the number.
  auto type = floats.clone(b.getI32Type());
  Value wide = arith::ExtSIOp::create(b, type, codes);
  Value bits = arith::AndIOp::create(
      b, arith::ShLIOp::create(b, wide, splat(b, type, 20)),
      splat(b, type, static_cast<int32_t>(0x87f00000)));
  Value number =
      arith::MulFOp::create(b, vector::BitCastOp::create(b, floats, bits),
                            splatFloat(b, floats, std::ldexp(1.0, 120)));
  Value magnitude = arith::AndIOp::create(b, wide, splat(b, type, 0x7f));
  Value isNaN = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, magnitude,
                                      splat(b, type, 0x7f));
  Value nan = splatFloat(b, floats, std::numeric_limits<double>::quiet_NaN());
  return arith::SelectOp::create(b, isNaN, nan, number);
}

/// The nested scales, in f32, of a vector of columns.
static Value loadNestedScales(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                              Value nested, ArrayRef<Value> indices) {
  ScaleAttr scale = spec.encoding.getScale();
  VectorType floats = getVectorOf(spec, b.getF32Type());
  VectorType stored = floats.clone(scale.getNestedType());
  auto toF32 = [&](Value value) -> Value {
    return scale.getNestedType().isF32()
               ? value
               : arith::ExtFOp::create(b, floats, value);
  };
  auto load = [&](ValueRange place) {
    return toF32(vector::BroadcastOp::create(
        b, stored, memref::LoadOp::create(b, nested, place)));
  };
  int64_t block = scale.getNestedBlock();
  if (block == 0)
    return load({});

  // Scales are numbered as in rows. Columns that there are not take the scale
  // of the last one.
  bool grouped = scale.getGranularity() == GranularityKind::Group;
  bool perColumn = scale.getGranularity() != GranularityKind::Tensor;
  bool groupsLast =
      grouped &&
      cast<PanelsAttr>(spec.encoding.getLayout()).getReduction() == 1;
  int64_t perGroup = grouped && !groupsLast ? spec.columns : 1;
  int64_t perIndex = !perColumn ? 0 : groupsLast ? spec.getNumGroups() : 1;
  auto times = [&](Value x, int64_t y) -> Value {
    return arith::MulIOp::create(b, x, constantIndex(b, y));
  };
  Value column = arith::AddIOp::create(
      b, times(indices[0], spec.target.columns()), indices[2]);
  Value group = grouped ? times(indices[1], perGroup) : constantIndex(b, 0);
  int64_t lanes = spec.target.lanes(),
          last = std::max<int64_t>(spec.columns, 1) - 1;
  if (perIndex == 0 ||
      (perIndex == 1 && block % lanes == 0 && spec.columns % lanes == 0)) {
    // All lanes have the same.
    column = arith::MinUIOp::create(b, column, constantIndex(b, last));
    Value number = arith::AddIOp::create(b, group, times(column, perIndex));
    return load(
        ValueRange{arith::DivUIOp::create(b, number, constantIndex(b, block))});
  }
  VectorType indexType = floats.clone(b.getIndexType());
  auto spread = [&](Value x) -> Value {
    return vector::BroadcastOp::create(b, indexType, x);
  };
  Value number = arith::AddIOp::create(b, spread(column),
                                       vector::StepOp::create(b, indexType));
  number = arith::MinUIOp::create(b, number, splat(b, indexType, last));
  number = arith::AddIOp::create(
      b, arith::MulIOp::create(b, number, splat(b, indexType, perIndex)),
      spread(group));
  number = arith::DivUIOp::create(b, number, splat(b, indexType, block));
  Value all = arith::ConstantOp::create(
      b, DenseElementsAttr::get(floats.clone(b.getI1Type()), true));
  return toF32(vector::GatherOp::create(
      b, stored, nested, ValueRange{constantIndex(b, 0)}, number, all,
      arith::ConstantOp::create(b, b.getZeroAttr(stored))));
}

Value x86::loadScales(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                      ValueRange parts, ArrayRef<Value> indices) {
  ScaleAttr scale = spec.encoding.getScale();
  VectorType floats = getVectorOf(spec, b.getF32Type());
  if (!scale.isStored())
    return splatFloat(b, floats, 1);
  Value scales = vector::LoadOp::create(
      b, getVectorOf(spec, scale.getStoredType()), parts[1], indices);
  switch (scale.getNumericType()) {
  case numerics::ScaleType::F8E8M0FNU:
    scales = decodeExponents(b, floats, scales);
    break;
  case numerics::ScaleType::F8E4M3FN:
    scales = decodeE4M3(b, floats, scales);
    break;
  case numerics::ScaleType::U8:
    scales = arith::UIToFPOp::create(b, floats, scales);
    break;
  case numerics::ScaleType::F16:
  case numerics::ScaleType::BF16:
    scales = arith::ExtFOp::create(b, floats, scales);
    break;
  case numerics::ScaleType::F32:
  case numerics::ScaleType::One:
    break;
  }
  if (!scale.isNested())
    return scales;
  // (C64)
  return arith::MulFOp::create(b, scales,
                               loadNestedScales(b, spec, parts[2], indices));
}

Value x86::loadZeroPoints(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                          ValueRange parts, ArrayRef<Value> indices) {
  ScaleAttr scale = spec.encoding.getScale();
  VectorType type = getVectorOf(spec, b.getI32Type());
  Value zeroPoints =
      vector::LoadOp::create(b, getVectorOf(spec, b.getI8Type()),
                             parts[scale.isNested() ? 3 : 2], indices);
  if (scale.getZeroPointSigned())
    return arith::ExtSIOp::create(b, type, zeroPoints);
  return arith::ExtUIOp::create(b, type, zeroPoints);
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Bits of the codes of a tile, one code per byte, for each vector of columns;
/// `begin` is the byte of the tile that they begin at, `codes` their number.
static SmallVector<Value> loadField(ImplicitLocOpBuilder &b, Value memory,
                                    ArrayRef<Value> place, int64_t begin,
                                    int64_t codes, int64_t bits,
                                    int64_t flipped) {
  int64_t bytes = codes * bits / 8, size = codes / Target::vectors;
  auto type = VectorType::get({size}, b.getI8Type());
  int64_t loaded = std::min(size, bytes);
  auto load = [&](int64_t first) -> Value {
    return vector::LoadOp::create(
        b, VectorType::get({loaded}, b.getI8Type()), memory,
        ValueRange{place[0], place[1], constantIndex(b, begin + first)});
  };
  // Behind the mask: one instruction does both.
  auto flip = [&](Value code) -> Value {
    if (flipped == 0)
      return code;
    return arith::XOrIOp::create(b, code,
                                 splat(b, type, static_cast<int8_t>(flipped)));
  };
  SmallVector<Value> result;
  if (bits == 8) {
    for (int64_t j = 0; j < Target::vectors; ++j)
      result.push_back(flip(load(j * size)));
    return result;
  }

  // Part p lies in bits p*bits.. of all bytes; a vector takes in one part or,
  // repeating the bytes, several. Words shift where a part has whole ones, as
  // there is no instruction that shifts bytes.
  Value packed = load(0);
  if (loaded < size) {
    SmallVector<int64_t> repeated;
    for (int64_t lane = 0; lane < size; ++lane)
      repeated.push_back(lane % loaded);
    packed = vector::ShuffleOp::create(b, packed, packed, repeated);
  }
  int64_t unit = loaded % 2 == 0 ? 2 : 1;
  auto units = VectorType::get({size / unit}, b.getIntegerType(8 * unit));
  Value mask = splat(b, type, (1 << bits) - 1);
  for (int64_t j = 0; j < Target::vectors; ++j) {
    SmallVector<APInt> amounts;
    for (int64_t lane = 0; lane < size; lane += unit)
      amounts.push_back(APInt(8 * unit, (j * size + lane) / bytes * bits));
    Value part = packed;
    if (!llvm::all_of(amounts, [](const APInt &x) { return x.isZero(); }))
      part = vector::BitCastOp::create(
          b, type,
          arith::ShRUIOp::create(
              b, vector::BitCastOp::create(b, units, packed),
              arith::ConstantOp::create(
                  b, DenseElementsAttr::get(units, amounts))));
    result.push_back(flip(arith::AndIOp::create(b, part, mask)));
  }
  return result;
}

Value x86::loadTiles(ImplicitLocOpBuilder &b, Value codes, Value panel,
                     Value tile, int64_t count) {
  int64_t bytes = cast<MemRefType>(codes.getType()).getShape().back();
  auto type = VectorType::get({bytes * count}, b.getI8Type());
  // A panel's tiles lie one after the other.
  SmallVector<ReassociationIndices> axes = {{0}, {1, 2}};
  Value joined = memref::CollapseShapeOp::create(b, codes, axes);
  Value first = arith::MulIOp::create(b, tile, constantIndex(b, bytes));
  return vector::LoadOp::create(b, type, joined, ValueRange{panel, first});
}

/// Bytes shifted up, none of which has bits that leave it: in words, as there
/// is no instruction that shifts bytes.
static Value shiftUp(ImplicitLocOpBuilder &b, Value bytes, int64_t amount) {
  auto type = cast<VectorType>(bytes.getType());
  int64_t unit = type.getNumElements() % 2 == 0 ? 2 : 1;
  auto units = VectorType::get({type.getNumElements() / unit},
                               b.getIntegerType(8 * unit));
  Value moved = arith::ShLIOp::create(
      b, vector::BitCastOp::create(b, units, bytes), splat(b, units, amount));
  return vector::BitCastOp::create(b, type, moved);
}

SmallVector<Value> x86::loadCodes(ImplicitLocOpBuilder &b,
                                  const MatmulSpec &spec, Value codes,
                                  Value panel, Value tile, int64_t flipped) {
  int64_t bits = spec.encoding.getBits();
  int64_t tileBytes = cast<MemRefType>(codes.getType()).getShape().back();
  int64_t number = tileBytes * 8 / bits, begin = 0;
  SmallVector<Value> result;
  for (numerics::PanelField field : numerics::panelFields(bits)) {
    int64_t mask = (1 << field.bits) - 1;
    SmallVector<Value> parts =
        loadField(b, codes, {panel, tile}, begin, number, field.bits,
                  flipped >> field.shift & mask);
    begin += number * field.bits / 8;
    if (result.empty()) {
      result = parts;
      continue;
    }
    for (auto [value, part] : llvm::zip_equal(result, parts))
      value = arith::OrIOp::create(b, value, shiftUp(b, part, field.shift));
  }
  return result;
}

Value x86::loadBytes(ImplicitLocOpBuilder &b, Value codes, const Panel &panel,
                     Value tile, int64_t j) {
  int64_t tileBytes = cast<MemRefType>(codes.getType()).getShape().back();
  int64_t size = tileBytes / Target::vectors;
  Value first = constantIndex(b, j * size);
  constexpr int64_t lineBytes = 64;
  if (panel.ahead != 0 && j * size % lineBytes == 0) {
    // Behind the last tile of a panel lies the next one.
    Value there = arith::AddIOp::create(b, tile, constantIndex(b, panel.ahead));
    memref::PrefetchOp::create(b, codes, ValueRange{panel.index, there, first},
                               /*isWrite=*/false, /*localityHint=*/2,
                               /*isDataCache=*/true);
  }
  return vector::LoadOp::create(b, VectorType::get({size}, b.getI8Type()),
                                codes, ValueRange{panel.index, tile, first});
}

SmallVector<Value> x86::loadNumbers(ImplicitLocOpBuilder &b,
                                    const MatmulSpec &spec, Value codes,
                                    const Panel &panel, Value tile) {
  VectorType floats = getVectorOf(spec, b.getF32Type());
  VectorType wide = floats.clone(b.getI32Type());
  auto cast = [&](VectorType type, Value value) -> Value {
    return vector::BitCastOp::create(b, type, value);
  };
  auto toNumber = [&](Value bytes, int64_t part) -> Value {
    if (spec.encoding.getBits() == 32)
      return cast(floats, bytes);
    if (!hasBf16Levels(spec.encoding))
      return arith::ExtFOp::create(b, floats,
                                   cast(floats.clone(b.getF16Type()), bytes));
    // A bf16 number is the upper half of an f32 number. Of a pair, which an i32
    // holds, the first is the lower half.
    if (part == 1)
      return cast(floats,
                  arith::AndIOp::create(
                      b, cast(wide, bytes),
                      splat(b, wide, static_cast<int32_t>(0xffff0000))));
    Value low = spec.getNumParts() == 2
                    ? cast(wide, bytes)
                    : arith::ExtUIOp::create(
                          b, wide, cast(floats.clone(b.getI16Type()), bytes));
    return cast(floats, arith::ShLIOp::create(b, low, splat(b, wide, 16)));
  };
  SmallVector<Value> vectors, result;
  for (int64_t j = 0; j < Target::vectors; ++j)
    vectors.push_back(loadBytes(b, codes, panel, tile, j));
  for (int64_t part = 0; part < spec.getNumParts(); ++part)
    for (Value bytes : vectors)
      result.push_back(toNumber(bytes, part));
  return result;
}
