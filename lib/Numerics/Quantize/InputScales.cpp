//===- InputScales.cpp - Scales between a layer and its producer ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/InputScales.h"

#include <cassert>
#include <utility>

using namespace lowbit::numerics;

std::vector<float>
lowbit::numerics::scaledWeight(const ContractionWeight &weight,
                               std::span<const float> scales,
                               ThreadCount threads) {
  assert(std::cmp_equal(scales.size(), weight.inputs()) && "not a scale each");
  std::vector<float> result(weight.values.size());
  int64_t length = weight.shape[1];
  int64_t grain = std::max<int64_t>(65536 / std::max<int64_t>(length, 1), 1);
  parallelFor(threads, weight.shape[0], grain, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const float *in = weight.values.data() + row * length;
      float *out = result.data() + row * length;
      if (weight.reductionAxis == 1) {
        for (int64_t j = 0; j < length; ++j)
          out[j] = in[j] * scales[j];
        continue;
      }
      for (int64_t j = 0; j < length; ++j)
        out[j] = in[j] * scales[row];
    }
  });
  return result;
}

ChannelStatistics
lowbit::numerics::scaledChannels(const ChannelStatistics &channels,
                                 std::span<const float> scales) {
  assert(std::cmp_equal(scales.size(), channels.channels()) &&
         "not a scale each");
  ChannelStatistics result = channels;
  for (size_t i = 0; i < scales.size(); ++i) {
    double scale = scales[i];
    if (scale == 0) {
      result.minimum[i] = result.maximum[i] = 0;
      result.sum[i] = result.sumOfMagnitudes[i] = result.sumOfSquares[i] = 0;
      continue;
    }
    result.minimum[i] /= scales[i];
    result.maximum[i] /= scales[i];
    result.sum[i] /= scale;
    result.sumOfMagnitudes[i] /= scale;
    result.sumOfSquares[i] /= scale * scale;
  }
  return result;
}

GramMatrix lowbit::numerics::scaledGram(const GramMatrix &gram,
                                        std::span<const float> scales) {
  assert(std::cmp_equal(scales.size(), gram.channels) && "not a scale each");
  GramMatrix result = gram;
  for (int64_t i = 0; i < gram.channels; ++i)
    for (int64_t j = 0; j < gram.channels; ++j) {
      double &value = result.values[i * gram.channels + j];
      // One product of the two, so that the result is symmetric to the bit.
      value = scales[i] == 0 || scales[j] == 0
                  ? 0
                  : value / (static_cast<double>(scales[i]) * scales[j]);
    }
  return result;
}
