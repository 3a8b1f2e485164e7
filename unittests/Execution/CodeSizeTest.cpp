//===- CodeSizeTest.cpp - How much code kernels are -----------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ContractionCase.h"
#include "Programs.h"

#include <gtest/gtest.h>

using namespace lowbit;
using namespace lowbit::test;

namespace {

/// Some of those that unroll and look up most.
std::vector<ContractionCase> getCases() {
  std::vector<ContractionCase> cases;
  auto add = [&](const char *codec, bool hasZeroPoint, int64_t group,
                 Activation activation, int64_t reduction, int64_t columns) {
    cases.push_back({codec,
                     hasZeroPoint,
                     {},
                     group,
                     activation,
                     false,
                     0,
                     reduction,
                     columns,
                     true,
                     Init::Zero,
                     Content::Random});
  };
  add("affine<i8>", false, -1, {"i8"}, 256, 96);
  add("affine<u4>", true, 32, {"u8", true}, 256, 70);
  add("affine<i3>", true, 64, {"i8"}, 250, 70);
  add("affine<i7>", false, 16, {"i8"}, 250, 70);
  add("codebook<nf4_i8>", false, 64, {"i8"}, 256, 96);
  add("codebook<nf4>", false, 64, {"bf16"}, 256, 70);
  add("affine<u3>", true, 16, {"bf16"}, 250, 70);
  add("mulaw<8, 255>", false, 32, {}, 256, 70);
  add("float<f8E4M3FN>", false, 32, {"bf16"}, 250, 70);
  return cases;
}

} // namespace

// A kernel is less than what the first two levels of caches keep of code and
// data together; a profile says how much.
TEST(CodeSize, IsBounded) {
  constexpr uint64_t most = 64 << 10;
  std::vector<ContractionCase> cases = getCases();
  std::mt19937 random(1);
  StoredWeights stored(cases, random);
  ASSERT_FALSE(stored.path.empty());
  for (const std::string &isa : getInstructionSets()) {
    Profile profile;
    CompileOptions options;
    options.isa = isa;
    options.weights = stored.path;
    options.profile = &profile;
    ASSERT_TRUE(compile(makeModule(cases, Followed::Fused), options));
    size_t kernels = 0;
    for (const TimedOp &op : profile.ops) {
      if (op.kernel.empty()) {
        EXPECT_EQ(op.codeBytes, 0u) << op.computes;
        continue;
      }
      ++kernels;
      EXPECT_GT(op.codeBytes, 500u) << op.kernel;
      EXPECT_LT(op.codeBytes, most) << op.kernel;
    }
    EXPECT_EQ(kernels, cases.size()) << isa;
  }
}
