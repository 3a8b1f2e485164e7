//===- Forward.cpp - The forward kernel of attention ----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// FlashAttention-2 (Dao, 2023) with mma.sync: a block has a tile of query rows
// and walks over tiles of keys and values, which cp.async brings to shared
// memory. Each warp has its own rows of the queries; scores and output stay in
// its registers.
//
//===----------------------------------------------------------------------===//

#include "Forward.h"

#include "Softmax.h"

#include "lowbit/Kernels/NVVM/Barrier.h"
#include "lowbit/Kernels/NVVM/Convert.h"
#include "lowbit/Kernels/NVVM/Copy.h"
#include "lowbit/Kernels/NVVM/Mma.h"

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

namespace {

constexpr int64_t fragment = 16;

class Forward {
public:
  Forward(KernelBuilder &kernel, const AttentionSpec &spec,
          const AttentionPlan &plan, const AttentionArguments &arguments,
          const AttentionProblem &problem, Value memory)
      : kernel(kernel), spec(spec), plan(plan), arguments(arguments),
        problem(problem), layout(spec, plan), memory(memory),
        warpRow(kernel.mul(kernel.warp(), plan.getRowsPerWarp())),
        queries(kernel, layout.query, FragmentReader::Operand::A, warpRow),
        keys(kernel, layout.key, FragmentReader::Operand::Transposed),
        values(kernel, layout.value, FragmentReader::Operand::B),
        keyCopy(kernel, layout.key, spec.headSize, spec.alignment,
                plan.getThreads()),
        valueCopy(kernel, layout.value, spec.valueSize, spec.alignment,
                  plan.getThreads()),
        scoreTile(plan.rowFragments, plan.blockKeys / Accumulator::columns),
        outputTile(plan.rowFragments,
                   layout.value.columns / Accumulator::columns),
        scores(kernel, spec, plan, arguments, problem),
        softmax(scores, scoreTile) {}

  void build();

private:
  Value getKeys(Value stage) {
    return kernel.offset(
        memory, kernel.add(kernel.mul(stage, layout.stage), layout.keyStart));
  }
  Value getValues(Value stage) {
    return kernel.offset(
        memory, kernel.add(kernel.mul(stage, layout.stage), layout.valueStart));
  }
  void copyQueries();
  void copyRows(TileCopy &copy, const HeadMatrix &matrix, A batchStride,
                Value tile, Value base);
  void copyKeys(Value tile, Value stage);
  void copyValues(Value tile, Value stage);
  /// Of column `k` of the queries, by fragment of rows.
  std::vector<Values> readQueries(int64_t k);
  Values multiplyKeys(Value base);
  void multiplyValues(Value base, ValueRange weights,
                      MutableArrayRef<Value> output);
  /// Weights of a tile's scores; rescales the output before.
  void weigh(Value tile, Values &scoresOfTile, MutableArrayRef<Value> carried);
  Values walk();
  Values walkTile(Value tile, Value stage, ValueRange carried);
  Values walkTileInPlace(Value tile, ValueRange carried);
  void writeOutput(ValueRange output, ValueRange state);
  void writePartialOutput(ValueRange output, ValueRange state);
  Value getPartialPlace(Value row);
  Value getLogSumPlace(Value row);
  void writeLogSums(ValueRange state);

  KernelBuilder &kernel;
  const AttentionSpec &spec;
  const AttentionPlan &plan;
  const AttentionArguments &arguments;
  const AttentionProblem &problem;
  AttentionMemory layout;
  Value memory, warpRow;
  FragmentReader queries, keys, values;
  TileCopy keyCopy, valueCopy;
  AccumulatorTile scoreTile, outputTile;
  AttentionScores scores;
  RunningSoftmax softmax;
  /// By column of fragments, if they stay in registers.
  std::vector<std::vector<Values>> keptQueries;
};

} // namespace

void Forward::copyQueries() {
  KernelBuilder::Step step(kernel, "copy queries");
  TileCopy copy(kernel, layout.query, spec.headSize, spec.alignment,
                plan.getThreads());
  copy.read(
      kernel,
      [&](Value row) {
        return problem.getRowStart(kernel, A::Query, A::QueryBatchStride, row);
      },
      problem.countRows(kernel), memory);
}

void Forward::copyRows(TileCopy &copy, const HeadMatrix &matrix, A batchStride,
                       Value tile, Value base) {
  Value row = kernel.mul(tile, plan.blockKeys);
  if (spec.paged) {
    Value pageStride = arguments[batchStride];
    copy.read(
        kernel,
        [&](Value further) {
          return problem.getPagedRow(kernel, matrix, pageStride,
                                     kernel.add(row, further));
        },
        kernel.sub(problem.keys, row), base);
    return;
  }
  Value start =
      kernel.offset(matrix.start, kernel.mul(kernel.toI64(row), matrix.stride));
  copy.read(kernel, start, matrix.stride, kernel.sub(problem.keys, row), base);
}

