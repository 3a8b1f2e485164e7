//===- TargetTest.cpp - Instruction sets and what they promise ------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/TargetParser/Host.h"

#include <gtest/gtest.h>

#include <set>

using namespace lowbit::x86;

static std::set<std::string> getFeatures(const Target &target) {
  llvm::SmallVector<llvm::StringRef> parts;
  target.features().split(parts, ',');
  std::set<std::string> features;
  for (llvm::StringRef part : parts) {
    EXPECT_TRUE(part.starts_with("+")) << part.str();
    features.insert(part.drop_front().str());
  }
  return features;
}

TEST(Target, NamesComeBack) {
  for (Isa isa : {Isa::SSE2, Isa::AVX2, Isa::AVX512, Isa::AVX512VNNI}) {
    Target target{isa};
    std::optional<Target> found = Target::get(target.name());
    ASSERT_TRUE(found) << target.name().str();
    EXPECT_EQ(found->isa, isa);
  }
  EXPECT_FALSE(Target::get("neon"));
  EXPECT_FALSE(Target::get(""));
  EXPECT_FALSE(Target::get("AVX2"));
}

// The host's set is one whose features the processor has, and the best such.
TEST(Target, HostHasItsFeatures) {
  std::optional<Target> host = Target::get("host");
  ASSERT_TRUE(host);
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  auto has = [&](const Target &target) {
    return llvm::all_of(getFeatures(target), [&](const std::string &feature) {
      return features.lookup(feature);
    });
  };
  EXPECT_TRUE(has(*host));
  for (Isa isa : {Isa::AVX2, Isa::AVX512, Isa::AVX512VNNI}) {
    if (isa > host->isa)
      EXPECT_FALSE(has(Target{isa})) << Target{isa}.name().str();
  }
}

// Generated code uses f16 conversions and fused multiply-adds from AVX2 on.
TEST(Target, SetsGrow) {
  std::set<std::string> avx2 = getFeatures(Target{Isa::AVX2});
  EXPECT_TRUE(avx2.count("fma") && avx2.count("f16c"));
  std::set<std::string> avx512 = getFeatures(Target{Isa::AVX512});
  EXPECT_TRUE(llvm::all_of(avx2, [&](auto &x) { return avx512.count(x); }));
  std::set<std::string> vnni = getFeatures(Target{Isa::AVX512VNNI});
  EXPECT_TRUE(llvm::all_of(avx512, [&](auto &x) { return vnni.count(x); }));
  EXPECT_TRUE(vnni.count("avx512vnni") && !avx512.count("avx512vnni"));
}

// A panel's accumulators for a block of rows leave registers for operands.
TEST(Target, BlocksFitRegisters) {
  for (Isa isa : {Isa::SSE2, Isa::AVX2, Isa::AVX512, Isa::AVX512VNNI}) {
    Target target{isa};
    int64_t accumulators =
        target.blockRows() * target.columns() / target.lanes();
    EXPECT_LT(accumulators, target.registers()) << target.name().str();
    EXPECT_EQ(target.integerStep(), target.hasVnni() ? 4 : 2);
  }
}
