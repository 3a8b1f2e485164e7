//===- DotProduct.h - Multiply-add steps of kernels -------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_KERNELS_X86_DOTPRODUCT_H
#define LOWBIT_KERNELS_X86_DOTPRODUCT_H

#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit::x86 {

/// The step of a kernel's inner loop: one vector of columns takes in the
/// products of `MatmulSpec::getStep()` reduction indices.
class DotProduct {
public:
  DotProduct(const MatmulSpec &spec, mlir::MLIRContext *context)
      : spec(spec), context(context) {}

  /// Weights and activations of a step, column by column; bf16 numbers as i16.
  mlir::VectorType getOperandType() const;
  /// Sums, one for each column.
  mlir::VectorType getSumType() const;

  /// sum + activation * weight. Of integer products one side
  /// is unsigned: that of the weight, unless activations are.
  mlir::Value build(mlir::ImplicitLocOpBuilder &b, mlir::Value sum,
                    mlir::Value activation, mlir::Value weight) const;

  /// x + y, both of the type of sums.
  mlir::Value add(mlir::ImplicitLocOpBuilder &b, mlir::Value x,
                  mlir::Value y) const;

private:
  const MatmulSpec &spec;
  mlir::MLIRContext *context;
};

} // namespace lowbit::x86

#endif // LOWBIT_KERNELS_X86_DOTPRODUCT_H
