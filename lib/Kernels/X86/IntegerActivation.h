//===- IntegerActivation.h - Activations of integer kernels -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_INTEGERACTIVATION_H
#define LOWBIT_KERNELS_X86_INTEGERACTIVATION_H

#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::x86 {

/// The activations of an integer kernel, made ready for dot products. Weights
/// enter as unsigned integers, so the sums of activations over each group are
/// needed to take the bias and the zero point out again.
struct IntegerActivation {
  /// Codes [rows, padded reduction], i8 for vpdpbusd and i16 for pmaddwd. Each
  /// group starts at a multiple of the step; padding is zero.
  mlir::Value codes;
  /// Sums of codes [rows, groups], i32; null if no correction is needed.
  mlir::Value rowSums;

  /// `codes` is a buffer of ours rather than the operand.
  bool ownsCodes = false;

  /// The sum of `row` over `group`; null if no correction is needed.
  mlir::Value loadRowSum(mlir::ImplicitLocOpBuilder &b, mlir::Value row,
                         mlir::Value group) const;

  /// The initial accumulators for vector `j` of the columns of `panel`:
  /// minus (bias + zero point) times the row sum.
  mlir::Value correct(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                      mlir::ValueRange parts, mlir::Value panel,
                      mlir::Value group, int64_t j, mlir::Value rowSum,
                      mlir::VectorType type) const;

  /// The `step` codes at (row, k), repeated in all lanes.
  mlir::Value load(mlir::ImplicitLocOpBuilder &b, const MatmulSpec &spec,
                   mlir::Value row, mlir::Value k) const;

  /// Frees what the preparation allocated.
  void release(mlir::ImplicitLocOpBuilder &b) const;
};

/// Emits the preparation of the i8 codes `a`: memref<rows x reduction>.
IntegerActivation prepareIntegerActivation(mlir::ImplicitLocOpBuilder &b,
                                           const MatmulSpec &spec,
                                           mlir::Value a, mlir::Value numRows);

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_INTEGERACTIVATION_H
