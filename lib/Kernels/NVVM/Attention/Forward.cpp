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

#include "Results.h"
#include "Scales.h"

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
        keys(kernel, spec, layout.key, KeyValueOperand::Kind::Keys),
        values(kernel, spec, layout.value, KeyValueOperand::Kind::Values),
        keyCopy(getCopy(layout.key, spec.headSize, spec.key)),
        valueCopy(getCopy(layout.value, spec.valueSize, spec.value)),
        scoreTile(plan.rowFragments, plan.blockKeys / Accumulator::columns),
        outputTile(AttentionResults::getOutputTile(spec, plan)),
        scores(kernel, spec, plan, arguments, problem),
        softmax(scores, scoreTile) {
    if (spec.key.hasScales() || spec.value.hasScales())
      scalesOfTile.emplace(kernel, spec, plan, problem,
                           kernel.offset(memory, layout.scaleStart));
  }

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
  /// Of rows of `size` elements.
  TileCopy getCopy(const SharedTile &tile, int64_t size,
                   const MatrixStorage &storage) {
    if (!storage.codes)
      return {kernel, tile, size, spec.alignment, plan.getThreads()};
    return {kernel, tile, size * storage.getBits() / 8, spec.codeAlignment,
            plan.getThreads()};
  }
  void copyQueries();
  void copyRows(TileCopy &copy, const HeadMatrix &matrix, Value tile,
                Value base);
  void copyKeys(Value tile, Value stage);
  void copyValues(Value tile, Value stage);
  /// The thread's scale of a tile, if there are some; and where it goes.
  Value loadScale(Value tile);
  void storeScale(Value scale, Value tile);
  /// Where the scales of a tile are.
  Value getSlot(Value tile) {
    return kernel.bitAnd(kernel.sub(tile, problem.firstTile), 1);
  }
  /// Of column `k` of the queries, by fragment of rows.
  std::vector<Values> readQueries(int64_t k);
  Values multiplyKeys(Value base);
  void multiplyValues(Value base, Value tile, ValueRange weights,
                      MutableArrayRef<Value> output);
  /// Two weights of values beside each other as an operand.
  Value packWeights(ValueRange weights, ValueRange scalesOfValues);
  /// Weights of a tile's scores; rescales the output before.
  void weigh(Value tile, Values &scoresOfTile, MutableArrayRef<Value> carried);
  Values walk();
  Values walkTile(Value tile, Value stage, ValueRange carried);
  Values walkTileInPlace(Value tile, ValueRange carried);

  KernelBuilder &kernel;
  const AttentionSpec &spec;
  const AttentionPlan &plan;
  const AttentionArguments &arguments;
  const AttentionProblem &problem;
  AttentionMemory layout;
  Value memory, warpRow;
  FragmentReader queries;
  KeyValueOperand keys, values;
  TileCopy keyCopy, valueCopy;
  AccumulatorTile scoreTile, outputTile;
  AttentionScores scores;
  RunningSoftmax softmax;
  std::optional<TileScales> scalesOfTile;
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

void Forward::copyRows(TileCopy &copy, const HeadMatrix &matrix, Value tile,
                       Value base) {
  Value row = kernel.mul(tile, plan.blockKeys);
  if (spec.paged) {
    copy.read(
        kernel,
        [&](Value further) {
          return problem.getKeyRow(kernel, matrix, kernel.add(row, further));
        },
        kernel.sub(problem.keys, row), base);
    return;
  }
  copy.read(kernel, problem.getKeyRow(kernel, matrix, row), matrix.stride,
            kernel.sub(problem.keys, row), base);
}

void Forward::copyKeys(Value tile, Value stage) {
  KernelBuilder::Step step(kernel, "copy keys");
  copyRows(keyCopy, problem.key, tile, getKeys(stage));
}

void Forward::copyValues(Value tile, Value stage) {
  KernelBuilder::Step step(kernel, "copy values");
  copyRows(valueCopy, problem.value, tile, getValues(stage));
}

Value Forward::loadScale(Value tile) {
  return scalesOfTile ? scalesOfTile->load(kernel, tile) : Value();
}

void Forward::storeScale(Value scale, Value tile) {
  if (scalesOfTile)
    scalesOfTile->store(kernel, scale, getSlot(tile));
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
  for (int64_t element = 0; element < layout.query.columns;
       element += keys.getElements()) {
    // By step of the sum, by fragment of rows.
    std::vector<std::vector<Values>> rows;
    for (int64_t k = 0; k < keys.getElements() / fragment; ++k)
      rows.push_back(plan.queryInRegisters
                         ? keptQueries[element / fragment + k]
                         : readQueries(element / fragment + k));
    for (int64_t key = 0; key < plan.blockKeys; key += keys.getKeys())
      for (const OperandPart &part : keys.read(kernel, base, key, element))
        for (int64_t m = 0; m < plan.rowFragments; ++m) {
          int64_t n = key / Accumulator::columns + part.n;
          auto sum = MutableArrayRef(result).slice(scoreTile.at(m, n),
                                                   Accumulator::size);
          llvm::copy(
              multiply(kernel, spec.element, rows[part.k][m], part.values, sum),
              sum.begin());
        }
  }
  return result;
}

