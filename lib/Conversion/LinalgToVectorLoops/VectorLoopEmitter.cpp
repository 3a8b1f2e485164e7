//===- VectorLoopEmitter.cpp - Emits vector loops for a generic op --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VectorLoopEmitter.h"

#include "Emitter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace lowbit;
using namespace mlir;

/// Below so many elements a parallel region costs more than it brings.
static constexpr int64_t minParallelElements = 8192;

/// Integer division traps on a zero divisor, so that neither lanes that do not
/// exist nor a loop that does not run may divide.
static bool canTrap(Operation &op) {
  return isa<arith::DivSIOp, arith::DivUIOp, arith::RemSIOp, arith::RemUIOp,
             arith::CeilDivSIOp, arith::CeilDivUIOp, arith::FloorDivSIOp>(op) &&
         !matchPattern(op.getOperand(1), m_NonZero());
}

void lowbit::emitVectorLoops(RewriterBase &rewriter, linalg::GenericOp op,
                             const LoopPlan &plan, int64_t lanes) {
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPoint(op);
  Emitter(rewriter, op, plan, lanes).emit();
}

void Emitter::emit() {
  ranges = cast<linalg::LinalgOp>(op.getOperation())
               .createLoopRanges(b, op.getLoc());
  ivs.resize(ranges.size());
  SmallVector<unsigned> parallel, reduction;
  for (auto [dim, type] : llvm::enumerate(op.getIteratorTypesArray())) {
    if (dim == plan.vectorDim)
      continue;
    (type == utils::IteratorType::parallel ? parallel : reduction)
        .push_back(dim);
  }
  int64_t elements = 1;
  for (int64_t range : op.getStaticLoopRanges())
    elements =
        ShapedType::isDynamic(range) ? minParallelElements : elements * range;
  if (parallel.empty() || elements < minParallelElements) {
    parallel.append(reduction);
    return emitLoops(parallel);
  }

  SmallVector<Value> lower, upper, step;
  for (unsigned dim : parallel) {
    lower.push_back(index(0));
    upper.push_back(
        getValueOrCreateConstantIndexOp(b, op.getLoc(), ranges[dim].size));
    step.push_back(index(1));
  }
  auto loop = scf::ParallelOp::create(b, lower, upper, step);
  for (auto [dim, iv] : llvm::zip(parallel, loop.getInductionVars()))
    ivs[dim] = iv;
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  emitLoops(reduction);
}

void Emitter::emitLoops(ArrayRef<unsigned> dims) {
  if (dims.empty())
    return emitVectorDim();
  unsigned dim = dims.front();
  auto loop = scf::ForOp::create(
      b, index(0),
      getValueOrCreateConstantIndexOp(b, op.getLoc(), ranges[dim].size),
      index(1));
  ivs[dim] = loop.getInductionVar();
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  emitLoops(dims.drop_front());
}

void Emitter::emitVectorDim() {
  emitUniformPart();

  SmallVector<Value> starts;
  for (const LaneReduction &reduction : reductions)
    starts.push_back(reduction.emitStart(b));
  SmallVector<Value> sums = starts;

  OpFoldResult size = ranges[plan.vectorDim].size;
  std::optional<int64_t> staticSize = getConstantIntValue(size);
  Value end = getValueOrCreateConstantIndexOp(b, op.getLoc(), size);
  // Where the last whole `count` vectors end.
  auto getEnd = [&](int64_t count) -> Value {
    int64_t step = count * lanes;
    if (staticSize)
      return index(*staticSize / step * step);
    return arith::SubIOp::create(b, end,
                                 arith::RemUIOp::create(b, end, index(step)));
  };
  auto emitLoop = [&](Value from, Value to, int64_t count, bool isMasked) {
    // Each of the vectors has sums of its own.
    SmallVector<Value> all = sums;
    for (int64_t i = 1; i < count; ++i)
      llvm::append_range(all, starts);
    auto loop = scf::ForOp::create(b, from, to, index(count * lanes), all);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    SmallVector<Value> next;
    for (int64_t i = 0; i < count; ++i) {
      Value iv = loop.getInductionVar(), mask;
      if (i > 0)
        iv = arith::AddIOp::create(b, iv, index(i * lanes));
      if (isMasked)
        mask = vector::CreateMaskOp::create(
            b, vectorOf(b.getI1Type()),
            ValueRange{arith::SubIOp::create(b, end, iv)});
      llvm::append_range(
          next, emitVectorPart(iv, mask,
                               loop.getRegionIterArgs().slice(i * sums.size(),
                                                              sums.size())));
    }
    if (!next.empty())
      scf::YieldOp::create(b, next);
    b.setInsertionPointAfter(loop);
    sums = emitSumOfSums(loop.getResults());
  };
  Value from = index(0);
  int64_t chains = countChains();
  if (chains > 1) {
    Value to = getEnd(chains);
    emitLoop(from, to, chains, /*isMasked=*/false);
    from = to;
  }
  Value wholeEnd = getEnd(1);
  bool allInChains =
      chains > 1 && staticSize && *staticSize / lanes % chains == 0;
  if (!allInChains && (!staticSize || *staticSize >= lanes))
    emitLoop(from, wholeEnd, 1, /*isMasked=*/false);
  if (!staticSize || *staticSize % lanes != 0)
    emitLoop(wholeEnd, end, 1, /*isMasked=*/true);

  for (auto [i, sum] : llvm::enumerate(sums)) {
    OpOperand *init = op.getDpsInitOperand(i);
    SmallVector<Value> at = indices(*init, nullptr);
    Value total = reductions[i].emitAcrossLanes(b, sum);
    Value old = memref::LoadOp::create(b, init->get(), at);
    Operation *combined = b.clone(*plan.combiners[i]);
    combined->setOperands({old, total});
    memref::StoreOp::create(b, combined->getResult(0), init->get(), at);
  }
}

