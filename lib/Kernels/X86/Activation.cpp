//===- Activation.cpp - What kernels read of activations ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Activation.h"

#include "Codes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static Value getMinusBias(ImplicitLocOpBuilder &b, const MatmulSpec &spec) {
  return arith::ConstantOp::create(
      b, b.getI32IntegerAttr(-static_cast<int32_t>(getCodeBias(spec))));
}

/// Codes of activations, or zero points of theirs, in a wider type.
static Value extendCodes(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                         Type type, Value codes) {
  if (spec.activation == ActivationType::U8)
    return arith::ExtUIOp::create(b, type, codes);
  return arith::ExtSIOp::create(b, type, codes);
}

Activation::Activation(ImplicitLocOpBuilder &b, const MatmulSpec &spec, Value a,
                       Value zeroPoints, Value numRows)
    : spec(spec), dot(spec, b.getContext()), values(a), zeroPoints(zeroPoints) {
  if (spec.isInteger() || spec.isBf16())
    prepareCodes(b, numRows);
  else if (spec.activation == ActivationType::BF16)
    convertToF32(b, a, numRows);
}

/// bf16 numbers are the upper halves of f32 numbers. Each group begins at a
/// multiple of the step.
void Activation::convertToF32(ImplicitLocOpBuilder &b, Value a, Value numRows) {
  int64_t lanes = spec.target.lanes();
  int64_t group = spec.getGroupSize(), groups = spec.getNumGroups();
  int64_t paddedGroup = llvm::alignTo(group, spec.getStep());
  ownsValues = true;
  // Whole vectors are stored, as of codes.
  values = memref::AllocOp::create(
      b,
      MemRefType::get({ShapedType::kDynamic, paddedGroup * groups + lanes},
                      b.getF32Type()),
      ValueRange{numRows}, b.getI64IntegerAttr(64));
  Value zero = constantIndex(b, 0), one = constantIndex(b, 1);
  auto rows = scf::ParallelOp::create(b, ValueRange{zero}, ValueRange{numRows},
                                      ValueRange{one});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  Value row = rows.getInductionVars().front();
  auto groupLoop = scf::ForOp::create(b, zero, constantIndex(b, groups), one);
  b.setInsertionPointToStart(groupLoop.getBody());
  Value g = groupLoop.getInductionVar();
  Value first = arith::MulIOp::create(b, g, constantIndex(b, group));
  Value end = arith::MinUIOp::create(
      b, arith::AddIOp::create(b, first, constantIndex(b, group)),
      constantIndex(b, spec.reduction));
  Value shift =
      arith::MulIOp::create(b, g, constantIndex(b, paddedGroup - group));
  auto loop = scf::ForOp::create(b, first, end, constantIndex(b, lanes));
  b.setInsertionPointToStart(loop.getBody());
  Value k = loop.getInductionVar();
  auto bytes = VectorType::get({2 * lanes}, b.getI8Type());
  auto words = VectorType::get({lanes}, b.getI16Type());
  auto wide = VectorType::get({lanes}, b.getI32Type());
  auto mask = VectorType::get({2 * lanes}, b.getI1Type());
  Value two = constantIndex(b, 2);
  Value rest = arith::SubIOp::create(b, end, k);
  Value isNumber = vector::CreateMaskOp::create(
      b, mask, ValueRange{arith::MulIOp::create(b, rest, two)});
  Value loaded = vector::MaskedLoadOp::create(
      b, bytes, a, ValueRange{row, arith::MulIOp::create(b, k, two)}, isNumber,
      arith::ConstantOp::create(b, b.getZeroAttr(bytes)));
  Value upper = arith::ShLIOp::create(
      b,
      arith::ExtUIOp::create(b, wide,
                             vector::BitCastOp::create(b, words, loaded)),
      splat(b, wide, 16));
  vector::StoreOp::create(
      b,
      vector::BitCastOp::create(b, VectorType::get({lanes}, b.getF32Type()),
                                upper),
      values, ValueRange{row, arith::AddIOp::create(b, k, shift)});
}

Value Activation::loadZeroPoint(ImplicitLocOpBuilder &b, Value row) const {
  if (!zeroPoints)
    return {};
  SmallVector<Value> place;
  if (spec.scalePerRow)
    place.push_back(row);
  return extendCodes(b, spec, b.getI32Type(),
                     memref::LoadOp::create(b, zeroPoints, place));
}

