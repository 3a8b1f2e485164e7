//===- AttentionCases.cpp - What tests of attention have in common --------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionCases.h"

#include <gtest/gtest.h>

#include <cstdlib>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

bool lowbit::test::isSlow() {
  return std::getenv("LOWBIT_SLOW_TESTS") != nullptr;
}

AttentionSpec lowbit::test::getSpec(int64_t headSize, Half element) {
  AttentionSpec spec;
  spec.target = *Target::get("sm_80");
  spec.element = element;
  spec.headSize = spec.valueSize = headSize;
  return spec;
}

void lowbit::test::fitAlignments(AttentionSpec &spec) {
  auto fit = [](int64_t bytes) { return std::min<int64_t>(bytes & -bytes, 16); };
  spec.alignment = fit(2 * (spec.headSize | spec.valueSize));
  spec.codeAlignment = 16;
  for (auto [size, storage] : {std::pair(spec.headSize, spec.key),
                               std::pair(spec.valueSize, spec.value)})
    if (storage.codes)
      spec.codeAlignment =
          std::min(spec.codeAlignment, fit(size * storage.getBits() / 8));
}

AttentionSizes lowbit::test::getSizes(int64_t queries, int64_t keys) {
  AttentionSizes sizes;
  sizes.queries = {queries};
  sizes.keys = {keys};
  return sizes;
}

void lowbit::test::expectPagesRun(AttentionSpec spec, bool decode) {
  spec.paged = spec.keyLengths = spec.causal = spec.grouped = true;
  spec.packedHeads = spec.splitKeys = decode;
  AttentionRun run(spec);
  for (int64_t keysPerPage : {1, 16, 20, 256}) {
    AttentionSizes sizes = getSizes(decode ? 2 : 70, 0);
    sizes.keys = {150, 1, 64};
    sizes.sequences = 3;
    sizes.heads = 4;
    sizes.keyHeads = 2;
    sizes.splits = 2;
    sizes.keysPerPage = keysPerPage;
    sizes.headsInRows = true;
    EXPECT_EQ(run.run(sizes), "") << spec.getName() << ": " << keysPerPage;
  }
}

void lowbit::test::expectNoBankConflicts(const AttentionSpec &spec) {
  AttentionRun run(spec);
  simt::Options options;
  options.counters = true;
  ASSERT_EQ(run.run(getSizes(128, 256), options), "");
  for (const simt::SiteCounters &site : run.report.counters.sites)
    if (site.location.find("write output") == std::string::npos)
      EXPECT_EQ(site.bankConflicts(), 0u)
          << spec.getName() << ": " << site.op << " at " << site.location;
}
