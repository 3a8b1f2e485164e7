//===- Scores.cpp - From products to scores of attention ------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Scores.h"

#include "lowbit/Kernels/NVVM/Approximate.h"

#include <numbers>

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

static Type getElementType(KernelBuilder &kernel, MaskType mask) {
  switch (mask) {
  case MaskType::F16:
    return kernel.f16;
  case MaskType::BF16:
    return kernel.bf16;
  case MaskType::F32:
    return kernel.f32;
  default:
    return kernel.i8;
  }
}

static int64_t getElementBytes(MaskType mask) {
  switch (mask) {
  case MaskType::Boolean:
    return 1;
  case MaskType::F32:
    return 4;
  default:
    return 2;
  }
}

AttentionScores::AttentionScores(KernelBuilder &kernel,
                                 const AttentionSpec &spec,
                                 const AttentionPlan &plan,
                                 const AttentionArguments &arguments,
                                 const AttentionProblem &problem)
    : spec(spec), problem(problem),
      tile(plan.rowFragments, plan.blockKeys / Accumulator::columns),
      column(getAccumulatorColumn(kernel)) {
  KernelBuilder::Step step(kernel, "what the rows see");
  Value unit = kernel.constantF32(isNatural() ? 1 : std::numbers::log2e);
  factor = kernel.mulF(arguments[A::Scale], unit);
  if (spec.softCap) {
    Value cap = arguments[A::Cap];
    capFactor =
        kernel.mulF(arguments[A::Scale], reciprocal(kernel, cap));
    factor = kernel.mulF(cap, unit);
  }
  if (spec.alibi) {
    Value place = kernel.add(
        kernel.toI64(problem.head),
        kernel.mul(kernel.toI64(problem.sequence),
                   arguments[A::SlopesBatchStride]));
    Value value = kernel.load(
        kernel.f32,
        kernel.offset(arguments[A::Slopes], kernel.mul(place, 4)),
        /*alignment=*/4);
    slope = kernel.negF(kernel.mulF(value, unit));
  }

  Value maskStart;
  if (spec.mask != MaskType::None) {
    Value place = kernel.add(
        kernel.mul(kernel.toI64(problem.sequence),
                   arguments[A::MaskBatchStride]),
        kernel.mul(kernel.toI64(problem.head), arguments[A::MaskHeadStride]));
    int64_t bytes = getElementBytes(spec.mask);
    maskStart =
        kernel.offset(arguments[A::Mask], kernel.mul(place, bytes));
    maskKeyStride = kernel.mul(arguments[A::MaskKeyStride], bytes);
    if (spec.maskSharedByRows)
      maskRow.push_back(maskStart);
  }
  Value lastOfAll = kernel.sub(problem.keys, 1);
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  for (int64_t i = 0; i < tile.getThreadRows(); ++i) {
    Value row = kernel.add(laneRow, i * 8);
    auto onDiagonal = [&] { return kernel.add(row, problem.diagonal); };
    Value last = lastOfAll;
    if (spec.isBoundedRight()) {
      Value bound = onDiagonal();
      if (spec.windowRight)
        bound = kernel.add(bound, arguments[A::WindowRight]);
      last = kernel.min(last, bound);
    }
    lastKey.push_back(last);
    if (spec.windowLeft)
      firstKey.push_back(
          kernel.sub(onDiagonal(), arguments[A::WindowLeft]));
    if (spec.alibi)
      center.push_back(kernel.toFloat(onDiagonal()));
    if (maskStart && !spec.maskSharedByRows) {
      // Rows beyond the last read its mask, for nothing.
      Value inside = kernel.min(row, kernel.sub(problem.queries, 1));
      int64_t bytes = getElementBytes(spec.mask);
      Value stride = kernel.mul(arguments[A::MaskRowStride], bytes);
      maskRow.push_back(kernel.offset(
          maskStart, kernel.mul(kernel.toI64(inside), stride)));
    }
  }

  safeEnd = problem.keys;
  if (spec.isBoundedRight()) {
    Value end = kernel.add(kernel.add(problem.warpRow, problem.diagonal), 1);
    if (spec.windowRight)
      end = kernel.add(end, arguments[A::WindowRight]);
    safeEnd = kernel.min(safeEnd, end);
  }
  if (spec.windowLeft)
    safeBegin = kernel.sub(
        kernel.add(kernel.add(problem.warpRow, plan.getRowsPerWarp() - 1),
                   problem.diagonal),
        arguments[A::WindowLeft]);
}

bool AttentionScores::hasBias() const {
  return spec.alibi || spec.hasAdditiveMask();
}

void AttentionScores::apply(KernelBuilder &kernel, Value key, Values &scores) {
  if (spec.softCap)
    capScores(kernel, scores);
  if (hasBias())
    addBiases(kernel, key, scores);
  if (spec.mask == MaskType::Boolean)
    maskScores(kernel, key, scores);
  cutEdges(kernel, key, scores);
}

