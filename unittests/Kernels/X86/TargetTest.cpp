//===- TargetTest.cpp - Instruction sets ----------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"
#include "gtest/gtest.h"

using namespace lowbit::x86;

namespace {

/// A processor with the features of `target`.
llvm::StringMap<bool> processorLike(Target target) {
  llvm::StringMap<bool> processor;
  llvm::SmallVector<llvm::StringRef> features;
  target.features().split(features, ',');
  for (llvm::StringRef feature : features)
    processor[feature.drop_front()] = true;
  return processor;
}

TEST(TargetTest, NamesReadBack) {
  for (Isa isa : allIsas) {
    std::optional<Target> target = Target::get(Target{isa}.name());
    ASSERT_TRUE(target);
    EXPECT_EQ(target->isa, isa);
  }
  EXPECT_FALSE(Target::get("avx1024"));
  EXPECT_FALSE(Target::get(""));
}

TEST(TargetTest, SetsHaveTheirOwnFeatures) {
  for (Isa isa : allIsas)
    EXPECT_TRUE(Target{isa}.getMissingFeatures(processorLike({isa})).empty());
}

TEST(TargetTest, NamesWhatAProcessorLacks) {
  llvm::StringMap<bool> processor = processorLike({Isa::AVX512});
  EXPECT_EQ(Target{Isa::AVX512VNNI}.getMissingFeatures(processor),
            (llvm::SmallVector<llvm::StringRef>{"avx512vnni"}));
  EXPECT_TRUE(Target{Isa::AVX2}.getMissingFeatures(processor).empty());

  // A feature that is known to be off, as one that is not listed.
  processor["avx512bw"] = false;
  processor.erase("fma");
  EXPECT_EQ(Target{Isa::AVX512}.getMissingFeatures(processor),
            (llvm::SmallVector<llvm::StringRef>{"fma", "avx512bw"}));
}

TEST(TargetTest, HostIsOneThatRuns) {
  std::optional<Target> host = Target::get("host");
  ASSERT_TRUE(host);
  llvm::StringMap<bool> processor = llvm::sys::getHostCPUFeatures();
  EXPECT_TRUE(host->getMissingFeatures(processor).empty());
  // And it is the best of those, but for tile registers, which are asked for.
  for (Isa isa : allIsas) {
    Target better{isa};
    if (isa > host->isa && !better.hasTiles())
      EXPECT_FALSE(better.getMissingFeatures(processor).empty())
          << better.name().str();
  }
}

// Generated code uses f16 conversions and fused multiply-adds from AVX2 on.
TEST(TargetTest, SetsGrow) {
  EXPECT_TRUE(processorLike({Isa::AVX2}).lookup("fma"));
  EXPECT_TRUE(processorLike({Isa::AVX2}).lookup("f16c"));
  for (Isa isa : {Isa::AVXVNNI, Isa::AVX512})
    EXPECT_TRUE(
        Target{Isa::AVX2}.getMissingFeatures(processorLike({isa})).empty());
  EXPECT_TRUE(Target{Isa::AVXVNNI}.hasVnni());
  EXPECT_FALSE(Target{Isa::AVX512}.hasVnni());
  EXPECT_TRUE(Target{Isa::AVX512}
                  .getMissingFeatures(processorLike({Isa::AVX512VNNI}))
                  .empty());
  EXPECT_EQ(Target{Isa::AVX512BF16}.getMissingFeatures(
                processorLike({Isa::AVX512VNNI})),
            (llvm::SmallVector<llvm::StringRef>{"avx512vbmi", "avx512bf16"}));
  EXPECT_EQ(
      Target{Isa::AMX}.getMissingFeatures(processorLike({Isa::AVX512BF16})),
      (llvm::SmallVector<llvm::StringRef>{"amx-tile", "amx-int8"}));
  EXPECT_TRUE(Target{Isa::AVX512VNNI}
                  .getMissingFeatures(processorLike({Isa::AVX512BF16}))
                  .empty());
}

// A panel's accumulators for a block of rows leave registers for operands.
TEST(TargetTest, BlocksFitRegisters) {
  for (Isa isa : allIsas) {
    Target target{isa};
    int64_t accumulators =
        target.blockRows() * target.columns() / target.lanes();
    EXPECT_LT(accumulators, target.registers()) << target.name().str();
    EXPECT_EQ(target.integerStep(), target.hasVnni() ? 4 : 2);
    EXPECT_EQ(target.hasBf16(), isa >= Isa::AVX512BF16);
    EXPECT_EQ(target.hasTiles(), isa == Isa::AMX);
  }
}

} // namespace
