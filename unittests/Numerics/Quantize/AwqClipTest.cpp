//===- AwqClipTest.cpp - Ranges clipped by what outputs lose --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/AwqClip.h"
#include "lowbit/Numerics/Quantize/ScaleSearch.h"

#include "AwqTesting.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit::numerics;

TEST(AwqClip, Gains) {
  SalientLayer layer;
  Inputs inputs(layer.statistics);
  AwqLayer awq{layer.contraction(), int4({128, 1})};
  auto scales = searchAwqScales({&awq, 1}, inputs.withGram());
  ASSERT_TRUE(scales);
  double before = outputSqnr(layer, awq.format, scales->scales);
  for (const AwqInputs &of : {inputs.withGram(), inputs.withoutGram()}) {
    auto ranges = searchAwqClipping(awq, scales->scales, of);
    ASSERT_TRUE(ranges);
    auto chooser = [&](std::span<const float> values, ShapeRef shape,
                       const Format &format) {
      return chooseClippedParameters(values, shape, format, RangeKind::AbsMax,
                                     *ranges);
    };
    EXPECT_GT(outputSqnr(layer, awq.format, scales->scales, chooser),
              before + 0.3);
  }
}

// A weight stored the other way round is the same layer.
TEST(AwqClip, EitherLayout) {
  SalientLayer layer(256, 32, 64);
  Inputs inputs(layer.statistics);
  Floats turned = transposed<float>(layer.weight, layer.inputs, layer.outputs);
  AwqLayer a{layer.contraction(), int4({64, 1})};
  AwqLayer b{{turned, {layer.outputs, layer.inputs}, 1}, int4({1, 64})};
  Floats scales(layer.inputs, 1.5f);
  auto rangesA = searchAwqClipping(a, scales, inputs.withGram());
  auto rangesB = searchAwqClipping(b, scales, inputs.withGram());
  ASSERT_TRUE(rangesA && rangesB);
  EXPECT_EQ(rangesA->high,
            transposed<float>(rangesB->high, layer.outputs, 256 / 64));
}

// Blocks of several outputs, sizes that do not divide, other choosers.
TEST(AwqClip, AnyBlocksAndChooser) {
  SalientLayer layer(100, 30, 40);
  Inputs inputs(layer.statistics);
  Floats scales(100, 1.5f);
  for (Shape blocks :
       {Shape{0, 0}, Shape{0, 1}, Shape{1, 0}, Shape{32, 7}, Shape{100, 30}}) {
    AwqLayer awq{layer.contraction(), int4(blocks)};
    AwqOptions options{.chooser = scaleSearchChooser()};
    auto ranges = searchAwqClipping(awq, scales, inputs.withoutGram(), options);
    ASSERT_TRUE(ranges);
    auto granularity = Granularity::get(awq.weight.shape, blocks);
    EXPECT_EQ(int64_t(ranges->high.size()), granularity->numScales());
  }
}

TEST(AwqClip, SameForEveryNumberOfThreads) {
  SalientLayer layer(256, 300, 32);
  Inputs inputs(layer.statistics);
  AwqLayer awq{layer.contraction(), int4({64, 1})};
  auto rangesOne = searchAwqClipping(awq, {}, inputs.withGram(), {}, 1);
  auto rangesTwo = searchAwqClipping(awq, {}, inputs.withGram(), {}, 2);
  ASSERT_TRUE(rangesOne && rangesTwo);
  EXPECT_EQ(rangesOne->high, rangesTwo->high);
}

TEST(AwqClip, Errors) {
  Floats weight = gaussian(8 * 4);
  std::vector<double> means(8, 1.0), few(7, 1.0);
  AwqLayer awq{{weight, {8, 4}, 0}, int4({4, 1})};
  AwqLayer noInputs{{{}, {0, 4}, 0}, int4({4, 1})};
  AwqLayer empty{{{}, {8, 0}, 0}, int4({4, 1})};
  EXPECT_TRUE(searchAwqClipping(noInputs, {}, {}));
  EXPECT_TRUE(searchAwqClipping(empty, {}, {means, means}));
  auto errorOf = [&](const AwqInputs &inputs, const AwqOptions &options = {}) {
    auto found = searchAwqClipping(awq, {}, inputs, options);
    EXPECT_FALSE(found);
    return found.error();
  };
  EXPECT_EQ(errorOf({few, means}).kind, Error::Kind::InvalidStatistics);
  EXPECT_EQ(errorOf({means}).message, "AWQ needs second moments of the inputs");
  EXPECT_EQ(errorOf({means, means}, {.shrinkSteps = 0}).kind,
            Error::Kind::InvalidFormat);
  Floats scales(3, 1.0f);
  EXPECT_EQ(searchAwqClipping(awq, scales, {means, means}).error().message,
            "3 scales given for 8 inputs");
  means[3] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(errorOf({means, means}).message,
            "the statistics of input channel 3 are negative or not finite");
}
