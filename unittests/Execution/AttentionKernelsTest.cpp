//===- AttentionKernelsTest.cpp - Kernels of attention on the emulator ----===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionCases.h"

#include <gtest/gtest.h>

#include <limits>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

namespace {

TEST(AttentionKernelsTest, Lengths) {
  AttentionRun run(getSpec(64));
  for (auto [queries, keys] : {std::pair(128, 128),
                               {1, 1},
                               {1, 200},
                               {130, 65},
                               {64, 63},
                               {17, 300},
                               {200, 1},
                               {3, 0}})
    EXPECT_EQ(run.run(getSizes(queries, keys)), "") << queries << ", " << keys;
}

TEST(AttentionKernelsTest, HeadSizes) {
  for (Half element : {Half::F16, Half::BF16})
    for (int64_t size : {8, 32, 40, 80, 96, 112, 128, 192, 240, 256}) {
      AttentionRun run(getSpec(size, element));
      EXPECT_EQ(run.run(getSizes(70, 90)), "") << size;
    }
}

TEST(AttentionKernelsTest, ValuesOfOtherSizes) {
  for (auto [size, valueSize] : {std::pair(192, 128), {64, 256}, {40, 72}}) {
    AttentionSpec spec = getSpec(size);
    spec.valueSize = valueSize;
    AttentionRun run(spec);
    EXPECT_EQ(run.run(getSizes(33, 130)), "") << size << ", " << valueSize;
  }
}

TEST(AttentionKernelsTest, NarrowRows) {
  for (auto [size, alignment] : {std::pair(36, 8), {34, 4}, {50, 4}}) {
    AttentionSpec spec = getSpec(size);
    spec.alignment = alignment;
    AttentionRun run(spec);
    EXPECT_EQ(run.run(getSizes(33, 70)), "") << size;
  }
}

TEST(AttentionKernelsTest, HeadsAndSequences) {
  AttentionSpec spec = getSpec(32);
  spec.grouped = true;
  AttentionRun run(spec);
  AttentionSizes sizes = getSizes(40, 70);
  sizes.sequences = 2;
  sizes.heads = 6;
  sizes.keyHeads = 2;
  EXPECT_EQ(run.run(sizes), "");
  sizes.headsInRows = true;
  EXPECT_EQ(run.run(sizes), "");
}

TEST(AttentionKernelsTest, Causal) {
  for (int64_t size : {64, 128}) {
    AttentionSpec spec = getSpec(size);
    spec.causal = spec.logSumExp = true;
    AttentionRun run(spec);
    for (auto [queries, keys] :
         {std::pair(150, 150), {1, 100}, {20, 200}, {200, 20}, {129, 128}})
      EXPECT_EQ(run.run(getSizes(queries, keys)), "")
          << queries << ", " << keys;
  }
}

TEST(AttentionKernelsTest, Windows) {
  for (bool right : {false, true}) {
    AttentionSpec spec = getSpec(64);
    spec.windowLeft = spec.logSumExp = true;
    (right ? spec.windowRight : spec.causal) = true;
    AttentionRun run(spec);
    for (auto [left, after] : {std::pair(0, 0), {10, 3}, {100, 70}}) {
      for (auto [queries, keys] : {std::pair(200, 200), {5, 300}, {200, 100}}) {
        AttentionSizes sizes = getSizes(queries, keys);
        sizes.windowLeft = left;
        sizes.windowRight = after;
        EXPECT_EQ(run.run(sizes), "")
            << left << ", " << after << ": " << queries << ", " << keys;
      }
    }
  }
}

TEST(AttentionKernelsTest, SoftCapAndAlibi) {
  for (bool causal : {false, true})
    for (int which : {1, 2, 3}) {
      AttentionSpec spec = getSpec(64);
      spec.causal = causal;
      spec.softCap = which & 1;
      spec.alibi = which & 2;
      spec.logSumExp = true;
      AttentionRun run(spec);
      AttentionSizes sizes = getSizes(70, 150);
      sizes.heads = sizes.keyHeads = 2;
      sizes.cap = 3;
      sizes.scale = 0.5;
      EXPECT_EQ(run.run(sizes), "") << causal << ", " << which;
    }
}

// What the cap does to the error of scores does not grow with it.
TEST(AttentionKernelsTest, LargeSoftCaps) {
  AttentionSpec spec = getSpec(64, Half::F16);
  spec.softCap = spec.logSumExp = true;
  AttentionRun run(spec);
  AttentionSizes sizes = getSizes(20, 150);
  for (double cap : {1e-6, 0.5, 5., 50., 1e5, 1e6, 1e30}) {
    sizes.cap = cap;
    EXPECT_EQ(run.run(sizes), "") << cap;
  }
}

TEST(AttentionKernelsTest, Masks) {
  for (MaskType mask :
       {MaskType::Boolean, MaskType::F16, MaskType::BF16, MaskType::F32})
    for (bool sharedByRows : {false, true}) {
      AttentionSpec spec = getSpec(64);
      spec.mask = mask;
      spec.maskSharedByRows = sharedByRows;
      spec.logSumExp = true;
      AttentionRun run(spec);
      AttentionSizes sizes = getSizes(70, 100);
      sizes.heads = sizes.keyHeads = sizes.sequences = 2;
      for (int which : {0, 1, 2, 3}) {
        sizes.maskSharedByHeads = which & 1;
        sizes.maskSharedBySequences = which & 2;
        EXPECT_EQ(run.run(sizes), "") << int(mask) << ", " << which;
      }
      // Rows that see nothing are 0.
      sizes.hidden = 1;
      EXPECT_EQ(run.run(sizes), "") << int(mask);
    }
}

TEST(AttentionKernelsTest, Everything) {
  AttentionSpec spec = getSpec(80, Half::F16);
  spec.causal = spec.windowLeft = spec.softCap = spec.alibi = true;
  spec.grouped = spec.keyLengths = spec.logSumExp = true;
  spec.mask = MaskType::F16;
  AttentionRun run(spec);
  AttentionSizes sizes = getSizes(50, 0);
  sizes.keys = {120, 50, 0, 7};
  sizes.sequences = 4;
  sizes.heads = 4;
  sizes.keyHeads = 2;
  sizes.windowLeft = 40;
  sizes.cap = 10;
  EXPECT_EQ(run.run(sizes), "");
}

// (C178), (C196) Lengths of more keys than there are say where the queries
// stand, but not that others' keys are read; negative ones are none.
TEST(AttentionKernelsTest, LengthsBeyondTheKeys) {
  for (bool masked : {false, true}) {
    AttentionSpec spec = getSpec(64);
    spec.keyLengths = spec.logSumExp = true;
    spec.windowLeft = spec.windowRight = masked;
    AttentionRun run(spec);
    AttentionSizes sizes = getSizes(20, 0);
    sizes.keys = {60, 37, -5, 1 << 30, -(1 << 30), 20, 5037};
    sizes.sequences = sizes.keys.size();
    sizes.availableKeys = 37;
    for (int64_t left : {30, (1 << 30) - 1}) {
      sizes.windowLeft = left;
      sizes.windowRight = left / 10;
      EXPECT_EQ(run.run(sizes), "") << masked << ", " << left;
    }
    sizes.windowRight = (1 << 30) - 1;
    EXPECT_EQ(run.run(sizes), "") << masked;
  }
  AttentionSpec spec = getSpec(64);
  spec.paged = spec.keyLengths = spec.causal = spec.grouped = true;
  spec.packedHeads = spec.splitKeys = spec.alibi = true;
  AttentionRun run(spec);
  AttentionSizes sizes = getSizes(2, 0);
  sizes.keys = {70, 64, -1};
  sizes.availableKeys = 64;
  sizes.sequences = 3;
  sizes.heads = 4;
  sizes.keyHeads = sizes.splits = 2;
  EXPECT_EQ(run.run(sizes), "");
}

TEST(AttentionKernelsTest, SequenceOffsets) {
  AttentionSpec spec = getSpec(64);
  spec.sequenceOffsets = spec.causal = spec.grouped = spec.logSumExp = true;
  AttentionRun run(spec);
  AttentionSizes sizes;
  sizes.queries = {3, 150, 0, 64};
  sizes.keys = {100, 150, 20, 3};
  sizes.sequences = 4;
  sizes.heads = 2;
  for (bool headsInRows : {false, true}) {
    sizes.headsInRows = headsInRows;
    EXPECT_EQ(run.run(sizes), "") << headsInRows;
  }
}

// Few queries: heads share a block, blocks share keys.
TEST(AttentionKernelsTest, Decode) {
  for (auto [size, valueSize] : {std::pair(64, 64), {128, 128}, {80, 36}}) {
    AttentionSpec spec = getSpec(size);
    spec.valueSize = valueSize;
    spec.alignment = 8;
    spec.grouped = spec.packedHeads = spec.splitKeys = spec.causal = true;
    spec.keyLengths = spec.logSumExp = true;
    AttentionRun run(spec);
    for (int64_t queries : {1, 3, 16})
      for (int64_t splits : {1, 3, 7}) {
        AttentionSizes sizes = getSizes(queries, 0);
        sizes.keys = {300, 65, 0, 17};
        sizes.sequences = 4;
        sizes.heads = 10;
        sizes.keyHeads = 2;
        sizes.splits = splits;
        EXPECT_EQ(run.run(sizes), "") << queries << ", " << splits;
      }
  }
}

// (C213) The first query stands behind the past keys, whatever comes behind it.
TEST(AttentionKernelsTest, TopLeft) {
  AttentionSpec spec = getSpec(64);
  spec.topLeft = spec.causal = spec.alibi = spec.logSumExp = true;
  spec.grouped = true;
  AttentionSizes sizes = getSizes(9, 0);
  sizes.sequences = 4;
  sizes.heads = 4;
  sizes.keyHeads = 2;
  sizes.splits = 3;
  sizes.keys = {300, 65, 0, 17};
  for (bool decode : {false, true}) {
    spec.keyLengths = true;
    spec.packedHeads = spec.splitKeys = decode;
    AttentionRun run(spec);
    for (int64_t past : {0, 50, 400}) {
      sizes.pastKeys = past;
      EXPECT_EQ(run.run(sizes), "") << decode << ", " << past;
    }
  }
  spec.packedHeads = spec.splitKeys = spec.keyLengths = false;
  spec.sequenceOffsets = true;
  sizes.pastKeys = 0;
  sizes.queries = {3, 150, 0, 64};
  EXPECT_EQ(AttentionRun(spec).run(sizes), "");
}

TEST(AttentionKernelsTest, PackedHeadsWithEverything) {
  AttentionSpec spec = getSpec(64, Half::F16);
  spec.grouped = spec.packedHeads = spec.causal = spec.windowLeft = true;
  spec.alibi = spec.logSumExp = true;
  for (bool shared : {false, true}) {
    spec.mask = MaskType::Boolean;
    spec.maskSharedByRows = shared;
    AttentionRun run(spec);
    AttentionSizes sizes = getSizes(30, 150);
    sizes.sequences = 2;
    sizes.heads = 6;
    sizes.keyHeads = 2;
    sizes.windowLeft = 50;
    EXPECT_EQ(run.run(sizes), "") << shared;
  }
  spec.mask = MaskType::None;
  spec.maskSharedByRows = false;
  spec.sequenceOffsets = true;
  AttentionRun run(spec);
  AttentionSizes sizes;
  sizes.queries = {5, 1, 40};
  sizes.keys = {100, 30, 20};
  sizes.sequences = 3;
  sizes.heads = 6;
  sizes.keyHeads = 2;
  sizes.windowLeft = 30;
  EXPECT_EQ(run.run(sizes), "");
}

TEST(AttentionKernelsTest, Pages) {
  for (bool decode : {false, true})
    expectPagesRun(getSpec(64), decode);
}

// Models add the least number where they mean "not seen": a row with nothing
// else is the mean of all, as in the reference.
TEST(AttentionKernelsTest, LeastNumbersInMasks) {
  for (auto [mask, split] : {std::pair(MaskType::F32, false),
                             {MaskType::F32, true},
                             {MaskType::F16, false}}) {
    AttentionSpec spec = getSpec(64);
    spec.mask = mask;
    spec.splitKeys = split;
    AttentionRun run(spec);
    // Of two tiles; the second has fewer keys.
    AttentionSizes sizes = getSizes(20, 90);
    sizes.splits = split ? 3 : 1;
    sizes.hiddenValue = mask == MaskType::F32
                            ? double(std::numeric_limits<float>::lowest())
                            : -65504;
    EXPECT_EQ(run.run(sizes), "");
    if (mask == MaskType::F16)
      continue;
    sizes.hidden = 1;
    EXPECT_EQ(run.run(sizes), "");
  }
}

// Copies that land at once, and threads in any order, make no difference.
TEST(AttentionKernelsTest, Schedules) {
  for (int64_t size : {64, 128}) {
    AttentionRun run(getSpec(size));
    simt::Options options;
    options.randomOrder = true;
    for (auto completion : {simt::Completion::Lazy, simt::Completion::Eager,
                            simt::Completion::Random})
      for (uint64_t seed = 1; seed <= 3; ++seed) {
        options.completion = completion;
        options.seed = seed;
        EXPECT_EQ(run.run(getSizes(130, 200), options), "") << seed;
      }
  }
}

// Nothing in the loop over tiles waits for a bank.
TEST(AttentionKernelsTest, BankConflicts) {
  for (Half element : {Half::F16, Half::BF16})
    for (int64_t size : {64, 128})
      expectNoBankConflicts(getSpec(size, element));
}

// Global memory is read and written by 16 bytes, and no sector twice or in
// part.
TEST(AttentionKernelsTest, GlobalAccesses) {
  for (Half element : {Half::F16, Half::BF16})
    for (int64_t size : {64, 128}) {
      AttentionRun run(getSpec(size, element));
      simt::Options options;
      options.counters = true;
      ASSERT_EQ(run.run(getSizes(128, 256), options), "");
      uint64_t bytes = 0;
      for (const simt::SiteCounters &site : run.report.counters.sites) {
        bytes += site.globalBytes;
        if (!site.globalRequests)
          continue;
        EXPECT_TRUE(llvm::StringRef(site.op).ends_with(" 16"))
            << size << ": " << site.op << " at " << site.location;
        EXPECT_EQ(site.globalSectors, site.globalIdealSectors)
            << size << ": " << site.op << " at " << site.location;
        // A warp moves as much at a time as its lanes can.
        EXPECT_EQ(site.globalBytes, site.globalRequests * 32 * 16)
            << size << ": " << site.op << " at " << site.location;
      }
      EXPECT_GE(bytes, uint64_t(2 * size * (128 + 256 + 256 + 128)));
    }
}

} // namespace
