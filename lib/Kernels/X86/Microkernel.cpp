//===- Microkernel.cpp - Sums of one block of rows and one panel ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Microkernel.h"

#include "Codes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;

/// Independent sums that keep the multiply-add units busy: latency times units.
static constexpr int64_t chains = 8;

SmallVector<Value> Microkernel::reduce(
    Value begin, Value end, int64_t step, ValueRange init,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) const {
  auto loop = scf::ForOp::create(b, begin, end, constantIndex(b, step), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty())
    scf::YieldOp::create(b, next);
  return loop.getResults();
}

SmallVector<Value> Microkernel::reduceGroups(
    ValueRange init,
    function_ref<SmallVector<Value>(Value, Value, Value, ValueRange)> body)
    const {
  Value zero = constantIndex(b, 0);
  int64_t numGroups = spec.encoding ? spec.getNumGroups() : 1;
  if (numGroups == 1)
    return body(zero, zero, numTiles, init);
  int64_t groupTiles =
      llvm::divideCeilSigned(spec.getGroupSize(), spec.getStep());
  return reduce(zero, constantIndex(b, numGroups), 1, init,
                [&](Value group, ValueRange carried) {
                  Value size = constantIndex(b, groupTiles);
                  Value begin = arith::MulIOp::create(b, group, size);
                  Value end = arith::AddIOp::create(b, begin, size);
                  // A count of tiles that is constant lets the loop be
                  // unrolled.
                  if (spec.reduction % spec.getGroupSize() != 0)
                    end = arith::MinUIOp::create(b, end, numTiles);
                  return body(group, begin, end, carried);
                });
}

SmallVector<Value> Microkernel::sumTiles(Value begin, Value end,
                                         ValueRange init, int64_t count,
                                         PanelSource &source,
                                         function_ref<Value(int64_t, Value)>
                                             load) const {
  auto addTile = [&](Value tile, ValueRange sums) {
    SmallVector<Value> weight = source.load(b, tile);
    SmallVector<Value> next;
    for (int64_t i = 0; i < count; ++i) {
      Value xs = load(i, tile);
      for (int64_t j = 0; j < vectors; ++j)
        next.push_back(dot.build(b, sums[i * vectors + j], xs, weight[j]));
    }
    return next;
  };

  // Few rows have several sums each, for tiles in turn. In short groups one is
  // enough: the processor works on the next groups meanwhile.
  int64_t width = count * vectors;
  int64_t turns = chains / width;
  if (spec.encoding && !source.isScaled())
    turns = std::min(turns, spec.getGroupSize() / spec.getStep() / chains);
  turns = std::max<int64_t>(turns, 1);
  if (turns == 1)
    return reduce(begin, end, 1, init, addTile);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
  SmallVector<Value> all(init);
  all.resize(width * turns, zero);
  Value number = constantIndex(b, turns);
  Value size = arith::SubIOp::create(b, end, begin);
  Value middle = arith::AddIOp::create(
      b, begin,
      arith::MulIOp::create(b, arith::DivUIOp::create(b, size, number),
                            number));
  SmallVector<Value> sums =
      reduce(begin, middle, turns, all, [&](Value tile, ValueRange carried) {
        SmallVector<Value> next;
        for (int64_t turn = 0; turn < turns; ++turn)
          llvm::append_range(next, addTile(arith::AddIOp::create(
                                               b, tile, constantIndex(b, turn)),
                                           carried.slice(turn * width, width)));
        return next;
      });
  for (int64_t stride = turns / 2; stride >= 1; stride /= 2)
    for (int64_t i = 0; i < stride * width; ++i)
      sums[i] = dot.add(b, sums[i], sums[i + stride * width]);
  sums.resize(width);
  return reduce(middle, end, 1, sums, addTile);
}

SmallVector<Value> Microkernel::sumColumns(Value begin, Value end,
                                           PanelSource &source) const {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
  Value ones = splat(b, dot.getOperandType(), 1);
  SmallVector<Value> init(vectors, zero);
  return sumTiles(begin, end, init, /*count=*/1, source,
                  [&](int64_t, Value) { return ones; });
}

SmallVector<Value> Microkernel::loadGroupScales(const Panel &panel,
                                                Value group) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  SmallVector<Value> scales;
  for (int64_t j = 0; j < vectors; ++j) {
    if (panel.scales) {
      scales.push_back(vector::LoadOp::create(
          b, floats, panel.scales,
          ValueRange{group, constantIndex(b, j), constantIndex(b, 0)}));
      continue;
    }
    Value scale = loadScales(
        b, spec, parts,
        {panel.index, group, constantIndex(b, j * spec.target.lanes())});
    if (unsigned shift = getLevelShift(spec))
      scale = arith::MulFOp::create(
          b, scale, splatFloat(b, floats, std::ldexp(1.0, -int(shift))));
    scales.push_back(scale);
  }
  return scales;
}

SmallVector<Value> Microkernel::scale(ValueRange groupSums, ValueRange sums,
                                      const Panel &panel, Value group) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  SmallVector<Value> scales = loadGroupScales(panel, group), next;
  for (auto [i, sum] : llvm::enumerate(groupSums)) {
    Value real = sum;
    if (spec.isInteger())
      real = arith::SIToFPOp::create(b, floats, sum);
    next.push_back(math::FmaOp::create(b, real, scales[i % vectors], sums[i]));
  }
  return next;
}

SmallVector<Value> Microkernel::sum(Value row, int64_t count,
                                    const Panel &panel, PanelSource &source,
                                    bool isOneGroup) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> init(count * vectors, zero), rows;
  auto emitRows = [&] {
    rows.clear();
    for (int64_t i = 0; i < count; ++i)
      rows.push_back(arith::AddIOp::create(b, row, constantIndex(b, i)));
  };
  auto load = [&](int64_t i, Value tile) {
    return activation.load(b, panel, rows[i], tile);
  };
  if (source.isScaled() && isOneGroup) {
    emitRows();
    return sumTiles(constantIndex(b, 0), numTiles, init, count, source, load);
  }
  return reduceGroups(
      init, [&](Value group, Value begin, Value end, ValueRange sums) {
        source.enterGroup(b, group);
        emitRows();
        if (source.isScaled())
          return sumTiles(begin, end, sums, count, source, load);
        SmallVector<Value> starts;
        for (Value one : rows)
          llvm::append_range(starts,
                             activation.getStart(b, parts, panel, one, group));
        return scale(sumTiles(begin, end, starts, count, source, load), sums,
                     panel, group);
      });
}
