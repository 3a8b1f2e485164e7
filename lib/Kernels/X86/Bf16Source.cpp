//===- Bf16Source.cpp - Codes decoded to bf16 -----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors of 32 numbers, as i16: the columns' pairs of reduction indices. Codes
// of four bits and fewer, and their differences to zero points, are looked up
// in one register of 32 levels; integers of eight bits are converted by way of
// f32; other codes of eight bits are looked up in registers of 32 levels each.
// Codes of 16 bits are such numbers.
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "PanelSource.h"
#include "lowbit/Numerics/FloatTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;
/// Numbers in a register.
static constexpr int64_t size = 32;

namespace {

class Bf16Source final : public PanelSource {
public:
  Bf16Source(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel),
        codec(spec.encoding.getCodec().getCodec()),
        bytes(VectorType::get({size},
                              IntegerType::get(spec.encoding.getContext(), 8))),
        words(VectorType::get(
            {size}, IntegerType::get(spec.encoding.getContext(), 16))) {}

  bool isScaled() const override {
    return !spec.encoding.getScale().isStored();
  }

  void enterGroup(ImplicitLocOpBuilder &b, Value group) override {
    zeroPoints.clear();
    if (spec.encoding.getScale().hasZeroPoint())
      for (int64_t j = 0; j < vectors; ++j)
        zeroPoints.push_back(loadZeroPoints(b, group, j));
    if (codec->bits() <= 8)
      table = makeTable(b);
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    SmallVector<Value> result;
    if (codec->bits() == 16) {
      for (int64_t j = 0; j < vectors; ++j)
        result.push_back(vector::BitCastOp::create(
            b, words, loadBytes(b, parts[0], panel, tile, j)));
      return result;
    }
    // Codes of three bits lie in two fields.
    if (codec->bits() <= 4 && codec->bits() != 3 && zeroPoints.empty()) {
      for (Value index : loadIndices(b, tile))
        result.push_back(permute(b, table[0], index));
      return result;
    }
    // Codes with their highest bit flipped are unsigned: zero points have what
    // that adds, or it is taken from codes that have no sign bits in a byte.
    bool isShort = codec->bits() <= 4;
    bool isNarrow = !isShort && codec->bits() < 8;
    int64_t bias = codec->isAffine() ? getCodeBias(spec) : 0;
    bool isFlipped = isNarrow || (isShort && !zeroPoints.empty());
    for (auto [j, code] : llvm::enumerate(loadCodes(
             b, spec, parts[0], panel.index, tile, isFlipped ? bias : 0))) {
      Value value;
      if (codec->isAffine() && codec->isSigned() && codec->bits() == 8)
        value = arith::ExtSIOp::create(b, words, code);
      else
        value = arith::ExtUIOp::create(b, words, code);
      if (isNarrow && bias)
        value = arith::SubIOp::create(b, value, splat(b, words, bias));
      if (!zeroPoints.empty())
        value = arith::SubIOp::create(b, value, zeroPoints[j]);
      if (isShort)
        result.push_back(permute(b, table[0], value));
      else if (codec->isAffine())
        result.push_back(convert(b, value));
      else
        result.push_back(lookUp(b, value));
    }
    return result;
  }

private:
  /// Zero points of the columns of vector `j`, each for both of its numbers.
  Value loadZeroPoints(ImplicitLocOpBuilder &b, Value group, int64_t j) {
    int64_t lanes = spec.target.lanes();
    Value few = vector::LoadOp::create(
        b, bytes.cloneWith(ArrayRef<int64_t>{lanes}, b.getI8Type()),
        parts[spec.encoding.getScale().isNested() ? 3 : 2],
        ValueRange{panel.index, group, constantIndex(b, j * lanes)});
    SmallVector<int64_t> twice;
    for (int64_t lane = 0; lane < size; ++lane)
      twice.push_back(lane / 2);
    Value all = vector::ShuffleOp::create(b, few, few, twice);
    Value wide = spec.encoding.getScale().getZeroPointSigned()
                     ? Value(arith::ExtSIOp::create(b, words, all))
                     : Value(arith::ExtUIOp::create(b, words, all));
    if (codec->bits() > 4)
      return wide;
    return arith::AddIOp::create(b, wide, splat(b, words, getCodeBias(spec)));
  }

