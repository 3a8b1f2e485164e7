//===- CeilingsTest.cpp - What this processor can do at most --------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Runtime/Ceilings.h"

#include <gtest/gtest.h>

#include <string>

using namespace lowbit::runtime;

// What the numbers are is nothing for a test; that they are numbers is.
TEST(Ceilings, AreRatesOrNothing) {
  for (unsigned threads : {1u, 2u}) {
    CeilingMeter meter(threads);
    for (Ceiling ceiling : allCeilings)
      if (std::optional<double> rate = meter.measure(ceiling)) {
        EXPECT_GT(*rate, 0.01) << getName(ceiling);
        EXPECT_LT(*rate, 1e6) << getName(ceiling);
      }
    EXPECT_TRUE(meter.measure(Ceiling::Memory));
  }
}

TEST(Ceilings, AreThereWithTheirInstructions) {
#if defined(__x86_64__)
  CeilingMeter meter(1);
  EXPECT_EQ(meter.measure(Ceiling::Int8).has_value(),
            bool(__builtin_cpu_supports("avx512vnni")));
  EXPECT_EQ(meter.measure(Ceiling::Bf16).has_value(),
            bool(__builtin_cpu_supports("avx512bf16")));
#endif
}

TEST(Ceilings, HaveNamesOfTheirOwn) {
  std::string names;
  for (Ceiling ceiling : allCeilings)
    names += std::string(getName(ceiling)) + " ";
  EXPECT_EQ(names, "int8_gops bf16_gflops f32_gflops dram_gbs ");
}
