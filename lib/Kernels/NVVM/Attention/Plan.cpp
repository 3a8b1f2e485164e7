//===- Plan.cpp - Sizes of a block of attention ---------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Attention.h"

#include "llvm/Support/FormatVariadic.h"

#include <algorithm>

using namespace lowbit::nvvm;

static int64_t getScaleBytes(const MatrixStorage &storage,
                             const AttentionPlan &plan) {
  return storage.hasScales() ? 2 * plan.blockKeys * 4 : 0;
}

/// Rows of keys or values in shared memory: codes as bytes.
static SharedTile getTile(int64_t rows, int64_t size,
                          const MatrixStorage &storage) {
  if (!storage.codes)
    return {rows, size};
  return {rows, size * storage.getBits() / 8, /*elementBytes=*/1};
}

AttentionMemory::AttentionMemory(const AttentionSpec &spec,
                                 const AttentionPlan &plan)
    : query{plan.getBlockRows(), spec.getPaddedHeadSize()},
      key(getTile(plan.blockKeys, spec.getPaddedHeadSize(), spec.key)),
      value(getTile(plan.blockKeys, spec.getPaddedValueSize(), spec.value)),
      output{plan.getBlockRows(), spec.getPaddedValueSize()},
      keyStart(std::max(query.getBytes(), output.getBytes())),
      valueStart(keyStart + key.getBytes()),
      stage(key.getBytes() + value.getBytes()),
      scaleStart(keyStart + plan.stages * stage),
      total(scaleStart + getScaleBytes(spec.key, plan) +
            getScaleBytes(spec.value, plan)) {}

/// Registers of a thread that always hold something: the output's accumulators,
/// the scores, and queries that stay; the rest is for addresses and the like.
static int64_t estimateRegisters(const AttentionSpec &spec,
                                 const AttentionPlan &plan) {
  int64_t rest = 56;
  if (spec.isBoundedRight() || spec.windowLeft || spec.softCap ||
      spec.logSumExp || spec.sequenceOffsets || spec.packedHeads || spec.paged)
    rest += 8;
  if (spec.getPaddedHeadSize() > spec.getPaddedValueSize())
    rest += 8;
  if (spec.mask != MaskType::None)
    rest += 24;
  if (spec.alibi)
    rest += 16;
  // Words of codes, what they become, and where scales are: more, the more of
  // it ptxas has under way at one time.
  bool isLeast = plan.rowFragments * plan.blockKeys == 32;
  bool hasCodes = spec.key.codes || spec.value.codes;
  if (hasCodes)
    rest +=
        isLeast ? 4 : 8 + spec.getPaddedValueSize() / 8 + 8 * spec.splitKeys;
  // ptxas spills with 112 elements where it does not with 128: the less the
  // swizzle repeats, the more addresses it keeps. Small tiles of codes do not
  // care; odd ones, which have no swizzle, do a little.
  int64_t swizzleBits = AttentionMemory(spec, plan).value.getSwizzleBits();
  if (swizzleBits == 1 && !(hasCodes && isLeast))
    rest += 24;
  if (swizzleBits == 0 && !isLeast)
    rest += 12;
  int64_t output = spec.getPaddedValueSize() / 2;
  int64_t scores = plan.blockKeys / 2;
  int64_t queries =
      plan.queryInRegisters ? spec.getPaddedHeadSize() / 4 : int64_t(0);
  return plan.rowFragments * (output + scores + queries) + rest;
}

/// How many blocks fit on a multiprocessor; 0 if one has too much.
static int64_t countBlocks(const AttentionSpec &spec,
                           const AttentionPlan &plan) {
  const Target &target = spec.target;
  int64_t bytes = AttentionMemory(spec, plan).total;
  if (bytes > target.sharedPerBlock)
    return 0;
  int64_t registers =
      Target::registersPerProcessor /
      (plan.getThreads() *
       std::min(estimateRegisters(spec, plan), Target::registersPerThread));
  return std::min(registers,
                  target.sharedPerProcessor / (bytes + Target::reservedShared));
}

llvm::Expected<AttentionPlan> AttentionPlan::get(const AttentionSpec &spec) {
  // From the most work for each byte read from shared memory to the least: with
  // 32 rows a warp reads keys and values half as often as with 16.
  struct Shape {
    int64_t warps, rowFragments, blockKeys, stages;
  };
  static constexpr Shape shapes[] = {
      {4, 2, 64, 2}, {4, 2, 64, 1}, {4, 2, 32, 2}, {4, 2, 32, 1}, {4, 1, 64, 2},
      {4, 1, 64, 1}, {8, 1, 64, 1}, {8, 1, 32, 1}, {4, 1, 32, 1},
  };
  std::optional<AttentionPlan> best;
  for (const Shape &shape : shapes) {
    AttentionPlan plan;
    plan.warps = shape.warps;
    plan.rowFragments = shape.rowFragments;
    plan.blockKeys = shape.blockKeys;
    plan.stages = shape.stages;
    // Each thread copies the same number of rows, but where codes are few.
    AttentionMemory memory(spec, plan);
    auto copies = [&](const SharedTile &tile) {
      return tile.elementBytes == 1 ||
             tile.rows << tile.getSwizzleBits() >= plan.getThreads();
    };
    if (!copies(memory.key) || !copies(memory.value))
      continue;
    plan.queryInRegisters = true;
    if (estimateRegisters(spec, plan) > 216)
      plan.queryInRegisters = false;
    if (estimateRegisters(spec, plan) > Target::registersPerThread)
      continue;
    plan.blocksPerProcessor = countBlocks(spec, plan);
    // One waits for memory while the other computes; more do not make up for
    // smaller tiles.
    auto worth = [](const AttentionPlan &p) {
      return std::min<int64_t>(p.blocksPerProcessor * p.warps, 8);
    };
    if (plan.blocksPerProcessor > 0 && (!best || worth(plan) > worth(*best)))
      best = plan;
  }
  if (best)
    return *best;
  AttentionPlan least{.warps = 4, .rowFragments = 1, .blockKeys = 64};
  int64_t bytes = AttentionMemory(spec, least).total;
  if (bytes <= spec.target.sharedPerBlock)
    return llvm::createStringError(llvm::formatv(
        "heads of {0} and {1} elements, with all else that the kernel does, "
        "need "
        "more than the {2} registers of a thread",
        spec.headSize, spec.valueSize, int64_t(Target::registersPerThread)));
  return llvm::createStringError(llvm::formatv(
      "heads of {0} and {1} elements need {2} bytes of shared memory, but {3} "
      "gives a block {4}",
      spec.headSize, spec.valueSize, bytes, spec.target.chip,
      spec.target.sharedPerBlock));
}
