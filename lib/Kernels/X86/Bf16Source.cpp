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
// in one register of 32 levels, longer ones byte by byte (ByteTable). Codes of
// 16 bits are such numbers.
//
//===----------------------------------------------------------------------===//

#include "ByteTable.h"
#include "Codes.h"
#include "PanelSource.h"
#include "lowbit/Numerics/FloatTypes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>
#include <optional>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;
/// Numbers in a register, and the bytes of one.
static constexpr int64_t size = 32, width = 2;

namespace {

class Bf16Source final : public PanelSource {
public:
  Bf16Source(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel),
        codec(spec.encoding.getCodec().getCodec()), isShort(codec->bits() <= 4),
        bytes(VectorType::get({ByteTable::size},
                              IntegerType::get(spec.encoding.getContext(), 8))),
        words(VectorType::get(
            {size}, IntegerType::get(spec.encoding.getContext(), 16))) {}

  bool isScaled() const override {
    return !spec.encoding.getScale().isStored();
  }

  void enterGroup(ImplicitLocOpBuilder &b, Value group) override {
    zeroPoints.clear();
    if (isNumber())
      return;
    bool hasZeroPoints = spec.encoding.getScale().hasZeroPoint();
    if (!isShort) {
      if (hasZeroPoints)
        zeroPoints.push_back(loadZeroBytes(b, group));
      table.emplace(b, getLevels(int64_t(1) << codec->bits()), width);
      return;
    }
    if (hasZeroPoints)
      for (int64_t j = 0; j < vectors; ++j)
        zeroPoints.push_back(loadZeroPoints(b, group, j));
    SmallVector<int16_t> levels;
    for (uint32_t level : getLevels(size))
      levels.push_back(static_cast<int16_t>(level));
    shortTable = constant(b, levels);
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    SmallVector<Value> result;
    if (isNumber()) {
      for (int64_t j = 0; j < vectors; ++j)
        result.push_back(vector::BitCastOp::create(
            b, words, loadBytes(b, parts[0], panel, tile, j)));
      return result;
    }
    if (!isShort)
      return lookUpBytes(b, tile, /*isArranged=*/true);
    if (isInOneField()) {
      for (Value index : loadIndices(b, tile))
        result.push_back(permute(b, index));
      return result;
    }
    // Codes with their highest bit flipped are unsigned: zero points have what
    // that adds.
    int64_t flipped = zeroPoints.empty() ? 0 : getCodeBias(spec);
    for (auto [j, code] : llvm::enumerate(
             loadCodes(b, spec, parts[0], panel.index, tile, flipped))) {
      Value index = arith::ExtUIOp::create(b, words, code);
      if (!zeroPoints.empty())
        index = arith::SubIOp::create(b, index, zeroPoints[j]);
      result.push_back(permute(b, index));
    }
    return result;
  }

  /// Bytes are widened and interleaved within every sixteen: so lie the columns
  /// of one tile of long codes, and of two of four bits.
  int64_t getWoven() const override {
    if (isNumber())
      return 0;
    if (!isShort)
      return 1;
    return codec->bits() == 4 && isInOneField() ? 2 : 0;
  }

  SmallVector<Value> loadWoven(ImplicitLocOpBuilder &b, Value tile,
                               bool isLast) override {
    if (!isShort)
      return lookUpBytes(b, tile, /*isArranged=*/false);
    Value codes =
        loadTiles(b, parts[0], panel.index, tile, isLast ? 1 : getWoven());
    if (isLast)
      codes = vector::InsertStridedSliceOp::create(
          b, codes, arith::ConstantOp::create(b, b.getZeroAttr(bytes)),
          ArrayRef<int64_t>{0}, ArrayRef<int64_t>{1});
    // Each byte twice, as the bits above those of an index are any.
    SmallVector<Value> result(2 * vectors);
    for (int64_t half : {0, 1}) {
      Value index = vector::BitCastOp::create(
          b, words, ByteTable::interleave(b, codes, codes, 1, half));
      result[half] = permute(b, index);
      result[vectors + half] = permute(
          b, arith::ShRUIOp::create(b, index, splat(b, words, codec->bits())));
    }
    return result;
  }

  SmallVector<Value> unweave(ImplicitLocOpBuilder &b,
                             ValueRange sums) override {
    // Of each sixteen bytes there are four columns in the first vector, and
    // the next four in the second.
    SmallVector<Value> result;
    for (size_t first = 0; first < sums.size(); first += vectors)
      for (int64_t part = 0; part < vectors; ++part) {
        SmallVector<int64_t> places;
        int64_t lanes = spec.target.lanes(), few = lanes / 4;
        for (int64_t lane = 0; lane < lanes; ++lane) {
          int64_t block = lane / few;
          places.push_back(block % 2 * lanes + (part * 2 + block / 2) * few +
                           lane % few);
        }
        result.push_back(
            vector::ShuffleOp::create(b, sums[first], sums[first + 1], places));
      }
    if (getWoven() == 1)
      return result;
    // Its parts are tiles.
    SmallVector<Value> added;
    for (int64_t j = 0; j < vectors; ++j)
      added.push_back(arith::AddFOp::create(b, result[vectors * j],
                                            result[vectors * j + 1]));
    return added;
  }

private:
  bool isNumber() const { return codec->bits() == 16; }

  VectorType getBytes(int64_t count) const {
    return bytes.cloneWith(ArrayRef<int64_t>{count}, bytes.getElementType());
  }

