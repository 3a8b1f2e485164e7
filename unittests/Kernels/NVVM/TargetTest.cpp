//===- TargetTest.cpp - Chips by name -------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Target.h"

#include <gtest/gtest.h>

using namespace lowbit::nvvm;

namespace {

TEST(NVVMTargetTest, ByName) {
  std::optional<Target> ampere = Target::get("sm_80");
  ASSERT_TRUE(ampere);
  EXPECT_TRUE(ampere->hasAsyncCopies());
  EXPECT_EQ(ampere->sharedPerBlock, 163 * 1024);
  EXPECT_EQ(Target::get("sm_90a")->ptx, "+ptx80");
  // The first PTX that converts E4M3 there.
  EXPECT_EQ(Target::get("sm_89")->ptx, "+ptx81");
  EXPECT_FALSE(Target::get("sm_75")->hasAsyncCopies());
}

TEST(NVVMTargetTest, UnknownNamesAreTold) {
  EXPECT_FALSE(Target::get("sm_81"));
  EXPECT_FALSE(Target::get(""));
  std::string text = Target::getUnknownText("gfx90a");
  EXPECT_NE(text.find("unknown chip 'gfx90a'; known are sm_75, sm_80,"),
            std::string::npos)
      << text;
}

} // namespace
