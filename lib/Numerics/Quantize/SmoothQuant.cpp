//===- SmoothQuant.cpp - Outliers moved from inputs to weights ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Xiao et al., SmoothQuant: Accurate and Efficient Post-Training Quantization
// for Large Language Models (2022), section 4.
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/SmoothQuant.h"

#include <algorithm>
#include <cmath>
#include <limits>

using namespace lowbit::numerics;

Result<std::vector<float>>
lowbit::numerics::smoothQuantScales(std::span<const ContractionWeight> layers,
                                    std::span<const float> maxMagnitude,
                                    float alpha, ThreadCount threads) {
  if (layers.empty())
    return Error{Error::Kind::InvalidFormat, "there is no layer to smooth"};
  if (!(alpha >= 0 && alpha <= 1))
    return Error{Error::Kind::InvalidFormat, "SmoothQuant's alpha " +
                                                 std::to_string(alpha) +
                                                 " is not from 0 to 1"};
  int64_t channels = maxMagnitude.size();
  std::vector<float> largest(channels);
  for (const ContractionWeight &layer : layers) {
    if (auto error = verifyContraction(layer, threads))
      return std::move(*error);
    if (auto error = verifyInputs(layer, channels))
      return std::move(*error);
    for (int64_t j = 0; j < layer.outputs(); ++j)
      for (int64_t k = 0; k < channels; ++k)
        largest[k] =
            std::max(largest[k], std::fabs(layer.values[layer.index(k, j)]));
  }
  std::vector<float> scales(channels, 1.0f);
  for (int64_t k = 0; k < channels; ++k) {
    if (!std::isfinite(maxMagnitude[k]))
      return notFiniteError(maxMagnitude[k], k);
    double input = std::fabs(maxMagnitude[k]), weight = largest[k];
    if (input == 0 || weight == 0)
      continue;
    double scale = std::pow(input, alpha) / std::pow(weight, 1.0 - alpha);
    // Denormals on both sides could leave the range.
    scales[k] = static_cast<float>(
        std::clamp<double>(scale, std::numeric_limits<float>::min(),
                           std::numeric_limits<float>::max()));
  }
  return scales;
}
