//===- RowRun.h - Ops that may share a loop over rows -----------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_ROWRUN_H
#define LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_ROWRUN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace lowbit {

/// A linalg.generic on memrefs, and the parallel loops of it that count rows.
struct RowOp {
  mlir::linalg::GenericOp op;
  llvm::SmallVector<unsigned> rowDims;

  bool isRowDim(unsigned dim) const { return llvm::is_contained(rowDims, dim); }
  /// Whether a row is one element, as that of a scale per row.
  bool isScalar() const {
    return rowDims.size() == mlir::linalg::GenericOp(op).getNumLoops();
  }
};

/// How `op` goes through rows that `numDims` loops count: each of its operands
/// has, for one row, elements that do not depend on any other. On failure
/// `reason` says why there are no such rows.
mlir::FailureOr<RowOp> getRowOp(mlir::linalg::GenericOp op, unsigned numDims,
                                int64_t lanes, std::string &reason);

/// Neighbouring ops that compute the same when they do a row after the other,
/// each row by all ops, as op after op.
class RowRun {
public:
  /// Adds `next`, which comes behind all others in a block. On failure `reason`
  /// says why it cannot be.
  mlir::LogicalResult add(const RowOp &next, std::string &reason);

  llvm::ArrayRef<RowOp> getOps() const { return ops; }
  /// Whether one loop is worth it: there are several ops, a row to be kept in a
  /// cache, and enough work for threads. If not, `reason` says why.
  bool isWorthwhile(int64_t lanes, std::string &reason) const;

private:
  /// The length of an axis: a constant, a value, or that of a memref.
  struct Length {
    mlir::Value value;
    int64_t number;
    bool operator==(const Length &other) const {
      return value == other.value && number == other.number;
    }
  };
  static Length getLength(mlir::Value memref, int64_t axis);
  /// All that are known to be the length of the loop `dim` of `op`.
  static llvm::SmallVector<Length> getLengths(mlir::linalg::GenericOp op,
                                              unsigned dim);

  llvm::SmallVector<RowOp> ops;
  /// For each loop over rows.
  llvm::SmallVector<llvm::SmallVector<Length>> lengths;
};

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_ROWRUN_H
