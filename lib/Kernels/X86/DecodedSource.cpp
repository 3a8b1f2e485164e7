//===- DecodedSource.cpp - Codes decoded to f32 ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ByteTable.h"
#include "Codes.h"
#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <limits>
#include <optional>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;
/// Bytes of a number.
static constexpr int64_t width = 4;

static bool isE4M3(const MatmulSpec &spec) {
  auto codec = dyn_cast<FloatCodecAttr>(spec.encoding.getCodec());
  return codec && codec.getKind() == FloatKind::F8E4M3FN;
}

/// Whether levels are looked up among more than registers of them hold.
static bool hasManyLevels(const MatmulSpec &spec) {
  numerics::CodecRef codec = spec.encoding.getCodec().getCodec();
  return !codec->isAffine() && codec->bits() > 4 && codec->bits() <= 8 &&
         !isE4M3(spec);
}

/// Whether that is done byte by byte.
static bool usesBytes(const MatmulSpec &spec) {
  return hasManyLevels(spec) && spec.target.hasByteTables() &&
         spec.encoding.getBits() == 8 && spec.getStep() == 1;
}

bool x86::needsLevels(const MatmulSpec &spec) {
  return spec.encoding && !spec.isInteger() && !spec.isBf16() &&
         hasManyLevels(spec) && !usesBytes(spec);
}

namespace {

class DecodedSource final : public PanelSource {
public:
  DecodedSource(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel),
        codec(spec.encoding.getCodec().getCodec()) {}

  void enterGroup(ImplicitLocOpBuilder &b, Value group) override {
    scales.clear();
    zeroPoints.clear();
    for (int64_t j = 0; j < vectors; ++j) {
      SmallVector<Value> indices = {panel.index, group,
                                    constantIndex(b, j * spec.target.lanes())};
      if (spec.encoding.getScale().isStored())
        scales.push_back(loadScales(b, spec, parts, indices));
      if (spec.encoding.getScale().hasZeroPoint())
        zeroPoints.push_back(loadZeroPoints(b, spec, parts, indices));
    }
    if (!codec->isAffine() && codec->bits() <= 4)
      table = loadTable(b);
    if (usesBytes(spec)) {
      SmallVector<uint32_t> levels;
      for (int code = 0; code < 1 << codec->bits(); ++code)
        levels.push_back(llvm::bit_cast<uint32_t>(getLevel(code)));
      byteTable.emplace(b, levels, width);
    }
  }

  /// Bytes of as many tiles as fill a register are looked up together.
  int64_t getRun() const override {
    return usesBytes(spec) ? ByteTable::size / spec.target.columns() : 1;
  }

  SmallVector<Value> loadRun(ImplicitLocOpBuilder &b, Value tile) override {
    return usesBytes(spec) ? lookUpBytes(b, tile, getRun()) : load(b, tile);
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    if (codec->bits() > 8) {
      SmallVector<Value> numbers = loadNumbers(b, spec, parts[0], panel, tile);
      for (auto [i, number] : llvm::enumerate(numbers))
        number = scale(b, number, i % vectors);
      return numbers;
    }
    if (usesBytes(spec))
      return lookUpBytes(b, tile, 1);
    if (isOneRegister())
      return lookUpNibbles(b, tile);
    SmallVector<Value> codes = loadCodes(b, spec, parts[0], panel.index, tile);
    // Column by column lie the codes of several reduction indices.
    int64_t numParts = spec.getNumParts();
    SmallVector<Value> result;
    for (int64_t part = 0; part < numParts; ++part)
      for (auto [j, code] : llvm::enumerate(codes)) {
        SmallVector<int64_t> places;
        for (int64_t lane = 0; lane < spec.target.lanes(); ++lane)
          places.push_back(lane * numParts + part);
        Value ofPart = code;
        if (numParts > 1)
          ofPart = vector::ShuffleOp::create(b, code, code, places);
        result.push_back(scale(b, decode(b, ofPart, j), j));
      }
    return result;
  }

private:
  /// The numbers of `count` tiles.
  SmallVector<Value> lookUpBytes(ImplicitLocOpBuilder &b, Value tile,
                                 int64_t count) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    Value codes = loadTiles(b, parts[0], panel.index, tile, count);
    SmallVector<Value> result =
        byteTable->lookUp(b, ByteTable::arrange(b, codes, width));
    result.resize(count * vectors);
    for (auto [i, level] : llvm::enumerate(result))
      level = scale(b, vector::BitCastOp::create(b, type, level), i % vectors);
    return result;
  }

  /// Whether codes are four bits of a byte, and one register has their levels.
  bool isOneRegister() const {
    return !codec->isAffine() && codec->bits() == 4 &&
           spec.target.lanes() == 16 && spec.getStep() == 1;
  }

