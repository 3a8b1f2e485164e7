//===- OutputNoise.h - How far outputs are from those in float --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_EXECUTION_OUTPUTNOISE_H
#define LOWBIT_LIB_EXECUTION_OUTPUTNOISE_H

#include "lowbit/Execution/MeasureSensitivity.h"

namespace lowbit {

/// Samples and what a program gives for them, to compare later runs with.
class OutputNoise {
public:
  /// Runs `program` on all samples. Fails if there is none, if no output holds
  /// floats, or if one of those is all zeros or not finite.
  static llvm::Expected<OutputNoise> get(Program &program,
                                         std::vector<Sample> samples);

  /// Runs again and gives sum (y - y0)^2 / sum y0^2 over all samples, the mean
  /// of that over all outputs of floats. Infinite if an output is not finite.
  llvm::Expected<double> measure(Program &program) const;

  int64_t getNumRuns() const { return samples.size(); }
  /// Those that are compared.
  const std::vector<Sensitivity::Output> &getOutputs() const { return outputs; }

private:
  std::vector<Sample> samples;
  std::vector<Sensitivity::Output> outputs;
  /// The place of each among all outputs.
  std::vector<size_t> places;
  /// By sample, of each output.
  std::vector<std::vector<std::vector<double>>> reference;
};

} // namespace lowbit

#endif // LOWBIT_LIB_EXECUTION_OUTPUTNOISE_H
