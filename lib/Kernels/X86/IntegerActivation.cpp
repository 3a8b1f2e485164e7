//===- IntegerActivation.cpp - Activations of integer kernels -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "IntegerActivation.h"

#include "PanelSource.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

IntegerActivation x86::prepareIntegerActivation(ImplicitLocOpBuilder &b,
                                                const MatmulSpec &spec, Value a,
                                                Value numRows) {
  IntegerActivation result;
  int64_t step = spec.target.integerStep();
  int64_t group = spec.getGroupSize(), groups = spec.getNumGroups();
  int64_t paddedGroup = llvm::alignTo(group, step);
  bool isAligned =
      spec.reduction % step == 0 && (groups == 1 || group % step == 0);
  result.ownsCodes = !spec.target.hasVnni() || !isAligned;
  bool needsSums =
      getCodeBias(spec) != 0 || spec.encoding.getScale().hasZeroPoint();
  result.codes = a;
  if (!result.ownsCodes && !needsSums)
    return result;

  // Whole vectors are stored; those at the end of a group run over into the
  // next one, which is written later, and at the end of a row into slack.
  int64_t chunk = spec.target.lanes();
  Type codeType = spec.target.hasVnni() ? b.getI8Type() : b.getI16Type();
  constexpr int64_t any = ShapedType::kDynamic;
  if (result.ownsCodes)
    result.codes = memref::AllocOp::create(
        b, MemRefType::get({any, paddedGroup * groups + chunk}, codeType),
        ValueRange{numRows}, b.getI64IntegerAttr(64));
  if (needsSums)
    result.rowSums = memref::AllocOp::create(
        b, MemRefType::get({any, groups}, b.getI32Type()), ValueRange{numRows},
        b.getI64IntegerAttr(64));

  Value zeroIndex = constantIndex(b, 0), one = constantIndex(b, 1);
  auto rows = scf::ParallelOp::create(b, ValueRange{zeroIndex},
                                      ValueRange{numRows}, ValueRange{one});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(rows.getBody());
  Value row = rows.getInductionVars().front();
  auto groupLoop =
      scf::ForOp::create(b, zeroIndex, constantIndex(b, groups), one);
  b.setInsertionPointToStart(groupLoop.getBody());
  Value g = groupLoop.getInductionVar();
  Value first = arith::MulIOp::create(b, g, constantIndex(b, group));
  Value end = arith::MinUIOp::create(
      b, arith::AddIOp::create(b, first, constantIndex(b, group)),
      constantIndex(b, spec.reduction));
  Value target = arith::MulIOp::create(b, g, constantIndex(b, paddedGroup));

  auto i8s = VectorType::get({chunk}, b.getI8Type());
  auto i32s = VectorType::get({chunk}, b.getI32Type());
  auto mask = VectorType::get({chunk}, b.getI1Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(i32s));
  Value zeroCodes = arith::ConstantOp::create(b, b.getZeroAttr(i8s));
  auto loop = scf::ForOp::create(b, first, end, constantIndex(b, chunk),
                                 ValueRange{zero});
  {
    OpBuilder::InsertionGuard loopGuard(b);
    b.setInsertionPointToStart(loop.getBody());
    Value k = loop.getInductionVar();
    Value isCode = vector::CreateMaskOp::create(
        b, mask, ValueRange{arith::SubIOp::create(b, end, k)});
    Value codes = vector::MaskedLoadOp::create(b, i8s, a, ValueRange{row, k},
                                               isCode, zeroCodes);
    if (result.ownsCodes) {
      Value stored = codes;
      if (!spec.target.hasVnni())
        stored = arith::ExtSIOp::create(
            b, VectorType::get({chunk}, b.getI16Type()), codes);
      Value position =
          arith::AddIOp::create(b, target, arith::SubIOp::create(b, k, first));
      vector::StoreOp::create(b, stored, result.codes,
                              ValueRange{row, position});
    }
    Value sum = arith::AddIOp::create(b, loop.getRegionIterArgs().front(),
                                      arith::ExtSIOp::create(b, i32s, codes));
    scf::YieldOp::create(b, sum);
  }
  if (needsSums) {
    Value sum = vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                            loop.getResult(0));
    memref::StoreOp::create(b, sum, result.rowSums, ValueRange{row, g});
  }
  return result;
}

Value IntegerActivation::loadRowSum(ImplicitLocOpBuilder &b, Value row,
                                    Value group) const {
  if (!rowSums)
    return nullptr;
  return memref::LoadOp::create(b, rowSums, ValueRange{row, group});
}

Value IntegerActivation::correct(ImplicitLocOpBuilder &b,
                                 const MatmulSpec &spec, ValueRange parts,
                                 Value panel, Value group, int64_t j,
                                 Value rowSum, VectorType type) const {
  if (!rowSum)
    return arith::ConstantOp::create(b, b.getZeroAttr(type));
  Type i32 = b.getI32Type();
  Value minusBias =
      arith::ConstantOp::create(b, b.getIntegerAttr(i32, -getCodeBias(spec)));
  if (!spec.encoding.getScale().hasZeroPoint())
    return vector::BroadcastOp::create(
        b, type, arith::MulIOp::create(b, rowSum, minusBias));
  Value zeroPoint =
      loadZeroPoints(b, spec, parts,
                     {panel, group, constantIndex(b, j * spec.target.lanes())});
  Value factor = arith::SubIOp::create(
      b, vector::BroadcastOp::create(b, type, minusBias), zeroPoint);
  return arith::MulIOp::create(b, factor,
                               vector::BroadcastOp::create(b, type, rowSum));
}

Value IntegerActivation::load(ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                              Value row, Value k) const {
  int64_t step = spec.target.integerStep();
  Type element = cast<MemRefType>(codes.getType()).getElementType();
  Value few = vector::LoadOp::create(b, VectorType::get({step}, element), codes,
                                     ValueRange{row, k});
  Value word =
      vector::BitCastOp::create(b, VectorType::get({1}, b.getI32Type()), few);
  Value all = vector::BroadcastOp::create(
      b, VectorType::get({spec.target.lanes()}, b.getI32Type()), word);
  return vector::BitCastOp::create(
      b, VectorType::get({spec.target.lanes() * step}, element), all);
}

void IntegerActivation::release(ImplicitLocOpBuilder &b) const {
  if (ownsCodes)
    memref::DeallocOp::create(b, codes);
  if (rowSums)
    memref::DeallocOp::create(b, rowSums);
}
