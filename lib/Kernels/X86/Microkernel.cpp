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

namespace {
/// Woven tiles of a source as the tiles of another one, numbered from 0.
class WovenTiles final : public PanelSource {
public:
  WovenTiles(PanelSource &source, Value begin) : source(source), begin(begin) {}

  bool isScaled() const override { return source.isScaled(); }

  SmallVector<Value> load(ImplicitLocOpBuilder &b, Value number) override {
    return source.loadWoven(b, getTile(b, number), /*isLast=*/false);
  }

  /// The first tile of a number.
  Value getTile(ImplicitLocOpBuilder &b, Value number) const {
    return arith::AddIOp::create(
        b, begin,
        arith::MulIOp::create(b, number, constantIndex(b, source.getWoven())));
  }

private:
  PanelSource &source;
  Value begin;
};
} // namespace

/// Activations of one tile in the first half of the lanes, and of the next one
/// in the second.
static Value weave(ImplicitLocOpBuilder &b, Value first, Value second) {
  auto type = cast<VectorType>(first.getType());
  SmallVector<bool> isFirst(type.getNumElements(), false);
  std::fill_n(isFirst.begin(), isFirst.size() / 2, true);
  Value mask = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type.clone(b.getI1Type()), isFirst));
  return arith::SelectOp::create(b, mask, first, second);
}

SmallVector<Value> Microkernel::sumWoven(Value begin, Value end, int64_t count,
                                         const Panel &panel,
                                         PanelSource &source,
                                         ActivationLoader load) const {
  int64_t woven = source.getWoven(), perRow = woven * panel.getNumVectors();
  assert(woven <= 2 && "activations of two tiles are woven");
  WovenTiles tiles(source, begin);
  Panel wide = panel;
  wide.masks.resize(perRow, panel.masks.front());

  Value none = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
  SmallVector<Value> init(count * perRow, none);
  Value number = arith::DivUIOp::create(b, arith::SubIOp::create(b, end, begin),
                                        constantIndex(b, woven));
  SmallVector<Value> sums =
      sumTiles(constantIndex(b, 0), number, init, count, wide, tiles,
               [&](int64_t i, Value at, int64_t part) {
                 Value tile = tiles.getTile(b, at), x = load(i, tile, part);
                 if (woven == 1)
                   return x;
                 Value next =
                     arith::AddIOp::create(b, tile, constantIndex(b, 1));
                 return weave(b, x, load(i, next, part));
               });
  if (woven > 1)
    sums = reduce(
        tiles.getTile(b, number), end, 1, sums,
        [&](Value tile, ValueRange carried) {
          SmallVector<Value> next(carried),
              weight = source.loadWoven(b, tile, /*isLast=*/true);
          for (int64_t i = 0; i < count; ++i) {
            Value x = load(i, tile, /*part=*/0);
            x = weave(b, x,
                      arith::ConstantOp::create(b, b.getZeroAttr(x.getType())));
            for (int64_t j = 0; j < perRow; ++j) {
              Value &sum = next[i * perRow + j];
              sum = dot.build(b, sum, x, weight[j]);
            }
          }
          return next;
        });
  SmallVector<Value> result;
  for (int64_t i = 0; i < count; ++i)
    llvm::append_range(result, source.unweave(b, ArrayRef<Value>(sums).slice(
                                                     i * perRow, perRow)));
  return result;
}

SmallVector<Value> Microkernel::getScales(const Panel &panel,
                                          Value group) const {
  if (panel.scales && !panel.keepsFound)
    return loadGroup(panel, panel.scales, group);
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
  if (panel.scales)
    keepGroup(scales, panel.scales, group);
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

void Microkernel::keepGroup(ValueRange values, Value buffer,
                            Value group) const {
  for (auto [j, value] : llvm::enumerate(values))
    vector::StoreOp::create(
        b, value, buffer,
        ValueRange{group, constantIndex(b, int64_t(j)), constantIndex(b, 0)});
}

SmallVector<Value> Microkernel::scale(ValueRange groupSums, ValueRange sums,
                                      const Panel &panel, Value group) const {
  VectorType floats = VectorType::get({spec.target.lanes()}, b.getF32Type());
  SmallVector<Value> next, scales = getScales(panel, group);
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
  int64_t count = rows.size(), vectors = panel.getNumVectors();
  // What woven vectors save is little for many rows, and each has more to do:
  // of integers for more than one.
  int64_t most = spec.isInteger() ? 1 : spec.target.blockRows() / 2;
  bool isWoven = source.getWoven() > 0 && count <= most;
  auto sumAll = [&](ValueRange starts, int64_t number, ActivationLoader from) {
    if (!isWoven)
      return sumTiles(begin, end, starts, number, panel, source, from);
    SmallVector<Value> sums = sumWoven(begin, end, number, panel, source, from);
    if (spec.isInteger())
      for (auto [sum, start] : llvm::zip_equal(sums, starts))
        sum = dot.add(b, start, sum);
    return sums;
  };
  SmallVector<Value> starts;
  for (Value row : rows)
    llvm::append_range(starts,
                       activation.getStart(b, parts, panel, row, group));
  if (!spec.needsColumnSums())
    return sumAll(starts, count, load);

  SmallVector<Value> sums, columns;
  if (panel.columnSums && !panel.keepsFound) {
    columns = loadGroup(panel, panel.columnSums, group);
    sums = sumAll(starts, count, load);
  } else {
    // A further row, of ones.
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(dot.getSumType()));
    Value ones = splat(b, dot.getOperandType(), 1);
    starts.append(vectors, zero);
    sums = sumAll(starts, count + 1, [&](int64_t i, Value tile, int64_t part) {
      return i == count ? ones : load(i, tile, part);
    });
    columns.assign(sums.end() - vectors, sums.end());
    sums.pop_back_n(vectors);
    if (panel.columnSums)
      keepGroup(columns, panel.columnSums, group);
  }
  for (auto [i, row] : llvm::enumerate(rows))
    subtractZeroPoint(MutableArrayRef(sums).slice(i * vectors, vectors), row,
                      columns);
  return sums;
}

void Microkernel::subtractZeroPoint(MutableArrayRef<Value> sums, Value row,
                                    ValueRange columns) const {
  Value zeroPoint = vector::BroadcastOp::create(
      b, dot.getSumType(), activation.loadZeroPoint(b, row));
  for (auto [sum, column] : llvm::zip(sums, columns))
    sum = arith::SubIOp::create(b, sum,
                                arith::MulIOp::create(b, zeroPoint, column));
}

SmallVector<Value> Microkernel::addGroup(ValueRange products, ValueRange reals,
                                         Value row, const Panel &panel,
                                         Value group) const {
  SmallVector<Value> sums;
  for (auto [product, start] :
       llvm::zip(products, activation.getStart(b, parts, panel, row, group)))
    sums.push_back(arith::AddIOp::create(b, product, start));
  if (panel.columnSums)
    subtractZeroPoint(sums, row, loadGroup(panel, panel.columnSums, group));
  return scale(sums, reals, panel, group);
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
