//===- AttentionPlanTest.cpp - Sizes of blocks of attention ---------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Attention.h"

#include <gtest/gtest.h>

using namespace lowbit::nvvm;

namespace {

AttentionSpec getSpec(llvm::StringRef chip, int64_t headSize,
                      int64_t valueSize) {
  AttentionSpec spec;
  spec.target = *Target::get(chip);
  spec.headSize = headSize;
  spec.valueSize = valueSize;
  return spec;
}

AttentionPlan getPlan(const AttentionSpec &spec) {
  EXPECT_EQ(spec.getMisfit(), "");
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  if (!plan) {
    ADD_FAILURE() << llvm::toString(plan.takeError());
    return {};
  }
  return *plan;
}

const char *const chips[] = {"sm_80", "sm_86",   "sm_87",  "sm_89",
                             "sm_90", "sm_100a", "sm_120a"};

// Every head size has a plan on every chip, within its shared memory.
TEST(AttentionPlanTest, EveryHeadSize) {
  for (const char *chip : chips)
    for (int64_t headSize = 8; headSize <= 256; headSize += 8)
      for (int64_t valueSize : {int64_t(8), headSize, int64_t(256)}) {
        AttentionSpec spec = getSpec(chip, headSize, valueSize);
        AttentionPlan plan = getPlan(spec);
        AttentionMemory memory(spec, plan);
        EXPECT_LE(memory.total, spec.target.sharedPerBlock);
        EXPECT_GE(plan.blocksPerProcessor, 1);
        EXPECT_LE(plan.blocksPerProcessor *
                      (memory.total + Target::reservedShared),
                  spec.target.sharedPerProcessor);
      }
}

// The same with codes, whatever else there is.
TEST(AttentionPlanTest, EveryHeadSizeOfCodes) {
  for (const char *chip : chips)
    for (Codes codes : {Codes::I8, Codes::I4})
      for (int64_t headSize = 8; headSize <= 256; headSize += 8) {
        AttentionSpec spec = getSpec(chip, headSize, headSize);
        spec.key = spec.value = {codes, ScaleType::F32};
        spec.codeAlignment = 4;
        AttentionMemory memory(spec, getPlan(spec));
        EXPECT_LE(memory.total, spec.target.sharedPerBlock);
        spec.causal = spec.windowLeft = spec.alibi = spec.softCap = true;
        spec.grouped = spec.packedHeads = spec.splitKeys = spec.paged = true;
        spec.mask = MaskType::F32;
        getPlan(spec);
      }
}

// Codes take less of it than halves.
TEST(AttentionPlanTest, MemoryOfCodes) {
  AttentionSpec spec = getSpec("sm_80", 64, 96);
  spec.key = {Codes::I8, ScaleType::F16};
  spec.value = {Codes::I4, ScaleType::F16};
  AttentionPlan plan = getPlan(spec);
  AttentionMemory memory(spec, plan);
  EXPECT_EQ(memory.key.getRowBytes(), 64);
  EXPECT_EQ(memory.value.getRowBytes(), 48);
  EXPECT_EQ(memory.output.getRowBytes(), 192);
  EXPECT_EQ(memory.scaleStart, memory.keyStart + plan.stages * memory.stage);
  // Two tiles' scales of keys and of values, in f32.
  EXPECT_EQ(memory.total, memory.scaleStart + 2 * 2 * plan.blockKeys * 4);
}

// Two blocks, so that one computes while the other waits.
TEST(AttentionPlanTest, TwoBlocksForUsualHeads) {
  for (const char *chip : chips)
    for (int64_t headSize : {32, 40, 64, 80, 96, 112, 128})
      EXPECT_GE(getPlan(getSpec(chip, headSize, headSize)).blocksPerProcessor,
                2)
          << chip << ", " << headSize;
}

// 32 rows of a warp read keys and values half as often as 16.
TEST(AttentionPlanTest, ManyRowsForUsualHeads) {
  for (const char *chip : {"sm_80", "sm_90a"})
    for (int64_t headSize : {64, 128})
      EXPECT_EQ(getPlan(getSpec(chip, headSize, headSize)).rowFragments, 2)
          << chip << ", " << headSize;
}

// Tiles do not overlap, but for output and query.
TEST(AttentionPlanTest, Memory) {
  for (int64_t valueSize : {32, 256}) {
    AttentionSpec spec = getSpec("sm_80", 64, valueSize);
    AttentionPlan plan = getPlan(spec);
    AttentionMemory memory(spec, plan);
    EXPECT_GE(memory.keyStart, memory.query.getBytes());
    EXPECT_GE(memory.keyStart, memory.output.getBytes());
    EXPECT_EQ(memory.valueStart, memory.keyStart + memory.key.getBytes());
    EXPECT_EQ(memory.stage, memory.key.getBytes() + memory.value.getBytes());
    EXPECT_EQ(memory.total, memory.keyStart + plan.stages * memory.stage);
  }
}

TEST(AttentionPlanTest, TooLittleSharedMemory) {
  AttentionSpec spec = getSpec("sm_80", 256, 256);
  spec.target.sharedPerBlock = 16 * 1024;
  llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
  ASSERT_FALSE(plan);
  EXPECT_EQ(llvm::toString(plan.takeError()),
            "heads of 256 and 256 elements need 98304 bytes of shared memory, "
            "but sm_80 gives a block 16384");
}

} // namespace
