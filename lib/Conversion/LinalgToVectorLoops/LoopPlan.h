//===- LoopPlan.h - How a generic op becomes vector loops -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LOOPPLAN_H
#define LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LOOPPLAN_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace lowbit {

/// How the elements of an operand that one vector iteration needs lie.
enum class Access {
  /// One element for all iterations of the vector loop.
  Uniform,
  /// One element for all lanes of a vector, another for the next vector.
  UniformInVector,
  /// Neighbours in memory.
  Contiguous,
  /// Neighbours in memory, each for the same small number of lanes: codes of
  /// which several share a byte.
  Repeated,
  /// A constant distance apart: the vector dimension is another than the
  /// innermost.
  Strided,
};

/// What is decided before code for a linalg.generic on memrefs is emitted.
struct LoopPlan {
  /// The dimension that runs in vectors.
  unsigned vectorDim = 0;
  /// Whether it is a reduction; then `combiners` has the op that combines for
  /// each output.
  bool isReduction = false;
  llvm::SmallVector<mlir::Operation *> combiners;
  /// For each operand.
  llvm::SmallVector<Access> accesses;

  /// The number of lanes that share an element of a Repeated access by `map`.
  int64_t getRepetition(mlir::AffineMap map) const;

  /// Chooses the dimension that reads most operands contiguously, among those
  /// that write all outputs so or reduce. On failure `reason` says why there is
  /// none.
  static mlir::FailureOr<LoopPlan> get(mlir::linalg::GenericOp op,
                                       int64_t lanes, std::string &reason);
};

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LINALGTOVECTORLOOPS_LOOPPLAN_H
