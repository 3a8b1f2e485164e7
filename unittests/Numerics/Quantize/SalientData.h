//===- SalientData.h - Layers with a few large input channels ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_SALIENTDATA_H
#define LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_SALIENTDATA_H

#include "lowbit/Numerics/Quantize/InputScales.h"

#include "QuantizeTesting.h"

namespace lowbit::numerics {

/// A Gaussian weight [K, N] and Gaussian inputs [rows, K] of which 1 % of the
/// channels are 50 times as large: what large language models look like, and
/// the test bed of both papers.
struct SalientLayer {
  int64_t inputs, outputs, rows;
  std::vector<float> weight, x;
  ActivationStatistics statistics;

  explicit SalientLayer(int64_t inputs = 1024, int64_t outputs = 64,
                        int64_t rows = 256)
      : inputs(inputs), outputs(outputs), rows(rows),
        weight(gaussian(inputs * outputs, 1)), x(gaussian(rows * inputs, 2)),
        statistics(inputs, ActivationStatistics::Gram::Collect) {
    for (int64_t k = 50; k < inputs; k += 100)
      for (int64_t r = 0; r < rows; ++r)
        x[r * inputs + k] *= 50;
    EXPECT_FALSE(statistics.add(x));
  }

  ContractionWeight contraction() const {
    return {weight, {inputs, outputs}, 0};
  }
};

/// x w of [rows, inputs] and [inputs, outputs].
inline std::vector<float> product(const SalientLayer &layer,
                                  std::span<const float> x,
                                  std::span<const float> w) {
  std::vector<float> y(layer.rows * layer.outputs);
  for (int64_t r = 0; r < layer.rows; ++r)
    for (int64_t k = 0; k < layer.inputs; ++k)
      for (int64_t j = 0; j < layer.outputs; ++j)
        y[r * layer.outputs + j] +=
            x[r * layer.inputs + k] * w[k * layer.outputs + j];
  return y;
}

/// Each row of x divided by the scales of its channels.
inline std::vector<float> dividedInputs(const SalientLayer &layer,
                                        std::span<const float> scales) {
  std::vector<float> x = layer.x;
  for (size_t i = 0; i < x.size(); ++i)
    x[i] /= scales[i % layer.inputs];
  return x;
}

} // namespace lowbit::numerics

#endif // LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_SALIENTDATA_H
