//===- Results.h - What attention writes ------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_KERNELS_NVVM_ATTENTION_RESULTS_H
#define LOWBIT_LIB_KERNELS_NVVM_ATTENTION_RESULTS_H

#include "Operand.h"
#include "Softmax.h"

namespace lowbit::nvvm {

/// Writes what a block has computed: its rows of the output, or of one split of
/// the keys, and the logarithms of sums.
class AttentionResults {
public:
  AttentionResults(KernelBuilder &kernel, const AttentionSpec &spec,
                   const AttentionPlan &plan,
                   const AttentionArguments &arguments,
                   const AttentionProblem &problem,
                   const RunningSoftmax &softmax, mlir::Value memory)
      : kernel(kernel), spec(spec), plan(plan), arguments(arguments),
        problem(problem), softmax(softmax), layout(spec, plan), memory(memory),
        outputTile(getOutputTile(spec, plan)), columns(spec) {}

  /// Accumulators of the output.
  static AccumulatorTile getOutputTile(const AttentionSpec &spec,
                                       const AttentionPlan &plan) {
    return {plan.rowFragments,
            spec.getPaddedValueSize() / Accumulator::columns};
  }

  /// `carried` after the last tile: the sums in accumulators, and the state of
  /// the softmax.
  void write(mlir::ValueRange carried);

private:
  void writeOutput(mlir::ValueRange output, mlir::ValueRange state);
  void writePartialOutput(mlir::ValueRange output, mlir::ValueRange state);
  void writeLogSums(mlir::ValueRange state);
  void writePartialSums(mlir::ValueRange state);
  /// `write` by one thread for each row of it that is there.
  void forEachRow(
      llvm::function_ref<void(int64_t threadRow, mlir::Value row)> write);
  /// What sums are to be multiplied by, by row of the thread.
  Values getScales(mlir::ValueRange state);
  /// The thread's columns of a row, in the group of accumulators from `n` on.
  Values getRun(mlir::ValueRange output, mlir::ValueRange scales,
                int64_t threadRow, int64_t n);
  mlir::Value toVector(mlir::ValueRange values);
  mlir::Value getPartialPlace(mlir::Value row);
  mlir::Value getLogSumPlace(mlir::Value row);

  KernelBuilder &kernel;
  const AttentionSpec &spec;
  const AttentionPlan &plan;
  const AttentionArguments &arguments;
  const AttentionProblem &problem;
  const RunningSoftmax &softmax;
  AttentionMemory layout;
  mlir::Value memory;
  AccumulatorTile outputTile;
  OutputColumns columns;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_LIB_KERNELS_NVVM_ATTENTION_RESULTS_H
