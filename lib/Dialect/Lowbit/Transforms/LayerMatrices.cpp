//===- LayerMatrices.cpp - Weights as what layers sum over ----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LayerMatrices.h"

using namespace lowbit;
using namespace mlir;
using numerics::WeightMatrices;

numerics::Result<WeightMatrices>
lowbit::getLayerMatrices(const Layer &layer, ArrayRef<int64_t> shape) {
  SmallVector<unsigned> window;
  if (layer.sumsChannels)
    window.assign(layer.weightWindow.begin(), layer.weightWindow.end());
  // No matter which, as nothing is encoded.
  numerics::Format plain{numerics::getNamedCodec("i8"),
                         numerics::Shape(shape.size(), 1)};
  for (unsigned summed : window)
    plain.blockShape[summed] = numerics::wholeAxis;
  return WeightMatrices::get(shape, static_cast<unsigned>(layer.weightChannels),
                             window, WeightMatrices::Window::Inputs, plain);
}

numerics::ChannelStatistics
lowbit::getStatisticsOfInputs(const WeightMatrices &matrices,
                              const numerics::ChannelStatistics &statistics,
                              int64_t channels) {
  if (statistics.channels() == channels)
    return numerics::reorderInputs(statistics, matrices.channelOfInput());
  return numerics::reorderInputs(statistics, matrices.numberOfInput());
}
