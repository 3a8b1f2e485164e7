//===- OutputError.cpp - What errors of a weight do to its outputs --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/OutputError.h"

#include "../LinearAlgebra/Kernels.h"

#include <cmath>
#include <limits>
#include <tuple>

using namespace lowbit::numerics;

namespace {

/// Outputs per work item and inputs per product.
constexpr int64_t columns = 128;
constexpr int64_t tile = 256;

/// The two sums of `count` outputs from number `first` on.
OutputError measureColumns(const ContractionWeight &weight,
                           std::span<const float> test,
                           const std::vector<float> &gram, int64_t first,
                           int64_t count) {
  // Errors and weights side by side: both are multiplied at once.
  int64_t inputs = weight.inputs(), width = 2 * count;
  std::vector<float> both(inputs * width);
  for (int64_t k = 0; k < inputs; ++k) {
    for (int64_t j = 0; j < count; ++j) {
      int64_t index = weight.index(k, first + j);
      both[k * width + j] = test[index] - weight.values[index];
      both[k * width + count + j] = weight.values[index];
    }
  }
  MatrixView<const float> g{gram.data(), inputs};
  MatrixView<const float> b{both.data(), width};
  OutputError result;
  std::vector<float> product;
  for (int64_t k = 0; k < inputs; k += tile) {
    // The Gram matrix is symmetric: of the rows of this tile only the part
    // from the diagonal on is multiplied, and what is off it counts twice.
    int64_t height = std::min(tile, inputs - k), end = k + height;
    for (auto [from, to, weightOfPart] :
         {std::tuple{k, end, 1.0}, std::tuple{end, inputs, 2.0}}) {
      product.assign(height * width, 0);
      matrixKernels().addProduct(height, width, to - from, g.at(from, k),
                                 b.at(from, 0), {product.data(), width});
      double error = 0, signal = 0;
      for (int64_t i = 0; i < height; ++i) {
        const float *p = product.data() + i * width, *x = b.row(k + i);
        for (int64_t j = 0; j < count; ++j) {
          error += double(p[j]) * x[j];
          signal += double(p[count + j]) * x[count + j];
        }
      }
      result.error += weightOfPart * error;
      result.signal += weightOfPart * signal;
    }
  }
  return result;
}

} // namespace

double OutputError::sqnrDb() const {
  if (error <= 0)
    return std::numeric_limits<double>::infinity();
  return 10 * std::log10(signal / error);
}

Result<OutputError> lowbit::numerics::measureOutputError(
    const ContractionWeight &weight, std::span<const float> test,
    const GramMatrix &gram, ThreadCount threads) {
  if (auto error = verifyContraction(weight, threads))
    return std::move(*error);
  if (auto error = verifyInputs(weight, gram.channels))
    return std::move(*error);
  if (auto error = verifyReplacement(weight, test))
    return std::move(*error);
  std::vector<float> narrow(gram.values.begin(), gram.values.end());
  int64_t outputs = weight.outputs();
  std::vector<OutputError> parts((outputs + columns - 1) / columns);
  parallelFor(threads, outputs, columns, [&](int64_t begin, int64_t end) {
    parts[begin / columns] =
        measureColumns(weight, test, narrow, begin, end - begin);
  });
  OutputError result;
  for (const OutputError &part : parts) {
    result.error += part.error;
    result.signal += part.signal;
  }
  return result;
}
