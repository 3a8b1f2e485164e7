//===- FuseRows.cpp - Neighbouring row-wise ops share a loop over rows ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Matches runs of neighbouring linalg ops on memrefs that go through the same
// rows, and depend on one another within a row alone. Makes one parallel loop
// over the rows, in which the same ops work on views of a row. Leaves the ops
// apart where that would change what they compute or is not worth it.
//
//===----------------------------------------------------------------------===//

#include "RowRun.h"
#include "lowbit/Conversion/Passes.h"
#include "lowbit/Dialect/Lowbit/IR/LowbitDialect.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace lowbit {
#define GEN_PASS_DEF_FUSEROWSPASS
#include "lowbit/Conversion/Passes.h.inc"
} // namespace lowbit

using namespace lowbit;
using namespace mlir;

/// The view of `operand` that the iteration `ivs` of the loop over rows needs.
/// `map` becomes how the loops within a row index it.
static Value viewRow(RewriterBase &b, Location loc, const RowOp &row,
                     OpOperand &operand, ValueRange ivs, AffineMap &map) {
  // Loops of the row, in the order of the op's; those over rows are `ivs`.
  unsigned numLoops = map.getNumDims(), numWithin = 0;
  SmallVector<AffineExpr> within(numLoops, b.getAffineConstantExpr(0));
  SmallVector<OpFoldResult> place(numLoops, b.getIndexAttr(0));
  for (unsigned dim = 0; dim < numLoops; ++dim)
    if (!row.isRowDim(dim))
      within[dim] = b.getAffineDimExpr(numWithin++);
  for (auto [dim, iv] : llvm::zip_equal(row.rowDims, ivs))
    place[dim] = iv;

  auto type = dyn_cast<MemRefType>(operand.get().getType());
  if (!type) {
    map = AffineMap::get(numWithin, 0, b.getContext());
    return operand.get();
  }
  SmallVector<OpFoldResult> offsets, sizes,
      strides(type.getRank(), b.getIndexAttr(1));
  SmallVector<int64_t> shape;
  SmallVector<AffineExpr> indices;
  for (auto [axis, expr] : llvm::enumerate(map.getResults())) {
    AffineExpr rest = expr.replaceDims(within);
    if (isa<AffineConstantExpr>(rest)) {
      offsets.push_back(affine::makeComposedFoldedAffineApply(
          b, loc, AffineMap::get(numLoops, 0, expr), place));
      sizes.push_back(b.getIndexAttr(1));
      continue;
    }
    offsets.push_back(b.getIndexAttr(0));
    sizes.push_back(memref::getMixedSize(b, loc, operand.get(), axis));
    shape.push_back(type.getDimSize(axis));
    indices.push_back(rest);
  }
  map = AffineMap::get(numWithin, 0, indices, b.getContext());
  if (shape.size() == static_cast<size_t>(type.getRank()))
    return operand.get();
  auto viewType =
      cast<MemRefType>(memref::SubViewOp::inferRankReducedResultType(
          shape, type, offsets, sizes, strides));
  return memref::SubViewOp::create(b, loc, viewType, operand.get(), offsets,
                                   sizes, strides);
}

/// What `row` computes in the iteration `ivs` of the loop over rows.
static void emitRow(RewriterBase &b, RowOp row, ValueRange ivs) {
  linalg::GenericOp op = row.op;
  Location loc = op.getLoc();
  SmallVector<Value> inputs, outputs;
  SmallVector<AffineMap> maps;
  for (OpOperand &operand : op->getOpOperands()) {
    maps.push_back(op.getMatchingIndexingMap(&operand));
    Value view = viewRow(b, loc, row, operand, ivs, maps.back());
    (op.isDpsInit(&operand) ? outputs : inputs).push_back(view);
  }
  SmallVector<utils::IteratorType> iterators;
  SmallVector<unsigned> places(op.getNumLoops());
  for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (!row.isRowDim(dim)) {
      places[dim] = iterators.size();
      iterators.push_back(type);
    }
  auto made =
      linalg::GenericOp::create(b, loc, inputs, outputs, maps, iterators);
  made->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  b.inlineRegionBefore(op.getRegion(), made.getRegion(),
                       made.getRegion().begin());
  for (auto index :
       llvm::make_early_inc_range(made.getBody()->getOps<linalg::IndexOp>())) {
    unsigned dim = index.getDim();
    if (row.isRowDim(dim))
      b.replaceOp(index,
                  ivs[llvm::find(row.rowDims, dim) - row.rowDims.begin()]);
    else
      index.setDim(places[dim]);
  }
}

