//===- ConvolutionProduct.h - Convolutions as matrix products ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CONVOLUTIONPRODUCT_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CONVOLUTIONPRODUCT_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"

#include <string>

namespace lowbit {

/// A convolution as the product of a matrix of patches, one for each place of
/// the result, with the filter, whose axes that are summed over are one. No
/// byte of the filter moves: a patch has the order of these axes.
struct ConvolutionProduct {
  mlir::linalg::LinalgOp op;
  /// Loops: places of the result and what is summed over, the former in the
  /// order of the result, the latter in that of the filter; and the loop of the
  /// output channels.
  llvm::SmallVector<unsigned> rows, summed;
  unsigned column;
  /// The axis of the input whose indices have scales of their own, or -1.
  int64_t scaleAxis = -1;
  /// The matrices' types; the filter is [columns, summed] if it is transposed.
  mlir::RankedTensorType patches, filter;
  bool isTransposed;
  /// The axes of the filter that each of its matrix joins.
  llvm::SmallVector<mlir::ReassociationIndices> filterAxes;

  /// Fails, with the reason, where `op` is no such product.
  static mlir::FailureOr<ConvolutionProduct> get(mlir::linalg::LinalgOp op,
                                                 std::string &reason);

  /// Replaces the convolution by the product, which it gives.
  mlir::linalg::MatmulOp rewrite(mlir::RewriterBase &rewriter) const;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CONVOLUTIONPRODUCT_H