Value Forward::packWeights(ValueRange weights, ValueRange scalesOfValues) {
  Value low = weights[0], high = weights[1];
  if (!scalesOfValues.empty()) {
    low = kernel.mulF(low, scalesOfValues[0]);
    high = kernel.mulF(high, scalesOfValues[1]);
  }
  return pack(kernel, spec.element, low, high);
}

void Forward::multiplyValues(Value base, Value tile, ValueRange weights,
                             MutableArrayRef<Value> output) {
  KernelBuilder::Step step(kernel, "weights times values");
  for (int64_t key = 0; key < plan.blockKeys; key += values.getKeys()) {
    // By step of the sum, by fragment of rows. Two accumulators beside each
    // other have the elements of one operand.
    std::vector<std::vector<Values>> rows(values.getKeys() / fragment);
    for (auto [k, rowsOfStep] : llvm::enumerate(rows)) {
      rowsOfStep.resize(plan.rowFragments);
      for (int64_t half : {0, 1}) {
        int64_t n = key / Accumulator::columns + 2 * int64_t(k) + half;
        Values scalesOfValues;
        if (scalesOfTile)
          scalesOfValues = scalesOfTile->readValues(kernel, getSlot(tile), n);
        for (int64_t m = 0; m < plan.rowFragments; ++m)
          for (int64_t row : {0, 1})
            rowsOfStep[m].push_back(packWeights(
                weights.slice(scoreTile.at(m, n, 2 * row), 2), scalesOfValues));
      }
    }
    for (int64_t element = 0; element < spec.getPaddedValueSize();
         element += values.getElements())
      for (const OperandPart &part : values.read(kernel, base, key, element))
        for (int64_t m = 0; m < plan.rowFragments; ++m) {
          int64_t n = element / Accumulator::columns + part.n;
          auto sum = output.slice(outputTile.at(m, n), Accumulator::size);
          llvm::copy(
              multiply(kernel, spec.element, rows[part.k][m], part.values, sum),
              sum.begin());
        }
  }
}

void Forward::weigh(Value tile, Values &scoresOfTile,
                    MutableArrayRef<Value> carried) {
  if (spec.key.hasScales()) {
    KernelBuilder::Step step(kernel, "scales of keys");
    for (int64_t n = 0; n < scoreTile.columns; ++n) {
      Values scalesOfKeys = scalesOfTile->readKeys(kernel, getSlot(tile), n);
      for (int64_t m = 0; m < scoreTile.rows; ++m)
        for (int64_t i = 0; i < Accumulator::size; ++i) {
          Value &score = scoresOfTile[scoreTile.at(m, n, i)];
          score = kernel.mulF(score, scalesOfKeys[Accumulator::columnOf(i)]);
        }
    }
  }
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
  // While this tile is computed; what is loaded behind the last is not used.
  Value nextTile = kernel.add(tile, 1);
  Value nextScale = loadScale(nextTile);
  Values weights = multiplyKeys(getKeys(stage));
  weigh(tile, weights, next);
  storeScale(nextScale, nextTile);
  multiplyValues(getValues(stage), tile, weights, next);
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
  Value further = kernel.add(tile, 1);
  Value nextScale = loadScale(further);
  Values weights = multiplyKeys(getKeys(zero));
  {
    KernelBuilder::Step step(kernel, "wait for values");
    waitForCopies(kernel, 0);
    synchronizeBlock(kernel);
  }
  kernel.when(kernel.less(further, problem.endTile),
              [&] { copyKeys(further, zero); });
  commitCopies(kernel);
  weigh(tile, weights, next);
  storeScale(nextScale, further);
  multiplyValues(getValues(zero), tile, weights, next);
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
  if (scalesOfTile)
    kernel.when(kernel.less(problem.firstTile, problem.endTile), [&] {
      storeScale(loadScale(problem.firstTile), problem.firstTile);
    });
  if (plan.queryInRegisters || spec.key.codes) {
    KernelBuilder::Step step(kernel, "wait for queries");
    waitForCopies(kernel, std::max<int64_t>(plan.stages - 1, 1));
    synchronizeBlock(kernel);
  }
  if (spec.key.codes)
    orderQueries(kernel, layout.query, spec.getDecoder(spec.key), memory,
                 warpRow, plan.getRowsPerWarp());
  if (plan.queryInRegisters)
    for (int64_t k = 0; k < layout.query.columns / fragment; ++k)
      keptQueries.push_back(readQueries(k));
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

void Forward::build() {
  Values after = walk();
  AttentionResults(kernel, spec, plan, arguments, problem, softmax, memory)
      .write(after);
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
