//===- UncorrelatedOutputs.cpp - Output errors without X^T X --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"

using namespace lowbit::numerics;

Result<OutputError> lowbit::numerics::measureUncorrelatedOutputError(
    const ContractionWeight &weight, std::span<const float> test,
    const ChannelStatistics &channels, ThreadCount threads) {
  if (auto error = verifyContraction(weight, threads))
    return std::move(*error);
  if (auto error = verifyInputs(weight, channels.channels()))
    return std::move(*error);
  if (auto error = verifyReplacement(weight, test))
    return std::move(*error);
  // A row, as it is stored, is that of one input or has one weight of each.
  int64_t rows = weight.shape[0], length = weight.shape[1];
  constexpr int64_t grain = 16;
  std::vector<OutputError> parts((rows + grain - 1) / grain);
  parallelFor(threads, rows, grain, [&](int64_t begin, int64_t end) {
    OutputError &sum = parts[begin / grain];
    for (int64_t i = begin; i < end; ++i) {
      for (int64_t j = 0; j < length; ++j) {
        double value = weight.values[i * length + j];
        double error = test[i * length + j] - value;
        double moment =
            channels.sumOfSquares[weight.reductionAxis == 0 ? i : j];
        sum.error += moment * error * error;
        sum.signal += moment * value * value;
      }
    }
  });
  OutputError total;
  for (const OutputError &part : parts) {
    total.error += part.error;
    total.signal += part.signal;
  }
  return total;
}
