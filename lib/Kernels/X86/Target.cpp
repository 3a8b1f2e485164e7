//===- Target.cpp - Instruction sets of x86-64 ----------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/X86/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/TargetParser/Host.h"

using namespace lowbit::x86;

namespace {

struct Properties {
  llvm::StringLiteral name;
  int64_t lanes;
  bool hasVnni, hasBf16, hasTiles;
  llvm::StringLiteral features;
};

} // namespace

/// In the order of the enum.
static const Properties &get(Isa isa) {
  static constexpr Properties table[] = {
      {"sse2", 4, false, false, false, "+sse2"},
      {"avx2", 8, false, false, false, "+avx2,+fma,+f16c,+bmi2"},
      {"avxvnni", 8, true, false, false, "+avx2,+fma,+f16c,+bmi2,+avxvnni"},
      {"avx512", 16, false, false, false,
       "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
       "+avx512cd"},
      {"avx512vnni", 16, true, false, false,
       "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
       "+avx512cd,+avx512vnni"},
      {"avx512bf16", 16, true, true, false,
       "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
       "+avx512cd,+avx512vnni,+avx512vbmi,+avx512bf16"},
      {"amx", 16, true, true, true,
       "+avx2,+fma,+f16c,+bmi2,+avx512f,+avx512bw,+avx512vl,+avx512dq,"
       "+avx512cd,+avx512vnni,+avx512vbmi,+avx512bf16,+amx-tile,+amx-int8"}};
  static_assert(std::size(table) == std::size(allIsas));
  return table[static_cast<size_t>(isa)];
}

int64_t Target::lanes() const { return ::get(isa).lanes; }
bool Target::hasVnni() const { return ::get(isa).hasVnni; }
bool Target::hasBf16() const { return ::get(isa).hasBf16; }
bool Target::hasTiles() const { return ::get(isa).hasTiles; }
llvm::StringRef Target::name() const { return ::get(isa).name; }
llvm::StringRef Target::features() const { return ::get(isa).features; }

llvm::SmallVector<llvm::StringRef>
Target::getMissingFeatures(const llvm::StringMap<bool> &processor) const {
  llvm::SmallVector<llvm::StringRef> needed, missing;
  features().split(needed, ',');
  for (llvm::StringRef feature : needed)
    if (llvm::StringRef name = feature.drop_front(); !processor.lookup(name))
      missing.push_back(name);
  return missing;
}

/// The best set that the processor we run on has all features of; but for tile
/// registers, which a process has to ask the system for.
static Target getHost() {
  llvm::StringMap<bool> features = llvm::sys::getHostCPUFeatures();
  for (Isa isa : llvm::reverse(allIsas))
    if (!Target{isa}.hasTiles() &&
        Target{isa}.getMissingFeatures(features).empty())
      return Target{isa};
  return Target{Isa::SSE2};
}

std::optional<Target> Target::get(llvm::StringRef name) {
  if (name == "host")
    return getHost();
  for (Isa isa : allIsas)
    if (Target{isa}.name() == name)
      return Target{isa};
  return std::nullopt;
}

std::string Target::getUnknownText(llvm::StringRef name) {
  std::string text = "unknown instruction set '" + name.str() + "': use host";
  for (Isa isa : llvm::reverse(allIsas))
    text += (isa == Isa::SSE2 ? " or " : ", ") + Target{isa}.name().str();
  return text;
}