  /// The numbers of a tile of such codes. They need not be taken apart: a
  /// permutation takes the lowest four bits of an index.
  SmallVector<Value> lookUpNibbles(ImplicitLocOpBuilder &b, Value tile) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    VectorType indices = type.clone(b.getI32Type());
    Value index = arith::ExtUIOp::create(
        b, indices, loadTiles(b, parts[0], panel.index, tile, 1));
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j) {
      if (j > 0)
        index = arith::ShRUIOp::create(b, index, splat(b, indices, 4));
      result.push_back(scale(b, permute(b, table[0], index), j));
    }
    return result;
  }

  Value scale(ImplicitLocOpBuilder &b, Value number, size_t j) {
    if (scales.empty())
      return number;
    return arith::MulFOp::create(b, scales[j], number);
  }

  /// (C57) There are none behind the last.
  float getLevel(int code) const {
    return code <= codec->codeMax() ? codec->decode(code)
                                    : std::numeric_limits<float>::quiet_NaN();
  }

  /// The levels of codes, less their zero points.
  Value decode(ImplicitLocOpBuilder &b, Value code, size_t j) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    auto i32Type = type.cloneWith(std::nullopt, b.getI32Type());
    if (isE4M3(spec))
      return decodeE4M3(b, type, code);
    if (!codec->isAffine()) {
      Value index = arith::ExtUIOp::create(b, i32Type, code);
      return panel.levels ? gather(b, index) : lookUp(b, index);
    }
    Value integer = extend(b, i32Type, code);
    if (!zeroPoints.empty())
      integer = arith::SubIOp::create(b, integer, zeroPoints[j]);
    return arith::SIToFPOp::create(b, type, integer);
  }

  /// Codes to i32. Signed codes narrower than a byte come without sign bits.
  Value extend(ImplicitLocOpBuilder &b, VectorType type, Value code) {
    if (!codec->isSigned())
      return arith::ExtUIOp::create(b, type, code);
    if (codec->bits() == 8)
      return arith::ExtSIOp::create(b, type, code);
    // (x ^ s) - s extends the sign s.
    Value wide = arith::ExtUIOp::create(b, type, code);
    Value sign = splat(b, type, 1 << (codec->bits() - 1));
    return arith::SubIOp::create(b, arith::XOrIOp::create(b, wide, sign), sign);
  }

  Value gather(ImplicitLocOpBuilder &b, Value index) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    Value all = vector::ConstantMaskOp::create(
        b, type.clone(b.getI1Type()),
        b.getDenseI64ArrayAttr({spec.target.lanes()}));
    return vector::GatherOp::create(
        b, type, panel.levels, ValueRange{constantIndex(b, 0)}, index, all,
        arith::ConstantOp::create(b, b.getZeroAttr(type)));
  }

  /// The levels in vectors of `lanes`.
  SmallVector<Value> loadTable(ImplicitLocOpBuilder &b) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    SmallVector<Value> result;
    SmallVector<float> levels;
    int64_t lanes = spec.target.lanes();
    int64_t count = llvm::alignTo(codec->codeMax() + 1, lanes);
    for (int code = 0; code < count; ++code)
      levels.push_back(getLevel(code));
    for (size_t i = 0; i < levels.size(); i += lanes)
      result.push_back(arith::ConstantOp::create(
          b, DenseElementsAttr::get(type,
                                    ArrayRef<float>(levels).slice(i, lanes))));
    return result;
  }

  /// Looks up 16 or fewer levels in registers: one permutation per vector of
  /// levels, and selects between them.
  Value lookUp(ImplicitLocOpBuilder &b, Value index) {
    auto i32Type = cast<VectorType>(index.getType());
    int64_t lanes = spec.target.lanes();
    Value result;
    for (auto [i, levels] : llvm::enumerate(table)) {
      Value value = permute(b, levels, index);
      if (i == 0) {
        result = value;
        continue;
      }
      Value above = arith::CmpIOp::create(b, arith::CmpIPredicate::uge, index,
                                          splat(b, i32Type, i * lanes));
      result = arith::SelectOp::create(b, above, value, result);
    }
    return result;
  }

  /// levels[index mod lanes] for each lane.
  Value permute(ImplicitLocOpBuilder &b, Value levels, Value index) {
    VectorType type = DotProduct(spec, b.getContext()).getOperandType();
    int64_t lanes = spec.target.lanes();
    if (lanes == 16 || lanes == 8) {
      StringRef name = lanes == 16 ? "llvm.x86.avx512.permvar.sf.512"
                                   : "llvm.x86.avx2.permps";
      return LLVM::CallIntrinsicOp::create(b, type, b.getStringAttr(name),
                                           ValueRange{levels, index})
          .getResult(0);
    }
    // SSE2 has no variable permutation of floats: choose level by level.
    auto i32Type = cast<VectorType>(index.getType());
    Value wrapped =
        arith::AndIOp::create(b, index, splat(b, i32Type, lanes - 1));
    Value result;
    for (int64_t i = 0; i < lanes; ++i) {
      Value level = vector::BroadcastOp::create(
          b, type, vector::ExtractOp::create(b, levels, i));
      if (i == 0) {
        result = level;
        continue;
      }
      Value isThis = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, wrapped,
                                           splat(b, i32Type, i));
      result = arith::SelectOp::create(b, isThis, level, result);
    }
    return result;
  }

  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
  numerics::CodecRef codec;
  SmallVector<Value> scales, zeroPoints, table;
  std::optional<ByteTable> byteTable;
};

} // namespace

std::unique_ptr<PanelSource> x86::makeDecodedSource(const MatmulSpec &spec,
                                                    ValueRange parts,
                                                    const Panel &panel) {
  return std::make_unique<DecodedSource>(spec, parts, panel);
}
