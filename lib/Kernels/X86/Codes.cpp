//===- Codes.cpp - Vectors of codes, scales and zero points ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Codes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

int64_t x86::getCodeBias(const MatmulSpec &spec) {
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  return codec->isAffine() && codec->isSigned() ? 1 << (codec->bits() - 1) : 0;
}

Value x86::constantIndex(ImplicitLocOpBuilder &b, int64_t value) {
  return arith::ConstantIndexOp::create(b, value);
}

static VectorType getVectorOf(const MatmulSpec &spec, Type element) {
  return VectorType::get({spec.target.lanes()}, element);
}

Value x86::loadScales(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                      ValueRange parts, ArrayRef<Value> indices) {
  Type stored = spec.encoding.getScale().getType();
  Value scales =
      vector::LoadOp::create(b, getVectorOf(spec, stored), parts[1], indices);
  if (stored.isF32())
    return scales;
  return arith::ExtFOp::create(b, getVectorOf(spec, b.getF32Type()), scales);
}

Value x86::loadZeroPoints(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                          ValueRange parts, ArrayRef<Value> indices) {
  VectorType type = getVectorOf(spec, b.getI32Type());
  Value zeroPoints = vector::LoadOp::create(b, getVectorOf(spec, b.getI8Type()),
                                            parts[2], indices);
  if (spec.encoding.getScale().getZeroPointSigned())
    return arith::ExtSIOp::create(b, type, zeroPoints);
  return arith::ExtUIOp::create(b, type, zeroPoints);
}

Value x86::splat(ImplicitLocOpBuilder &b, VectorType type, int64_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, b.getIntegerAttr(type.getElementType(), value)));
}

SmallVector<Value> x86::loadCodes(ImplicitLocOpBuilder &b,
                                  const MatmulSpec &spec, Value codes,
                                  Value panel, Value tile, int64_t flipped) {
  int64_t bits = spec.encoding.getBits();
  int64_t tileBytes = cast<MemRefType>(codes.getType()).getShape().back();
  int64_t size = tileBytes * 8 / bits / Target::vectors;
  auto type = VectorType::get({size}, b.getI8Type());
  int64_t loaded = std::min(size, tileBytes);
  auto load = [&](int64_t begin) -> Value {
    Value packed = vector::LoadOp::create(
        b, VectorType::get({loaded}, b.getI8Type()), codes,
        ValueRange{panel, tile, constantIndex(b, begin)});
    if (flipped == 0)
      return packed;
    // The same bits of every code in a byte.
    int64_t byte = flipped * (255 / ((1 << bits) - 1));
    return arith::XOrIOp::create(b, packed,
                                 splat(b, cast<VectorType>(packed.getType()),
                                       static_cast<int8_t>(byte)));
  };
  SmallVector<Value> result;
  if (bits == 8) {
    for (int64_t j = 0; j < Target::vectors; ++j)
      result.push_back(load(j * size));
    return result;
  }

  // Part p of the tile lies in bits p*bits.. of all bytes; a vector takes in
  // one part or, repeating the bytes, several. Words shift where a part has
  // whole ones, as there is no instruction that shifts bytes.
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
      amounts.push_back(APInt(8 * unit, (j * size + lane) / tileBytes * bits));
    Value part = packed;
    if (!llvm::all_of(amounts, [](const APInt &x) { return x.isZero(); }))
      part = vector::BitCastOp::create(
          b, type,
          arith::ShRUIOp::create(
              b, vector::BitCastOp::create(b, units, packed),
              arith::ConstantOp::create(
                  b, DenseElementsAttr::get(units, amounts))));
    result.push_back(arith::AndIOp::create(b, part, mask));
  }
  return result;
}
