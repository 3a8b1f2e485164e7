//===- AttentionSoakTest.cpp - Kernels of attention by chance -------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Kernels, sizes and schedules drawn by chance: whatever the order of threads
// and the time at which copies land, nothing may be found, and the output is
// the same to the bit. LOWBIT_SOAK_SECONDS says for how long (the slow tier:
// 600), LOWBIT_SOAK_SEED with which seed it begins; a failure names its own.
//
//===----------------------------------------------------------------------===//

#include "AttentionCases.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

using namespace lowbit;
using namespace lowbit::nvvm;
using namespace lowbit::test;

namespace {

/// Draws what a launch is made of.
class Draw {
public:
  explicit Draw(uint64_t seed) : random(seed) {}

  AttentionSpec drawSpec();
  AttentionSizes drawSizes(const AttentionSpec &spec);
  simt::Options drawSchedule();

private:
  int64_t number(int64_t first, int64_t last) {
    return first + random() % (last - first + 1);
  }
  bool chance(int64_t n) { return number(1, n) == 1; }
  template <typename T>
  T any(std::initializer_list<T> list) {
    return list.begin()[number(0, list.size() - 1)];
  }
  MatrixStorage drawStorage();
  AttentionSpec drawAnySpec();

  std::mt19937_64 random;
};

MatrixStorage Draw::drawStorage() {
  MatrixStorage storage;
  if (chance(2))
    return storage;
  storage.codes = any({Codes::I8, Codes::I4, Codes::F8E4M3FN, Codes::F8E5M2});
  storage.scale = any({ScaleType::F16, ScaleType::BF16, ScaleType::F32});
  return storage;
}

AttentionSpec Draw::drawAnySpec() {
  AttentionSpec spec =
      getSpec(any({2, 8}) * number(1, 32), any({Half::F16, Half::BF16}));
  if (chance(3))
    spec.valueSize = any({2, 8}) * number(1, 32);
  spec.key = drawStorage();
  spec.value = drawStorage();
  fitAlignments(spec);
  spec.causal = chance(2);
  spec.windowLeft = chance(3);
  spec.windowRight = chance(4);
  spec.softCap = chance(4);
  spec.alibi = chance(4);
  spec.topLeft = spec.usesPositions() && chance(4);
  spec.logSumExp = chance(2);
  spec.grouped = chance(2);
  spec.sequenceOffsets = chance(4);
  spec.packedHeads = chance(3);
  spec.splitKeys = chance(3);
  spec.paged = chance(4);
  spec.keyLengths = spec.paged || chance(3);
  // Masks are of sequences of the same length.
  if (!spec.sequenceOffsets && chance(2)) {
    spec.mask =
        any({MaskType::Boolean, MaskType::F16, MaskType::BF16, MaskType::F32});
    spec.maskSharedByRows = chance(2);
  }
  return spec;
}

AttentionSpec Draw::drawSpec() {
  while (true) {
    AttentionSpec spec = drawAnySpec();
    if (!spec.getMisfit().empty())
      continue;
    llvm::Expected<AttentionPlan> plan = AttentionPlan::get(spec);
    if (plan)
      return spec;
    llvm::consumeError(plan.takeError());
  }
}

AttentionSizes Draw::drawSizes(const AttentionSpec &spec) {
  AttentionSizes sizes;
  sizes.sequences = number(1, 3);
  sizes.keyHeads = number(1, 2);
  sizes.heads = sizes.keyHeads * (spec.grouped ? number(1, 4) : 1);
  auto draw = [&](std::vector<int64_t> &list, bool own, auto drawOne) {
    list.resize(own ? sizes.sequences : 1);
    std::generate(list.begin(), list.end(), drawOne);
  };
  draw(sizes.queries, spec.sequenceOffsets,
       [&] { return chance(2) ? number(1, 16) : number(1, 150); });
  draw(sizes.keys, spec.sequenceOffsets || spec.keyLengths,
       [&] { return chance(8) ? number(0, 1) : number(1, 260); });
  sizes.pastKeys = number(0, 100);
  sizes.windowLeft = number(0, 100);
  sizes.windowRight = number(0, 40);
  sizes.cap = number(1, 20);
  sizes.splits = number(1, 5);
  sizes.keysPerPage = chance(3) ? 16 : number(1, 100);
  sizes.headsInRows = chance(2);
  sizes.oneScale = chance(4);
  sizes.maskSharedBySequences = chance(2);
  sizes.maskSharedByHeads = chance(2);
  sizes.hidden = chance(6) ? 1 : 0.3;
  sizes.seed = random();
  return sizes;
}

simt::Options Draw::drawSchedule() {
  simt::Options options;
  options.randomOrder = true;
  options.completion = any({simt::Completion::Lazy, simt::Completion::Eager,
                            simt::Completion::Random});
  options.seed = random();
  return options;
}

/// A number of the environment.
std::optional<uint64_t> getNumber(const char *variable) {
  const char *text = std::getenv(variable);
  if (!text)
    return std::nullopt;
  return std::strtoull(text, nullptr, 10);
}

std::string describe(const AttentionSizes &sizes) {
  std::string text = std::to_string(sizes.sequences) + " sequences, " +
                     std::to_string(sizes.heads) + " heads of " +
                     std::to_string(sizes.keyHeads) + ", queries";
  for (int64_t queries : sizes.queries)
    text += " " + std::to_string(queries);
  text += ", keys";
  for (int64_t keys : sizes.keys)
    text += " " + std::to_string(keys);
  return text;
}

/// Runs what one seed draws, and returns the number of launches.
void soak(uint64_t seed, unsigned &launches) {
  Draw draw(seed);
  AttentionSpec spec = draw.drawSpec();
  SCOPED_TRACE("LOWBIT_SOAK_SEED=" + std::to_string(seed) + ": " +
               spec.getName());
  AttentionRun run(spec);
  for (unsigned i = 0; i < 3; ++i) {
    AttentionSizes sizes = draw.drawSizes(spec);
    SCOPED_TRACE(describe(sizes));
    ASSERT_EQ(run.run(sizes), "");
    Bytes output = run.output;
    for (unsigned j = 0; j < 3; ++j) {
      simt::Options schedule = draw.drawSchedule();
      ASSERT_EQ(run.run(sizes, schedule), "") << "schedule " << schedule.seed;
      ASSERT_EQ(run.output, output) << "schedule " << schedule.seed;
    }
    launches += 4;
  }
}

TEST(AttentionSoakTest, NothingIsFoundInAnySchedule) {
  uint64_t seconds =
      getNumber("LOWBIT_SOAK_SECONDS").value_or(isSlow() ? 600 : 0);
  uint64_t first = getNumber("LOWBIT_SOAK_SEED").value_or(1), seed = first;
  // Without a time the same few, so that all machines run the same.
  uint64_t least = getNumber("LOWBIT_SOAK_SEED") ? 1 : 4;
  unsigned launches = 0;
  auto begin = std::chrono::steady_clock::now();
  while (seed - first < least || std::chrono::steady_clock::now() - begin <
                                     std::chrono::seconds(seconds)) {
    soak(seed++, launches);
    if (HasFatalFailure())
      return;
  }
  std::printf("%u launches of %u kernels, seeds from %llu on\n", launches,
              unsigned(seed - first), static_cast<unsigned long long>(first));
}

} // namespace