/// A vector of the codes of a row from `first` on; behind `end` they are the
/// zero point.
Value Activation::loadCodes(ImplicitLocOpBuilder &b, Value row, Value first,
                            Value end, Value zeroPoint) const {
  auto type = VectorType::get({spec.target.lanes()}, b.getI8Type());
  Value isCode = vector::CreateMaskOp::create(
      b, type.clone(b.getI1Type()),
      ValueRange{arith::SubIOp::create(b, end, first)});
  Value codes = vector::MaskedLoadOp::create(
      b, type, values, ValueRange{row, first}, isCode,
      arith::ConstantOp::create(b, b.getZeroAttr(type)));
  if (!zeroPoint)
    return codes;
  Value padding = vector::BroadcastOp::create(
      b, type, arith::TruncIOp::create(b, b.getI8Type(), zeroPoint));
  return arith::SelectOp::create(b, isCode, codes, padding);
}

void Activation::prepareCodes(ImplicitLocOpBuilder &b, Value numRows) {
  // Counted in codes of 8 bits, or in the bytes of bf16 numbers.
  int64_t unit = spec.isBf16() ? 2 : 1;
  int64_t step = spec.getStep() * unit, reduction = spec.reduction * unit;
  int64_t group = spec.getGroupSize() * unit, groups = spec.getNumGroups();
  int64_t paddedGroup = llvm::alignTo(group, step);
  bool areBytes = spec.isBf16() || spec.target.hasVnni();
  bool isAligned = reduction % step == 0 && (groups == 1 || group % step == 0);
  // The last step of a tile register may read behind the end of a row.
  int64_t overrun = 0;
  if (spec.isInteger() && spec.target.hasTiles() && groups > 0) {
    int64_t groupTiles = paddedGroup / step;
    overrun = TileSteps(groupTiles).getPaddedTiles() +
              (groups - 1) * groupTiles - llvm::divideCeil(reduction, step);
    overrun *= step;
    isAligned &= overrun == 0;
  }
  ownsValues = !areBytes || !isAligned;
  bool needsSums =
      spec.isInteger() &&
      (getCodeBias(spec) != 0 || spec.encoding.getScale().hasZeroPoint());
  if (!ownsValues && !needsSums)
    return;

  // Whole vectors are stored; those at the end of a group run over into the
  // next one, which is written later, and at the end of a row into slack.
  int64_t chunk = spec.target.lanes();
  Type codeType = areBytes ? b.getI8Type() : b.getI16Type();
  constexpr int64_t any = ShapedType::kDynamic;
  Value copy;
  if (ownsValues)
    copy = memref::AllocOp::create(
        b,
        MemRefType::get({any, paddedGroup * groups + chunk + overrun},
                        codeType),
        ValueRange{numRows}, b.getI64IntegerAttr(64));
  if (needsSums)
    starts = memref::AllocOp::create(
        b, MemRefType::get({any, groups}, b.getI32Type()), ValueRange{numRows},
        b.getI64IntegerAttr(64));

  Value zeroIndex = constantIndex(b, 0), one = constantIndex(b, 1);
  auto rows = scf::ParallelOp::create(b, ValueRange{zeroIndex},
                                      ValueRange{numRows}, ValueRange{one});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  Value row = rows.getInductionVars().front();
  Value zeroPoint = loadZeroPoint(b, row);
  auto groupLoop =
      scf::ForOp::create(b, zeroIndex, constantIndex(b, groups), one);
  b.setInsertionPointToStart(groupLoop.getBody());
  Value g = groupLoop.getInductionVar();
  Value first = arith::MulIOp::create(b, g, constantIndex(b, group));
  Value end = arith::MinUIOp::create(
      b, arith::AddIOp::create(b, first, constantIndex(b, group)),
      constantIndex(b, reduction));
  Value target = arith::MulIOp::create(b, g, constantIndex(b, paddedGroup));

  auto i32s = VectorType::get({chunk}, b.getI32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(i32s));
  auto loop = scf::ForOp::create(b, first, end, constantIndex(b, chunk),
                                 ValueRange{zero});
  {
    OpBuilder::InsertionGuard loopGuard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value codes = loadCodes(b, row, k, end, zeroPoint);
    Value numbers = extendCodes(b, spec, i32s, codes);
    if (zeroPoint)
      numbers = arith::SubIOp::create(
          b, numbers, vector::BroadcastOp::create(b, i32s, zeroPoint));
    if (ownsValues) {
      Value stored = codes;
      auto words = i32s.clone(b.getI16Type());
      if (!areBytes && zeroPoint)
        stored = arith::TruncIOp::create(b, words, numbers);
      else if (!areBytes)
        stored = extendCodes(b, spec, words, codes);
      Value position =
          arith::AddIOp::create(b, target, arith::SubIOp::create(b, k, first));
      vector::StoreOp::create(b, stored, copy, ValueRange{row, position});
    }
    Value sum =
        arith::AddIOp::create(b, loop.getRegionIterArgs().front(), numbers);
    scf::YieldOp::create(b, sum);
  }
  if (needsSums) {
    Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                            loop.getResult(0));
    if (!spec.encoding.getScale().hasZeroPoint())
      sum = arith::MulIOp::create(b, sum, getMinusBias(b, spec));
    memref::StoreOp::create(b, sum, starts, ValueRange{row, g});
  }
  if (ownsValues)
    values = copy;
}

