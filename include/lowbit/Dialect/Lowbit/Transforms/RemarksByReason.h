//===- RemarksByReason.h - One remark for all that share one ----*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REMARKSBYREASON_H
#define LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REMARKSBYREASON_H

#include "mlir/IR/Operation.h"

#include <string>
#include <vector>

namespace lowbit {

/// Models have dozens of layers of one kind: what is to be said of all of them
/// is said once for each reason.
class RemarksByReason {
public:
  /// `op` may be gone when remarks are emitted.
  void add(mlir::Operation *op, const std::string &reason);

  /// Emits, in the order of the first op of each reason, `what: reason`, or for
  /// several ops `what (3 ops): reason: ` and the names of their layers.
  void emit(llvm::StringRef what) const;

private:
  struct Ops {
    std::string reason;
    mlir::Location first;
    size_t count;
    llvm::SmallVector<std::string> layers;
  };
  /// A handful, in the order in which they came.
  std::vector<Ops> reasons;
};

} // namespace lowbit

#endif // LOWBIT_DIALECT_LOWBIT_TRANSFORMS_REMARKSBYREASON_H
