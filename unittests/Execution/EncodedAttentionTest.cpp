//===- EncodedAttentionTest.cpp - Kernels with encoded keys, values -------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "AttentionCases.h"

#include <gtest/gtest.h>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

namespace {

constexpr Codes allCodes[] = {Codes::I8, Codes::I4, Codes::F8E4M3FN,
                              Codes::F8E5M2};

AttentionSpec getSpec(int64_t headSize, Half element, MatrixStorage key,
                      MatrixStorage value) {
  AttentionSpec spec = test::getSpec(headSize, element);
  spec.key = key;
  spec.value = value;
  return spec;
}

AttentionSpec getSpec(int64_t headSize, Half element, Codes codes) {
  // Scales of both sizes.
  return getSpec(headSize, element, {codes, ScaleType::F32},
                 {codes, ScaleType::F16});
}

// All codes, in both elements; the head is padded in the second.
TEST(EncodedAttentionTest, Codes_C190) {
  for (Codes codes : allCodes)
    for (Half element : {Half::F16, Half::BF16})
      for (int64_t size : {64, 32}) {
        if (size == 32 && element == Half::BF16 && !isSlow())
          continue;
        AttentionRun run(getSpec(size, element, codes));
        EXPECT_EQ(run.run(getSizes(70, 150)), "")
            << getName(codes).str() << ", " << size;
      }
}

// With an instruction for E4M3.
TEST(EncodedAttentionTest, Conversions) {
  AttentionSpec spec = getSpec(64, Half::F16, Codes::F8E4M3FN);
  spec.target = *Target::get("sm_89");
  AttentionRun run(spec);
  EXPECT_EQ(run.run(getSizes(40, 90)), "");
  AttentionSizes sizes = getSizes(20, 40);
  sizes.largestCode = 0x1p-6;
  EXPECT_EQ(run.run(sizes), "");
}

// Denormal codes alone: what is lost of them is not hidden by larger ones.
TEST(EncodedAttentionTest, Denormals_C190) {
  auto runBelow = [](Half element, Codes codes, double largest) {
    AttentionRun run(
        getSpec(64, element, {codes, ScaleType::F32}, {codes, ScaleType::F32}));
    AttentionSizes sizes = getSizes(20, 40);
    sizes.largestCode = largest;
    EXPECT_EQ(run.run(sizes), "") << getName(codes).str();
  };
  runBelow(Half::F16, Codes::F8E4M3FN, 0x1p-6);
  runBelow(Half::BF16, Codes::F8E4M3FN, 0x1p-6);
  runBelow(Half::BF16, Codes::F8E5M2, 0x1p-14);
}

// Codes of one and halves of the other, and types of scales, or none.
TEST(EncodedAttentionTest, Mixtures) {
  const std::pair<MatrixStorage, MatrixStorage> pairs[] = {
      {{Codes::I8, ScaleType::BF16}, {}},
      {{}, {Codes::I4, ScaleType::F32}},
      {{Codes::I8, ScaleType::F16}, {Codes::I4, ScaleType::F16}},
      {{Codes::I4, ScaleType::F32}, {Codes::F8E5M2, ScaleType::None}},
      {{Codes::F8E4M3FN, ScaleType::None}, {Codes::F8E4M3FN, ScaleType::None}},
  };
  for (auto [key, value] : pairs) {
    AttentionRun run(getSpec(64, Half::F16, key, value));
    EXPECT_EQ(run.run(getSizes(70, 100)), "");
    AttentionSizes one = getSizes(10, 40);
    one.oneScale = true;
    EXPECT_EQ(run.run(one), "");
  }
}

// Odd numbers of chunks, padded rows, one and two stages, all shapes of blocks.
TEST(EncodedAttentionTest, HeadSizes) {
  std::vector<int64_t> sizes = {16, 80, 256};
  if (isSlow())
    sizes = {8, 16, 24, 40, 48, 80, 96, 112, 120, 128, 160, 192, 240, 256};
  for (Codes codes : {Codes::I8, Codes::I4})
    for (int64_t size : sizes) {
      AttentionSpec spec = getSpec(size, Half::F16, codes);
      fitAlignments(spec);
      AttentionRun run(spec);
      EXPECT_EQ(run.run(getSizes(33, 130)), "")
          << getName(codes).str() << ", " << size;
    }
}

TEST(EncodedAttentionTest, ValuesOfOtherSizes) {
  for (auto [size, valueSize] : {std::pair(192, 128), {64, 96}}) {
    AttentionSpec spec = getSpec(size, Half::F16, {Codes::I4, ScaleType::F16},
                                 {Codes::I8, ScaleType::F16});
    spec.valueSize = valueSize;
    AttentionRun run(spec);
    EXPECT_EQ(run.run(getSizes(33, 130)), "") << size << ", " << valueSize;
  }
}

TEST(EncodedAttentionTest, Lengths) {
  for (Codes codes : {Codes::I8, Codes::I4}) {
    AttentionRun run(getSpec(64, Half::F16, codes));
    for (auto [queries, keys] :
         {std::pair(1, 1), {1, 200}, {130, 65}, {64, 63}, {17, 300}, {3, 0}})
      EXPECT_EQ(run.run(getSizes(queries, keys)), "")
          << queries << ", " << keys;
  }
}

TEST(EncodedAttentionTest, Masks) {
  auto runAll = [](const AttentionSpec &spec, AttentionSizes sizes) {
    AttentionRun run(spec);
    for (auto [queries, keys] : {std::pair(70, 150), {150, 70}}) {
      sizes.queries = {queries};
      sizes.keys = {keys};
      EXPECT_EQ(run.run(sizes), "") << spec.getName() << ": " << queries;
    }
  };
  for (Codes codes : allCodes) {
    if (codes != Codes::I8 && !isSlow())
      continue;
    AttentionSizes sizes;
    sizes.windowLeft = 20;
    sizes.windowRight = 5;
    sizes.cap = 3;
    AttentionSpec plain = getSpec(64, Half::F16, codes), spec = plain;
    spec.causal = spec.logSumExp = true;
    runAll(spec, sizes);
    spec.softCap = true;
    runAll(spec, sizes);
    spec = plain;
    spec.windowLeft = spec.windowRight = spec.alibi = true;
    runAll(spec, sizes);
    for (MaskType mask : {MaskType::Boolean, MaskType::F32}) {
      spec = plain;
      spec.mask = mask;
      spec.maskSharedByRows = mask == MaskType::Boolean;
      runAll(spec, sizes);
    }
  }
}

// Grouped heads and lengths of sequences, in both orders of heads and rows.
TEST(EncodedAttentionTest, HeadsAndSequences) {
  for (Codes codes : {Codes::I8, Codes::I4}) {
    AttentionSpec spec = getSpec(32, Half::F16, codes);
    spec.grouped = spec.keyLengths = spec.causal = true;
    AttentionRun run(spec);
    AttentionSizes sizes = getSizes(40, 0);
    sizes.keys = {70, 3, 0};
    sizes.sequences = 3;
    sizes.heads = 6;
    sizes.keyHeads = 2;
    EXPECT_EQ(run.run(sizes), "");
    sizes.headsInRows = true;
    EXPECT_EQ(run.run(sizes), "");
  }
}

TEST(EncodedAttentionTest, SequenceOffsets) {
  AttentionSpec spec = getSpec(64, Half::BF16, Codes::I8);
  spec.sequenceOffsets = spec.causal = spec.grouped = true;
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

TEST(EncodedAttentionTest, Decode) {
  for (Codes codes : allCodes)
    for (auto [size, valueSize] : {std::pair(64, 64), {128, 128}, {80, 40}}) {
      if (!isSlow() && (size == 64) != (codes == Codes::I4))
        continue;
      AttentionSpec spec = getSpec(size, Half::F16, codes);
      spec.valueSize = valueSize;
      spec.codeAlignment = 4;
      spec.grouped = spec.packedHeads = spec.splitKeys = spec.causal = true;
      spec.keyLengths = spec.logSumExp = true;
      AttentionRun run(spec);
      for (int64_t queries : {1, 3, 16})
        for (int64_t splits : {1, 3}) {
          AttentionSizes sizes = getSizes(queries, 0);
          sizes.keys = {300, 65, 0, 17};
          sizes.sequences = 4;
          sizes.heads = 10;
          sizes.keyHeads = 2;
          sizes.splits = splits;
          EXPECT_EQ(run.run(sizes), "")
              << spec.getName() << ": " << queries << ", " << splits;
        }
    }
}

TEST(EncodedAttentionTest, Pages) {
  for (Codes codes : {Codes::I8, Codes::I4})
    for (bool decode : {false, true})
      expectPagesRun(getSpec(64, Half::F16, codes), decode);
}

// Warps in any order, and copies that land early or late.
TEST(EncodedAttentionTest, Schedules) {
  for (int64_t size : {64, 128})
    for (Codes codes : {Codes::I8, Codes::I4}) {
      AttentionRun run(getSpec(size, Half::F16, codes));
      simt::Options options;
      options.randomOrder = true;
      for (auto completion : {simt::Completion::Lazy, simt::Completion::Eager,
                              simt::Completion::Random})
        for (uint64_t seed = 1; seed <= (isSlow() ? 5 : 1); ++seed) {
          options.completion = completion;
          options.seed = seed;
          EXPECT_EQ(run.run(getSizes(130, 200), options), "") << seed;
        }
    }
}

// Nothing in the loop over tiles waits for a bank.
TEST(EncodedAttentionTest, BankConflicts) {
  for (Codes codes : {Codes::I8, Codes::I4})
    for (int64_t size : {64, 128})
      expectNoBankConflicts(getSpec(size, Half::F16, codes));
}

} // namespace
