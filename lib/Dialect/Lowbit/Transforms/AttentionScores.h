//===- AttentionScores.h - From products to masked scores -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSCORES_H
#define LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSCORES_H

#include "AttentionSequences.h"

namespace lowbit {

/// What masks depend on besides the operands of the op.
struct AttentionPlaces {
  /// The rows of queries and keys where sequences lie one behind the other;
  /// places of queries are shifted to those of keys.
  std::optional<AttentionRows> queries, keys;
  /// Otherwise what is added to a query's place to compare it with a key's,
  /// less the length of the sequence where there are `kv_lengths`.
  mlir::OpFoldResult shift;
};

/// The scores (C179) of `products`, [batch, query heads, queries, keys] in f32,
/// -inf for keys that do not take part (C180).
mlir::Value buildScores(mlir::ImplicitLocOpBuilder &b, AttentionOp op,
                        mlir::Value products, const AttentionPlaces &places);

} // namespace lowbit

#endif // LOWBIT_LIB_DIALECT_LOWBIT_TRANSFORMS_ATTENTIONSCORES_H