void Forward::copyKeys(Value tile, Value stage) {
  KernelBuilder::Step step(kernel, "copy keys");
  copyRows(keyCopy, problem.key, A::KeyBatchStride, tile, getKeys(stage));
}

void Forward::copyValues(Value tile, Value stage) {
  KernelBuilder::Step step(kernel, "copy values");
  copyRows(valueCopy, problem.value, A::ValueBatchStride, tile,
           getValues(stage));
}

std::vector<Values> Forward::readQueries(int64_t k) {
  KernelBuilder::Step step(kernel, "read queries");
  std::vector<Values> fragments;
  for (int64_t m = 0; m < plan.rowFragments; ++m)
    fragments.push_back(
        queries.read(kernel, memory, m * fragment, k * fragment));
  return fragments;
}

Values Forward::multiplyKeys(Value base) {
  KernelBuilder::Step step(kernel, "queries times keys");
  Values result(scoreTile.getSize(), kernel.constantF32(0));
  for (int64_t k = 0; k < layout.query.columns / fragment; ++k) {
    std::vector<Values> rows =
        plan.queryInRegisters ? keptQueries[k] : readQueries(k);
    for (int64_t n = 0; n < plan.blockKeys / fragment; ++n) {
      Values pair = keys.read(kernel, base, n * fragment, k * fragment);
      for (int64_t half : {0, 1})
        for (int64_t m = 0; m < plan.rowFragments; ++m) {
          auto sum = MutableArrayRef(result).slice(
              scoreTile.at(m, 2 * n + half), Accumulator::size);
          llvm::copy(multiply(kernel, spec.element, rows[m],
                              ValueRange(pair).slice(2 * half, 2), sum),
                     sum.begin());
        }
    }
  }
  return result;
}

void Forward::multiplyValues(Value base, ValueRange weights,
                             MutableArrayRef<Value> output) {
  KernelBuilder::Step step(kernel, "weights times values");
  for (int64_t k = 0; k < plan.blockKeys / fragment; ++k) {
    // Two accumulators beside each other have the elements of one operand.
    std::vector<Values> rows(plan.rowFragments);
    for (int64_t m = 0; m < plan.rowFragments; ++m)
      for (int64_t half : {0, 1})
        for (int64_t row : {0, 1}) {
          int64_t at = scoreTile.at(m, 2 * k + half, 2 * row);
          rows[m].push_back(
              pack(kernel, spec.element, weights[at], weights[at + 1]));
        }
    for (int64_t n = 0; n < layout.value.columns / fragment; ++n) {
      Values pair = values.read(kernel, base, k * fragment, n * fragment);
      for (int64_t half : {0, 1})
        for (int64_t m = 0; m < plan.rowFragments; ++m) {
          auto sum =
              output.slice(outputTile.at(m, 2 * n + half), Accumulator::size);
          llvm::copy(multiply(kernel, spec.element, rows[m],
                              ValueRange(pair).slice(2 * half, 2), sum),
                     sum.begin());
        }
    }
  }
}

void Forward::weigh(Value tile, Values &scoresOfTile,
                    MutableArrayRef<Value> carried) {
  scores.apply(kernel, kernel.mul(tile, plan.blockKeys), scoresOfTile);
  Values scales = softmax.update(
      kernel, carried.drop_front(outputTile.getSize()), scoresOfTile);
  KernelBuilder::Step step(kernel, "rescale");
  for (int64_t m = 0; m < outputTile.rows; ++m)
    for (int64_t n = 0; n < outputTile.columns; ++n)
      for (int64_t i = 0; i < Accumulator::size; ++i) {
        Value &value = carried[outputTile.at(m, n, i)];
        value = kernel.mulF(value, scales[outputTile.threadRow(m, i)]);
      }
}

/// One tile, while the next ones are on their way to the other stages.
Values Forward::walkTile(Value tile, Value stage, ValueRange carried) {
  Values next(carried);
  {
    KernelBuilder::Step step(kernel, "wait for a tile");
    waitForCopies(kernel, plan.stages - 2);
    // Nobody reads any more what comes next takes the place of.
    synchronizeBlock(kernel);
  }
  Value last = kernel.constant(plan.stages - 1);
  Value isFirst =
      kernel.compare(arith::CmpIPredicate::eq, stage, kernel.constant(0));
  Value freeStage = kernel.select(isFirst, last, kernel.sub(stage, 1));
  Value further = kernel.add(tile, plan.stages - 1);
  kernel.when(kernel.less(further, problem.endTile), [&] {
    copyKeys(further, freeStage);
    copyValues(further, freeStage);
  });
  // Also where nothing was copied: groups are counted.
  commitCopies(kernel);
  Values weights = multiplyKeys(getKeys(stage));
  weigh(tile, weights, next);
  multiplyValues(getValues(stage), weights, next);
  return next;
}