  /// Codes in the lowest bits of words; the bits above are any.
  SmallVector<Value> loadIndices(ImplicitLocOpBuilder &b, Value tile) {
    int64_t bits = codec->bits(), tileBytes = 2 * size * bits / 8;
    Value packed = vector::LoadOp::create(
        b, VectorType::get({tileBytes}, b.getI8Type()), parts[0],
        ValueRange{panel.index, tile, constantIndex(b, 0)});
    if (tileBytes < size) {
      SmallVector<int64_t> repeated;
      for (int64_t lane = 0; lane < size; ++lane)
        repeated.push_back(lane % tileBytes);
      packed = vector::ShuffleOp::create(b, packed, packed, repeated);
    }
    Value wide = arith::ExtUIOp::create(b, words, packed);
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j) {
      SmallVector<int16_t> amounts;
      for (int64_t lane = 0; lane < size; ++lane)
        amounts.push_back((j * size + lane) / tileBytes * bits);
      if (llvm::all_of(amounts, [](int16_t x) { return x == 0; }))
        result.push_back(wide);
      else
        result.push_back(arith::ShRUIOp::create(b, wide, constant(b, amounts)));
    }
    return result;
  }

  Value constant(ImplicitLocOpBuilder &b, ArrayRef<int16_t> values) {
    return arith::ConstantOp::create(b, DenseElementsAttr::get(words, values));
  }

  /// The bits of the level of the code whose lowest bits are `code`.
  int16_t getLevel(int code) const {
    code &= (1 << codec->bits()) - 1;
    if (codec->isSigned() && code > codec->codeMax())
      code -= 1 << codec->bits();
    if (code > codec->codeMax())
      return numerics::bf16FromF32(std::numeric_limits<float>::quiet_NaN());
    return numerics::bf16FromF32(codec->decode(code));
  }

  /// Registers of levels: of all values of five bits, or of all codes; none
  /// for integers of eight bits.
  SmallVector<Value> makeTable(ImplicitLocOpBuilder &b) {
    SmallVector<Value> result;
    if (codec->bits() > 4 && codec->isAffine())
      return result;
    int count = std::max<int64_t>(size, codec->codeMax() + 1);
    for (int first = 0; first < count; first += size) {
      SmallVector<int16_t> levels;
      for (int code = first; code < first + size; ++code) {
        // What a zero point leaves of a code is -16 to 15.
        if (codec->isAffine() && !zeroPoints.empty())
          levels.push_back(
              numerics::bf16FromF32(code < size / 2 ? code : code - size));
        else
          levels.push_back(getLevel(code));
      }
      result.push_back(constant(b, levels));
    }
    return result;
  }

  Value call(ImplicitLocOpBuilder &b, StringRef name, VectorType type,
             ValueRange operands) {
    return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name),
                                         operands)
        .getResult(0);
  }

  /// levels[index mod 32].
  Value permute(ImplicitLocOpBuilder &b, Value levels, Value index) {
    return call(b, "llvm.x86.avx512.permvar.hi.512", words, {levels, index});
  }

  /// Two registers answer six bits of the index, and selects between such pairs
  /// the others.
  Value lookUp(ImplicitLocOpBuilder &b, Value index) {
    SmallVector<Value> found;
    for (size_t i = 0; i + 1 < table.size(); i += 2)
      found.push_back(call(b, "llvm.x86.avx512.vpermi2var.hi.512", words,
                           {table[i], index, table[i + 1]}));
    if (table.size() % 2)
      found.push_back(permute(b, table.back(), index));
    for (int64_t bit = 2 * size; found.size() > 1; bit *= 2) {
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(words));
      Value isSet = arith::CmpIOp::create(
          b, arith::CmpIPredicate::ne,
          arith::AndIOp::create(b, index, splat(b, words, bit)), zero);
      SmallVector<Value> next;
      for (size_t i = 0; i + 1 < found.size(); i += 2)
        next.push_back(
            arith::SelectOp::create(b, isSet, found[i + 1], found[i]));
      if (found.size() % 2)
        next.push_back(found.back());
      found = next;
    }
    return found[0];
  }

  /// Integers of up to nine bits, exactly.
  Value convert(ImplicitLocOpBuilder &b, Value integers) {
    auto half = VectorType::get({size / 2}, b.getI32Type());
    auto floats = VectorType::get({size / 2}, b.getF32Type());
    SmallVector<Value> halves;
    for (int64_t first : {size / 2, int64_t(0)}) {
      Value part = vector::ExtractStridedSliceOp::create(
          b, integers, ArrayRef<int64_t>{first}, ArrayRef<int64_t>{size / 2},
          ArrayRef<int64_t>{1});
      halves.push_back(arith::SIToFPOp::create(
          b, floats, arith::ExtSIOp::create(b, half, part)));
    }
    auto numbers = VectorType::get({size}, b.getBF16Type());
    return vector::BitCastOp::create(
        b, words,
        call(b, "llvm.x86.avx512bf16.cvtne2ps2bf16.512", numbers, halves));
  }

  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
  numerics::CodecRef codec;
  VectorType bytes, words;
  SmallVector<Value> zeroPoints, table;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeBf16Source(const MatmulSpec &spec,
                                                 ValueRange parts,
                                                 const Panel &panel) {
  return std::make_unique<Bf16Source>(spec, parts, panel);
}
