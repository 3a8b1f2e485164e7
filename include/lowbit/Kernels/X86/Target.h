//===- Target.h - Instruction sets of x86-64 --------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_TARGET_H
#define LOWBIT_KERNELS_X86_TARGET_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace lowbit::x86 {

/// The instruction sets that kernels are generated for.
/// From worse to better; each has what those before it have, but for AVXVNNI:
/// avx512 does without its dot products.
enum class Isa { SSE2, AVX2, AVXVNNI, AVX512, AVX512VNNI, AVX512BF16, AMX };

/// All of them.
inline constexpr Isa allIsas[] = {Isa::SSE2,   Isa::AVX2,       Isa::AVXVNNI,
                                  Isa::AVX512, Isa::AVX512VNNI, Isa::AVX512BF16,
                                  Isa::AMX};

/// What the generator needs to know of an instruction set.
struct Target {
  Isa isa;

  /// f32 elements of a vector register.
  int64_t lanes() const;
  /// Vector registers that the compiler may use.
  int64_t registers() const { return isa >= Isa::AVX512 ? 32 : 16; }
  /// vpdpbusd: four-byte dot products of u8 by s8 into i32.
  bool hasVnni() const;
  /// vdpbf16ps: dot products of two bf16 into f32.
  bool hasBf16() const;
  /// Registers of 16 x 16 i32, which are added products of tiles of bytes.
  bool hasTiles() const;
  /// vpermi2b: looks up each byte in two registers. All but the first
  /// processors with vdpbf16ps have it.
  bool hasByteTables() const { return hasBf16(); }
  /// Reduction indices of one integer dot-product step: 4 bytes with VNNI, 2
  /// words (pmaddwd) without.
  int64_t integerStep() const { return hasVnni() ? 4 : 2; }
  /// Vectors of columns in a weight panel.
  static constexpr int64_t vectors = 2;
  /// Columns of a weight panel.
  int64_t columns() const { return vectors * lanes(); }

  /// Rows of a register block: with two vectors of columns its accumulators
  /// take half of the registers.
  int64_t blockRows() const { return registers() / 4; }

  /// Panels whose decoded tiles are kept at once, and how many tiles of each:
  /// together a quarter of a second-level cache of 1 MB, so that rows of the
  /// weight and of c are read in pieces of hundreds of bytes, and the rows of
  /// activations of a register block stay in the first level.
  static constexpr int64_t blockPanels = 4;
  int64_t blockTiles() const {
    return (256 << 10) / (blockPanels * columns() * 4);
  }

  llvm::StringRef name() const;
  /// LLVM target features that code for this target may use, as
  /// `+avx512f,+...`.
  llvm::StringRef features() const;

  /// The names of those features that are not set in `processor`, as
  /// llvm::sys::getHostCPUFeatures gives them for the one we run on.
  llvm::SmallVector<llvm::StringRef>
  getMissingFeatures(const llvm::StringMap<bool> &processor) const;

  /// By name: `host` asks the processor. Nothing for an unknown name.
  static std::optional<Target> get(llvm::StringRef name);

  /// What to say of a name that `get` does not know.
  static std::string getUnknownText(llvm::StringRef name);
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_TARGET_H
