//===- SumOfProducts.h - What a contraction computes ------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace lowbit {

/// Whether the body of `op` is out + lhs * rhs on floats, where operands are at
/// most widened first: what the body of a named contraction is. Whatever is to
/// replace a contraction by a product asks this beside upstream's
/// isaContractionOpInterface, which looks through every operation of one
/// operand, as in out + exp(lhs) * rhs.
bool isSumOfProducts(mlir::linalg::LinalgOp op);

/// Whether `op` is a convolution of floats whose second operand is the filter:
/// sums of products with the interface of a convolution.
bool isConvolutionOfProducts(mlir::linalg::LinalgOp op);

/// Whether `op` multiplies and adds up anything: a contraction, or a
/// convolution with a filter, of any numbers and with any body: an op that
/// could have a kernel. What replaces it asks one of the others.
bool isProduct(mlir::linalg::LinalgOp op);

/// Whether the result of `op` is indexed by all loops but those that are summed
/// over. Nothing upstream says that it is.
bool isIndexedByAllParallelLoops(mlir::linalg::LinalgOp op);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_SUMOFPRODUCTS_H
