//===- UncorrelatedOutputs.cpp - Output errors without X^T X --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/UncorrelatedOutputs.h"

#include <algorithm>
#include <cassert>

using namespace lowbit::numerics;

Result<OutputError> lowbit::numerics::measureUncorrelatedOutputError(
    const ContractionWeight &weight, std::span<const float> test,
    const ChannelStatistics &channels, std::span<const float> added,
    ThreadCount threads) {
  if (auto error = verifyContraction(weight, threads))
    return std::move(*error);
  if (auto error = verifyInputs(weight, channels.channels()))
    return std::move(*error);
  if (auto error = verifyReplacement(weight, test))
    return std::move(*error);
  assert((added.empty() ||
          added.size() == static_cast<size_t>(weight.outputs())) &&
         "a number for each output");
  std::vector<double> mean = channels.mean(), deviation = mean;
  double rows = channels.rows;
  for (size_t k = 0; k < mean.size(); ++k)
    deviation[k] =
        std::max(0.0, channels.sumOfSquares[k] - rows * mean[k] * mean[k]);

  constexpr int64_t outputsPerItem = 16;
  std::vector<OutputError> parts((weight.outputs() + outputsPerItem - 1) /
                                 outputsPerItem);
  parallelFor(threads, weight.outputs(), outputsPerItem,
              [&](int64_t begin, int64_t end) {
                double shift[outputsPerItem] = {}, level[outputsPerItem] = {};
                OutputError &sum = parts[begin / outputsPerItem];
                for (int64_t k = 0; k < weight.inputs(); ++k) {
                  for (int64_t j = begin; j < end; ++j) {
                    int64_t index = weight.index(k, j);
                    double value = weight.values[index],
                           error = test[index] - value;
                    shift[j - begin] += mean[k] * error;
                    level[j - begin] += mean[k] * value;
                    sum.error += deviation[k] * error * error;
                    sum.signal += deviation[k] * value * value;
                  }
                }
                for (int64_t j = begin; j < end; ++j) {
                  double left =
                      shift[j - begin] + (added.empty() ? 0 : added[j]);
                  sum.error += rows * left * left;
                  sum.signal += rows * level[j - begin] * level[j - begin];
                }
              });
  OutputError total;
  for (const OutputError &part : parts) {
    total.error += part.error;
    total.signal += part.signal;
  }
  return total;
}
