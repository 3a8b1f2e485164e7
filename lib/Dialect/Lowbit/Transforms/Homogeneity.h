//===- Homogeneity.h - What a factor of inputs does to results --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_HOMOGENEITY_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_HOMOGENEITY_H

#include "mlir/IR/Block.h"
#include "llvm/ADT/SmallBitVector.h"

#include <string>

namespace lowbit {

/// How a number that is computed from others changes when some of those are
/// multiplied by a factor.
enum class Degree {
  /// It is zero, with and without.
  Zero,
  /// Not at all.
  None,
  /// It is multiplied by the factor.
  One,
  /// In another way.
  Other,
};

struct Homogeneity {
  Degree degree = Degree::Other;
  /// Only for a factor that is positive.
  bool needsPositive = false;
  /// The op because of which the degree is Other, or that needs a positive
  /// factor; null where there is none.
  mlir::Operation *op = nullptr;
};

/// How what the terminator of `body` yields first changes when the arguments in
/// `scaled` are multiplied by one factor. Values from outside do not change.
Homogeneity getHomogeneity(mlir::Block &body,
                           const llvm::SmallBitVector &scaled);

/// Whether `value` is a constant all of whose elements are zero, or a tensor
/// that is filled with such a one.
bool isZero(mlir::Value value);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_HOMOGENEITY_H
