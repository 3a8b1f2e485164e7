//===- CodeRange.h - Where codes end ----------------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_NUMERICS_QUANTIZE_CODERANGE_H
#define LOWBIT_LIB_NUMERICS_QUANTIZE_CODERANGE_H

#include "lowbit/Numerics/Codec/Codec.h"

namespace lowbit::numerics {

/// The numbers, in units of the scale, beyond which a codec has no code nearby:
/// half a step below its least value and above its largest.
struct CodeRange {
  double least = 0, largest = 0;

  static CodeRange of(const Codec &codec);
};

} // namespace lowbit::numerics

#endif // LOWBIT_LIB_NUMERICS_QUANTIZE_CODERANGE_H
