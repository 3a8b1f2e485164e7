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
  Value scale = arguments[A::Scale];
  // Scales of keys have it in them.
  if (spec.key.codes && !spec.key.hasScales())
    scale = kernel.mulF(
        scale, kernel.constantF32(spec.getDecoder(spec.key).getUnit()));
  factor = kernel.mulF(scale, unit);
  if (spec.softCap) {
    Value cap = arguments[A::Cap];
    capFactor = kernel.mulF(scale, reciprocal(kernel, cap));
    factor = kernel.mulF(cap, unit);
  }
  if (spec.mask != MaskType::None)
    maskKeyStride =
        kernel.mul(arguments[A::MaskKeyStride], getBits(spec.mask) / 8);
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  for (int64_t i = 0; i < tile.getThreadRows(); ++i)
    prepareRow(kernel, arguments, kernel.add(laneRow, i * 8));
  // Keys before the end of the first row are seen by all that come after it.
  safeEnd =
      problem.getEndKey(kernel, problem.getQuery(kernel, problem.warpRow));
  if (spec.windowLeft) {
    Value last = kernel.add(problem.warpRow, plan.getRowsPerWarp() - 1);
    safeBegin = problem.getFirstKey(kernel, problem.getQuery(kernel, last));
  }
}

void AttentionScores::prepareRow(KernelBuilder &kernel,
                                 const AttentionArguments &arguments,
                                 Value row) {
  Value query = problem.getQuery(kernel, row);
  endKey.push_back(problem.getEndKey(kernel, query));
  if (spec.windowLeft)
    firstKey.push_back(problem.getFirstKey(kernel, query));
  // Rows beyond the last read what the last has, for nothing.
  Value inside = kernel.min(row, kernel.sub(problem.rows, 1));
  if (spec.alibi) {
    Value head = problem.getHead(kernel, inside);
    Value place = kernel.add(kernel.toI64(head),
                             kernel.mul(kernel.toI64(problem.sequence),
                                        arguments[A::SlopesBatchStride]));
    Value loaded = kernel.load(
        kernel.f32, kernel.offset(arguments[A::Slopes], kernel.mul(place, 4)),
        /*alignment=*/4);
    Value unit = kernel.constantF32(isNatural() ? 1 : std::numbers::log2e);
    slope.push_back(kernel.negF(kernel.mulF(loaded, unit)));
    center.push_back(kernel.toFloat(kernel.add(query, problem.diagonal)));
  }
  // Rows of one head may share a mask, packed heads have their own.
  bool isShared = spec.maskSharedByRows && !spec.packedHeads;
  if (spec.mask == MaskType::None || (isShared && !maskRow.empty()))
    return;
  Value place = kernel.mul(kernel.toI64(problem.getHead(kernel, inside)),
                           arguments[A::MaskHeadStride]);
  place = kernel.add(place, kernel.mul(kernel.toI64(problem.sequence),
                                       arguments[A::MaskBatchStride]));
  if (!spec.maskSharedByRows)
    place = kernel.add(
        place, kernel.mul(kernel.toI64(problem.getQuery(kernel, inside)),
                          arguments[A::MaskRowStride]));
  maskRow.push_back(kernel.offset(arguments[A::Mask],
                                  kernel.mul(place, getBits(spec.mask) / 8)));
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

Values AttentionScores::loadMask(KernelBuilder &kernel, Value key, int64_t n) {
  Type type = getElementType(kernel, spec.mask);
  int64_t bytes = getBits(spec.mask) / 8;
  Value last = kernel.sub(problem.keys, 1);
  Value first = kernel.add(key, column);
  Values elements(tile.rows * Accumulator::size);
  for (int64_t neighbour : {0, 1}) {
    // Keys beyond the last read its mask, for nothing.
    Value inside = kernel.min(
        kernel.add(first, n * Accumulator::columns + neighbour), last);
    Value place = kernel.mul(kernel.toI64(inside), maskKeyStride);
    Values byRow;
    for (Value row : maskRow)
      byRow.push_back(kernel.load(type, kernel.offset(row, place), bytes));
    for (int64_t m = 0; m < tile.rows; ++m)
      for (int64_t i = neighbour; i < Accumulator::size; i += 2)
        elements[m * Accumulator::size + i] =
            byRow[byRow.size() == 1 ? 0 : tile.threadRow(m, i)];
  }
  return elements;
}

void AttentionScores::maskScores(KernelBuilder &kernel, Value key,
                                 Values &scores) {
  KernelBuilder::Step step(kernel, "mask");
  Value unseen = kernel.infinity(/*negative=*/true);
  Value zero = kernel.constant(kernel.builder.getI8IntegerAttr(0));
  for (int64_t n = 0; n < tile.columns; ++n) {
    Values elements = loadMask(kernel, key, n);
    for (int64_t m = 0; m < tile.rows; ++m)
      for (int64_t i = 0; i < Accumulator::size; ++i) {
        Value isSeen =
            kernel.compare(arith::CmpIPredicate::ne,
                           elements[m * Accumulator::size + i], zero);
        Value &score = scores[tile.at(m, n, i)];
        score = kernel.select(isSeen, score, unseen);
      }
  }
}

void AttentionScores::addBiases(KernelBuilder &kernel, Value key,
                                Values &scores) {
  KernelBuilder::Step step(kernel, "bias");
  Value first;
  if (spec.alibi)
    first = kernel.toFloat(kernel.add(key, column));
  for (int64_t n = 0; n < tile.columns; ++n) {
    Values elements;
    if (spec.hasAdditiveMask())
      elements = loadMask(kernel, key, n);
    for (int64_t m = 0; m < tile.rows; ++m)
      for (int64_t i = 0; i < Accumulator::size; ++i) {
        Value bias;
        if (spec.hasAdditiveMask()) {
          bias = elements[m * Accumulator::size + i];
          if (spec.mask != MaskType::F32)
            bias = arith::ExtFOp::create(kernel.builder, kernel.getLoc(),
                                         kernel.f32, bias);
        }
        if (spec.alibi) {
          // Whole numbers: exact in f32 up to 2^24 keys.
          int64_t further = n * Accumulator::columns + Accumulator::columnOf(i);
          Value distance = kernel.absF(
              kernel.addF(kernel.subF(first, center[tile.threadRow(m, i)]),
                          kernel.constantF32(further)));
          Value factor = slope[tile.threadRow(m, i)];
          bias = bias ? kernel.fma(factor, distance, bias)
                      : kernel.mulF(factor, distance);
        }
        Value &score = scores[tile.at(m, n, i)];
        score = kernel.fma(score, factor, bias);
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
        Value end = kernel.sub(endKey[row], first);
        Value begin;
        if (spec.windowLeft)
          begin = kernel.sub(firstKey[row], first);
        for (int64_t n = 0; n < tile.columns; ++n) {
          Value place = kernel.constant(n * Accumulator::columns +
                                        Accumulator::columnOf(i));
          Value isSeen = kernel.compare(arith::CmpIPredicate::sgt, end, place);
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
