//===- Results.cpp - What attention writes --------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Results.h"

#include "Scales.h"

#include "lowbit/Kernels/NVVM/Barrier.h"
#include "lowbit/Kernels/NVVM/Convert.h"
#include "lowbit/Kernels/NVVM/Copy.h"

using namespace lowbit::nvvm;
using namespace mlir;
using A = AttentionArgument;

Values AttentionResults::getRun(ValueRange output, ValueRange scales,
                                int64_t threadRow, int64_t n) {
  Values run;
  for (int64_t i = 0; i < columns.getRun(); ++i) {
    int64_t at = outputTile.at(threadRow / 2, n + columns.accumulatorOf(i),
                               threadRow % 2 * 2 + columns.valueOf(i));
    run.push_back(kernel.mulF(output[at], scales[threadRow]));
  }
  return run;
}

Value AttentionResults::toVector(ValueRange values) {
  if (values.size() == 1)
    return values[0];
  Type type = VectorType::get(values.size(), values[0].getType());
  Value vector = LLVM::PoisonOp::create(kernel.builder, kernel.getLoc(), type);
  for (auto [i, value] : llvm::enumerate(values))
    vector =
        LLVM::InsertElementOp::create(kernel.builder, kernel.getLoc(), vector,
                                      value, kernel.constant(int64_t(i)));
  return vector;
}

Values AttentionResults::getScales(ValueRange state) {
  Values scales = softmax.getScales(kernel, state);
  if (double factor = getOutputFactor(spec); factor != 1)
    for (Value &scale : scales)
      scale = kernel.mulF(scale, kernel.constantF32(factor));
  return scales;
}

void AttentionResults::writeOutput(ValueRange output, ValueRange state) {
  KernelBuilder::Step step(kernel, "write output");
  Values scales = getScales(state);
  // Through shared memory, so that threads write whole sectors.
  waitForCopies(kernel, 0);
  synchronizeBlock(kernel);
  Value warpRow = kernel.mul(kernel.warp(), plan.getRowsPerWarp());
  Value row = kernel.add(warpRow, getAccumulatorRow(kernel));
  // A thread's run of columns, at most 16 bytes, lies in one chunk of a group.
  Value byte = kernel.mul(columns.getFirst(kernel), 2);
  ChunkPlaces places(kernel, layout.output, row,
                     kernel.div(byte, SharedTile::chunkBytes),
                     kernel.bitAnd(byte, SharedTile::chunkBytes - 1));
  for (int64_t m = 0; m < outputTile.rows; ++m)
    for (int64_t n = 0; n < outputTile.columns; n += columns.group)
      for (int64_t half : {0, 1}) {
        Values numbers = getRun(output, scales, m * 2 + half, n), words;
        for (size_t i = 0; i < numbers.size(); i += 2)
          words.push_back(
              pack(kernel, spec.element, numbers[i], numbers[i + 1]));
        kernel.store(
            toVector(words),
            places.get(kernel, memory, n, m * Accumulator::rows + half * 8),
            /*alignment=*/words.size() * 4);
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
Value AttentionResults::getPartialPlace(Value row) {
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
void AttentionResults::writePartialOutput(ValueRange output, ValueRange state) {
  KernelBuilder::Step step(kernel, "write partial output");
  Values scales = getScales(state);
  Value column = columns.getFirst(kernel);
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  for (int64_t i = 0; i < outputTile.getThreadRows(); ++i) {
    Value row = kernel.add(laneRow, i * 8);
    kernel.when(kernel.less(row, problem.rows), [&] {
      Value place = kernel.mul(getPartialPlace(row), spec.valueSize);
      Value start =
          kernel.offset(arguments[A::PartialOutput],
                        kernel.mul(kernel.add(place, kernel.toI64(column)), 4));
      for (int64_t n = 0; n < outputTile.columns; n += columns.group) {
        int64_t first = n * Accumulator::columns;
        if (first >= spec.valueSize)
          break;
        auto write = [&] {
          Values numbers = getRun(output, scales, i, n);
          for (size_t part = 0; part < numbers.size(); part += 4) {
            auto four = ValueRange(numbers).slice(
                part, std::min<size_t>(numbers.size() - part, 4));
            kernel.store(toVector(four),
                         kernel.offset(start, (first + part) * 4),
                         /*alignment=*/four.size() * 4);
          }
        };
        // Heads are whole runs: alignment sees to that.
        if (first + columns.getColumns() <= spec.valueSize)
          write();
        else
          kernel.when(
              kernel.less(column, kernel.constant(spec.valueSize - first)),
              write);
      }
    });
  }
}

Value AttentionResults::getLogSumPlace(Value row) {
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

void AttentionResults::forEachRow(
    function_ref<void(int64_t threadRow, Value row)> write) {
  Value laneRow = kernel.add(problem.warpRow, getAccumulatorRow(kernel));
  // One of the four threads that share a row.
  Value isWriter =
      kernel.compare(arith::CmpIPredicate::eq, kernel.bitAnd(kernel.lane(), 3),
                     kernel.constant(0));
  for (int64_t i = 0; i < outputTile.getThreadRows(); ++i) {
    Value row = kernel.add(laneRow, i * 8);
    Value isThere = kernel.less(row, problem.rows);
    kernel.when(kernel.logicalAnd(isWriter, isThere), [&] { write(i, row); });
  }
}

void AttentionResults::writeLogSums(ValueRange state) {
  KernelBuilder::Step step(kernel, "write log-sum-exp");
  Values sums = softmax.getLogSums(kernel, state);
  forEachRow([&](int64_t i, Value row) {
    kernel.store(sums[i],
                 kernel.offset(arguments[A::LogSumExp],
                               kernel.mul(getLogSumPlace(row), 4)),
                 /*alignment=*/4);
  });
}

void AttentionResults::writePartialSums(ValueRange state) {
  KernelBuilder::Step step(kernel, "write partial sums");
  auto pairs = softmax.getLargestAndSums(kernel, state);
  forEachRow([&](int64_t i, Value row) {
    auto [largest, sum] = pairs[i];
    kernel.store(toVector({largest, sum}),
                 kernel.offset(arguments[A::PartialSums],
                               kernel.mul(getPartialPlace(row), 8)),
                 /*alignment=*/8);
  });
}

void AttentionResults::write(ValueRange carried) {
  ValueRange output = carried.take_front(outputTile.getSize());
  ValueRange state = carried.drop_front(outputTile.getSize());
  if (spec.splitKeys) {
    writePartialOutput(output, state);
    writePartialSums(state);
    return;
  }
  writeOutput(output, state);
  if (spec.logSumExp)
    writeLogSums(state);
}
