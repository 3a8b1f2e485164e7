//===- BiasCorrection.cpp - Errors of weights that shift outputs ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/BiasCorrection.h"

using namespace lowbit::numerics;

Result<std::vector<float>> lowbit::numerics::correctBias(
    const ContractionWeight &weight, std::span<const float> test,
    std::span<const double> meanInputs, ThreadCount threads) {
  if (auto error = verifyContraction(weight, threads))
    return std::move(*error);
  if (auto error = verifyReplacement(weight, test))
    return std::move(*error);
  if (auto error = verifyInputs(weight, meanInputs.size()))
    return std::move(*error);
  if (auto error = verifyStatistics(meanInputs, /*canBeNegative=*/true))
    return std::move(*error);
  constexpr int64_t outputsPerItem = 64;
  std::vector<float> correction(weight.outputs());
  parallelFor(threads, weight.outputs(), outputsPerItem,
              [&](int64_t begin, int64_t end) {
                double shift[outputsPerItem] = {};
                for (int64_t k = 0; k < weight.inputs(); ++k) {
                  for (int64_t j = begin; j < end; ++j) {
                    int64_t index = weight.index(k, j);
                    double error = double(test[index]) - weight.values[index];
                    shift[j - begin] += meanInputs[k] * error;
                  }
                }
                for (int64_t j = begin; j < end; ++j)
                  correction[j] = static_cast<float>(-shift[j - begin]);
              });
  return correction;
}
