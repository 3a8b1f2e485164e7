//===- LaneReduction.h - Reductions in the lanes of vectors -----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LANEREDUCTION_H
#define LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LANEREDUCTION_H

#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace lowbit {

/// A reduction by the op `combiner` of a scalar loop, on vectors: lane by lane
/// in any number of vectors, and across the lanes at the end.
class LaneReduction {
public:
  LaneReduction(mlir::Operation *combiner, int64_t lanes)
      : combiner(combiner), lanes(lanes) {}

  /// What every lane starts from: it changes no number, nor the sign of a zero.
  mlir::Value emitStart(mlir::ImplicitLocOpBuilder &b) const;
  /// `values` as they are combined.
  mlir::Value emitOperand(mlir::ImplicitLocOpBuilder &b,
                          mlir::Value values) const;
  mlir::Value emitCombine(mlir::ImplicitLocOpBuilder &b, mlir::Value lhs,
                          mlir::Value rhs) const;
  /// The scalar that the lanes of `vector` are combined to, of the type that
  /// the combiner has.
  mlir::Value emitAcrossLanes(mlir::ImplicitLocOpBuilder &b,
                              mlir::Value vector) const;

private:
  mlir::Type getType() const;
  /// Whether the largest magnitude of floats is looked for. Their bits are in
  /// the same order, NaN above all numbers, and processors compare integers in
  /// one instruction where they have none for floats with NaN.
  bool isOfMagnitudes() const;

  mlir::Operation *combiner;
  int64_t lanes;
};

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LANEREDUCTION_H
