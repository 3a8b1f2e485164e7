//===- SumOfProducts.h - What the body of a contraction computes ----------===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace lowbit {

/// Whether the body of `op` is out + lhs * rhs on floats, where operands are at
/// most widened first: what the body of a named contraction is. Whatever is to
/// replace a contraction by a product asks this beside upstream's
/// isaContractionOpInterface, which looks through every operation of one
/// operand, as in out + exp(lhs) * rhs.
bool isSumOfProducts(mlir::linalg::LinalgOp op);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H
