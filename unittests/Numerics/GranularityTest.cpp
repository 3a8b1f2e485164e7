//===- GranularityTest.cpp - Which elements share a scale -----------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Granularity.h"

#include <gtest/gtest.h>

#include <map>

using namespace lowbit::numerics;

namespace {

Granularity granularity(Shape shape, Shape blocks) {
  auto result = Granularity::get(shape, blocks);
  EXPECT_TRUE(result) << (result ? "" : result.error().message);
  return *result;
}

TEST(Granularity, ScaleShapes) {
  EXPECT_EQ(granularity({4, 6}, {0, 0}).scaleShape(), Shape{});
  EXPECT_EQ(granularity({4, 6}, {0, 1}).scaleShape(), Shape{6});
  EXPECT_EQ(granularity({4, 6}, {1, 0}).scaleShape(), Shape{4});
  EXPECT_EQ(granularity({300, 6}, {128, 1}).scaleShape(), (Shape{3, 6}));
  EXPECT_EQ(granularity({4, 6}, {2, 4}).scaleShape(), (Shape{2, 2}));
  EXPECT_EQ(granularity({4, 6}, {9, 0}).scaleShape(), Shape{1});
  EXPECT_EQ(granularity({}, {}).scaleShape(), Shape{});
  EXPECT_EQ(granularity({}, {}).numScales(), 1);
  EXPECT_EQ(granularity({}, {}).numElements(), 1);
  EXPECT_EQ(granularity({0, 6}, {0, 0}).numScales(), 1);
  EXPECT_EQ(granularity({0, 6}, {0, 1}).numScales(), 6);
  EXPECT_EQ(granularity({0, 6}, {1, 0}).numScales(), 0);
}

TEST(Granularity, Errors) {
  auto messageOf = [](Shape shape, Shape blocks) {
    auto result = Granularity::get(shape, blocks);
    return result ? std::string() : result.error().message;
  };
  EXPECT_EQ(messageOf({4}, {0, 0}),
            "block shape [0x0] has rank 2, but the tensor's rank is 1");
  EXPECT_EQ(messageOf({4, -1}, {0, 0}),
            "dimension 1 of shape [4x-1] is negative");
  EXPECT_EQ(messageOf({4, 1}, {-3, 0}),
            "entry 0 of block shape [-3x0] is negative");
  EXPECT_EQ(messageOf({INT64_MAX, 0, 2}, {0, 0, 0}),
            "shape [" + std::to_string(INT64_MAX) +
                "x0x2] has more than 2^63 - 1 elements");
}

/// The definition, coordinate by coordinate.
int64_t scaleIndexOracle(const Shape &shape, const Shape &blocks,
                         int64_t element) {
  std::vector<int64_t> coordinates(shape.size());
  for (size_t i = shape.size(); i-- > 0;) {
    coordinates[i] = element % shape[i];
    element /= shape[i];
  }
  int64_t index = 0;
  for (size_t i = 0; i < shape.size(); ++i)
    if (blocks[i] != wholeAxis)
      index = index * ((shape[i] + blocks[i] - 1) / blocks[i]) +
              coordinates[i] / blocks[i];
  return index;
}

/// All views of one granularity agree with the definition.
void check(const Shape &shape, const Shape &blocks) {
  SCOPED_TRACE(::testing::PrintToString(shape) + " by " +
               ::testing::PrintToString(blocks));
  Granularity g = granularity(shape, blocks);
  int64_t n = g.numElements();
  std::vector<int64_t> expected(n);
  for (int64_t i = 0; i < n; ++i) {
    expected[i] = scaleIndexOracle(shape, blocks, i);
    ASSERT_EQ(g.scaleIndex(i), expected[i]);
    ASSERT_LT(expected[i], g.numScales());
  }

  int64_t next = 0;
  g.forEachRun([&](int64_t scale, int64_t offset, int64_t length) {
    ASSERT_EQ(offset, next) << "runs leave a gap";
    ASSERT_GT(length, 0);
    for (int64_t i = offset; i < offset + length; ++i)
      ASSERT_EQ(scale, expected[i]) << "element " << i;
    next = offset + length;
  });
  ASSERT_EQ(next, n);

  std::vector<int> visits(n);
  for (int64_t scale = 0; scale < g.numScales(); ++scale) {
    int64_t last = -1;
    g.forEachRunOfBlock(scale, [&](int64_t offset, int64_t length) {
      ASSERT_GT(offset, last) << "runs out of order";
      for (int64_t i = offset; i < offset + length; ++i) {
        ASSERT_EQ(expected[i], scale);
        ++visits[i];
      }
      last = offset + length - 1;
    });
  }
  EXPECT_EQ(visits, std::vector<int>(n, 1));

  for (auto rows : {RowView::Rows::LastAxis, RowView::Rows::BehindFirst,
                    RowView::Rows::Longest}) {
    RowView view(g, rows);
    ASSERT_EQ(view.numRows() * view.rowLength(), n);
    EXPECT_EQ(view.numScaleRows() * view.scalesPerRow(), g.numScales());
    if (rows == RowView::Rows::LastAxis && !shape.empty()) {
      EXPECT_EQ(view.rowLength(), shape.back());
    }
    if (rows == RowView::Rows::BehindFirst && shape.size() > 1 && n) {
      EXPECT_EQ(n / shape.front() % view.rowLength(), 0);
    }
    for (int64_t row = 0; row < view.numRows(); ++row)
      for (int64_t j = 0; j < view.rowLength(); ++j)
        ASSERT_EQ(view.scaleRow(row) * view.scalesPerRow() +
                      j / view.rowBlock(),
                  expected[row * view.rowLength() + j]);
    std::map<int64_t, std::vector<int64_t>> rowsOf;
    for (int64_t row = 0; row < view.numRows(); ++row)
      rowsOf[view.scaleRow(row)].push_back(row);
    for (int64_t s = 0; s < view.numScaleRows() && n; ++s) {
      std::vector<int64_t> listed;
      for (int64_t i = 0; i < view.numRowsOf(s); ++i)
        listed.push_back(view.rowOf(s, i));
      EXPECT_EQ(listed, rowsOf[s]);
    }
  }
}

TEST(Granularity, EveryBlockShapeUpToRankThree) {
  const int64_t sizes[] = {0, 1, 4, 5}, blocks[] = {0, 1, 2, 4, 7};
  check({}, {});
  for (int64_t d0 : sizes)
    for (int64_t b0 : blocks) {
      check({d0}, {b0});
      for (int64_t d1 : sizes)
        for (int64_t b1 : blocks) {
          check({d0, d1}, {b0, b1});
          for (int64_t d2 : sizes)
            for (int64_t b2 : blocks)
              check({d0, d1, d2}, {b0, b1, b2});
        }
    }
}

TEST(Granularity, RankFour) {
  for (int64_t b0 : {0, 1, 2})
    for (int64_t b1 : {0, 1, 3})
      for (int64_t b2 : {0, 1, 2})
        for (int64_t b3 : {0, 1, 3})
          check({3, 4, 3, 5}, {b0, b1, b2, b3});
}

TEST(Granularity, LongestRows) {
  auto longest = [](Shape shape, Shape blocks) {
    RowView view(granularity(shape, blocks), RowView::Rows::Longest);
    return std::pair(view.rowLength(), view.rowBlock());
  };
  using Pair = std::pair<int64_t, int64_t>;
  // A scale per output channel of a convolution: everything is one row.
  EXPECT_EQ(longest({8, 4, 3, 3}, {1, 0, 0, 0}), Pair(288, 36));
  EXPECT_EQ(longest({8, 6}, {0, 0}), Pair(48, 48));
  EXPECT_EQ(longest({8, 6}, {1, 2}), Pair(48, 2));
  // A short last block may not run into the next row.
  EXPECT_EQ(longest({8, 6}, {1, 4}), Pair(6, 4));
  EXPECT_EQ(longest({8, 6}, {4, 1}), Pair(6, 1));
  EXPECT_EQ(longest({8, 6}, {4, 0}), Pair(48, 24));
  EXPECT_EQ(longest({8, 1}, {4, 1}), Pair(8, 4));
}

TEST(Granularity, OffsetsBeyond32Bits) {
  Granularity g = granularity({1 << 20, 1 << 16}, {128, 1});
  EXPECT_EQ(g.numElements(), int64_t(1) << 36);
  EXPECT_EQ(g.numScales(), int64_t(1) << 29);
  EXPECT_EQ(g.scaleIndex(g.numElements() - 1), g.numScales() - 1);
  int64_t runs = 0, last = 0;
  g.forEachRunOfBlock(g.numScales() - 1, [&](int64_t offset, int64_t length) {
    ++runs;
    EXPECT_EQ(length, 1);
    last = offset;
  });
  EXPECT_EQ(runs, 128);
  EXPECT_EQ(last, g.numElements() - 1);
}

} // namespace
