//===- ShorthandPieces.h - A shorthand of weights, taken apart --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHORTHANDPIECES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHORTHANDPIECES_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace lowbit {

/// What stands between the dashes of `smoothquant0.8-gptq-int4-g32-2:4`; empty
/// where there is none. Whether the pieces mean something is not looked at.
struct ShorthandPieces {
  /// `awq`, or `smoothquant` with what follows it at once.
  llvm::StringRef scaling;
  /// The name of a method.
  llvm::StringRef method;
  /// `int4-g32`.
  llvm::StringRef base;
  /// Whether `-bf16` stood behind that, which is said of the activation.
  bool hasBf16Activation = false;
  /// `2:4` or `50%`.
  llvm::StringRef sparsity;

  static ShorthandPieces split(llvm::StringRef text);
  /// Whether `front` says how inputs are scaled.
  static bool isScaling(llvm::StringRef front);
};

/// Whether `text` is a number of at least 1, which it gives.
bool parsePositive(llvm::StringRef text, int64_t &number);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SHORTHANDPIECES_H
