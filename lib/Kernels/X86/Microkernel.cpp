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
#include "llvm/ADT/bit.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

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

int64_t Microkernel::getGroupTiles() const {
  return llvm::divideCeilSigned(spec.getGroupSize(), spec.getStep());
}

Span Microkernel::getWhole() const {
  Value zero = constantIndex(b, 0);
  int64_t numGroups = spec.encoding ? spec.getNumGroups() : 1;
  return {zero, constantIndex(b, numGroups), zero, numTiles, numGroups == 1};
}

SmallVector<Value> Microkernel::reduceGroups(
    const Span &span, ValueRange init,
    function_ref<SmallVector<Value>(Value, Value, Value, ValueRange)> body)
    const {
  if (span.isOneGroup)
    return body(span.firstGroup, span.begin, span.end, init);
  return reduce(span.firstGroup, span.endGroup, 1, init,
                [&](Value group, ValueRange carried) {
                  Value size = constantIndex(b, getGroupTiles());
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
                                         const Panel &panel,
                                         PanelSource &source,
                                         ActivationLoader load) const {
  int64_t vectors = panel.getNumVectors();
  // A tile has all vectors of its first part, then those of the next.
  int64_t parts = spec.getNumParts();
  auto addTile = [&](Value tile, ValueRange weight, ValueRange sums) {
    SmallVector<Value> next(sums);
    for (int64_t part = 0; part < parts; ++part)
      for (int64_t i = 0; i < count; ++i) {
        Value xs = load(i, tile, part);
        for (int64_t j = 0; j < vectors; ++j) {
          Value &sum = next[i * vectors + j];
          sum = dot.build(b, sum, xs, weight[part * vectors + j]);
        }
      }
    return next;
  };
  auto addOne = [&](Value tile, ValueRange sums) {
    return addTile(tile, source.load(b, tile), sums);
  };

  // Few rows have several sums each, for tiles in turn. In short groups one is
  // enough: the processor works on the next groups meanwhile.
  int64_t width = count * vectors;
  int64_t turns = chains / width;
  if (spec.encoding && !source.isScaled())
    turns = std::min(turns, spec.getGroupSize() / spec.getStep() / chains);
  turns = llvm::bit_floor(uint64_t(std::max<int64_t>(turns, 1)));
  int64_t run = source.getRun(), step = std::max(turns, run);
  if (step == 1)
    return reduce(begin, end, 1, init, addOne);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
  SmallVector<Value> all(init);
  all.resize(width * turns, zero);
  Value number = constantIndex(b, step);
  Value size = arith::SubIOp::create(b, end, begin);
  Value middle = arith::AddIOp::create(
      b, begin,
      arith::MulIOp::create(b, arith::DivUIOp::create(b, size, number),
                            number));
  SmallVector<Value> sums =
      reduce(begin, middle, step, all, [&](Value first, ValueRange carried) {
        SmallVector<Value> next(carried);
        for (int64_t i = 0; i < step; i += run) {
          Value tile = arith::AddIOp::create(b, first, constantIndex(b, i));
          SmallVector<Value> weight = source.loadRun(b, tile);
          for (int64_t k = 0; k < run; ++k) {
            int64_t place = (i + k) % turns * width;
            SmallVector<Value> added =
                addTile(arith::AddIOp::create(b, tile, constantIndex(b, k)),
                        ArrayRef<Value>(weight).slice(k * vectors * parts,
                                                      vectors * parts),
                        ArrayRef<Value>(next).slice(place, width));
            llvm::copy(added, next.begin() + place);
          }
        }
        return next;
      });
  for (int64_t stride = turns / 2; stride >= 1; stride /= 2)
    for (int64_t i = 0; i < stride * width; ++i)
      sums[i] = dot.add(b, sums[i], sums[i + stride * width]);
  sums.resize(width);
  return reduce(middle, end, 1, sums, addOne);
}

void Microkernel::prefetchRows(const Panel &panel, Value row, int64_t count,
                               Value lastRow, const Span &span, Value part,
                               Value parts) const {
  Value size = arith::SubIOp::create(b, span.end, span.begin);
  Value share = arith::CeilDivUIOp::create(b, size, parts);
  Value begin = arith::AddIOp::create(b, span.begin,
                                      arith::MulIOp::create(b, share, part));
  Value end = arith::MinUIOp::create(b, arith::AddIOp::create(b, begin, share),
                                     span.end);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(arith::MinUIOp::create(
        b, arith::AddIOp::create(b, row, constantIndex(b, i)), lastRow));
  reduce(begin, end, activation.getLineTiles(), {},
         [&](Value tile, ValueRange) {
           for (Value ofRow : rows)
             activation.prefetch(b, panel, ofRow, tile);
           return SmallVector<Value>();
         });
}

SmallVector<Value> Microkernel::loadRows(Value batch, int64_t rows, Value tile,
                                         int64_t count) const {
  Panel panel;
  panel.batch = batch;
  SmallVector<Value> xs;
  for (int64_t i = 0; i < rows; ++i)
    for (int64_t k = 0; k < count; ++k)
      xs.push_back(activation.load(
          b, panel, constantIndex(b, i),
          arith::AddIOp::create(b, tile, constantIndex(b, k)), /*part=*/0));
  return xs;
}

SmallVector<Value> Microkernel::addTiles(ValueRange xs, Value tile,
                                         int64_t count, ValueRange sums,
                                         const Panel &panel,
                                         PanelSource &source) const {
  SmallVector<Value> next(sums);
  int64_t vectors = panel.getNumVectors();
  for (int64_t k = 0; k < count; ++k) {
    SmallVector<Value> weight =
        source.load(b, arith::AddIOp::create(b, tile, constantIndex(b, k)));
    for (auto [i, sum] : llvm::enumerate(next))
      sum = dot.build(b, sum, xs[i / vectors * count + k], weight[i % vectors]);
  }
  return next;
}

SmallVector<Value> Microkernel::sumColumns(Value begin, Value end,
                                           const Panel &panel,
                                           PanelSource &source) const {
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
  Value ones = splat(b, dot.getOperandType(), 1);
  int64_t vectors = panel.getNumVectors();
  SmallVector<Value> init(vectors, zero);
  return sumTiles(begin, end, init, /*count=*/1, panel, source,
                  [&](int64_t, Value, int64_t) { return ones; });
}

SmallVector<Value> Microkernel::decodeScales(const Panel &panel,
                                             Value group) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  SmallVector<Value> scales;
  for (int64_t j = 0; j < panel.getNumVectors(); ++j) {
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

SmallVector<Value> Microkernel::loadGroup(const Panel &panel, Value buffer,
                                          Value group) const {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto type = VectorType::get({spec.target.lanes()}, element);
  SmallVector<Value> values;
  for (int64_t j = 0; j < panel.getNumVectors(); ++j)
    values.push_back(vector::LoadOp::create(
        b, type, buffer,
        ValueRange{group, constantIndex(b, j), constantIndex(b, 0)}));
  return values;
}

SmallVector<Value> Microkernel::scale(ValueRange groupSums, ValueRange sums,
                                      const Panel &panel, Value group) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  SmallVector<Value> next, scales = panel.scales
                                        ? loadGroup(panel, panel.scales, group)
                                        : decodeScales(panel, group);
  for (auto [i, sum] : llvm::enumerate(groupSums)) {
    Value real = sum;
    if (spec.isInteger())
      real = arith::SIToFPOp::create(b, floats, sum);
    next.push_back(
        math::FmaOp::create(b, real, scales[i % scales.size()], sums[i]));
  }
  return next;
}

SmallVector<Value> Microkernel::sumGroup(Value group, Value begin, Value end,
                                         ValueRange rows, const Panel &panel,
                                         PanelSource &source,
                                         ActivationLoader load) const {
  SmallVector<Value> starts;
  for (Value row : rows)
    llvm::append_range(starts,
                       activation.getStart(b, parts, panel, row, group));
  int64_t count = rows.size(), vectors = panel.getNumVectors();
  if (!spec.needsColumnSums())
    return sumTiles(begin, end, starts, count, panel, source, load);

  SmallVector<Value> sums, columns;
  if (panel.columnSums) {
    columns = loadGroup(panel, panel.columnSums, group);
    sums = sumTiles(begin, end, starts, count, panel, source, load);
  } else {
    // A further row, of ones.
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
    Value ones = splat(b, dot.getOperandType(), 1);
    starts.append(vectors, zero);
    sums = sumTiles(begin, end, starts, count + 1, panel, source,
                    [&](int64_t i, Value tile, int64_t part) {
                      return i == count ? ones : load(i, tile, part);
                    });
    columns.assign(sums.end() - vectors, sums.end());
    sums.pop_back_n(vectors);
  }
  for (auto [i, row] : llvm::enumerate(rows)) {
    Value zeroPoint = vector::BroadcastOp::create(
        b, dot.getSumType(), activation.loadZeroPoint(b, row));
    for (int64_t j = 0; j < vectors; ++j) {
      Value &sum = sums[i * vectors + j];
      sum = arith::SubIOp::create(
          b, sum, arith::MulIOp::create(b, zeroPoint, columns[j]));
    }
  }
  return sums;
}

SmallVector<Value> Microkernel::sum(Value row, int64_t count,
                                    const Panel &panel, PanelSource &source,
                                    const Span &span) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(floats));
  SmallVector<Value> init(count * panel.getNumVectors(), zero), rows;
  for (int64_t i = 0; i < count; ++i)
    rows.push_back(arith::AddIOp::create(b, row, constantIndex(b, i)));
  auto load = [&](int64_t i, Value tile, int64_t part) {
    return activation.load(b, panel, rows[i], tile, part);
  };
  if (source.isScaled() && !source.isGrouped())
    return sumTiles(span.begin, span.end, init, count, panel, source, load);
  return reduceGroups(
      span, init, [&](Value group, Value begin, Value end, ValueRange sums) {
        source.enterGroup(b, group);
        if (source.isScaled())
          return sumTiles(begin, end, sums, count, panel, source, load);
        return scale(sumGroup(group, begin, end, rows, panel, source, load),
                     sums, panel, group);
      });
}
