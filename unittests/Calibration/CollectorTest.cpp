//===- CollectorTest.cpp - Where observed values go -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/Collector.h"

#include "CalibrationTesting.h"
#include "lowbit/Numerics/FloatTypes.h"

#include <cmath>

using namespace lowbit::calibration;
using lowbit::calibration::test::expectSame;
using lowbit::calibration::test::gaussian;
using lowbit::calibration::test::observe;
using lowbit::numerics::ActivationStatistics;
using lowbit::weights::DType;
using Sizes = std::vector<int64_t>;

namespace {

/// A dense tensor at `data`.
struct Dense {
  Dense(const void *data, Sizes sizes, DType dtype = DType::F32)
      : data(data), dtype(dtype), sizes(std::move(sizes)),
        strides(this->sizes.size()) {
    int64_t stride = 1;
    for (size_t i = strides.size(); i-- > 0; stride *= this->sizes[i])
      strides[i] = stride;
  }
  TensorInMemory view() const { return {dtype, data, sizes, strides}; }

  const void *data;
  DType dtype;
  Sizes sizes, strides;
};

/// What one observer makes of tensors, each with its axis.
InputStatistics
collect(const std::vector<std::pair<TensorInMemory, int64_t>> &tensors,
        unsigned threads = 1) {
  Collector collector(threads);
  EXPECT_EQ(*collector.addObserver({"a", "b"}, true), 0u);
  for (auto &[tensor, axis] : tensors) {
    auto status = collector.observe(0, tensor, axis);
    EXPECT_TRUE(status) << status.message();
  }
  auto statistics = collector.statistics();
  EXPECT_TRUE(statistics);
  return *statistics->find("b");
}

InputStatistics expected(int64_t channels, std::span<const float> values) {
  return observe({"a", "b"}, channels, values,
                 ActivationStatistics::Gram::Collect);
}

TEST(Collector, TakesRowsOfEveryRank) {
  std::vector<float> x = gaussian(24);
  InputStatistics rows = expected(6, x);
  expectSame(collect({{Dense(x.data(), {4, 6}).view(), 1}}), rows);
  expectSame(collect({{Dense(x.data(), {2, 2, 6}).view(), 2}}), rows);
  expectSame(collect({{Dense(x.data(), {2, 1, 2, 1, 6}).view(), 4}}), rows);
  expectSame(collect({{Dense(x.data(), {6}).view(), 0},
                      {Dense(x.data() + 6, {1, 6}).view(), 1},
                      {Dense(x.data() + 12, {2, 6}).view(), 1}}),
             rows);
}

TEST(Collector, TakesChannelsAlongAnyAxis) {
  // NCHW with more channels than are copied at a time.
  int64_t n = 2, channels = 20, height = 3, width = 4;
  std::vector<float> x = gaussian(n * channels * height * width);
  std::vector<float> rows;
  for (int64_t image = 0; image < n; ++image)
    for (int64_t pixel = 0; pixel < height * width; ++pixel)
      for (int64_t c = 0; c < channels; ++c)
        rows.push_back(x[(image * channels + c) * height * width + pixel]);
  expectSame(
      collect({{Dense(x.data(), {n, channels, height, width}).view(), 1}}),
      expected(channels, rows));
}

TEST(Collector, FollowsStrides) {
  std::vector<float> x = gaussian(40), rows;
  // Columns 1..4 of every other row of 4 x 10, last column first.
  for (int64_t row : {0, 20})
    for (int64_t column : {4, 3, 2, 1})
      rows.push_back(x[row + column]);
  Sizes sizes{2, 4}, strides{20, -1};
  expectSame(collect({{{DType::F32, x.data() + 4, sizes, strides}, 1}}),
             expected(4, rows));
  // A row that is broadcast: it counts as often as it is read.
  Sizes repeated{3, 4}, none{0, 1};
  std::vector<float> thrice;
  for (int i = 0; i < 3; ++i)
    thrice.insert(thrice.end(), x.begin(), x.begin() + 4);
  expectSame(collect({{{DType::F32, x.data(), repeated, none}, 1}}),
             expected(4, thrice));
}

TEST(Collector, WidensHalves) {
  std::vector<float> x = gaussian(24);
  std::vector<uint16_t> halves(24), brains(24);
  lowbit::numerics::f16FromF32(x.data(), 24, halves.data());
  lowbit::numerics::bf16FromF32(x.data(), 24, brains.data());
  std::vector<float> rounded(24);
  lowbit::numerics::f32FromF16(halves.data(), 24, rounded.data());
  expectSame(collect({{Dense(halves.data(), {4, 6}, DType::F16).view(), 1}}),
             expected(6, rounded));
  lowbit::numerics::f32FromBF16(brains.data(), 24, rounded.data());
  expectSame(collect({{Dense(brains.data(), {4, 6}, DType::BF16).view(), 1}}),
             expected(6, rounded));
}

TEST(Collector, PiecesAndThreadsDoNotMatter) {
  // More than is copied at a time, and blocks of X^T X that no piece fills.
  int64_t channels = 700, rows = 3200;
  std::vector<float> x = gaussian(rows * channels);
  InputStatistics whole =
      collect({{Dense(x.data(), {rows, channels}).view(), 1}}, 1);
  expectSame(collect({{Dense(x.data(), {rows, channels}).view(), 1}}, 2),
             whole);
  expectSame(
      collect(
          {{Dense(x.data(), {1000, channels}).view(), 1},
           {Dense(x.data() + 1000 * channels, {0, channels}).view(), 1},
           {Dense(x.data() + 1000 * channels, {2200, channels}).view(), 1}}),
      whole);
  Sizes sizes{rows, channels}, strides{channels, 1};
  expectSame(whole, expected(channels, x));
}

TEST(Collector, NamesWhatIsNotFinite) {
  std::vector<float> x = gaussian(24);
  Collector collector;
  ASSERT_TRUE(collector.addObserver({"fc1", "fc2"}, false));
  auto message = [&](float value, int64_t axis) {
    x[17] = value;
    Dense tensor(x.data(), {2, 3, 4});
    auto status = collector.observe(0, tensor.view(), axis);
    return status ? "" : status.message();
  };
  EXPECT_EQ(message(NAN, 2),
            "layer 'fc1': the value at [1, 1, 1] of its input is NaN");
  EXPECT_EQ(message(-INFINITY, 2),
            "layer 'fc1': the value at [1, 1, 1] of its input is infinite");
  EXPECT_EQ(message(0, 2), "");
  EXPECT_EQ(message(0, 1),
            "layer 'fc1': its input has 3 channels, before it had 4");
  EXPECT_EQ(collector.statistics()->find("fc2")->channels.channels().rows, 6);
}

TEST(Collector, KnowsItsObserversByTheirLayers) {
  Collector collector;
  EXPECT_EQ(*collector.addObserver({"q", "k"}, true), 0u);
  EXPECT_EQ(*collector.addObserver({"out"}, false), 1u);
  EXPECT_EQ(*collector.addObserver({"q", "k"}, true), 0u);
  EXPECT_EQ(collector.numObservers(), 2u);
  constexpr const char *other =
      " has another observer, which does not collect the same";
  EXPECT_EQ(collector.addObserver({"q", "k"}, false).message(),
            std::string("layer 'q'") + other);
  EXPECT_EQ(collector.addObserver({"new", "k"}, true).message(),
            std::string("layer 'k'") + other);

  std::vector<float> x = gaussian(4);
  ASSERT_TRUE(collector.observe(0, Dense(x.data(), {0, 4}).view(), 1));
  ASSERT_TRUE(collector.observe(1, Dense(x.data(), {1, 4}).view(), 1));
  EXPECT_EQ(collector.unseen(), std::vector<std::string>{"q"});
  EXPECT_EQ(collector.statistics()->inputs().size(), 1u);
}

} // namespace
