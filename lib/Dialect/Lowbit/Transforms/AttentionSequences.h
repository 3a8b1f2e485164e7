//===- AttentionSequences.h - Where queries and keys stand ------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSEQUENCES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSEQUENCES_H

#include "lowbit/Dialect/Lowbit/IR/LowbitOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// For each row of several sequences that lie one behind the other, [rows] of
/// i64 each: the sequence that it belongs to, or -1, and its place in it.
struct AttentionRows {
  mlir::Value sequences, positions;
};

/// Rows of the sequences that `offsets` ([sequences + 1]) bound. `shifts`
/// ([sequences] of i64), if given, is added to the places.
AttentionRows buildRows(mlir::ImplicitLocOpBuilder &b, mlir::Value offsets,
                        mlir::OpFoldResult rows, mlir::Value shifts);

/// The same of `count` sequences of `length` rows each, of which the first
/// `lengths` ([count]) are there; all, if that is null.
AttentionRows buildRowsOfBatch(mlir::ImplicitLocOpBuilder &b,
                               mlir::OpFoldResult count,
                               mlir::OpFoldResult length, mlir::Value lengths);

/// The lengths of the sequences that `offsets` bound, [sequences] of i64.
mlir::Value buildLengths(mlir::ImplicitLocOpBuilder &b, mlir::Value offsets);

/// The keys or values, [sequences, heads, keys, size], that `pool`, [pages,
/// heads, page, size] or with `heads` joined [pages, page, heads * size], holds
/// in the pages `table` ([sequences, pages]). 0 beyond `lengths`, where no page
/// is read.
mlir::Value gatherPages(mlir::ImplicitLocOpBuilder &b, mlir::Value pool,
                        int64_t heads, mlir::Value table, mlir::Value lengths);

/// `rows`, [batch, heads, rows, size], with 0 in place of what `sequences`
/// ([rows]) says belongs to none.
mlir::Value clearRows(mlir::ImplicitLocOpBuilder &b, mlir::Value rows,
                      mlir::Value sequences);

/// The same beyond `lengths` ([batch]).
mlir::Value clearBeyond(mlir::ImplicitLocOpBuilder &b, mlir::Value rows,
                        mlir::Value lengths);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSEQUENCES_H
