//===- PanelSource.cpp - Where a kernel takes the vectors of a panel from -===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelSource.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;

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

static Value splat(ImplicitLocOpBuilder &b, VectorType type, int64_t value) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(
             type, b.getIntegerAttr(type.getElementType(), value)));
}

namespace {

//===----------------------------------------------------------------------===//
// Plain f32
//===----------------------------------------------------------------------===//

class PlainSource final : public PanelSource {
public:
  PlainSource(const MatmulSpec &spec, Value weight, const Panel &panel)
      : spec(spec), weight(weight), panel(panel) {}

  VectorType getVectorType() const override {
    return VectorType::get({spec.target.lanes()},
                           Float32Type::get(weight.getContext()));
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    VectorType type = getVectorType();
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j) {
      Value column = arith::AddIOp::create(
          b, panel.firstColumn, constantIndex(b, j * spec.target.lanes()));
      SmallVector<Value> indices;
      if (panel.batch)
        indices.push_back(panel.batch);
      if (!spec.transposed) {
        indices.append({tile, column});
        result.push_back(vector::MaskedLoadOp::create(b, type, weight, indices,
                                                      panel.masks[j], zero));
        continue;
      }
      // Columns lie a row apart. Out-of-range lanes are masked, and a gather
      // indexes the innermost dimension, whose stride is one.
      indices.append({column, tile});
      int64_t nDim = cast<MemRefType>(weight.getType()).getRank() - 2;
      auto metadata =
          memref::ExtractStridedMetadataOp::create(b, weight).getStrides();
      Value stride = metadata[nDim];
      auto indexType = VectorType::get(type.getShape(), b.getIndexType());
      Value offsets = arith::MulIOp::create(
          b, vector::StepOp::create(b, indexType),
          vector::BroadcastOp::create(b, indexType, stride));
      result.push_back(vector::GatherOp::create(b, type, weight, indices,
                                                offsets, panel.masks[j], zero));
    }
    return result;
  }

private:
  const MatmulSpec &spec;
  Value weight;
  const Panel &panel;
};

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Loads a tile of codes, one per byte, in the order column, reduction index.
/// Bits above the code's are zero.
static Value loadCodes(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                       Value codes, Value panelIndex, Value tile) {
  int64_t tileBytes = cast<MemRefType>(codes.getType()).getShape().back();
  auto packedType = VectorType::get({tileBytes}, b.getI8Type());
  Value packed = vector::LoadOp::create(
      b, packedType, codes, ValueRange{panelIndex, tile, constantIndex(b, 0)});
  unsigned bits = spec.encoding.getBits();
  if (bits == 8)
    return packed;
  // Part p of the tile lies in bits p*bits.. of all bytes.
  int64_t parts = 8 / bits;
  auto fullType = VectorType::get({tileBytes * parts}, b.getI8Type());
  Value mask = splat(b, packedType, (1 << bits) - 1);
  Value result = arith::ConstantOp::create(b, b.getZeroAttr(fullType));
  for (int64_t p = 0; p < parts; ++p) {
    Value part = packed;
    if (p != 0)
      part =
          arith::ShRUIOp::create(b, part, splat(b, packedType, p * int(bits)));
    if (p != parts - 1)
      part = arith::AndIOp::create(b, part, mask);
    result = vector::InsertStridedSliceOp::create(
        b, part, result, ArrayRef<int64_t>{p * tileBytes},
        ArrayRef<int64_t>{1});
  }
  return result;
}

static Value slice(ImplicitLocOpBuilder &b, Value value, int64_t offset,
                   int64_t size) {
  if (cast<VectorType>(value.getType()).getNumElements() == size)
    return value;
  return vector::ExtractStridedSliceOp::create(
      b, value, ArrayRef<int64_t>{offset}, ArrayRef<int64_t>{size},
      ArrayRef<int64_t>{1});
}

class DecodedSource final : public PanelSource {
public:
  DecodedSource(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel),
        codec(spec.encoding.getCodec().getCodec()) {}

  VectorType getVectorType() const override {
    return VectorType::get({spec.target.lanes()},
                           Float32Type::get(spec.encoding.getContext()));
  }

