//===- StatisticsTest.cpp - What calibration saw of a model ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/Statistics.h"

#include "CalibrationTesting.h"

using namespace lowbit::calibration;
using lowbit::calibration::test::expectSame;
using lowbit::calibration::test::gaussian;
using lowbit::calibration::test::observe;

namespace {

constexpr auto collect = lowbit::numerics::ActivationStatistics::Gram::Collect;

TEST(CalibrationStatistics, FindsInputsByAnyOfTheirLayers) {
  Statistics statistics;
  ASSERT_TRUE(statistics.add(observe({"q", "k", "v"}, 2, gaussian(8))));
  ASSERT_TRUE(statistics.add(observe({"out"}, 4, gaussian(8))));
  ASSERT_EQ(statistics.inputs().size(), 2u);
  EXPECT_EQ(statistics.find("k"), &statistics.inputs()[0]);
  EXPECT_EQ(statistics.find("out"), &statistics.inputs()[1]);
  EXPECT_EQ(statistics.find("ou"), nullptr);
}

TEST(CalibrationStatistics, RefusesInputsThatAreNone) {
  Statistics statistics;
  ASSERT_TRUE(statistics.add(observe({"q", "k"}, 2, gaussian(8))));
  auto add = [&](InputStatistics input) {
    auto status = statistics.add(std::move(input));
    return status ? "" : status.message();
  };
  EXPECT_EQ(add(observe({}, 2, {})), "an input has no layer");
  EXPECT_EQ(add(observe({""}, 2, {})), "'' is no name of a layer");
  EXPECT_EQ(add(observe({"a\nb"}, 2, {})), "'a\\x0ab' is no name of a layer");
  EXPECT_EQ(add(observe({"a", "k"}, 2, {})), "layer 'k' has two inputs");
  EXPECT_EQ(add(observe({"a", "a"}, 2, {})), "layer 'a' has two inputs");
  InputStatistics other = observe({"a"}, 2, gaussian(8));
  other.histogram = {};
  EXPECT_EQ(add(std::move(other)),
            "layer 'a': the histogram holds 0 values, not those of 4 rows of 2 "
            "channels");
  other = observe({"a"}, 2, gaussian(8));
  other.histogram = observe({"b"}, 2, gaussian(8, 17)).histogram;
  EXPECT_EQ(add(std::move(other)),
            "layer 'a': the histogram has other extremes than the channels");
  // A product of two is no f32.
  std::vector<float> large{1e30f, 1e30f};
  EXPECT_EQ(add(observe({"a"}, 2, large, collect)),
            "layer 'a': a second moment is not finite; collect without them");
  EXPECT_EQ(add(observe({"a"}, 2, large)), "");
}

TEST(CalibrationStatistics, MergingIsCollectingOn) {
  std::vector<float> values = gaussian(700 * 6);
  std::span<const float> all = values;
  Statistics whole, left, right;
  ASSERT_TRUE(whole.add(observe({"q", "k"}, 6, all, collect)));
  ASSERT_TRUE(left.add(observe({"q", "k"}, 6, all.first(100 * 6), collect)));
  ASSERT_TRUE(right.add(observe({"new"}, 1, all)));
  ASSERT_TRUE(right.add(observe({"q", "k"}, 6, all.subspan(100 * 6), collect)));
  ASSERT_TRUE(left.merge(right));
  ASSERT_EQ(left.inputs().size(), 2u);
  expectSame(left.inputs()[1], right.inputs()[0]);
  EXPECT_EQ(left.find("new"), &left.inputs()[1]);

  const InputStatistics &merged = *left.find("k"), &one = *whole.find("k");
  EXPECT_EQ(merged.channels.channels().rows, 700);
  EXPECT_EQ(merged.channels.channels().minimum,
            one.channels.channels().minimum);
  EXPECT_TRUE(
      std::ranges::equal(merged.histogram.counts(), one.histogram.counts()));
  // Sums of floats in another order.
  for (int i = 0; i < 6; ++i)
    EXPECT_NEAR(merged.channels.channels().sum[i],
                one.channels.channels().sum[i], 1e-9);
  for (int i = 0; i < 36; ++i)
    EXPECT_NEAR(merged.channels.gramMatrix().values[i],
                one.channels.gramMatrix().values[i], 700 * 3e-6);
}

TEST(CalibrationStatistics, MergesOnlyWhatBelongsTogether) {
  auto make = [](InputStatistics input, std::string model = "") {
    Statistics statistics;
    EXPECT_TRUE(statistics.add(std::move(input)));
    statistics.setModel(std::move(model));
    return statistics;
  };
  Statistics statistics = make(observe({"q", "k"}, 2, gaussian(8)), "0a-0b");
  auto merge = [&](const Statistics &other) {
    auto status = statistics.merge(other);
    return status ? "" : status.message();
  };
  std::string prefix = "statistics: cannot be merged with statistics: ";
  EXPECT_EQ(merge(make(observe({"q", "k"}, 2, {}))),
            prefix + "only one of them says of which model it is");
  EXPECT_EQ(merge(make(observe({"q", "k"}, 2, {}), "0c-0b")),
            prefix + "it was collected on another model (the tensors have "
                     "other names, types or shapes)");
  EXPECT_EQ(merge(make(observe({"q"}, 2, {}), "0a-0b")),
            prefix + "the input of layer 'q' is read by other layers too in "
                     "one of them");
  EXPECT_EQ(merge(make(observe({"q", "k"}, 3, {}), "0a-0b")),
            prefix + "layer 'q' has 3 channels, not 2");
  EXPECT_EQ(merge(make(observe({"q", "k"}, 2, {}, collect), "0a-0b")),
            prefix + "only one has second moments of layer 'q'");
  EXPECT_EQ(merge(make(observe({"q", "k"}, 2, {}), "0a-0b")), "");
}

TEST(CalibrationStatistics, KnowsItsModel) {
  Statistics statistics;
  EXPECT_TRUE(statistics.checkModel("0a-0b"));
  statistics.setModel("0a-0b");
  EXPECT_TRUE(statistics.checkModel("0a-0b"));
  EXPECT_TRUE(statistics.checkModel(""));
  auto status = statistics.checkModel("0a-0c");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.message(),
            "statistics: collected on another model (the tensors have the same "
            "names and shapes, but other values; its fingerprint is '0a-0b', "
            "not '0a-0c'); collect statistics of this one");
}

} // namespace
