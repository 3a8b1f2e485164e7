//===- RowRun.cpp - Ops that may share a loop over rows -------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RowRun.h"

#include "LoopPlan.h"
#include "lowbit/Dialect/Lowbit/Transforms/SumOfProducts.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace lowbit;
using namespace mlir;

/// Below so many elements a parallel region costs more than it brings.
static constexpr int64_t minParallelElements = 8192;

//===----------------------------------------------------------------------===//
// The rows of one op
//===----------------------------------------------------------------------===//

/// Whether each index is one of the row or one within it.
static bool splitsByRows(RowOp row) {
  for (AffineMap map : row.op.getIndexingMapsArray())
    for (AffineExpr expr : map.getResults()) {
      bool ofRow = false, within = false;
      for (unsigned dim = 0, e = row.op.getNumLoops(); dim < e; ++dim)
        if (expr.isFunctionOfDim(dim))
          (row.isRowDim(dim) ? ofRow : within) = true;
      if (ofRow && within)
        return false;
    }
  return true;
}

FailureOr<RowOp> lowbit::getRowOp(linalg::GenericOp op, unsigned numDims,
                                  int64_t lanes, std::string &reason) {
  if (isProduct(cast<linalg::LinalgOp>(op.getOperation()))) {
    reason = "it is a product, which has its own loops";
    return failure();
  }
  for (Operation &inner : op.getBody()->without_terminator())
    if (!isMemoryEffectFree(&inner)) {
      reason = "its body does more than compute";
      return failure();
    }
  FailureOr<LoopPlan> plan = LoopPlan::get(op, lanes, reason);
  if (failed(plan))
    return failure();

  RowOp row;
  row.op = op;
  for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray()))
    if (type == utils::IteratorType::parallel)
      row.rowDims.push_back(dim);
  // A loop that computes on vectors is no loop over rows, but where there is
  // one element to a row.
  if (row.rowDims.size() != numDims || !row.isScalar())
    llvm::erase(row.rowDims, plan->vectorDim);
  if (numDims == 0 || row.rowDims.size() != numDims) {
    reason = "it has other parallel loops";
    return failure();
  }
  if (!splitsByRows(row)) {
    reason = "an index depends on the row and on what is within it";
    return failure();
  }
  return row;
}

//===----------------------------------------------------------------------===//
// Lengths
//===----------------------------------------------------------------------===//

RowRun::Length RowRun::getLength(Value memref, int64_t axis) {
  auto type = cast<MemRefType>(memref.getType());
  if (!type.isDynamicDim(axis))
    return {nullptr, type.getDimSize(axis)};
  auto alloc = memref.getDefiningOp<memref::AllocOp>();
  if (!alloc)
    return {memref, axis};
  Value size = alloc.getDynamicSizes()[type.getDynamicDimIndex(axis)];
  if (auto dim = size.getDefiningOp<memref::DimOp>())
    if (std::optional<int64_t> from = dim.getConstantIndex())
      return getLength(dim.getSource(), *from);
  return {size, -1};
}

SmallVector<RowRun::Length> RowRun::getLengths(linalg::GenericOp op,
                                               unsigned dim) {
  SmallVector<Length> result;
  AffineExpr expr = getAffineDimExpr(dim, op.getContext());
  for (OpOperand &operand : op->getOpOperands())
    for (auto [axis, index] :
         llvm::enumerate(op.getMatchingIndexingMap(&operand).getResults()))
      if (index == expr)
        result.push_back(getLength(operand.get(), axis));
  return result;
}

//===----------------------------------------------------------------------===//
// Dependences
//===----------------------------------------------------------------------===//