/// How many vectors are reduced side by side: a processor takes as long for one
/// step of a sum as for several that do not wait for one another. Bodies of
/// more than a few ops have other things to do meanwhile.
int64_t Emitter::countChains() {
  constexpr int64_t mostChains = 4;
  constexpr size_t mostOps = 6;
  std::optional<int64_t> size =
      getConstantIntValue(ranges[plan.vectorDim].size);
  if (!plan.isReduction || (size && *size < mostChains * lanes))
    return 1;
  size_t count = 0;
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (isa<math::MathDialect>(inner.getDialect()) && !isa<math::AbsFOp>(inner))
      return 1;
    ++count;
  }
  return count > mostOps ? 1 : mostChains;
}

/// Those of each reduction from several for each, in pairs.
SmallVector<Value> Emitter::emitSumOfSums(ValueRange all) {
  SmallVector<Value> sums(all);
  size_t number = reductions.size();
  while (sums.size() > number) {
    size_t half = sums.size() / 2;
    for (size_t i = 0; i < half; ++i)
      sums[i] = reductions[i % number].emitCombine(b, sums[i], sums[i + half]);
    sums.resize(half);
  }
  return sums;
}

/// Emits what does not depend on the vector dimension, once.
void Emitter::emitUniformPart() {
  uniform.clear();
  hoisted.clear();
  std::optional<int64_t> size =
      getConstantIntValue(ranges[plan.vectorDim].size);
  bool mayHoistAll = size && *size > 0;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    bool isSum = plan.isReduction && op.isDpsInit(&operand);
    if (!isa<MemRefType>(operand.get().getType()))
      uniform.map(argument, operand.get());
    else if (plan.accesses[operand.getOperandNumber()] == Access::Uniform &&
             !isSum && !argument.use_empty())
      uniform.map(argument, memref::LoadOp::create(b, operand.get(),
                                                   indices(operand, nullptr)));
  }
  for (Operation &inner : op.getBody()->without_terminator()) {
    if (auto position = dyn_cast<linalg::IndexOp>(inner)) {
      if (position.getDim() != plan.vectorDim)
        uniform.map(position.getResult(), ivs[position.getDim()]);
      continue;
    }
    auto isKnown = [&](Value value) {
      return uniform.contains(value) ||
             value.getParentRegion() != &op.getRegion();
    };
    // Assertions, loads and divisions are for elements that there are: they do
    // not move in front of a loop that may be empty. Order is kept: what an
    // assertion guards comes after it.
    bool needsElements =
        isa<memref::LoadOp, cf::AssertOp>(inner) || canTrap(inner);
    if ((mayHoistAll || !needsElements) &&
        llvm::all_of(inner.getOperands(), isKnown)) {
      b.clone(inner, uniform);
      if (isa<cf::AssertOp>(inner))
        hoisted.insert(&inner);
    } else if (isa<cf::AssertOp>(inner)) {
      // What follows may rely on an assertion that stays in the loop.
      mayHoistAll = false;
    }
  }
}

