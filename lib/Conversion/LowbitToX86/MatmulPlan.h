//===- MatmulPlan.h - Which kernel computes a contraction -------*- C++ -*-===//
//
// Part of the Lowbit Project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef LOWBIT_CONVERSION_LOWBITTOX86_MATMULPLAN_H
#define LOWBIT_CONVERSION_LOWBITTOX86_MATMULPLAN_H

#include "lowbit/Kernels/X86/Matmul.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <string>

namespace lowbit {

/// Whether an operand of `op` is encoded.
bool readsEncoded(mlir::Operation *op);

/// Which kernel computes a contraction on tensors.
struct MatmulPlan {
  x86::MatmulSpec spec;

  /// Plans a kernel for `op`. Weights in rows are taken as packed in the panels
  /// that the kernel needs if `assumePacked`. Returns why there is no kernel;
  /// nothing if there is one.
  static std::optional<std::string> get(mlir::linalg::LinalgOp op,
                                        const x86::Target &target,
                                        bool assumePacked, MatmulPlan &plan);
};

} // namespace lowbit

#endif // LOWBIT_CONVERSION_LOWBITTOX86_MATMULPLAN_H
