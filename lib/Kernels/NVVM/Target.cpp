//===- Target.cpp - Chips of NVIDIA ---------------------------------------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "lowbit/Kernels/NVVM/Target.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace lowbit::nvvm;

static constexpr int64_t kib = 1024;

/// Shared memory as in the table of compute capabilities of NVIDIA's CUDA C++
/// Programming Guide; multiprocessors as in the data sheets of RTX 8000, A100,
/// A40, Orin, L40, H100, B200, B300, RTX PRO 6000 and GB10. The oldest PTX that
/// both LLVM 22 and ptxas take.
static constexpr Target table[] = {
    {"sm_75", 75, "+ptx80", 64 * kib, 64 * kib, 72},
    {"sm_80", 80, "+ptx80", 163 * kib, 164 * kib, 108},
    {"sm_86", 86, "+ptx80", 99 * kib, 100 * kib, 84},
    {"sm_87", 87, "+ptx80", 163 * kib, 164 * kib, 16},
    {"sm_89", 89, "+ptx81", 99 * kib, 100 * kib, 142},
    {"sm_90", 90, "+ptx80", 227 * kib, 228 * kib, 132},
    {"sm_90a", 90, "+ptx80", 227 * kib, 228 * kib, 132},
    {"sm_100", 100, "+ptx86", 227 * kib, 228 * kib, 148},
    {"sm_100a", 100, "+ptx86", 227 * kib, 228 * kib, 148},
    {"sm_103a", 103, "+ptx88", 227 * kib, 228 * kib, 160},
    {"sm_120", 120, "+ptx87", 99 * kib, 100 * kib, 188},
    {"sm_120a", 120, "+ptx87", 99 * kib, 100 * kib, 188},
    {"sm_121a", 121, "+ptx88", 99 * kib, 100 * kib, 48},
};

std::optional<Target> Target::get(llvm::StringRef chip) {
  for (const Target &target : table)
    if (target.chip == chip)
      return target;
  return std::nullopt;
}

std::string Target::getUnknownText(llvm::StringRef chip) {
  auto names = llvm::map_range(table, [](const Target &t) { return t.chip; });
  return ("unknown chip '" + chip + "'; known are " + llvm::join(names, ", "))
      .str();
}
