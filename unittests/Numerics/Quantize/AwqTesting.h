//===- AwqTesting.h - Layers and inputs for AWQ's tests ---------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_AWQTESTING_H
#define LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_AWQTESTING_H

#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/FakeQuantize.h"

#include "SalientData.h"

#include <gtest/gtest.h>

namespace lowbit::numerics {

using Floats = std::vector<float>;

/// The statistics of a layer's inputs in the form that AWQ takes.
struct Inputs {
  explicit Inputs(const ActivationStatistics &statistics)
      : meanMagnitude(statistics.channels().meanMagnitude()),
        squares(statistics.channels().sumOfSquares),
        gram(statistics.gramMatrix()) {}

  AwqInputs withGram() const { return {meanMagnitude, squares, &gram}; }
  AwqInputs withoutGram() const { return {meanMagnitude, squares}; }

  std::vector<double> meanMagnitude, squares;
  GramMatrix gram;
};

inline Format int4(Shape blocks, bool hasZeroPoint = false) {
  return {getNamedCodec("i4"), std::move(blocks), ScaleType::F32, hasZeroPoint};
}

/// SQNR of the outputs themselves when the weight is stored scaled.
inline double outputSqnr(const SalientLayer &layer, const Format &format,
                         std::span<const float> scales,
                         const ParameterChooser &chooser = {}) {
  Floats scaled = scaledWeight(layer.contraction(), scales);
  auto stored =
      fakeQuantize(scaled, Shape{layer.inputs, layer.outputs}, format, chooser);
  EXPECT_TRUE(stored);
  return sqnrDb(product(layer, layer.x, layer.weight),
                product(layer, dividedInputs(layer, scales), *stored));
}

} // namespace lowbit::numerics

#endif // LOWBIT_UNITTESTS_NUMERICS_QUANTIZE_AWQTESTING_H
