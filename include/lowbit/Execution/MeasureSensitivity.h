//===- MeasureSensitivity.h - What encodings do to outputs ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_EXECUTION_MEASURESENSITIVITY_H
#define LOWBIT_EXECUTION_MEASURESENSITIVITY_H

#include "lowbit/Dialect/Lowbit/Transforms/Sensitivity.h"
#include "lowbit/Execution/Program.h"

#include <functional>

namespace lowbit {

struct SensitivityOptions {
  /// How the float model runs, and where its weights are.
  CompileOptions compile;
  /// Shorthands of recipes that encode weights alone.
  std::vector<std::string> candidates;
  /// The file of statistics for candidates with a method that needs them.
  std::string statistics;
  /// Threads that quantize; 0 for one per processor.
  unsigned threads = 0;
  /// Where progress goes; null for nowhere.
  llvm::raw_ostream *progress = nullptr;
};

/// The inputs of one run, in the order of a program's ports.
using Sample = std::vector<weights::HostTensor>;
/// Gives the samples of a program that takes these inputs.
using SampleSource =
    std::function<llvm::Expected<std::vector<Sample>>(llvm::ArrayRef<Port>)>;

/// Measures each weight of the float model `module`, which is consumed, in each
/// candidate: replaces it by what decoding gives of it, runs the model on all
/// samples, and compares with the outputs in float. The model is compiled once:
/// each weight is an argument. Without `samples` nothing runs, and errors are
/// of the weights.
///
/// Layers get the names that lowbit-quantize gives them. Only layers that the
/// function to run uses count.
llvm::Expected<Sensitivity>
measureSensitivity(mlir::ModuleOp module, const SensitivityOptions &options,
                   const SampleSource &samples);

} // namespace lowbit

#endif // LOWBIT_EXECUTION_MEASURESENSITIVITY_H
