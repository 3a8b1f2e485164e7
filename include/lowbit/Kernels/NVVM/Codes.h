//===- Codes.h - Codes of few bits become halves ----------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_NVVM_CODES_H
#define LOWBIT_KERNELS_NVVM_CODES_H

#include "lowbit/Kernels/NVVM/Fragment.h"
#include "lowbit/Kernels/NVVM/Target.h"

namespace lowbit::nvvm {

/// Codes that f16 and bf16 hold exactly: integers in two's complement, and
/// floats. Code i of a row has the bits from i times its bits on, the lowest
/// first.
enum class Codes { I8, I4, F8E4M3FN, F8E5M2 };

llvm::StringRef getName(Codes codes);
std::optional<Codes> parseCodes(llvm::StringRef name);
int64_t getBits(Codes codes);

/// Decodes words of codes in registers, by what a chip has: integers as the
/// last bits of a large number, less that number; floats by shifting their
/// exponent to its place, or by an instruction. NaN and infinity, which
/// encoding never gives, may become finite numbers.
class CodeDecoder {
public:
  CodeDecoder(Codes codes, Half half, const Target &target)
      : codes(codes), half(half), target(target) {}

  int64_t getBits() const { return nvvm::getBits(codes); }
  /// Codes of a word, and pairs that these become.
  int64_t getCodes() const { return 32 / getBits(); }
  int64_t getPairs() const { return getCodes() / 2; }

  /// What decoded numbers are still to be multiplied by.
  double getUnit() const;
  /// A power of two, at least half of the largest decoded number.
  double getLargest() const;

  /// Pair i of the results has codes i and i + getPairs() of `word`, as an i32.
  Values decode(KernelBuilder &kernel, mlir::Value word) const;

private:
  bool hasInstruction() const;
  Values decodeIntegers(KernelBuilder &kernel, mlir::Value word) const;
  Values decodeFloats(KernelBuilder &kernel, mlir::Value word) const;
  Values convert(KernelBuilder &kernel, mlir::Value word) const;
  /// The pair of two equal numbers, and a word as a pair.
  mlir::Value splat(KernelBuilder &kernel, double value) const;
  mlir::Value toPair(KernelBuilder &kernel, mlir::Value word) const;

  Codes codes;
  Half half;
  Target target;
};

} // namespace lowbit::nvvm

#endif // LOWBIT_KERNELS_NVVM_CODES_H
