//===- BlockedRows.cpp - Many rows on blocks of the weight ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Vectors of real weights cost more to make than to load, and weights that are
// not encoded lie far apart. Many rows make them once for a block of the
// weight, some panels of it over a span of the reduction, in a scratch buffer
// that stays in the cache while all rows pass; sums are added to c block by
// block. Numbers that lie in panels as they are need no buffer.
//
//===----------------------------------------------------------------------===//

#include "Codes.h"
#include "MatmulBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace lowbit;
using namespace lowbit::x86;
using namespace mlir;

static constexpr int64_t vectors = Target::vectors;
static constexpr int64_t blockPanels = Target::blockPanels;

int64_t MatmulBuilder::getBlockTiles() const {
  return spec.target.blockTiles() / spec.getNumParts();
}

void MatmulBuilder::buildSpans(
    const Microkernel &kernel,
    function_ref<void(const Span &span, Value isFirst)> body) {
  int64_t size = getBlockTiles();
  Span whole = kernel.getWhole();
  Value zero = constantIndex(b, 0);
  auto isZero = [&](Value x) {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, x, zero);
  };
  if (spec.encoding &&
      cast<MemRefType>(parts[0].getType()).getDimSize(1) <= size)
    return body(whole, {});
  if (whole.isOneGroup) {
    // Where nothing is summed c gets its zeros all the same.
    Value end = arith::MaxUIOp::create(b, numTiles, constantIndex(b, 1));
    return buildPieces(zero, end, size, [&](Value first, Value last) {
      Value stop = arith::MinUIOp::create(b, last, numTiles);
      body({zero, whole.endGroup, first, stop, true}, isZero(first));
    });
  }
  int64_t groupTiles = kernel.getGroupTiles();
  auto getTile = [&](Value group) -> Value {
    Value tile = arith::MulIOp::create(b, group, constantIndex(b, groupTiles));
    return arith::MinUIOp::create(b, tile, numTiles);
  };
  buildPieces(zero, whole.endGroup, std::max<int64_t>(size / groupTiles, 1),
              [&](Value group, Value endGroup) {
                Value begin = getTile(group), end = getTile(endGroup);
                if (groupTiles <= size)
                  return body({group, endGroup, begin, end, false},
                              isZero(group));
                buildPieces(begin, end, size, [&](Value first, Value last) {
                  body({group, endGroup, first, last, true}, isZero(first));
                });
              });
}

int64_t MatmulBuilder::getTilesAhead() const {
  // Two pages of memory.
  constexpr int64_t bytes = 8192;
  return bytes / cast<MemRefType>(parts[0].getType()).getShape().back();
}

Value MatmulBuilder::allocateScratch() {
  VectorType vector = DotProduct(spec, b.getContext()).getOperandType();
  SmallVector<int64_t> shape = {blockPanels, getBlockTiles(),
                                vectors * spec.getNumParts(),
                                vector.getNumElements()};
  return memref::AllocOp::create(
      b, MemRefType::get(shape, vector.getElementType()), ValueRange{},
      b.getI64IntegerAttr(64));
}

void MatmulBuilder::storeTile(ValueRange tile, Value scratch, Value panel,
                              Value place, int64_t first) {
  for (auto [j, vector] : llvm::enumerate(tile))
    vector::StoreOp::create(b, vector, scratch,
                            ValueRange{panel, place,
                                       constantIndex(b, first + int64_t(j)),
                                       constantIndex(b, 0)});
}

void MatmulBuilder::fillScratch(const Microkernel &kernel, const Span &span,
                                Value batch, Value firstPanel,
                                Value numBlockPanels, Value scratch) {
  if (!spec.encoding && !spec.transposed) {
    // Along the rows of the weight; columns that there are not are zero.
    SmallVector<Panel> panels;
    for (int64_t i = 0; i < blockPanels; ++i)
      panels.push_back(makePanel(batch, add(firstPanel, i)));
    kernel.reduce(span.begin, span.end, 1, {}, [&](Value tile, ValueRange) {
      Value place = arith::SubIOp::create(b, tile, span.begin);
      for (auto [i, panel] : llvm::enumerate(panels))
        storeTile(makeSource(panel)->load(b, tile), scratch,
                  constantIndex(b, i), place);
      return SmallVector<Value>();
    });
    return;
  }
  // Else panel by panel; transposed ones are a vector wide, which leaves
  // registers to transpose in.
  int64_t width = spec.transposed ? 1 : vectors, parts = vectors / width;
  auto fillPart = [&](Value panel, int64_t part) {
    Value index = arith::AddIOp::create(b, firstPanel, panel);
    if (parts > 1)
      index =
          add(arith::MulIOp::create(b, index, constantIndex(b, parts)), part);
    Panel narrow = makePanel(batch, index, width);
    std::unique_ptr<PanelSource> source = makeSource(narrow);
    int64_t run = source->getRun(), perTile = width * spec.getNumParts();
    auto fill = [&](Value begin, Value end, int64_t step, bool isRun) {
      kernel.reduce(begin, end, step, {}, [&](Value tile, ValueRange) {
        SmallVector<Value> tiles =
            isRun ? source->loadRun(b, tile) : source->load(b, tile);
        Value place = arith::SubIOp::create(b, tile, span.begin);
        for (int64_t i = 0; i < step; ++i)
          storeTile(ArrayRef<Value>(tiles).slice(i * perTile, perTile), scratch,
                    panel, add(place, i), part);
        return SmallVector<Value>();
      });
    };
    kernel.reduceGroups(
        span, {}, [&](Value group, Value begin, Value end, ValueRange) {
          source->enterGroup(b, group);
          Value middle = begin;
          if (run > 1) {
            Value count = arith::SubIOp::create(b, end, begin);
            Value rest =
                arith::RemUIOp::create(b, count, constantIndex(b, run));
            middle = arith::SubIOp::create(b, end, rest);
            fill(begin, middle, run, /*isRun=*/true);
          }
          fill(middle, end, 1, /*isRun=*/false);
          return SmallVector<Value>();
        });
  };
  kernel.reduce(constantIndex(b, 0), numBlockPanels, 1, {},
                [&](Value panel, ValueRange) {
                  for (int64_t part = 0; part < parts; ++part)
                    fillPart(panel, part);
                  return SmallVector<Value>();
                });
}