void AttentionScores::capScores(KernelBuilder &kernel, Values &scores) {
  KernelBuilder::Step step(kernel, "soft-cap");
  for (Value &score : scores)
    score = tanh(kernel, kernel.mulF(score, capFactor));
}

Values AttentionScores::loadMask(KernelBuilder &kernel, Value key) {
  Type type = getElementType(kernel, spec.mask);
  int64_t bytes = getElementBytes(spec.mask);
  Value last = kernel.sub(problem.keys, 1);
  Values elements(tile.getSize());
  Value first = kernel.add(key, column);
  for (int64_t n = 0; n < tile.columns; ++n) {
    for (int64_t neighbour : {0, 1}) {
      // Keys beyond the last read its mask, for nothing.
      Value inside = kernel.min(
          kernel.add(first, n * Accumulator::columns + neighbour), last);
      Value place = kernel.mul(kernel.toI64(inside), maskKeyStride);
      Values byRow;
      for (Value row : maskRow)
        byRow.push_back(
            kernel.load(type, kernel.offset(row, place), bytes));
      for (int64_t m = 0; m < tile.rows; ++m)
        for (int64_t i = neighbour; i < Accumulator::size; i += 2)
          elements[tile.at(m, n, i)] =
              byRow[byRow.size() == 1 ? 0 : tile.threadRow(m, i)];
    }
  }
  return elements;
}

void AttentionScores::maskScores(KernelBuilder &kernel, Value key,
                                 Values &scores) {
  KernelBuilder::Step step(kernel, "mask");
  Values elements = loadMask(kernel, key);
  Value unseen = kernel.infinity(/*negative=*/true);
  Value zero = kernel.constant(kernel.builder.getI8IntegerAttr(0));
  for (auto [score, element] : llvm::zip_equal(scores, elements)) {
    Value isSeen =
        kernel.compare(arith::CmpIPredicate::ne, element, zero);
    score = kernel.select(isSeen, score, unseen);
  }
}

void AttentionScores::addBiases(KernelBuilder &kernel, Value key,
                                Values &scores) {
  KernelBuilder::Step step(kernel, "bias");
  Values elements;
  if (spec.hasAdditiveMask())
    elements = loadMask(kernel, key);
  Value first;
  if (spec.alibi)
    first = kernel.toFloat(kernel.add(key, column));
  for (int64_t m = 0; m < tile.rows; ++m) {
    for (int64_t n = 0; n < tile.columns; ++n) {
      for (int64_t i = 0; i < Accumulator::size; ++i) {
        Value bias;
        if (!elements.empty()) {
          bias = elements[tile.at(m, n, i)];
          if (spec.mask != MaskType::F32)
            bias = arith::ExtFOp::create(kernel.builder, kernel.getLoc(),
                                         kernel.f32, bias);
        }
        if (spec.alibi) {
          // Whole numbers: exact in f32 up to 2^24 keys.
          int64_t further = n * Accumulator::columns + Accumulator::columnOf(i);
          Value distance = kernel.absF(kernel.addF(
              kernel.subF(first, center[tile.threadRow(m, i)]),
              kernel.constantF32(further)));
          bias = bias ? kernel.fma(slope, distance, bias)
                      : kernel.mulF(slope, distance);
        }
        Value &score = scores[tile.at(m, n, i)];
        score = kernel.fma(score, factor, bias);
      }
    }
  }
}

void AttentionScores::cutEdges(KernelBuilder &kernel, Value key,
                               Values &scores) {
  KernelBuilder::Step step(kernel, "edge of what is seen");
  Value end = kernel.add(key, tile.columns * Accumulator::columns);
  Value isEdge = kernel.less(safeEnd, end);
  if (spec.windowLeft)
    isEdge = kernel.logicalOr(isEdge, kernel.less(key, safeBegin));
  scores = kernel.when(isEdge, scores, [&] {
    Values cut = scores;
    Value unseen = kernel.infinity(/*negative=*/true);
    Value first = kernel.add(key, column);
    for (int64_t m = 0; m < tile.rows; ++m) {
      for (int64_t i = 0; i < Accumulator::size; ++i) {
        int64_t row = tile.threadRow(m, i);
        Value last = kernel.sub(lastKey[row], first);
        Value begin;
        if (spec.windowLeft)
          begin = kernel.sub(firstKey[row], first);
        for (int64_t n = 0; n < tile.columns; ++n) {
          Value place = kernel.constant(n * Accumulator::columns +
                                        Accumulator::columnOf(i));
          Value isSeen = kernel.compare(arith::CmpIPredicate::sge, last, place);
          if (begin)
            isSeen = kernel.logicalAnd(
                isSeen,
                kernel.compare(arith::CmpIPredicate::sle, begin, place));
          Value &score = cut[tile.at(m, n, i)];
          score = kernel.select(isSeen, score, unseen);
        }
      }
    }
    return cut;
  });
}
