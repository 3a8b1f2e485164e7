//===- SmoothQuantTest.cpp - Outliers moved from inputs to weights --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/SmoothQuant.h"
#include "lowbit/Numerics/Quantize/FakeQuantize.h"

#include "SalientData.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

namespace {

using Floats = std::vector<float>;

/// SQNR of the outputs with INT8 weights per output and INT8 inputs whose
/// scales have block shape `inputBlocks`.
double w8a8(const SalientLayer &layer, std::span<const float> scales,
            Shape inputBlocks) {
  Format format{getNamedCodec("i8"), {0, 1}, ScaleType::F32, false};
  auto w = fakeQuantize(scaledWeight(layer.contraction(), scales),
                        Shape{layer.inputs, layer.outputs}, format);
  format.blockShape = std::move(inputBlocks);
  auto x = fakeQuantize(dividedInputs(layer, scales),
                        Shape{layer.rows, layer.inputs}, format);
  EXPECT_TRUE(w && x);
  return sqnrDb(product(layer, layer.x, layer.weight), product(layer, *x, *w));
}

TEST(SmoothQuant, RecoversW8A8) {
  SalientLayer layer;
  Floats ones(layer.inputs, 1.0f);
  ContractionWeight weight = layer.contraction();
  auto scales = smoothQuantScales({&weight, 1},
                                  layer.statistics.channels().maxMagnitude());
  ASSERT_TRUE(scales);
  for (Shape blocks : {Shape{1, 0}, Shape{0, 0}}) {
    double naive = w8a8(layer, ones, blocks);
    double smooth = w8a8(layer, *scales, blocks);
    EXPECT_GE(smooth, naive + 11);
  }
}

TEST(SmoothQuant, ByHand) {
  // Two layers of 3 inputs, the second stored [N, K].
  Floats a{1, -4, 2, 0, 0, 0}, b{2, 2, 0};
  std::vector<ContractionWeight> layers{{a, {3, 2}, 0}, {b, {1, 3}, 1}};
  Floats inputs{16, 8, 5};
  auto scales = smoothQuantScales(layers, inputs);
  ASSERT_TRUE(scales);
  EXPECT_EQ(*scales, (Floats{2, 2, 1}));
  scales = smoothQuantScales(layers, inputs, 1);
  EXPECT_EQ(*scales, (Floats{16, 8, 1}));
  scales = smoothQuantScales(layers, inputs, 0);
  EXPECT_EQ(*scales, (Floats{0.25f, 0.5f, 1}));
  inputs[0] = 0;
  scales = smoothQuantScales(layers, inputs);
  EXPECT_EQ(*scales, (Floats{1, 2, 1}));
}

TEST(SmoothQuant, EdgesOfData) {
  ContractionWeight none{{}, {0, 4}, 0};
  EXPECT_EQ(*smoothQuantScales({&none, 1}, {}), Floats());
  float tiny = std::numeric_limits<float>::denorm_min();
  float large = std::numeric_limits<float>::max();
  Floats weight{tiny, large}, inputs{large, tiny};
  ContractionWeight extreme{weight, {2, 1}, 0};
  auto scales = smoothQuantScales({&extreme, 1}, inputs);
  ASSERT_TRUE(scales);
  for (float scale : *scales)
    EXPECT_TRUE(std::isfinite(scale) && scale > 0);
}

TEST(SmoothQuant, Errors) {
  Floats weight{1, 2, 3, 4}, inputs{1, 2};
  ContractionWeight layer{weight, {2, 2}, 0};
  auto errorOf = [&](float alpha = 0.5f) {
    auto scales = smoothQuantScales({&layer, 1}, inputs, alpha);
    EXPECT_FALSE(scales);
    return scales.error();
  };
  EXPECT_EQ(errorOf(1.5f).kind, Error::Kind::InvalidFormat);
  EXPECT_EQ(errorOf(std::numeric_limits<float>::quiet_NaN()).kind,
            Error::Kind::InvalidFormat);
  EXPECT_EQ(smoothQuantScales({}, inputs).error().message,
            "there is no layer to smooth");
  inputs[1] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf().index, 1);
  inputs = {1, 2, 3};
  EXPECT_EQ(errorOf().kind, Error::Kind::InvalidStatistics);
  weight[3] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(errorOf().index, 3);
}

} // namespace
