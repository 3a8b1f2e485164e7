//===- Target.cpp - Instruction sets of x86-64 ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Target.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/TargetParser/Host.h"

using namespace lowbit::x86;

int64_t Target::lanes() const {
  switch (isa) {
  case Isa::SSE2:
    return 4;
  case Isa::AVX2:
    return 8;
  case Isa::AVX512:
  case Isa::AVX512VNNI:
  case Isa::AVX512BF16:
    return 16;
  }
  return 4;
}

llvm::StringRef Target::name() const {
  switch (isa) {
  case Isa::SSE2:
    return "sse2";
  case Isa::AVX2:
    return "avx2";
  case Isa::AVX512:
    return "avx512";
  case Isa::AVX512VNNI:
    return "avx512vnni";
  case Isa::AVX512BF16:
    return "avx512bf16";
  }
  return "";
}

llvm::StringRef Target::features() const {
  switch (isa) {
  case Isa::SSE2:
    return "+sse2";
  case Isa::AVX2:
    return "+avx2,+fma,+f16c,+bmi2";
  case Isa::AVX512:
    return "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
           "+avx512cd";
  case Isa::AVX512VNNI:
    return "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
           "+avx512cd,+avx512vnni";
  case Isa::AVX512BF16:
    return "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
           "+avx512cd,+avx512vnni,+avx512bf16";
  }
  return "";
}

llvm::SmallVector<llvm::StringRef>
Target::getMissingFeatures(const llvm::StringMap<bool> &processor) const {
  llvm::SmallVector<llvm::StringRef> needed, missing;
  features().split(needed, ',');
  for (llvm::StringRef feature : needed)
    if (llvm::StringRef name = feature.drop_front(); !processor.lookup(name))
      missing.push_back(name);
  return missing;
}

/// The best set that the processor we run on has all features of.
static Target getHost() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (Isa isa : {Isa::AVX512BF16, Isa::AVX512VNNI, Isa::AVX512, Isa::AVX2})
    if (Target{isa}.getMissingFeatures(features).empty())
      return Target{isa};
  return Target{Isa::SSE2};
}

std::optional<Target> Target::get(llvm::StringRef name) {
  if (name == "host")
    return getHost();
  return llvm::StringSwitch<std::optional<Target>>(name)
      .Case("sse2", Target{Isa::SSE2})
      .Case("avx2", Target{Isa::AVX2})
      .Case("avx512", Target{Isa::AVX512})
      .Case("avx512vnni", Target{Isa::AVX512VNNI})
      .Case("avx512bf16", Target{Isa::AVX512BF16})
      .Default(std::nullopt);
}

std::string Target::getUnknownText(llvm::StringRef name) {
  return "unknown instruction set '" + name.str() +
         "': use host, avx512bf16, avx512vnni, avx512, avx2 or sse2";
}
