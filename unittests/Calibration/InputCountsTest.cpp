//===- InputCountsTest.cpp - Of how many layers statistics are ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Calibration/InputCounts.h"

#include "CalibrationTesting.h"

using namespace lowbit::calibration;
using lowbit::calibration::test::gaussian;
using lowbit::calibration::test::observe;

namespace {

TEST(InputCounts, CountsInputsAndLayersOnce) {
  Statistics statistics;
  EXPECT_EQ(describeInputs(statistics), "0 inputs of 0 layers");
  ASSERT_TRUE(statistics.add(observe({"q", "k"}, 2, gaussian(8))));
  // No patches: there is no layer "other".
  ASSERT_TRUE(statistics.add(observe({"other/patches"}, 2, gaussian(8))));
  EXPECT_EQ(describeInputs(statistics), "2 inputs of 3 layers");
  ASSERT_TRUE(
      statistics.add(observe({"q/patches", "k/patches"}, 4, gaussian(8))));
  EXPECT_EQ(describeInputs(statistics),
            "2 inputs of 3 layers, 2 of them with patches");
}

} // namespace
