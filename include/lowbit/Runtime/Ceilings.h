//===- Ceilings.h - What this processor can do at most ----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The rates that no kernel exceeds on this machine at this moment: products of
// 8-bit integers, of bf16 and of f32 from registers alone, and memory that no
// cache holds being read. All together take less than a second, so that they
// can be measured beside what is held against them.
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_RUNTIME_CEILINGS_H
#define LOWBIT_RUNTIME_CEILINGS_H

#include "lowbit/Runtime/HugeBuffer.h"

#include <optional>
#include <string_view>

namespace lowbit::runtime {

/// Arithmetic by vpdpbusd, vdpbf16ps and fused multiply-adds, where
/// multiplications and additions count as one operation each; memory.
enum class Ceiling { Int8, Bf16, F32, Memory };

inline constexpr Ceiling allCeilings[] = {Ceiling::Int8, Ceiling::Bf16,
                                          Ceiling::F32, Ceiling::Memory};

/// "int8_gops", "bf16_gflops", "f32_gflops" or "dram_gbs".
std::string_view getName(Ceiling ceiling);

/// Measures what `threads` threads reach. Holds half a gigabyte.
class CeilingMeter {
public:
  explicit CeilingMeter(unsigned threads);

  /// 10^9 operations or bytes per second; nothing where the processor lacks the
  /// instructions, or the system the memory.
  std::optional<double> measure(Ceiling ceiling) const;

private:
  std::optional<double> measureMemory() const;

  unsigned threads;
  std::optional<HugeBuffer> memory;
};

} // namespace lowbit::runtime

#endif // LOWBIT_RUNTIME_CEILINGS_H
