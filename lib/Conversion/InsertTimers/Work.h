//===- Work.h - Operations and bytes of an op -------------------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_CONVERSION_INSERTTIMERS_WORK_H
#define LOWBIT_LIB_CONVERSION_INSERTTIMERS_WORK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace lowbit {

/// Sums of products, for which processors have instructions: how many
/// operations, an i64 of run time, and on what: "int8", "bf16", "f32", or empty
/// where the arithmetic is another.
struct Products {
  mlir::Value operations;
  llvm::StringRef type;
};

/// Those of a contraction or convolution on buffers; none if `op` is neither.
std::optional<Products> getProducts(mlir::OpBuilder &builder,
                                    mlir::linalg::LinalgOp op);

/// Those of a call of `kernel`; none if it is not a matrix product.
std::optional<Products> getProducts(mlir::OpBuilder &builder,
                                    mlir::func::CallOp call,
                                    mlir::func::FuncOp kernel);

/// The bytes of all ranked buffers among the operands of `op`, or that a loop
/// uses, each once, and of what the body of a linalg op gathers from others: an
/// i64 of run time.
mlir::Value getBytes(mlir::OpBuilder &builder, mlir::Operation *op);

} // namespace lowbit

#endif // LOWBIT_LIB_CONVERSION_INSERTTIMERS_WORK_H