/// One tile with one stage: the values come while keys are read, and the next
/// keys while values are.
Values Forward::walkTileInPlace(Value tile, ValueRange carried) {
  Values next(carried);
  Value zero = kernel.constant(0);
  {
    KernelBuilder::Step step(kernel, "wait for keys");
    waitForCopies(kernel, 0);
    synchronizeBlock(kernel);
  }
  copyValues(tile, zero);
  commitCopies(kernel);
  Values weights = multiplyKeys(getKeys(zero));
  {
    KernelBuilder::Step step(kernel, "wait for values");
    waitForCopies(kernel, 0);
    synchronizeBlock(kernel);
  }
  Value further = kernel.add(tile, 1);
  kernel.when(kernel.less(further, problem.endTile),
              [&] { copyKeys(further, zero); });
  commitCopies(kernel);
  weigh(tile, weights, next);
  multiplyValues(getValues(zero), weights, next);
  return next;
}

Values Forward::walk() {
  Value zero = kernel.constant(0), one = kernel.constant(1);
  copyQueries();
  commitCopies(kernel);
  for (int64_t stage = 0; stage < std::max<int64_t>(plan.stages - 1, 1);
       ++stage) {
    Value tile = kernel.add(problem.firstTile, stage);
    kernel.when(kernel.less(tile, problem.endTile), [&] {
      copyKeys(tile, kernel.constant(stage));
      if (plan.stages > 1)
        copyValues(tile, kernel.constant(stage));
    });
    commitCopies(kernel);
  }
  if (plan.queryInRegisters) {
    KernelBuilder::Step step(kernel, "wait for queries");
    waitForCopies(kernel, std::max<int64_t>(plan.stages - 1, 1));
    synchronizeBlock(kernel);
    for (int64_t k = 0; k < layout.query.columns / fragment; ++k)
      keptQueries.push_back(readQueries(k));
  }
  Values carried(outputTile.getSize(), kernel.constantF32(0));
  carried.append(softmax.getInitial(kernel));
  if (plan.stages == 1)
    return kernel.loop(problem.firstTile, problem.endTile, carried,
                       [&](Value tile, ValueRange values) {
                         return walkTileInPlace(tile, values);
                       });
  carried.push_back(zero);
  Values after = kernel.loop(
      problem.firstTile, problem.endTile, carried,
      [&](Value tile, ValueRange values) {
        Value stage = values.back();
        Values next = walkTile(tile, stage, values.drop_back());
        Value isLast = kernel.compare(arith::CmpIPredicate::eq, stage,
                                      kernel.constant(plan.stages - 1));
        next.push_back(kernel.select(isLast, zero, kernel.add(stage, one)));
        return next;
      });
  after.pop_back();
  return after;
}

void Forward::writeOutput(ValueRange output, ValueRange state) {
  KernelBuilder::Step step(kernel, "write output");
  Values scales = softmax.getScales(kernel, state);
  // Through shared memory, so that threads write whole sectors.
  waitForCopies(kernel, 0);
  synchronizeBlock(kernel);
  Value row = kernel.add(warpRow, getAccumulatorRow(kernel));
  ChunkPlaces places(kernel, layout.output, row, kernel.constant(0),
                     kernel.mul(getAccumulatorColumn(kernel), 2));
  for (int64_t m = 0; m < outputTile.rows; ++m)
    for (int64_t n = 0; n < outputTile.columns; ++n)
      for (int64_t half : {0, 1}) {
        int64_t at = outputTile.at(m, n, 2 * half);
        Value scale = scales[outputTile.threadRow(m, 2 * half)];
        Value pair = pack(kernel, spec.element, kernel.mulF(output[at], scale),
                          kernel.mulF(output[at + 1], scale));
        kernel.store(pair,
                     places.get(kernel, memory, n, m * fragment + half * 8),
                     /*alignment=*/4);
      }
  synchronizeBlock(kernel);
  TileCopy copy(kernel, layout.output, spec.valueSize, spec.alignment,
                plan.getThreads());
  copy.write(
      kernel, memory,
      [&](Value row) {
        return problem.getRowStart(kernel, A::Output, A::OutputBatchStride,
                                   row);
      },
      problem.countRows(kernel));
}

