//===- OutputError.cpp - What errors of a weight do to its outputs --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/OutputError.h"

#include "../LinearAlgebra/Kernels.h"
#include "SquaredOutputs.h"

#include <cmath>
#include <limits>
#include <tuple>

using namespace lowbit::numerics;

/// Outputs per work item and inputs per product.
static constexpr int64_t kColumns = 128;
static constexpr int64_t kTile = 256;

/// The sum over `count` outputs from number `first` on.
static double squaredColumns(int64_t inputs, int64_t first, int64_t count,
                             std::span<const float> gram,
                             const FillOutputs &fill) {
  std::vector<float> errors(inputs * count), product;
  fill(first, count, errors.data());
  MatrixView<const float> g{gram.data(), inputs};
  MatrixView<const float> e{errors.data(), count};
  double total = 0;
  for (int64_t k = 0; k < inputs; k += kTile) {
    // The Gram matrix is symmetric: of the rows of this tile only the part
    // from the diagonal on is multiplied, and what is off it counts twice.
    int64_t height = std::min(kTile, inputs - k), end = k + height;
    for (auto [from, to, weightOfPart] :
         {std::tuple{k, end, 1.0}, std::tuple{end, inputs, 2.0}}) {
      product.assign(height * count, 0);
      matrixKernels().addProduct(height, count, to - from, g.at(from, k),
                                 e.at(from, 0), {product.data(), count});
      double sum = 0;
      const float *x = e.row(k);
      for (int64_t i = 0; i < height * count; ++i)
        sum += double(product[i]) * x[i];
      total += weightOfPart * sum;
    }
  }
  return total;
}

double lowbit::numerics::squaredOutputs(int64_t inputs, int64_t outputs,
                                        std::span<const float> gram,
                                        const FillOutputs &fill,
                                        ThreadCount threads) {
  std::vector<double> parts((outputs + kColumns - 1) / kColumns);
  parallelFor(threads, outputs, kColumns, [&](int64_t begin, int64_t end) {
    parts[begin / kColumns] =
        squaredColumns(inputs, begin, end - begin, gram, fill);
  });
  double total = 0;
  for (double part : parts)
    total += part;
  return total;
}

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
  auto sumOf = [&](auto &&at) {
    auto fill = [&](int64_t first, int64_t count, float *rows) {
      for (int64_t k = 0; k < weight.inputs(); ++k)
        for (int64_t j = 0; j < count; ++j)
          rows[k * count + j] = at(weight.index(k, first + j));
    };
    return squaredOutputs(weight.inputs(), weight.outputs(), narrow, fill,
                          threads);
  };
  OutputError result;
  result.error = sumOf([&](int64_t i) { return test[i] - weight.values[i]; });
  result.signal = sumOf([&](int64_t i) { return weight.values[i]; });
  return result;
}
