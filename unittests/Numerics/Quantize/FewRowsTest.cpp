//===- FewRowsTest.cpp - Inputs that tell too little of channels ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Numerics/Quantize/FewRows.h"

#include <gtest/gtest.h>

using namespace lowbit::numerics;

TEST(FewRows, AsManyAsChannelsAreEnough) {
  EXPECT_EQ(describeFewRows(8, 8, "gptq"), "");
  EXPECT_EQ(describeFewRows(7, 8, "gptq"),
            "7 rows of inputs tell method 'gptq' little about 8 channels: what "
            "they do not show is left to the damping; use as many rows as "
            "channels or more");
}