  void enterGroup(ImplicitLocOpBuilder &b, Value group) override {
    scales.clear();
    zeroPoints.clear();
    for (int64_t j = 0; j < vectors; ++j) {
      SmallVector<Value> indices = {panel.index, group,
                                    constantIndex(b, j * spec.target.lanes())};
      scales.push_back(loadScales(b, spec, parts, indices));
      if (spec.encoding.getScale().hasZeroPoint())
        zeroPoints.push_back(loadZeroPoints(b, spec, parts, indices));
    }
    if (!codec->isAffine())
      table = loadTable(b);
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    VectorType type = getVectorType();
    auto i32Type = type.cloneWith(std::nullopt, b.getI32Type());
    int64_t lanes = spec.target.lanes();
    Value codes = loadCodes(b, spec, parts[0], panel.index, tile);
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j) {
      Value code = slice(b, codes, j * lanes, lanes);
      Value value;
      if (codec->isAffine()) {
        Value integer = extend(b, i32Type, code);
        if (!zeroPoints.empty())
          integer = arith::SubIOp::create(b, integer, zeroPoints[j]);
        value = arith::SIToFPOp::create(b, type, integer);
      } else {
        value = lookUp(b, arith::ExtUIOp::create(b, i32Type, code));
      }
      result.push_back(arith::MulFOp::create(b, scales[j], value));
    }
    return result;
  }

private:
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

  /// The levels in vectors of `lanes`, the last repeated.
  SmallVector<Value> loadTable(ImplicitLocOpBuilder &b) {
    VectorType type = getVectorType();
    SmallVector<Value> result;
    SmallVector<float> levels;
    for (int code = 0; code <= codec->codeMax(); ++code)
      levels.push_back(codec->decode(code));
    int64_t lanes = spec.target.lanes();
    while (levels.size() % lanes)
      levels.push_back(levels.back());
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
    VectorType type = getVectorType();
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
};

class IntegerSource final : public PanelSource {
public:
  IntegerSource(const MatmulSpec &spec, ValueRange parts, const Panel &panel)
      : spec(spec), parts(parts), panel(panel) {}

  VectorType getVectorType() const override {
    MLIRContext *context = spec.encoding.getContext();
    int64_t lanes = spec.target.lanes() * spec.target.integerStep();
    return VectorType::get(
        {lanes}, IntegerType::get(context, spec.target.hasVnni() ? 8 : 16));
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    Value codes = loadCodes(b, spec, parts[0], panel.index, tile);
    auto type = cast<VectorType>(codes.getType());
    // Flipping the sign bit adds 2^(bits-1) modulo 2^bits.
    if (int64_t bias = getCodeBias(spec))
      codes = arith::XOrIOp::create(b, codes,
                                    splat(b, type, static_cast<int8_t>(bias)));
    VectorType vectorType = getVectorType();
    int64_t size = vectorType.getNumElements();
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j) {
      Value value = slice(b, codes, j * size, size);
      if (!spec.target.hasVnni())
        value = arith::ExtUIOp::create(b, vectorType, value);
      result.push_back(value);
    }
    return result;
  }

private:
  const MatmulSpec &spec;
  ValueRange parts;
  const Panel &panel;
};

//===----------------------------------------------------------------------===//
// Scratch
//===----------------------------------------------------------------------===//

class ScratchSource final : public PanelSource {
public:
  explicit ScratchSource(Value scratch) : scratch(scratch) {}

  VectorType getVectorType() const override {
    auto type = cast<MemRefType>(scratch.getType());
    return VectorType::get(type.getShape().back(), type.getElementType());
  }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value tile) override {
    SmallVector<Value> result;
    for (int64_t j = 0; j < vectors; ++j)
      result.push_back(vector::LoadOp::create(
          b, getVectorType(), scratch,
          ValueRange{tile, constantIndex(b, j), constantIndex(b, 0)}));
    return result;
  }

private:
  Value scratch;
};

} // namespace

std::unique_ptr<PanelSource>
x86::makePlainSource(const MatmulSpec &spec, Value weight, const Panel &panel) {
  return std::make_unique<PlainSource>(spec, weight, panel);
}

std::unique_ptr<PanelSource> x86::makeDecodedSource(const MatmulSpec &spec,
                                                    ValueRange parts,
                                                    const Panel &panel) {
  return std::make_unique<DecodedSource>(spec, parts, panel);
}

std::unique_ptr<PanelSource> x86::makeIntegerSource(const MatmulSpec &spec,
                                                    ValueRange parts,
                                                    const Panel &panel) {
  return std::make_unique<IntegerSource>(spec, parts, panel);
}

std::unique_ptr<PanelSource> x86::makeScratchSource(Value scratch) {
  return std::make_unique<ScratchSource>(scratch);
}