SmallVector<Value> Emitter::emitVectorPart(Value iv, Value mask,
                                           ValueRange sums) {
  IRMapping mapping = uniform;
  for (OpOperand &operand : op->getOpOperands()) {
    BlockArgument argument = op.getMatchingBlockArgument(&operand);
    bool isSum = plan.isReduction && op.isDpsInit(&operand);
    if (!isSum && !argument.use_empty() && !mapping.contains(argument))
      mapping.map(argument, loadVector(operand, iv, mask));
  }
  SmallVector<Value> next(sums);
  for (Operation &inner : op.getBody()->without_terminator()) {
    auto combiner = llvm::find(plan.combiners, &inner);
    if (combiner != plan.combiners.end()) {
      unsigned i = combiner - plan.combiners.begin();
      BlockArgument argument = op.getRegionOutputArgs()[i];
      Value other = inner.getOperand(inner.getOperand(0) == argument ? 1 : 0);
      Value value = toVector(mapping.lookupOrDefault(other));
      value = reductions[i].emitOperand(b, value);
      if (mask)
        value =
            arith::SelectOp::create(b, mask, value, reductions[i].emitStart(b));
      next[i] = reductions[i].emitCombine(b, sums[i], value);
      continue;
    }
    if (auto assertion = dyn_cast<cf::AssertOp>(inner)) {
      if (!hoisted.contains(&inner))
        emitAssert(assertion, mask, mapping);
      continue;
    }
    if (!mapping.contains(inner.getResult(0)))
      mapping.map(inner.getResult(0), emitOp(inner, iv, mask, mapping));
  }
  if (plan.isReduction)
    return next;

  Operation *yield = op.getBody()->getTerminator();
  for (auto [i, result] : llvm::enumerate(yield->getOperands())) {
    OpOperand *init = op.getDpsInitOperand(i);
    Value value = toVector(mapping.lookupOrDefault(result));
    Value memref = asBytes(init->get());
    if (memref != init->get())
      value = arith::ExtUIOp::create(b, vectorOf(b.getI8Type()), value);
    SmallVector<Value> at = indices(*init, iv);
    if (!mask)
      vector::StoreOp::create(b, value, memref, at);
    else if (isOneLane())
      memref::StoreOp::create(b, vector::ExtractOp::create(b, value, 0), memref,
                              at);
    else
      vector::MaskedStoreOp::create(b, memref, at, mask, value);
  }
  return {};
}

/// Whether masks let one lane through, always: LLVM 22 stores that of a
/// truncated vector in the width that it had before, over what lies behind it
/// (x86 with AVX-512; of 33 bytes in rows the last is stored as four).
bool Emitter::isOneLane() const {
  std::optional<int64_t> size =
      getConstantIntValue(ranges[plan.vectorDim].size);
  return size && *size % lanes == 1;
}

/// Asserts that the condition holds in all lanes that stand for elements.
void Emitter::emitAssert(cf::AssertOp assertion, Value mask,
                         IRMapping &mapping) {
  Value holds = toVector(mapping.lookupOrDefault(assertion.getArg()));
  if (mask) {
    Value all = constant(b.getOneAttr(holds.getType()));
    holds = arith::SelectOp::create(b, mask, holds, all);
  }
  cf::AssertOp::create(
      b, vector::ReductionOp::create(b, vector::CombiningKind::AND, holds),
      assertion.getMsg());
}

Value Emitter::emitOp(Operation &inner, Value iv, Value mask,
                      IRMapping &mapping) {
  if (isa<linalg::IndexOp>(inner)) {
    VectorType type = vectorOf(b.getIndexType());
    return arith::AddIOp::create(b, vector::BroadcastOp::create(b, type, iv),
                                 vector::StepOp::create(b, type));
  }
  if (auto load = dyn_cast<memref::LoadOp>(inner))
    return loadAt(load, iv, mask, mapping);
  SmallVector<Value> operands;
  for (Value operand : inner.getOperands())
    operands.push_back(toVector(mapping.lookupOrDefault(operand)));
  if (mask && canTrap(inner))
    operands[1] = arith::SelectOp::create(
        b, mask, operands[1],
        passThrough(cast<VectorType>(operands[1].getType())));
  return b
      .create(b.getLoc(), inner.getName().getIdentifier(), operands,
              {vectorOf(inner.getResult(0).getType())}, inner.getAttrs())
      ->getResult(0);
}

SmallVector<Value> Emitter::indices(OpOperand &operand, Value iv) {
  AffineMap map = op.getMatchingIndexingMap(&operand);
  SmallVector<OpFoldResult> dims;
  for (auto [dim, value] : llvm::enumerate(ivs)) {
    if (dim != plan.vectorDim)
      dims.push_back(value);
    else
      dims.push_back(iv ? OpFoldResult(iv) : b.getIndexAttr(0));
  }
  SmallVector<Value> result;
  for (AffineExpr expr : map.getResults())
    result.push_back(getValueOrCreateConstantIndexOp(
        b, b.getLoc(),
        affine::makeComposedFoldedAffineApply(
            b, b.getLoc(), AffineMap::get(map.getNumDims(), 0, expr), dims)));
  return result;
}