/// One loop in place of the last op of `run`: what stands between its ops has
/// no effects and may be used by it.
static void fuse(RewriterBase &b, const RowRun &run) {
  ArrayRef<RowOp> ops = run.getOps();
  SmallVector<Location> locs;
  for (RowOp row : ops)
    locs.push_back(row.op.getLoc());
  Location loc = b.getFusedLoc(locs);
  b.setInsertionPoint(ops.back().op);
  linalg::LinalgOp first = linalg::GenericOp(ops.front().op);
  SmallVector<Range> ranges = first.createLoopRanges(b, loc);
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  SmallVector<Value> ends;
  for (unsigned dim : ops.front().rowDims)
    ends.push_back(getValueOrCreateConstantIndexOp(b, loc, ranges[dim].size));
  auto loop =
      scf::ParallelOp::create(b, loc, SmallVector<Value>(ends.size(), zero),
                              ends, SmallVector<Value>(ends.size(), one));
  b.setInsertionPointToStart(loop.getBody());
  for (RowOp row : ops) {
    emitRow(b, row, loop.getInductionVars());
    // The layer that profiles name the loop by.
    if (Attribute layer = row.op->getAttr(LowbitDialect::kLayerAttr))
      loop->setAttr(LowbitDialect::kLayerAttr, layer);
  }
  for (RowOp row : ops)
    b.eraseOp(row.op);
}

/// Whether ops may move over `op`. Those that an assertion stands behind are of
/// no use if it fails.
static bool isInert(Operation &op) {
  return op.getNumRegions() == 0 &&
         (isMemoryEffectFree(&op) || isa<cf::AssertOp>(op) ||
          hasSingleEffect<MemoryEffects::Allocate>(&op));
}

namespace {

struct FuseRowsPass final : lowbit::impl::FuseRowsPassBase<FuseRowsPass> {
  using Base::Base;

  void runOnOperation() override;

private:
  /// A run, and the op that it ends before with the reason.
  struct Found {
    RowRun run;
    Operation *next = nullptr;
    std::string reason;
  };
  /// The ops from `first` on that share rows counted by `numDims` loops.
  Found findRun(Operation *first, unsigned numDims);
  Found findBestRun(linalg::GenericOp first);
  void fuseIn(RewriterBase &b, Block &block);
};

} // namespace

FuseRowsPass::Found FuseRowsPass::findRun(Operation *first, unsigned numDims) {
  Found found;
  for (Operation &op :
       llvm::make_range(first->getIterator(), first->getBlock()->end())) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    if (!generic && isInert(op))
      continue;
    FailureOr<RowOp> row = failure();
    if (generic)
      row = getRowOp(generic, numDims, lanes, found.reason);
    if (failed(row) || failed(found.run.add(*row, found.reason))) {
      found.next = &op;
      break;
    }
  }
  return found;
}

FuseRowsPass::Found FuseRowsPass::findBestRun(linalg::GenericOp first) {
  // Loops but that which computes on vectors count rows, or all do.
  unsigned numParallel = first.getNumParallelLoops();
  Found best, scalars;
  if (numParallel > 1)
    best = findRun(first, numParallel - 1);
  if (numParallel > 0)
    scalars = findRun(first, numParallel);
  std::string reason;
  bool isBetter = scalars.run.getOps().size() > best.run.getOps().size();
  if (best.run.getOps().empty() ||
      (scalars.run.isWorthwhile(lanes, reason) &&
       (isBetter || !best.run.isWorthwhile(lanes, reason))))
    return scalars;
  return best;
}

void FuseRowsPass::fuseIn(RewriterBase &b, Block &block) {
  Operation *op = block.empty() ? nullptr : &block.front();
  while (op) {
    Operation *next = op->getNextNode();
    if (auto generic = dyn_cast<linalg::GenericOp>(op)) {
      Found found = findBestRun(generic);
      ArrayRef<RowOp> ops = found.run.getOps();
      if (remarks && isa_and_nonnull<linalg::GenericOp>(found.next) &&
          found.next != op)
        found.next->emitRemark("shares no rows with what stands before it: ")
            << found.reason;
      std::string reason;
      if (found.run.isWorthwhile(lanes, reason)) {
        next = RowOp(ops.back()).op->getNextNode();
        fuse(b, found.run);
      } else if (remarks && ops.size() > 1) {
        op->emitRemark("shares no rows with what stands behind it: ") << reason;
      }
    }
    op = next;
  }
}

void FuseRowsPass::runOnOperation() {
  IRRewriter b(&getContext());
  // Copies and fills stand between others.
  SmallVector<linalg::LinalgOp> named;
  getOperation()->walk([&](linalg::LinalgOp op) {
    if (isa<linalg::FillOp, linalg::CopyOp>(op) && op.hasPureBufferSemantics())
      named.push_back(op);
  });
  for (linalg::LinalgOp op : named) {
    b.setInsertionPoint(op);
    if (failed(linalg::generalizeNamedOp(b, op))) {
      op->emitError("cannot be written as a linalg.generic");
      return signalPassFailure();
    }
  }
  SmallVector<Block *> blocks;
  getOperation()->walk([&](Block *block) {
    // Loops of models that are parallel already need no more threads.
    Operation *parent = block->getParentOp();
    if (!isa<linalg::LinalgOp>(parent) &&
        !parent->hasTrait<OpTrait::HasParallelRegion>() &&
        !parent->getParentWithTrait<OpTrait::HasParallelRegion>())
      blocks.push_back(block);
  });
  for (Block *block : blocks)
    fuseIn(b, *block);
}
