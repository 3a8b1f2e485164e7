//===- AttentionCounts.h - Lengths, offsets, rows of sequences --*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONCOUNTS_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONCOUNTS_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// (C196) `lengths`, [sequences] of i32 or i64, as i32: from 0 to 2^30, which
/// those beyond become.
mlir::Value clampLengths(mlir::ImplicitLocOpBuilder &b, mlir::Value lengths);

/// `offsets`, or numbers of pages, of i32 or i64, as i32; those that it cannot
/// hold become its least or its largest number, of which no row or page is.
mlir::Value clampOffsets(mlir::ImplicitLocOpBuilder &b, mlir::Value offsets);

/// New keys or values, or their codes or scales, behind the `past` ones; rows
/// are axis 2 of both.
mlir::Value appendRows(mlir::ImplicitLocOpBuilder &b, mlir::Value past,
                       mlir::Value rows);

/// [batch, rows, heads * size] as [batch, rows, heads, size].
mlir::Value splitHeads(mlir::ImplicitLocOpBuilder &b, mlir::Value joined,
                       int64_t heads);

/// `tensor` with axes 1 and 2 in each other's place.
mlir::Value swapHeadsAndRows(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor);

/// The mask of `op`, for all keys: one that is known to be of fewer leaves the
/// last ones out (C168).
mlir::Value padMask(mlir::ImplicitLocOpBuilder &b, AttentionOp op);

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONCOUNTS_H