/// The memref that `memref` is a view of.
static Value getRoot(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

static bool isArgument(Value root) {
  auto argument = dyn_cast<BlockArgument>(root);
  return argument && argument.getOwner()->isEntryBlock() &&
         isa<FunctionOpInterface>(argument.getOwner()->getParentOp());
}

/// Whether memrefs that are not the same value may share memory.
static bool mayOverlap(Value a, Value b) {
  a = getRoot(a);
  b = getRoot(b);
  if (a == b)
    return true;
  auto isNew = [](Value root) {
    return isa_and_nonnull<memref::AllocOp, memref::AllocaOp>(
        root.getDefiningOp());
  };
  auto first = a.getDefiningOp<memref::GetGlobalOp>();
  auto second = b.getDefiningOp<memref::GetGlobalOp>();
  if (first && second)
    return first.getName() == second.getName();
  // What is allocated in a function is none of what was there before.
  auto wasThere = [&](Value root) {
    return isArgument(root) || root.getDefiningOp<memref::GetGlobalOp>();
  };
  return !(isNew(a) && (isNew(b) || wasThere(b))) && !(isNew(b) && wasThere(a));
}

/// Whether both ops index the memref by the row in the same places.
static bool haveSameRows(RowOp a, OpOperand &ofA, RowOp b, OpOperand &ofB) {
  AffineMap mapA = a.op.getMatchingIndexingMap(&ofA);
  AffineMap mapB = b.op.getMatchingIndexingMap(&ofB);
  MLIRContext *context = a.op.getContext();
  for (auto [dimA, dimB] : llvm::zip_equal(a.rowDims, b.rowDims)) {
    std::optional<unsigned> place =
        mapA.getResultPosition(getAffineDimExpr(dimA, context));
    if (!place || mapB.getResult(*place) != getAffineDimExpr(dimB, context))
      return false;
  }
  return true;
}

/// Whether row i of `b` depends on another row of `a` or the other way round.
static bool crossesRows(RowOp a, RowOp b, std::string &reason) {
  for (OpOperand &ofA : a.op->getOpOperands())
    for (OpOperand &ofB : b.op->getOpOperands()) {
      if (!isa<MemRefType>(ofA.get().getType()) ||
          !isa<MemRefType>(ofB.get().getType()) ||
          !(a.op.isDpsInit(&ofA) || b.op.isDpsInit(&ofB)))
        continue;
      if (ofA.get() != ofB.get() ? mayOverlap(ofA.get(), ofB.get())
                                 : !haveSameRows(a, ofA, b, ofB)) {
        reason = ofA.get() == ofB.get()
                     ? "it needs other rows of what is computed before"
                     : "what it touches may overlap what is computed before";
        return true;
      }
    }
  return false;
}

LogicalResult RowRun::add(const RowOp &next, std::string &reason) {
  SmallVector<SmallVector<Length>> found;
  for (unsigned dim : next.rowDims)
    found.push_back(getLengths(next.op, dim));
  if (ops.empty())
    lengths.resize(found.size());
  for (auto [known, more] : llvm::zip_equal(lengths, found))
    if (!ops.empty() && llvm::none_of(more, [&](const Length &length) {
          return llvm::is_contained(known, length);
        })) {
      reason = "it is not known to have as many rows";
      return failure();
    }
  for (const RowOp &row : ops)
    if (crossesRows(row, next, reason))
      return failure();
  ops.push_back(next);
  for (auto [known, more] : llvm::zip_equal(lengths, found))
    llvm::append_range(known, more);
  return success();
}

bool RowRun::isWorthwhile(int64_t lanes, std::string &reason) const {
  int64_t longestRow = 1, mostElements = 1;
  bool hasRows = false;
  for (RowOp row : ops) {
    int64_t length = 1, elements = 1;
    for (auto [dim, range] : llvm::enumerate(row.op.getStaticLoopRanges())) {
      int64_t size = ShapedType::isDynamic(range) ? minParallelElements : range;
      elements *= size;
      if (!row.isRowDim(dim))
        length *= size;
    }
    longestRow = std::max(longestRow, length);
    mostElements = std::max(mostElements, elements);
    hasRows |= !row.isScalar();
  }
  // What has one element to a row is no longer computed on vectors, which
  // short rows do not make up for.
  if (!hasRows || longestRow < 4 * lanes)
    reason = "rows are short";
  else if (mostElements < minParallelElements)
    reason = "there is little work";
  else
    return ops.size() > 1;
  return false;
}
