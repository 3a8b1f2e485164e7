//===- InputScales.h - Scales between a layer and its producer --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// (x / s) (diag(s) W) = x W for any s > 0 per input channel. Whoever makes x
// can divide at no cost, and the quantizer of x or W may like what it then
// sees.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_NUMERICS_QUANTIZE_INPUTSCALES_H
#define LOWBIT_NUMERICS_QUANTIZE_INPUTSCALES_H

#include "lowbit/Numerics/Quantize/ContractionWeight.h"
#include "lowbit/Numerics/Statistics.h"

namespace lowbit::numerics {

/// diag(scales) W, in the weight's own layout; one scale per input.
std::vector<float> scaledWeight(const ContractionWeight &weight,
                                std::span<const float> scales,
                                ThreadCount threads = {});

/// Statistics and second moments of inputs that are divided by `scales`. A
/// scale of 0 stands for a channel that is not read: all of it is 0.
ChannelStatistics scaledChannels(const ChannelStatistics &channels,
                                 std::span<const float> scales);
GramMatrix scaledGram(const GramMatrix &gram, std::span<const float> scales);

} // namespace lowbit::numerics

#endif // LOWBIT_NUMERICS_QUANTIZE_INPUTSCALES_H