  /// Zero points of columns [first, first + count) of a group.
  Value loadStored(ImplicitLocOpBuilder &b, Value group, int64_t first,
                   int64_t count) {
    return vector::LoadOp::create(
        b, getBytes(count), parts[spec.encoding.getScale().isNested() ? 3 : 2],
        ValueRange{panel.index, group, constantIndex(b, first)});
  }

  /// Zero points of the columns of vector `j`, each for both of its numbers.
  Value loadZeroPoints(ImplicitLocOpBuilder &b, Value group, int64_t j) {
    int64_t lanes = spec.target.lanes();
    Value few = loadStored(b, group, j * lanes, lanes);
    SmallVector<int64_t> twice;
    for (int64_t lane = 0; lane < size; ++lane)
      twice.push_back(lane / 2);
    Value all = vector::ShuffleOp::create(b, few, few, twice);
    Value wide = spec.encoding.getScale().getZeroPointSigned()
                     ? Value(arith::ExtSIOp::create(b, words, all))
                     : Value(arith::ExtUIOp::create(b, words, all));
    return arith::AddIOp::create(b, wide, splat(b, words, getCodeBias(spec)));
  }

  /// The zero points of all columns plus the bias of codes, for all codes of a
  /// tile.
  Value loadZeroBytes(ImplicitLocOpBuilder &b, Value group) {
    int64_t columns = spec.target.columns();
    Value few = loadStored(b, group, 0, columns);
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < ByteTable::size; ++i)
      places.push_back(i * columns / ByteTable::size);
    return arith::AddIOp::create(
        b, vector::ShuffleOp::create(b, few, few, places),
        splat(b, bytes, static_cast<int8_t>(getCodeBias(spec))));
  }

  /// All codes of a tile, a byte each; those with zero points plus their bias.
  Value loadLong(ImplicitLocOpBuilder &b, Value tile) {
    int64_t flipped = zeroPoints.empty() ? 0 : getCodeBias(spec);
    if (codec->bits() == 8) {
      Value codes = loadTiles(b, parts[0], panel.index, tile, 1);
      return flipped ? arith::XOrIOp::create(b, codes, splat(b, bytes, -128))
                     : codes;
    }
    SmallVector<Value> codes =
        loadCodes(b, spec, parts[0], panel.index, tile, flipped);
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < ByteTable::size; ++i)
      places.push_back(i);
    return vector::ShuffleOp::create(b, codes[0], codes[1], places);
  }

  /// The numbers of a tile of long codes: of its vectors of columns, or of
  /// woven ones.
  SmallVector<Value> lookUpBytes(ImplicitLocOpBuilder &b, Value tile,
                                 bool isArranged) {
    auto arrange = [&](Value codes) {
      return isArranged ? ByteTable::arrange(b, codes, width) : codes;
    };
    Value codes = arrange(loadLong(b, tile)), isBelow;
    if (!zeroPoints.empty()) {
      // Levels are distances then.
      Value zero = arrange(zeroPoints[0]);
      isBelow =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ult, codes, zero);
      codes = arith::SubIOp::create(b, arith::MaxUIOp::create(b, codes, zero),
                                    arith::MinUIOp::create(b, codes, zero));
    }
    SmallVector<Value> result;
    for (Value levels : table->lookUp(b, codes, isBelow))
      result.push_back(vector::BitCastOp::create(b, words, levels));
    return result;
  }

  /// Codes of three bits lie in two fields; of others, those less than a byte
  /// wide need not be taken apart: the bits above are any.
  bool isInOneField() const {
    return codec->bits() != 3 && !spec.encoding.getScale().hasZeroPoint();
  }

  /// Codes in the lowest bits of words; the bits above are any.
  SmallVector<Value> loadIndices(ImplicitLocOpBuilder &b, Value tile) {
    int64_t bits = codec->bits(), tileBytes = 2 * size * bits / 8;
    Value packed = vector::LoadOp::create(
        b, getBytes(tileBytes), parts[0],
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
  uint16_t getLevel(int code) const {
    code &= (1 << codec->bits()) - 1;
    if (codec->isSigned() && code > codec->codeMax())
      code -= 1 << codec->bits();
    if (code > codec->codeMax())
      return numerics::bf16FromF32(std::numeric_limits<float>::quiet_NaN());
    return numerics::bf16FromF32(codec->decode(code));
  }

  /// Those of the lowest `count` values: of codes, or of what zero points leave
  /// of them, which is -16 to 15 of short ones, and of others without its sign.
  SmallVector<uint32_t> getLevels(int64_t count) const {
    SmallVector<uint32_t> levels;
    for (int value = 0; value < count; ++value) {
      if (zeroPoints.empty())
        levels.push_back(getLevel(value));
      else
        levels.push_back(numerics::bf16FromF32(
            isShort && value >= count / 2 ? value - count : value));
    }
    return levels;
  }

  /// levels[index mod 32].
  Value permute(ImplicitLocOpBuilder &b, Value index) {
    return LLVM::CallIntrinsicOp::create(
               b, words, b.getStringAttr("llvm.x86.avx512.permvar.hi.512"),
               ValueRange{shortTable, index})
        .getResult(0);
  }

  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
  numerics::CodecRef codec;
  /// Whether one register has the levels of all codes.
  bool isShort;
  VectorType bytes, words;
  /// Those of each vector's words, or of all bytes of a tile.
  SmallVector<Value> zeroPoints;
  Value shortTable;
  std::optional<ByteTable> table;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeBf16Source(const MatmulSpec &spec,
                                                 ValueRange parts,
                                                 const Panel &panel) {
  return std::make_unique<Bf16Source>(spec, parts, panel);
}