SmallVector<Value> MatmulBuilder::getNextTiles(Value tile, int64_t count) {
  Value last = arith::SubIOp::create(b, numTiles, constantIndex(b, 1));
  SmallVector<Value> next;
  for (int64_t i = count; i < 2 * count; ++i)
    next.push_back(arith::MinUIOp::create(b, add(tile, i), last));
  return next;
}

void MatmulBuilder::prefetch(Value batch, Value column, int64_t columns,
                             ValueRange tiles) {
  constexpr int64_t lineElements = 16;
  for (Value tile : tiles)
    for (int64_t j = 0; j < columns; j += lineElements) {
      SmallVector<Value> place;
      if (batch)
        place.push_back(batch);
      place.append({tile, add(column, j)});
      memref::PrefetchOp::create(b, parts.front(), place, /*isWrite=*/false,
                                 /*localityHint=*/2, /*isDataCache=*/true);
    }
}

void MatmulBuilder::prefetchShare(const Microkernel &kernel, const Span &span,
                                  Value batch, Value firstPanel, Value row,
                                  int64_t rows) {
  Value size = arith::SubIOp::create(b, span.end, span.begin);
  auto getTile = [&](Value rowsDone) -> Value {
    Value share = arith::DivUIOp::create(
        b, arith::MulIOp::create(b, size, rowsDone), numRows);
    return arith::MinUIOp::create(b, arith::AddIOp::create(b, span.end, share),
                                  numTiles);
  };
  int64_t columns = spec.target.columns();
  Value column =
      arith::MulIOp::create(b, firstPanel, constantIndex(b, columns));
  kernel.reduce(getTile(row), getTile(add(row, rows)), 1, {},
                [&](Value tile, ValueRange) {
                  prefetch(batch, column, blockPanels * columns, tile);
                  return SmallVector<Value>();
                });
}

void MatmulBuilder::buildBlocked(const Microkernel &kernel) {
  // Few panels are shared among the threads rather than the cache.
  Value most = constantIndex(b, blockPanels), one = constantIndex(b, 1);
  Value perBlock = arith::DivUIOp::create(b, numPanels, constantIndex(b, 8));
  perBlock =
      arith::MinUIOp::create(b, arith::MaxUIOp::create(b, perBlock, one), most);
  Value numBlocks = arith::CeilDivUIOp::create(b, numPanels, perBlock);
  Value lastRow = arith::SubIOp::create(b, numRows, one);
  buildParallel(
      numBlocks, spec.target.blockRows(), vectors,
      [&](Value batch, Value block) {
        Value firstPanel = arith::MulIOp::create(b, block, perBlock);
        Value count = arith::MinUIOp::create(
            b, perBlock, arith::SubIOp::create(b, numPanels, firstPanel));
        Value scratch = areInPanels(spec) ? Value() : allocateScratch();
        buildSpans(kernel, [&](const Span &span, Value isFirst) {
          if (scratch)
            fillScratch(kernel, span, batch, firstPanel, count, scratch);
          buildRows(
              constantIndex(b, 0), numRows, spec.target.blockRows(),
              [&](Value row, int64_t rows) {
                if (!spec.encoding && !spec.transposed)
                  prefetchShare(kernel, span, batch, firstPanel, row, rows);
                kernel.reduce(
                    constantIndex(b, 0), count, 1, {},
                    [&](Value i, ValueRange) {
                      Panel panel = makePanel(
                          batch, arith::AddIOp::create(b, firstPanel, i));
                      if (areInPanels(spec))
                        panel.ahead = getTilesAhead();
                      // The next rows lie where this core's caches do not
                      // reach.
                      kernel.prefetchRows(panel, add(row, rows), rows, lastRow,
                                          span, i, count);
                      results.prefetch(row, rows, panel);
                      std::unique_ptr<PanelSource> source = makeSource(panel);
                      if (scratch)
                        source = makeScratchSource(scratch, i, span.begin,
                                                   source->isScaled());
                      results.store(row, rows,
                                    kernel.sum(row, rows, panel, *source, span),
                                    panel, isFirst,
                                    isFirst ? isLast(span) : Value());
                      return SmallVector<Value>();
                    });
              });
        });
        if (scratch)
          memref::DeallocOp::create(b, scratch);
      });
}
