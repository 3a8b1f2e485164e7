//===- AwqTest.cpp - Activation-aware weight quantization -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/Awq.h"
#include "lowbit/Numerics/Quantize/FakeQuantize.h"
#include "lowbit/Numerics/Quantize/OutputError.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include "AwqTesting.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

namespace {

// 1 % of the channels 50 times as large: at least 5 dB over round-to-nearest.
TEST(Awq, SalientChannels) {
  SalientLayer layer;
  Inputs inputs(layer.statistics);
  Floats ones(layer.inputs, 1.0f);
  for (bool hasZeroPoint : {false, true}) {
    AwqLayer awq{layer.contraction(), int4({128, 1}, hasZeroPoint)};
    double nearest = outputSqnr(layer, awq.format, ones);
    EXPECT_NEAR(nearest, hasZeroPoint ? 20 : 18.6, 0.5);
    for (const AwqInputs &of : {inputs.withGram(), inputs.withoutGram()}) {
      auto found = searchAwqScales({&awq, 1}, of);
      ASSERT_TRUE(found);
      EXPECT_GE(outputSqnr(layer, awq.format, found->scales), nearest + 5);
      EXPECT_GT(found->alpha, 0);
      EXPECT_LT(found->error, found->errorWithout);
    }
  }
}

// Searching scales by the error of the outputs gains again; by that of the
// weights it clips what was made large.
TEST(Awq, WeightedSearch) {
  SalientLayer layer;
  Inputs inputs(layer.statistics);
  AwqLayer awq{layer.contraction(), int4({128, 1})};
  auto error = [&](const AwqOptions &options) {
    auto found = searchAwqScales({&awq, 1}, inputs.withGram(), options);
    EXPECT_TRUE(found);
    return 10 * std::log10(found->error);
  };
  double byRange = error({});
  double byWeights = error({.chooser = scaleSearchChooser()});
  double byOutputs = error({.weightedSearch = true});
  EXPECT_LT(byOutputs, byRange - 1);
  EXPECT_GT(byWeights, byRange + 1);
}

// The estimate from the Gram matrix is the error of the outputs.
TEST(Awq, ErrorsAreThoseOfTheOutputs) {
  SalientLayer layer(256, 32, 64);
  Inputs inputs(layer.statistics);
  AwqLayer awq{layer.contraction(), int4({64, 1})};
  auto found = searchAwqScales({&awq, 1}, inputs.withGram());
  ASSERT_TRUE(found);
  Floats reference = product(layer, layer.x, layer.weight);
  auto errorWith = [&](std::span<const float> scales) {
    auto stored = fakeQuantize(scaledWeight(awq.weight, scales),
                               awq.weight.shape, awq.format);
    Floats test = product(layer, dividedInputs(layer, scales), *stored);
    return measureError(reference, test).mse() * double(test.size());
  };
  Floats ones(layer.inputs, 1.0f);
  EXPECT_NEAR(errorWith(found->scales) / found->error, 1, 1e-3);
  EXPECT_NEAR(errorWith(ones) / found->errorWithout, 1, 1e-3);
}

// A weight stored the other way round is the same layer.
TEST(Awq, EitherLayout) {
  SalientLayer layer(256, 32, 64);
  Inputs inputs(layer.statistics);
  Floats turned = transposed<float>(layer.weight, layer.inputs, layer.outputs);
  AwqLayer a{layer.contraction(), int4({64, 1})};
  AwqLayer b{{turned, {layer.outputs, layer.inputs}, 1}, int4({1, 64})};
  auto scalesA = searchAwqScales({&a, 1}, inputs.withGram());
  auto scalesB = searchAwqScales({&b, 1}, inputs.withGram());
  ASSERT_TRUE(scalesA && scalesB);
  EXPECT_EQ(scalesA->scales, scalesB->scales);
}

// Layers of one input get one set of scales, the best for their sum.
TEST(Awq, LayersAreScaledTogether) {
  SalientLayer layer(256, 48, 64);
  Inputs inputs(layer.statistics);
  std::vector<AwqLayer> layers;
  for (int i = 0; i < 3; ++i)
    layers.push_back({{std::span(layer.weight).subspan(i * 256 * 16, 256 * 16),
                       {256, 16},
                       0},
                      int4({i == 0 ? 32 : 128, 1})});
  auto all = searchAwqScales(layers, inputs.withGram());
  ASSERT_TRUE(all);
  double sum = 0;
  for (const AwqLayer &one : layers) {
    auto alone = searchAwqScales({&one, 1}, inputs.withGram());
    ASSERT_TRUE(alone);
    sum += alone->error;
  }
  EXPECT_GE(all->error, sum * 0.9999);
  EXPECT_LT(all->error, all->errorWithout / 2);
}

// Blocks of several outputs, sizes that do not divide, other choosers.
TEST(Awq, AnyBlocksAndChooser) {
  SalientLayer layer(100, 30, 40);
  Inputs inputs(layer.statistics);
  for (Shape blocks :
       {Shape{0, 0}, Shape{0, 1}, Shape{1, 0}, Shape{32, 7}, Shape{100, 30}}) {
    AwqLayer awq{layer.contraction(), int4(blocks)};
    AwqOptions options{.alphaSteps = 5, .chooser = scaleSearchChooser()};
    auto scales = searchAwqScales({&awq, 1}, inputs.withGram(), options);
    ASSERT_TRUE(scales);
    EXPECT_LE(scales->error, scales->errorWithout);
  }
}

// Exponents are compared by a sample of the outputs; what is found is as good,
// and said of all outputs.
TEST(Awq, SampledOutputs) {
  SalientLayer layer(256, 600, 64);
  Inputs inputs(layer.statistics);
  Format sparse = int4({64, 4});
  sparse.sparsity = Sparsity::pattern(2, 4, 1);
  for (const Format &format :
       {int4({64, 1}), int4({64, 7}), int4({64, 0}), int4({0, 0}), sparse})
    for (const AwqInputs &of : {inputs.withGram(), inputs.withoutGram()}) {
      AwqLayer awq{layer.contraction(), format};
      auto all = searchAwqScales({&awq, 1}, of, {.sampledOutputs = 0});
      auto some = searchAwqScales({&awq, 1}, of, {.sampledOutputs = 50});
      ASSERT_TRUE(all && some);
      EXPECT_EQ(some->errorWithout, all->errorWithout);
      EXPECT_LE(some->error, all->error * 1.05);
      EXPECT_GE(some->error, all->error);
    }
}

// A sample that promises a gain which the layer as a whole does not have: its
// outputs meet a channel that all others must not have scaled.
TEST(Awq, MisleadingSampleChangesNothing) {
  constexpr int64_t inputs = 64, outputs = 400;
  Floats weight(inputs * outputs);
  Floats random = gaussian(inputs * outputs, 3);
  for (int64_t k = 0; k < inputs; ++k)
    for (int64_t j = 0; j < outputs; ++j) {
      // Only sampled outputs, each 100th, have small weights at input 0.
      bool isOutlier = k == 0 && j % 100 != 0;
      weight[k * outputs + j] = random[k * outputs + j] * (isOutlier ? 30 : 1);
    }
  std::vector<double> means(inputs, 1.0), squares(inputs, 1.0);
  means[0] = 20;
  squares[0] = 400;
  AwqLayer awq{{weight, {inputs, outputs}, 0}, int4({0, 1})};
  AwqInputs of{means, squares};
  auto all = searchAwqScales({&awq, 1}, of, {.sampledOutputs = 0});
  auto some = searchAwqScales({&awq, 1}, of, {.sampledOutputs = 4});
  ASSERT_TRUE(all && some);
  EXPECT_EQ(some->errorWithout, all->errorWithout);
  EXPECT_LE(some->error, some->errorWithout);
}

TEST(Awq, SameForEveryNumberOfThreads) {
  SalientLayer layer(256, 300, 32);
  Inputs inputs(layer.statistics);
  AwqLayer awq{layer.contraction(), int4({64, 1})};
  auto one = searchAwqScales({&awq, 1}, inputs.withGram(), {}, 1);
  auto two = searchAwqScales({&awq, 1}, inputs.withGram(), {}, 2);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->scales, two->scales);
  EXPECT_EQ(one->error, two->error);
}