/// Where a query of a head has its numbers among those of all splits.
Value Forward::getPartialPlace(Value row) {
  Value heads = kernel.numBlocks(1);
  if (spec.packedHeads)
    heads = kernel.mul(heads, arguments[A::HeadsPerKeyHead]);
  Value place = kernel.add(kernel.mul(problem.split, kernel.numBlocks(2)),
                           problem.sequence);
  place = kernel.mul(kernel.toI64(place), kernel.toI64(heads));
  place = kernel.add(place, kernel.toI64(problem.getHead(kernel, row)));
  place = kernel.mul(place, kernel.toI64(problem.queries));
  return kernel.add(place, kernel.toI64(problem.getQuery(kernel, row)));
}

/// What the second kernel combines, in f32: four threads write a sector.
void Forward::writePartialOutput(ValueRange output, ValueRange state) {
  KernelBuilder::Step step(kernel, "write partial output");
  Values scales = softmax.getScales(kernel, state);
  Value column = getAccumulatorColumn(kernel);
  Type pair = VectorType::get(2, kernel.f32);
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  for (int64_t i = 0; i < outputTile.getThreadRows(); ++i) {
    Value row = kernel.add(laneRow, i * 8);
    kernel.when(kernel.less(row, problem.rows), [&] {
      Value place = kernel.mul(getPartialPlace(row), spec.valueSize);
      Value start =
          kernel.offset(arguments[A::PartialOutput],
                        kernel.mul(kernel.add(place, kernel.toI64(column)), 4));
      for (int64_t n = 0; n < outputTile.columns; ++n) {
        int64_t first = n * Accumulator::columns;
        if (first >= spec.valueSize)
          break;
        auto write = [&] {
          int64_t at = outputTile.at(i / 2, n, i % 2 * 2);
          Value numbers =
              LLVM::PoisonOp::create(kernel.builder, kernel.getLoc(), pair);
          for (int64_t neighbour : {0, 1})
            numbers = LLVM::InsertElementOp::create(
                kernel.builder, kernel.getLoc(), numbers,
                kernel.mulF(output[at + neighbour], scales[i]),
                kernel.constant(neighbour));
          kernel.store(numbers, kernel.offset(start, first * 4),
                       /*alignment=*/8);
        };
        // Heads have an even number of elements.
        if (first + Accumulator::columns <= spec.valueSize)
          write();
        else
          kernel.when(
              kernel.less(column, kernel.constant(spec.valueSize - first)),
              write);
      }
    });
  }
}

Value Forward::getLogSumPlace(Value row) {
  Value place = kernel.mul(kernel.toI64(problem.getHead(kernel, row)),
                           arguments[A::LogSumExpHeadStride]);
  Value query = problem.getQuery(kernel, row);
  if (spec.sequenceOffsets)
    query = kernel.add(query, problem.queryOffset);
  else
    place = kernel.add(place, kernel.mul(kernel.toI64(problem.sequence),
                                         arguments[A::LogSumExpBatchStride]));
  return kernel.add(place, kernel.toI64(query));
}

void Forward::writeLogSums(ValueRange state) {
  KernelBuilder::Step step(kernel, "write log-sum-exp");
  Values sums = softmax.getLogSums(kernel, state);
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  Value array = arguments[spec.splitKeys ? A::PartialLogSumExp : A::LogSumExp];
  // One of the four threads that share a row.
  Value isWriter =
      kernel.compare(arith::CmpIPredicate::eq, kernel.bitAnd(kernel.lane(), 3),
                     kernel.constant(0));
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value row = kernel.add(laneRow, i * 8);
    Value isThere = kernel.less(row, problem.rows);
    kernel.when(kernel.logicalAnd(isWriter, isThere), [&] {
      Value place = spec.splitKeys ? getPartialPlace(row) : getLogSumPlace(row);
      kernel.store(sum, kernel.offset(array, kernel.mul(place, 4)),
                   /*alignment=*/4);
    });
  }
}

void Forward::build() {
  Values after = walk();
  ValueRange output = ValueRange(after).take_front(outputTile.getSize());
  ValueRange state = ValueRange(after).drop_front(outputTile.getSize());
  if (spec.splitKeys)
    writePartialOutput(output, state);
  else
    writeOutput(output, state);
  if (spec.logSumExp || spec.splitKeys)
    writeLogSums(state);
}

void lowbit::nvvm::buildForward(KernelBuilder &kernel,
                                const AttentionSpec &spec,
                                const AttentionPlan &plan,
                                const AttentionArguments &arguments,
                                Value memory) {
  AttentionProblem problem(kernel, spec, plan, arguments);
  auto build = [&] {
    Forward(kernel, spec, plan, arguments, problem, memory).build();
  };
  // Shorter sequences have fewer tiles than the grid.
  if (spec.sequenceOffsets)
    kernel.when(kernel.less(problem.row, problem.rows), build);
  else
    build();
}
