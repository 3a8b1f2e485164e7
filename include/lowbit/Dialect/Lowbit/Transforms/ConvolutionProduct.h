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
/// the result, with the filter, whose axes that are summed over are one. A
/// patch has them in an order in which the channels are last, so that
/// neighbours in memory are copied, where the filter can be brought into it
/// when weights are packed; else in the order that they are stored in, so that
/// no byte of the filter moves.
struct ConvolutionProduct {
  mlir::linalg::LinalgOp op;
  /// Loops: places of the result and what is summed over, the former in the
  /// order of the result, the latter in that of patches; and the loop of the
  /// output channels.
  llvm::SmallVector<unsigned> rows, summed;
  unsigned column;
  /// The axis of the input whose indices have scales of their own, or -1.
  int64_t scaleAxis = -1;
  /// The matrices' types; the filter is [columns, summed] if it is transposed.
  mlir::RankedTensorType patches, filter;
  bool isTransposed;
  /// The axes of the filter in the order that they have in its matrix, and of
  /// these, by their places, those that each of its axes joins.
  llvm::SmallVector<int64_t> filterOrder;
  llvm::SmallVector<mlir::ReassociationIndices> filterAxes;

  /// Fails, with the reason, where `op` is no such product.
  static mlir::FailureOr<ConvolutionProduct> get(mlir::linalg::LinalgOp op,
                                                 std::string &reason);

  /// Replaces the convolution by the product, which it gives.
  mlir::linalg::MatmulOp rewrite(mlir::RewriterBase &rewriter) const;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_CONVOLUTIONPRODUCT_H