TEST(Awq, EdgesOfData) {
  // No input at all, a channel without input, no outputs, a zero weight.
  Floats weight(8 * 4, 0.0f);
  std::vector<double> silent(8, 0.0), means{1, 0, 1, 1, 1, 1, 1, 100};
  AwqLayer awq{{weight, {8, 4}, 0}, int4({4, 1})};
  auto found = searchAwqScales({&awq, 1}, {silent, silent});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->scales, Floats(8, 1.0f));
  Floats random = gaussian(8 * 4);
  std::copy(random.begin(), random.end(), weight.begin());
  found = searchAwqScales({&awq, 1}, {means, means});
  ASSERT_TRUE(found);
  for (float scale : found->scales)
    EXPECT_TRUE(std::isfinite(scale) && scale > 0);
  AwqLayer empty{{{}, {8, 0}, 0}, int4({4, 1})};
  EXPECT_TRUE(searchAwqScales({&empty, 1}, {means, means}));
  AwqLayer noInputs{{{}, {0, 4}, 0}, int4({4, 1})};
  EXPECT_TRUE(searchAwqScales({&noInputs, 1}, {}));
}

TEST(Awq, Errors) {
  Floats weight = gaussian(8 * 4);
  std::vector<double> means(8, 1.0), few(7, 1.0);
  AwqLayer awq{{weight, {8, 4}, 0}, int4({4, 1})};
  auto errorOf = [&](const AwqInputs &inputs, const AwqOptions &options = {}) {
    auto found = searchAwqScales({&awq, 1}, inputs, options);
    EXPECT_FALSE(found);
    return found.error();
  };
  EXPECT_EQ(errorOf({few, means}).kind, Error::Kind::InvalidStatistics);
  EXPECT_EQ(errorOf({means, few}).kind, Error::Kind::InvalidStatistics);
  EXPECT_EQ(errorOf({means}).message, "AWQ needs second moments of the inputs");
  GramMatrix gram{7, 1, std::vector<double>(49)};
  EXPECT_EQ(errorOf({means, means, &gram}).kind,
            Error::Kind::InvalidStatistics);
  means[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(errorOf({means, means}).message,
            "the statistics of input channel 3 are negative or not finite");
  means[3] = 1;
  gram = {8, 1, std::vector<double>(64, 1.0)};
  gram.values[63] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(errorOf({means, means, &gram}).message,
            "the second moments of channel 7 are not finite");
  gram.values[63] = 1e300;
  EXPECT_EQ(searchAwqScales({&awq, 1}, {means, means, &gram}).error().message,
            "the inputs, or the weights, are so large that errors of the "
            "outputs overflow");
  EXPECT_EQ(errorOf({means, means}, {.alphaSteps = 0}).kind,
            Error::Kind::InvalidFormat);
  EXPECT_EQ(searchAwqScales({}, {means, means}).error().kind,
            Error::Kind::InvalidFormat);
  weight[5] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(errorOf({means, means}).index, 5);
}

} // namespace
