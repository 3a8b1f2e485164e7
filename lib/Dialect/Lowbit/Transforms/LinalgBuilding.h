//===- LinalgBuilding.h - Index arithmetic and plain generics ---*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LINALGBUILDING_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LINALGBUILDING_H

#include "mlir/Dialect/Utils/ReshapeOpsUtils.h"
#include "mlir/IR/AffineMap.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// `expr` of the index values `dims` as arith ops. Operands are sizes and
/// indices, so never negative, and divisors are constants: unsigned division
/// by a constant is what vector units do well. (affine.apply would refuse
/// indices that were read from a tensor.)
mlir::Value emitIndex(mlir::ImplicitLocOpBuilder &b, mlir::AffineExpr expr,
                      mlir::ValueRange dims);

/// The same for sizes; a result that is known is an attribute and builds no op.
mlir::OpFoldResult emitSize(mlir::ImplicitLocOpBuilder &b,
                            mlir::AffineExpr expr,
                            llvm::ArrayRef<mlir::OpFoldResult> dims);

/// The smaller of a constant and a size.
mlir::OpFoldResult emitMinimum(mlir::ImplicitLocOpBuilder &b, int64_t constant,
                               mlir::OpFoldResult size);

/// The product of two sizes.
mlir::OpFoldResult emitProduct(mlir::ImplicitLocOpBuilder &b,
                               mlir::OpFoldResult lhs, mlir::OpFoldResult rhs);

/// An index, or an integer of up to 64 bits, as i64.
mlir::Value emitI64(mlir::ImplicitLocOpBuilder &b, mlir::Value value);

/// The body of a generic: from the elements of inputs and outputs (in this
/// order) to the values to yield.
using GenericBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
    mlir::ImplicitLocOpBuilder &, mlir::ValueRange)>;

/// A linalg.generic without reductions on a new tensor of `sizes`, written in
/// order of its own indices.
mlir::Value buildParallel(mlir::ImplicitLocOpBuilder &b,
                          llvm::ArrayRef<mlir::OpFoldResult> sizes,
                          mlir::Type elementType, mlir::ValueRange inputs,
                          llvm::ArrayRef<mlir::AffineMap> inputMaps,
                          GenericBody body);

/// A new tensor of `sizes` filled with `value`.
mlir::Value buildFilled(mlir::ImplicitLocOpBuilder &b,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes,
                        mlir::Value value);

/// The same with zeros.
mlir::Value buildZeros(mlir::ImplicitLocOpBuilder &b,
                       llvm::ArrayRef<mlir::OpFoldResult> sizes,
                       mlir::Type elementType);

/// `tensor` with zeros behind it along `axis` until its size there is `size`,
/// and `tensor` itself where `size` is the size that it has.
mlir::Value buildPadding(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                         int64_t axis, mlir::OpFoldResult oldSize,
                         mlir::OpFoldResult size);

/// `tensor` with axes split in groups; `sizes` are those of the result.
mlir::Value buildExpand(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                        llvm::ArrayRef<mlir::ReassociationIndices> groups,
                        llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// `tensor` with its axes in the order of `permutation`.
mlir::Value buildTranspose(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor,
                           llvm::ArrayRef<int64_t> permutation);

/// A constant of the float or integer type `type`.
mlir::Value emitConstant(mlir::ImplicitLocOpBuilder &b, mlir::Type type,
                         double value);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_LINALGBUILDING_H