Value Activation::load(ImplicitLocOpBuilder &b, const Panel &panel, Value row,
                       Value tile, int64_t part) const {
  VectorType type = dot.getOperandType();
  if (!spec.isInteger() && !spec.isBf16()) {
    if (int64_t parts = spec.getNumParts(); parts > 1)
      tile = arith::AddIOp::create(
          b, arith::MulIOp::create(b, tile, constantIndex(b, parts)),
          constantIndex(b, part));
    return vector::BroadcastOp::create(
        b, type, memref::LoadOp::create(b, values, panel.at(row, tile)));
  }
  // A step is 32 bits.
  Type element = cast<MemRefType>(values.getType()).getElementType();
  int64_t few = 32 / element.getIntOrFloatBitWidth();
  Value first = arith::MulIOp::create(b, tile, constantIndex(b, few));
  Value loaded = vector::LoadOp::create(b, VectorType::get({few}, element),
                                        values, panel.at(row, first));
  Value word = vector::BitCastOp::create(
      b, VectorType::get({1}, b.getI32Type()), loaded);
  Value all = vector::BroadcastOp::create(
      b, VectorType::get({spec.target.lanes()}, b.getI32Type()), word);
  return vector::BitCastOp::create(b, type, all);
}

int64_t Activation::getLineTiles() const {
  // A step takes 32 bits of each row.
  constexpr int64_t lineBytes = 64, stepBytes = 4;
  return lineBytes / stepBytes / spec.getNumParts();
}

void Activation::prefetch(ImplicitLocOpBuilder &b, const Panel &panel,
                          Value row, Value tile) const {
  Type element = cast<MemRefType>(values.getType()).getElementType();
  int64_t tileElements =
      32 * spec.getNumParts() / element.getIntOrFloatBitWidth();
  Value first = arith::MulIOp::create(b, tile, constantIndex(b, tileElements));
  memref::PrefetchOp::create(b, values, panel.at(row, first),
                             /*isWrite=*/false, /*localityHint=*/2,
                             /*isDataCache=*/true);
}

SmallVector<Value> Activation::getStart(ImplicitLocOpBuilder &b,
                                        ValueRange parts, const Panel &panel,
                                        Value row, Value group) const {
  VectorType type = dot.getSumType();
  if (!starts)
    return SmallVector<Value>(
        panel.getNumVectors(),
        arith::ConstantOp::create(b, b.getZeroAttr(type)));
  Value start = vector::BroadcastOp::create(
      b, type, memref::LoadOp::create(b, starts, ValueRange{row, group}));
  if (!spec.encoding.getScale().hasZeroPoint())
    return SmallVector<Value>(panel.getNumVectors(), start);
  Value minusBias = vector::BroadcastOp::create(b, type, getMinusBias(b, spec));
  SmallVector<Value> result;
  for (int64_t j = 0; j < panel.getNumVectors(); ++j) {
    Value zeroPoint = loadZeroPoints(
        b, spec, parts,
        {panel.index, group, constantIndex(b, j * spec.target.lanes())});
    Value factor = arith::SubIOp::create(b, minusBias, zeroPoint);
    result.push_back(arith::MulIOp::create(b, factor, start));
  }
  return result;
}

void Activation::release(ImplicitLocOpBuilder &b) const {
  if (ownsValues)
    memref::DeallocOp::create(b, values);
  if (starts)
    memref::DeallocOp::create(b, starts);
}
